// Which columns a statement needs.

package reduce

import (
	"slices"
	"strings"
	"testing"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

func TestAStatementNeedsTheColumnsThatItNames(t *testing.T) {
	e := opened(t, Options{})
	for sql, want := range map[string]string{
		"select region, count(*) as n, sum(Amount) from rows group by region": "amount region",
		"select count(*) from rows": "",
		"select x.id from rows x left join eu y on x.id = y.note where x.paid":      "id note paid",
		"select id from rows join eu using (region)":                                "id region",
		"select (select max(score) from eu where eu.id = r.id) from rows r":         "id score",
		"select id from rows union all select amount from eu order by 1 limit 3":    "amount id",
		"select 'note' from rows":                                                   "note", // the text might mean the column, so the column counts as needed
		"select row_number() over (partition by region order by id desc) from rows": "id region",
		"select max(id) filter (where paid) from rows":                              "id paid",
		"select id, note from rows order by all desc":                               "id note",

		"select * from rows":                          "all",
		"from rows":                                   "all",
		"select count(*) from (from rows)":            "all",
		"select x.* from rows x":                      "all",
		"select columns('a.*') from rows":             "all",
		"select rows from rows":                       "all",
		"select hash(r) from rows r":                  "all",
		"select eu from eu":                           "all",
		"select id from rows natural join eu":         "all",
		"select a from rows as z(a)":                  "all",
		"select id from rows order by columns('a.*')": "all",
		"summarize rows":                              "all",
		"describe rows":                               "all",
		"select id from rows, query_table('eu')":      "all",

		"select a from (unpivot rows on id, note into name n value a)":                                       "all",
		"with recursive q as (select id from rows union select id + 1 from q where id < 3) select id from q": "all",
	} {
		if err := e.Check(sql); err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		got := "all"
		if e.needs != nil {
			var names []string
			for _, name := range []string{"id", "region", "amount", "note", "paid", "score"} {
				if e.needs.Has(strings.ToUpper(name)) {
					names = append(names, name)
				}
			}
			slices.Sort(names)
			got = strings.Join(names, " ")
		}
		if got != want {
			t.Errorf("%s needs %q, want %q", sql, got, want)
		}
	}
}

func TestAColumnThatIsLeftOutIsStillNamedInErrors(t *testing.T) {
	s := given{name: "eu", cols: cols("amount", row.Int, "region", row.Text), rows: [][]fill{{integer(1), txt("north")}}}
	wantError(t, reduced(t, "select amuont from rows", 1, s).err, "amount")
}

// If the columns that a statement needs are misjudged, the result is an error and not a
// wrong value.
func TestAColumnThatIsLeftOutGivesNoValue(t *testing.T) {
	s := given{name: "eu", cols: cols("amount", row.Int, "region", row.Text), rows: [][]fill{{integer(1), txt("north")}}}
	for _, sql := range []string{"select amount from rows", "select * from eu", "select count(amount) as n from rows", "select count(*) as n from rows where amount is null", "select amount is null as n from rows"} {
		e := opened(t, Options{})
		table := Table{Name: "rows", Views: true, Tasks: []int{0}}
		table.Sources = []string{"eu"}
		r := misjudged(t, e, sql, table, s)
		wantError(t, r.err, "loaded without this column")
		if r.lines != nil {
			t.Errorf("%s gives %v", sql, r.lines)
		}
	}
}

// A source's own column with the name of the source column is renamed.
func TestAColumnNamedLikeTheSourceColumnIsNeededByItsNewName(t *testing.T) {
	for _, kind := range []row.Kind{row.Text, row.Any} {
		s := given{name: "eu", cols: cols("id", row.Int, "source", kind), rows: [][]fill{{integer(1), txt("north")}}}
		want(t, reduced(t, "select id, source_2, source_2 is null as gone from rows", 1, s), "id|source_2|gone", "1|north|false")
		want(t, reduced(t, "select source, count(source_2) as n from rows group by source", 1, s), "source|n", "eu|1")
	}
	twice := given{name: "eu", cols: cols("id", row.Int, "id", row.Any, "note", row.Text), rows: [][]fill{{integer(1), integer(2), txt("x")}}}
	want(t, reduced(t, "select id_2 from rows", 1, twice), "id_2", "2")
}

func TestManyEmptyPartsAreFewRuns(t *testing.T) {
	var l table
	for range 3000 {
		l.parts = append(l.parts, &part{arrival: query.Arrival{Rows: query.NewBudget(0, 1, "").Stage()}})
	}
	runs := l.runs(4)
	parts := 0
	for _, r := range runs {
		parts += len(r)
	}
	if len(runs) > 4 || parts != 3000 {
		t.Errorf("%d runs of %d parts", len(runs), parts)
	}
}
