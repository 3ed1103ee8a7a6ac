// The server's errors after which a retry may help.

package postgres

import (
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/testdata/testdb"
)

func TestTheServersCodesDecideOnARetry(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	db.Exec(t, "create function fails(code text) returns int language plpgsql as 'begin raise exception ''so it is'' using errcode = code; end'")
	for code, want := range map[string]driver.Retry{
		"53300": driver.Crowded, "57P03": driver.Soon, "40001": driver.Soon, "40P01": driver.Soon,
		"28P01": driver.Never, "42501": driver.Never, "42601": driver.Never, "57014": driver.Never, "57P01": driver.Never, "XX001": driver.Never,
	} {
		t.Run(code+" while connecting", func(t *testing.T) {
			g := gate{refuses: code}
			g.open(t, db.URL)
			e := failed(t, get(t, g.url, "select 1"))
			if e.Code != code || e.Phase != driver.Auth || e.Retry != want {
				t.Errorf("got %s in %s, retry %d, want %d", e.Code, e.Phase, e.Retry, want)
			}
		})
		t.Run(code+" of the statement", func(t *testing.T) {
			if want == driver.Crowded { // the statement has run when this error comes
				want = driver.Soon
			}
			e := failed(t, get(t, db.URL, "select fails($1)", driver.Arg{Type: driver.Text, Value: code}))
			if e.Code != code || e.Phase != driver.Query || e.Retry != want {
				t.Errorf("got %s in %s, retry %d, want %d", e.Code, e.Phase, e.Retry, want)
			}
		})
	}
}

// PgBouncer reports all of its own errors with one code.
func TestAPoolerWithoutRoomIsLikeAServerWithoutRoom(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	for message, want := range map[string]driver.Retry{
		"no more connections allowed (max_client_conn)":                 driver.Crowded,
		"client connections exceeded (max_db_client_connections = 100)": driver.Crowded,
		"unsupported startup parameter: search_path":                    driver.Never,
	} {
		g := gate{refuses: "08P01", message: message}
		g.open(t, db.URL)
		e := failed(t, get(t, with(g.url, "search_path", "public"), "select 1"))
		if e.Code != "08P01" || e.Retry != want || !strings.HasSuffix(e.Error(), message) {
			t.Errorf("%s: got %s %q, retry %d, want %d", message, e.Code, e, e.Retry, want)
		}
		if n := g.starts.Load(); want == driver.Crowded && n != 1 {
			t.Errorf("%s: %d logins, want one", message, n)
		}
	}
}
