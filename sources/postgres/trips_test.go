// The number of round trips of a request.

package postgres

import (
	"testing"
	"time"

	"github.com/fanql/fanql/testdata/testdb"
	"github.com/fanql/fanql/testdata/testkit"
)

// Each packet from the client starts a round trip, except for the last, which ends the
// session.
func TestRoundTrips(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what     string
		settings string // settings of the database
		zone     string
		near     time.Duration
		few      bool    // the request has FewTrips
		writes   []int64 // the number of packets for each source of a run
	}{
		{"the request and the farewell, in a packet each", "", "", 0, false, []int64{2, 2}},
		{"near, the columns are requested first", "", "", time.Hour, false, []int64{3, 3}},
		{"near, one of thousands of servers", "", "", time.Hour, true, []int64{2, 2}},
		{"one of thousands, whose text is not exact", "", "Asia/Tokyo", time.Hour, true, []int64{3, 3}},
		{"in another zone, likewise", "", "Asia/Tokyo", 0, false, []int64{3, 3}},
		{"with other dates, which the server reports", "datestyle = 'German'", "", 0, false, []int64{3, 3}},
		{"with fewer digits, which it does not: the run learns it", "extra_float_digits = 0", "", 0, false, []int64{4, 3}},
		{"with fewer digits, near", "extra_float_digits = 0", "", time.Hour, false, []int64{3, 3}},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			db := testdb.Postgres(t)
			if c.settings != "" {
				db.Exec(t, "alter database "+open(t, db.URL).target.config.Database+" set "+c.settings)
			}
			servers := new(Servers)
			var g gate
			g.open(t, db.URL)
			before := int64(0)
			for _, want := range c.writes {
				s, err := servers.New("test", g.url, nil)
				if err != nil {
					t.Fatal(err)
				}
				s.near = c.near
				q := request("select * from generate_series(1, 1000)")
				q.TimeZone, q.FewTrips = c.zone, c.few
				if o := runOn(t.Context(), s, q); o.err != nil || len(o.rows) != 1000 || o.answer.Warnings != nil {
					t.Fatalf("%d rows, %v, %q", len(o.rows), o.err, o.answer.Warnings)
				}
				testkit.Eventually(t, mostWait, c.what, func() bool { return g.writes.Load() >= before+want })
				if n := g.writes.Load() - before; n != want {
					t.Errorf("%d packets, want %d", n, want)
				}
				before += want
			}
			if n := g.starts.Load(); n != 2 {
				t.Errorf("%d logins of two sources", n)
			}
		})
	}
}
