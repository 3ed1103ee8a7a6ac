// Values that are equal in a reduce are equal in every other merge.

package reduce

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

func TestAReduceAgreesWithDistinctOnWhatIsEqual(t *testing.T) {
	values := map[row.Kind]struct {
		typed  []fill
		stored []string
	}{
		row.Int:         {[]fill{integer(7), integer(10)}, []string{"7", "10", "10.0", "007", "x"}},
		row.Decimal:     {[]fill{dec("1.10"), dec("7")}, []string{"1.1", "7.000", "+1", "10"}},
		row.Date:        {[]fill{day("2026-01-31")}, []string{"2026-01-31", "2026-01-31 00:00", "2026-01-31 08:30", "soon"}},
		row.Timestamp:   {[]fill{stamp("2026-01-31 08:30:00"), stamp("2026-01-31 00:00:00")}, []string{"2026-01-31", "2026-01-31T08:30", "2026-01-31 08:30Z"}},
		row.TimestampTZ: {[]fill{stampTZ("2026-01-31 08:30:00+00")}, []string{"2026-01-31 08:30", "2026-01-31 10:30+02:00", "2026-01-31", "31.1.2026"}},
		row.Time:        {[]fill{clock("08:30:00")}, []string{"08:30", "08:30:00.0", "8.30"}},
		row.Bytes:       {[]fill{bin("a")}, []string{`\x61`, `\x62`, "a"}},
		row.Bool:        {[]fill{truth(true)}, []string{"true", "f", "yes"}},
	}
	r := rand.New(rand.NewPCG(7, 7))
	refused, equal := 0, 0
	for kind, v := range values {
		for range 6 {
			eu := one("eu", kind, v.typed[r.IntN(len(v.typed))])
			us := one("us", row.Any, txt(v.stored[r.IntN(len(v.stored))]))
			reduced := reduced(t, "select count(distinct x) as n, count(x) as rows from rows", 1, eu, us)
			if reduced.err != nil {
				t.Fatal(reduced.err)
			}
			tasks := []query.Task{{Source: eu}, {Source: us}}
			summary := query.NewSummary(tasks)
			rows := 0
			err := merge.Distinct{}.Merge(merge.Run{Sources: []string{"eu", "us"}, Notes: summary},
				query.Dispatch(t.Context(), tasks, query.Options{Ended: summary.Ended}), func(b *row.Batch) error {
					rows += b.Rows()
					b.Release()
					return nil
				})
			if err != nil {
				t.Fatal(err)
			}
			mine, other := reduced.summary.Outcomes[1].Err, summary.Outcomes[1].Err
			if (mine == nil) != (other == nil) || mine != nil && mine.Error() != other.Error() {
				t.Errorf("%s: a reduce says %v, distinct %v", kind, mine, other)
			}
			n, all := map[int]string{1: "1", 2: "2"}[rows], "2"
			if mine != nil {
				refused, all = refused+1, "1"
			} else if rows == 1 {
				equal++
			}
			if got := strings.Join(reduced.lines[1:], " "); got != n+"|"+all {
				t.Errorf("%s: a reduce counts %s, distinct %d", kind, got, rows)
			}
		}
	}
	if refused == 0 || equal == 0 {
		t.Errorf("%d were refused, %d equal", refused, equal)
	}
}
