// A reduce returns the same as SQL in a DuckDB that has loaded the same rows with INSERT,
// whichever source is faster, and however the rows are split into batches.

package reduce

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/row"
)

// domain has the values of a kind, as cells and as SQL.
type domain struct {
	kind  row.Kind
	sql   string // the type in SQL
	cells []fill
	texts []string
}

var domains = []domain{
	{row.Bool, "boolean", []fill{truth(true), truth(false)}, []string{"true", "false"}},
	{row.Int, "bigint", []fill{integer(0), integer(-1), integer(1 << 62)}, []string{"0", "-1", "4611686018427387904"}},
	{row.Uint, "ubigint", []fill{unsigned(7), unsigned(1<<64 - 1)}, []string{"7", "18446744073709551615"}},
	{row.Float, "double", []fill{flt(0.1), flt(-0.5), flt(1e20)}, []string{"0.1", "-0.5", "1e20"}},
	{row.Decimal, "decimal(38, 4)", []fill{dec("1.1"), dec("-0.0025"), dec("12345678901234567890.5000")}, []string{"1.1", "-0.0025", "12345678901234567890.5"}},
	{row.Date, "date", []fill{day("2026-01-31"), day("infinity"), day("0044-03-15 BC")}, []string{"2026-01-31", "infinity", "0044-03-15 (BC)"}},
	{row.Time, "time", []fill{clock("08:30:00"), clock("23:59:59.5")}, []string{"08:30:00", "23:59:59.5"}},
	{row.Timestamp, "timestamp", []fill{stamp("2026-01-31 08:30:00.25"), stamp("-infinity")}, []string{"2026-01-31 08:30:00.25", "-infinity"}},
	{row.TimestampTZ, "timestamptz", []fill{stampTZ("2026-01-31 08:30:00+00"), stampTZ("1969-12-31 23:59:59.999999+00")}, []string{"2026-01-31 09:30:00+01", "1969-12-31 23:59:59.999999+00"}},
	{row.Text, "varchar", []fill{txt(""), txt("ünï"), txt("more than twelve bytes")}, []string{"", "ünï", "more than twelve bytes"}},
	{row.Bytes, "blob", []fill{bin("\x00\xff"), bin("")}, []string{`\x00\xFF`, ""}},
	{row.JSON, "json", []fill{jsn(`{"a": 1}`), jsn("[]")}, []string{`{"a": 1}`, "[]"}},
	{row.Any, "bigint", []fill{integer(3), integer(-1)}, []string{"3", "-1"}},
}

// statements are run on the columns a and b. Each ORDER BY covers all columns.
var statements = []string{
	"select * from rows order by all",
	"select source, count(*) as n, count(a) as a, count(distinct b) as b from rows group by source order by all",
	"select a, count(*) as n, min(b) as least, max(b) as most from rows group by a order by all",
	"select distinct a, b from rows order by all nulls first",
	"select x.source, y.source as other, x.a, y.b from rows x join rows y using (a) order by all",
	"select x.a, y.b from s0 x left join rows y on x.a is not distinct from y.a order by all",
	"select a, b, count(*) over (partition by a) as n, dense_rank() over (order by a desc, b) as r from rows order by all",
	"select a from rows where b is not null union select b::varchar from rows order by all",
	"select typeof(a) as a, typeof(b) as b, sum(1) as n from rows group by all order by all",
	// These name the columns that they need, or only seem to name them.
	"select count(*) as n from rows",
	"select count(*) as n from s0",
	"select a from rows order by a",
	"select B, count(*) as n from rows group by b having count(*) > 0 order by b",
	"select x.b from s0 x join rows y using (a) order by x.b",
	"select source, min(c) as c from rows group by source order by source",
	"with q as (select a as z from rows) select (select count(b) from rows where a = z) as n from q order by n",
	"select a = a as same from rows where b is null order by same",
	"select r from rows r order by r::varchar",
	"select rows::varchar as r from rows order by r",
	"select count(*) as n from s0 natural join rows",
	"select p, q from rows as z(o, p, q) order by p, q",
	"select columns('^a$') from rows order by a",
}

