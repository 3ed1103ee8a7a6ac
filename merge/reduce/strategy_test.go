// The rows and tables that the SQL sees, and the effect of missing sources.

package reduce

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

var (
	eu = given{name: "eu", cols: cols("id", row.Int, "name", row.Text), rows: [][]fill{
		{integer(1), txt("a")}, {integer(2), null}, {integer(2), null}, {null, txt("")},
	}}
	us    = given{name: "us", cols: cols("ID", row.Int, "at", row.Date), rows: [][]fill{{integer(2), day("2026-01-31")}}}
	empty = given{name: "shards/2024", cols: cols("id", row.Int)}
	cut   = given{name: "cut", cols: cols("id", row.Int), rows: [][]fill{{integer(9)}, {integer(9)}, {integer(9)}, {integer(9)}}, err: errCut}
)

func TestTheSQLSeesAllRowsUnderMergedColumns(t *testing.T) {
	want(t, reduced(t, "from rows", 3, eu, us, empty), "source|id|name|at",
		"eu|1|a|NULL", "eu|2|NULL|NULL", "eu|2|NULL|NULL", "eu|NULL||NULL", "us|2|NULL|2026-01-31")
	want(t, reduced(t, "select source, count(*) as n from rows group by source order by source", 2, eu, us), "source|n", "eu|4", "us|1")
	want(t, reduced(t, "select count(*) as n from rows", 1, empty), "n", "0")
	want(t, reduced(t, "from rows where false", 1, eu), "source|id|name")
}

func TestEachSourceIsAViewOfItsOwnColumns(t *testing.T) {
	want(t, reduced(t, "from us", 2, eu, us), "id|at", "2|2026-01-31")
	want(t, reduced(t, `from "shards/2024"`, 3, eu, us, empty), "id")
	want(t, reduced(t, "select eu.id, us.at from eu join us using (id)", 2, eu, us), "id|at", "2|2026-01-31", "2|2026-01-31")
	quoted := eu
	quoted.name = `it's "eu"`
	want(t, reduced(t, `select max(id) as m from "it's ""eu"""`, 1, quoted), "m", "2")
	want(t, reduced(t, "show tables", 2, eu, us), "name", "eu", "rows", "us")
}

func TestManySourcesAreDistinguished(t *testing.T) {
	var many []given
	for i := range 300 { // more sources than fit into one byte
		many = append(many, one("s"+strings.Repeat("x", i), row.Int, integer(int64(i))))
	}
	want(t, reduced(t, "select count(distinct source) as n, count(*) filter (len(source) = x + 1) as m, sum(x) as s from rows", 300, many...), "n|m|s", "300|300|44850")
	want(t, reduced(t, `from s`+strings.Repeat("x", 299), 300, many...), "x", "299")
}

func TestColumnsWhoseNamesCollideOrAreEmpty(t *testing.T) {
	odd := given{
		name: "eu", cols: cols("", row.Int, "a", row.Int, "A", row.Int, "source", row.Int, `"`, row.Int, "", row.Int),
		rows: [][]fill{{integer(1), integer(2), integer(3), integer(4), integer(5), integer(6)}},
	}
	want(t, reduced(t, "from rows", 1, odd), `source|column_1|a|A_2|source_2|"|_2`, "eu|1|2|3|4|5|6")
}

// Columns with the names of internal tables and columns are not mistaken for them.
func TestColumnsWithInternalNames(t *testing.T) {
	ours := given{
		name: "t0", cols: cols("c1", row.Int, "c0", row.Int, "s", row.Text, "t0", row.Int, "fanql", row.Int),
		rows: [][]fill{{integer(1), integer(2), txt("x"), integer(3), integer(4)}},
	}
	want(t, reduced(t, "from rows", 2, ours, eu), "source|c1|c0|s|t0|fanql|id|name", "t0|1|2|x|3|4|NULL|NULL",
		"eu|NULL|NULL|NULL|NULL|NULL|1|a", "eu|NULL|NULL|NULL|NULL|NULL|2|NULL", "eu|NULL|NULL|NULL|NULL|NULL|2|NULL", "eu|NULL|NULL|NULL|NULL|NULL|NULL|")
	want(t, reduced(t, "from t0", 2, ours, eu), "c1|c0|s|t0|fanql", "1|2|x|3|4")
	want(t, reduced(t, "select count(*) as n from eu where id = 2", 2, ours, eu), "n", "2")
}

