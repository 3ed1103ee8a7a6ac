// Which columns a text names.

package statement_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources"
)

func TestTheColumnsThatATextNames(t *testing.T) {
	tables := func(name string) []string {
		return map[string][]string{"orders": {"id", "placed_at"}}[name]
	}
	for text, want := range map[string]string{
		"select 1": "",
		"select id, region, sum(amount) as amount from o group by id":                                      "id region amount",
		"select o.id, o.Region r, count(*), sum(x) total from o":                                           "id r total",
		"select distinct on (a, b) a, c from o":                                                            "a c",
		"(select a from o union all select b from p) order by 1":                                           "a",
		"with x as (select z from o), y (q) as (select 1) select a, (select b from x limit 1) as c from y": "a c",
		"select case when a then b end, case when a then b end as d, a is null, -a, e from o":              "d e",
		`select "Total Amount", "a""b" as "c""d" from o`:                                                   `Total Amount c"d`,
		"select x::text, y::date as day, array[1, 2] as list, a[1] as first from o":                        "day list first",
		"select * from orders": "id placed_at",
		"select x.*, 1 as one from orders x where id in (select 1)":     "id placed_at one",
		"select * from orders join p using (id)":                        "",
		"select * from s.orders":                                        "",
		"select id, -- a comment, as it is\n  name /* , more */ from o": "id name",
		"select 'a, b' as text, a from o;":                              "text a",
		"select":                                                        "",
		"":                                                              "",
		"show tables":                                                   "",
		"table orders":                                                  "",
		"select 'open from o":                                           "",
		"select a and b, a and b as c from o":                           "c",
		"select interval '1 day' as i, date '2026-01-01' as d": "i d",
		"select a from": "a",
		"select id, ":   "id",
	} {
		d := sources.Dialects.Named("postgres")
		if got := strings.Join(statement.ResultColumns(text, d, tables), " "); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
		for _, d := range sources.Dialects { // a text that cannot be read causes no panic
			for cut := range text {
				_ = statement.ResultColumns(text[:cut], d, tables)
			}
		}
	}
	if got := statement.ResultColumns("select `a b`, [c d] from t", sources.Dialects.Named("sqlite"), nil); !slices.Equal(got, []string{"a b", "c d"}) {
		t.Errorf("got %q", got)
	}
}