func TestAReduceGivesWhatLoadingIntoDuckDBGives(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a, b := rapid.SampledFrom(domains).Draw(rt, "a"), rapid.SampledFrom(domains).Draw(rt, "b")
		oracle := opened(t, Options{})
		must := func(sql string) {
			if err := oracle.db.Exec(sql); err != nil {
				rt.Fatalf("%s: %v", sql, err)
			}
		}
		must(fmt.Sprintf("create table loaded (source varchar, a %s, b %s)", a.sql, b.sql))
		var sources []given
		seen := [2]bool{}
		scale := [2]bool{}
		for i := range rapid.IntRange(1, 4).Draw(rt, "sources") {
			g := given{name: fmt.Sprintf("s%d", i), cols: cols("a", a.kind, "b", b.kind)}
			if i > 0 && rapid.IntRange(0, 4).Draw(rt, "fails") == 0 {
				g.err = errCut
			}
			for range rapid.IntRange(0, 8).Draw(rt, "rows") {
				values := []string{engine.Literal(g.name)}
				var cells []fill
				for c, d := range []domain{a, b} {
					at := rapid.IntRange(-1, len(d.cells)-1).Draw(rt, "value")
					if at < 0 {
						cells, values = append(cells, null), append(values, "null")
						continue
					}
					seen[c] = seen[c] || g.err == nil
					scale[c] = scale[c] || d.kind == row.Decimal && g.err == nil && at > 0
					cells, values = append(cells, d.cells[at]), append(values, engine.Literal(d.texts[at])+"::"+d.sql)
				}
				g.rows = append(g.rows, cells)
				if g.err == nil {
					must("insert into loaded values (" + strings.Join(values, ", ") + ")")
				}
			}
			sources = append(sources, g)
		}
		for c, d := range []domain{a, b} {
			// A type that is unknown, or known only from the values, is inferred from the
			// values.
			if d.kind == row.Any && !seen[c] || d.kind == row.Decimal && !scale[c] {
				rt.Skip("no value determines the type")
			}
		}
		must("create view rows as from loaded; create view s0 as select a, b from loaded where source = 's0'")
		sql := rapid.SampledFrom(statements).Draw(rt, "sql")
		wanted, kinds, err := answered(rt, oracle, sql)
		if err != nil {
			rt.Skip(err) // the statement does not fit the types
		}

		e := opened(t, Options{})
		o := query.Options{Memory: rapid.SampledFrom([]int64{0, 4 << 10}).Draw(rt, "memory")}
		if rapid.Bool().Draw(rt, "shaped") {
			if err := e.Check(sql); err != nil {
				rt.Fatal(err)
			}
			o.Shape = e.Shape
		}
		table := Table{Name: "rows", Views: true, SourceColumn: "source"}
		order := rapid.Permutation(sources).Draw(rt, "arrivals")
		var tasks []query.Task
		for i, g := range sources {
			table.Tasks, table.Sources = append(table.Tasks, i), append(table.Sources, g.name)
			tasks = append(tasks, query.Task{Source: g})
		}
		arrivals := map[string]query.Arrival{}
		for x := range query.Dispatch(t.Context(), tasks, o) {
			arrivals[x.Outcome.Source] = x
		}
		arrived := func(yield func(query.Arrival) bool) {
			for _, g := range order {
				if !yield(arrivals[g.name]) {
					return
				}
			}
		}
		var got []string
		var gotKinds []row.Kind
		err = e.Strategy(t.Context(), sql, table).Merge(merge.Run{Need: 1, Notes: query.NewSummary(tasks)}, arrived, func(b *row.Batch) error {
			gotKinds = kindsOf(b)
			got = append(got, shown(b)...)
			return nil
		})
		if err != nil || !slices.Equal(got, wanted) || !slices.Equal(gotKinds, kinds) {
			rt.Fatalf("%s gives %v (%v, %v)\nwant %v (%v)", sql, got, gotKinds, err, wanted, kinds)
		}
	})
}

// answered returns the result of an engine whose tables are loaded.
func answered(t *rapid.T, e *Engine, sql string) (lines []string, kinds []row.Kind, _ error) {
	if err := e.Check(sql); err != nil {
		t.Fatal(err)
	}
	err := e.query(t.Context(), sql, func(b *row.Batch) error {
		kinds = kindsOf(b)
		lines = append(lines, shown(b)...)
		return nil
	})
	return lines, kinds, err
}

// shown returns the rows of a batch as text, and releases the batch.
func shown(b *row.Batch) (lines []string) {
	for i := range b.Rows() {
		var cells []string
		for _, c := range b.Row(i) {
			if c.Kind == row.Null {
				cells = append(cells, "NULL")
				continue
			}
			cells = append(cells, c.Kind.String()+" "+string(b.AppendText(nil, c)))
		}
		lines = append(lines, strings.Join(cells, "|"))
	}
	b.Release()
	return lines
}

func kindsOf(b *row.Batch) (kinds []row.Kind) {
	for _, c := range b.Schema.Columns {
		kinds = append(kinds, c.Type)
	}
	return kinds
}