func TestASourceThatFailsMidwayIsInNoTable(t *testing.T) {
	want(t, reduced(t, "select count(*) as n from rows", 1, eu, cut), "n", "4")
	r := reduced(t, "select count(*) from rows", 2, eu, cut)
	if r.err != nil || r.lines != nil {
		t.Errorf("if both sources are required, the result is %v (%v)", r.lines, r.err)
	}
	r = reduced(t, "select *\nfrom cut", 1, eu, cut)
	wantError(t, r.err, "source cut is missing, so there is no view of it: catalog error: Table with name cut does not exist!")
	wantError(t, r.err, "(line 2, column 6)")
}

func TestAColumnWithoutAnyTypeFitsEveryType(t *testing.T) {
	r := reduced(t, "select sum(x) as s, max(upper(x)) as u, count(x + 1) as n, count(*) as c from rows where x is null or x > 3 or x = 'a'", 1, one("eu", row.Any, null))
	want(t, r, "s|u|n|c", "NULL|NULL|0|1")
}

func TestNamedTables(t *testing.T) {
	e := opened(t, Options{})
	table := func(name string, tasks []int, sources ...string) Table {
		return Table{Name: name, Tasks: tasks, SourceColumn: "db", Sources: sources}
	}
	tables := []Table{table("orders", []int{0, 2}, "eu", "us"), table("customers", []int{1}, "eu"), table("gone", []int{3}, "cut")}
	customers := one("customers@eu", row.Text, txt("a"))
	r := taskList(t, e, "select o.db, o.id, c.db, c.x from orders o left join customers c on c.x = o.name order by all", 3, tables, eu, customers, us, cut)
	want(t, r, "db|id|db_2|x", "eu|1|eu|a", "eu|2|NULL|NULL", "eu|2|NULL|NULL", "eu|NULL|NULL|NULL", "us|2|NULL|NULL")
	e = opened(t, Options{})
	r = taskList(t, e, "from gone", 3, tables, eu, customers, us, cut)
	wantError(t, r.err, "the sources of gone are missing, so there is no such table")
	e = opened(t, Options{})
	r = taskList(t, e, "from eu", 3, tables, eu, customers, us, cut)
	wantError(t, r.err, "Table with name eu does not exist")
}

func TestWithoutASourceColumn(t *testing.T) {
	e := opened(t, Options{})
	table := Table{Name: "rows", Tasks: []int{0}, Sources: []string{"eu"}}
	want(t, taskList(t, e, "select * from rows where id = 1", 1, []Table{table}, eu), "id|name", "1|a")
	e = opened(t, Options{})
	r := taskList(t, e, "select 1", 1, []Table{table}, given{name: "eu"})
	wantError(t, r.err, "the rows have no columns")
}

func TestErrorsInTheSQLHaveTheirPosition(t *testing.T) {
	for sql, text := range map[string]string{
		"selec 1":                             `parser error: syntax error at or near "selec" (line 1, column 1)`,
		"select 1,\n  'é' from from":          `parser error: syntax error at or near "from" (line 2, column 12)`,
		"select (\n'é'":                       "parser error: syntax error at end of input (line 2, column 4)",
		"select 'open":                        "parser error: unterminated quoted string",
		"select nope\nfrom rows":              `binder error: Referenced column "nope" not found in FROM clause!`,
		"select 'ü',\n\tnope from eu":         "(line 2, column 2)",
		"select name::int from rows":          "conversion error: Could not convert string 'a' to INT32",
		"select [name::int] from rows":        "conversion error: Could not convert string 'a' to INT32",
		"":                                    "it is empty",
		" -- nothing\n;":                      "it is empty",
		"select 1; select 2":                  "it takes one statement that gives rows",
		"select $1":                           "it takes no parameters",
		"select ?, '\"class\":\"PARAMETER\"'": "it takes no parameters",
		"select\x00 1":                        "zero byte",
	} {
		r := reduced(t, sql, 1, eu)
		if r.err == nil || !strings.Contains(r.err.Error(), text) || strings.Contains(r.err.Error(), "\n") {
			t.Errorf("%q: the error is %v, want %q", sql, r.err, text)
		}
	}
	want(t, reduced(t, `select '"class":"PARAMETER"' as x`, 1, eu), "x", `"class":"PARAMETER"`)
}

func TestEveryStatementThatGivesRowsIsTaken(t *testing.T) {
	for _, sql := range []string{
		"select 1", "with a as (select 1) select * from a", "values (1)", "from rows", "table rows", "describe rows",
		"summarize rows", "show tables", "(select 1) union all select 2", "select 1;", "/* a */ select 1 -- b",
	} {
		if r := reduced(t, sql, 1, eu); r.err != nil || len(r.lines) < 2 {
			t.Errorf("%q: %v, %d lines", sql, r.err, len(r.lines))
		}
	}
}

func TestTheDeadlineInterruptsTheSQL(t *testing.T) {
	for _, sql := range []string{
		"select count(*) from range(100000000000) a, rows", // the SQL runs before its first row
		"select a.range from range(100000000000) a, rows",  // the SQL has sent rows
		"select [a.range] from range(100000000000) a, rows",
	} {
		e := opened(t, Options{})
		begun := time.Now()
		ctx, stop := context.WithTimeoutCause(t.Context(), 300*time.Millisecond, &query.TimeoutError{After: 300 * time.Millisecond})
		defer stop()
		table := Table{Name: "rows", Tasks: []int{0}, Sources: []string{"eu"}}
		run := merge.Run{Need: 1, Notes: query.NewSummary([]query.Task{{Source: eu}})}
		dispatched := query.Dispatch(t.Context(), []query.Task{{Source: eu}}, query.Options{})
		err := e.Strategy(ctx, sql, table).Merge(run, dispatched, func(b *row.Batch) error { b.Release(); return nil })
		wantError(t, err, "the reduce timed out after 300ms")
		if took := time.Since(begun); took < 300*time.Millisecond || took > 5*time.Second {
			t.Errorf("%s took %s", sql, took)
		}
	}
}

func TestASignalInterruptsTheSQL(t *testing.T) {
	e := opened(t, Options{})
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("interrupted"))
	err := Ended(ctx, e.query(ctx, "select count(*) from range(100000000000)", func(b *row.Batch) error { b.Release(); return nil }))
	wantError(t, err, "the reduce was stopped: interrupted")
}

// Rows and intermediate results that exceed the memory go to the folder of temporary
// files.
func TestLittleMemoryIsEnough(t *testing.T) {
	const rows = 400_000
	o := Options{Memory: 1 << 20} // less than the minimum, so the minimum is used
	e := opened(t, o)
	schema, stage := orders(t, rows)
	arrived := func(yield func(query.Arrival) bool) {
		yield(query.Arrival{Outcome: query.Outcome{State: query.OK}, Schema: schema, Rows: stage})
	}
	table := Table{Name: "rows", Tasks: []int{0}, Sources: []string{"eu"}, SourceColumn: "source"}
	var got []string
	spilled := false
	err := e.Strategy(t.Context(), `select id, sum(amount) over (order by note, id) as s from rows order by s desc, id`, table).Merge(merge.Run{Need: 1}, arrived, func(b *row.Batch) error {
		left, err := os.ReadDir(e.db.TempDir())
		if err != nil {
			t.Error(err)
		}
		spilled = spilled || len(left) > 0
		for i := range b.Rows() {
			if r := b.Row(i); len(got) < 3 {
				got = append(got, string(b.AppendText(nil, r[0]))+" "+string(b.AppendText(nil, r[1])))
			}
		}
		b.Release()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !spilled {
		t.Error("nothing was put on disk: the test shows nothing")
	}
	// Amounts are 0.00 to 3999.99. The last row by note and id shows the sum of all.
	if got[0] != "399998 799998000.00" {
		t.Errorf("the rows begin with %q", got)
	}
}
