// Plans, tested without a database: from catalogs to the SQL for each source.

package federate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/catalog"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/mysql"
	"github.com/fanql/fanql/sources/postgres"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/sqlite"
)

// planned is a plan over a PostgreSQL, a MySQL and an SQLite source with tables of orders,
// and the warnings about the sources.
type planned struct {
	*Plan
	notes   []string
	refused []string
}

var fleetOfThree = []Source{
	{Name: "pg", Dialect: postgres.Dialect, Tags: []string{"servers"}},
	{Name: "my", Dialect: mysql.Dialect, Tags: []string{"servers"}},
	{Name: "files/a", Entry: "files", Dialect: sqlite.Dialect},
}

// fleetTables are the tables of fleetOfThree, by source.
var fleetTables = [][]catalog.Table{
	{tableOf("public", "orders", "id integer", "region text", "amount numeric(10,2)", "placed timestamp without time zone"), tableOf("public", "customers", "id integer", "name text")},
	{tableOf("shop", "orders", "id int", "region varchar(20)", "amount decimal(12,4)", "placed datetime", "coupon varchar(9)")},
	{tableOf("main", "orders", "id INTEGER", "region TEXT", "amount DECIMAL(10,2)", "placed TIMESTAMP")},
}

func tableOf(schema, name string, columns ...string) catalog.Table {
	t := catalog.Table{Schema: schema, Name: name, Visible: true, Kind: catalog.Plain}
	for _, c := range columns {
		name, of, _ := strings.Cut(c, " ")
		col := catalog.Column{Name: name, Type: of}
		if strings.Contains(of, "char") {
			col.Charset = "utf8mb4"
		}
		t.Columns = append(t.Columns, col)
	}
	return t
}

// read begins a plan for the text.
func read(t *testing.T, o Options, sql string) (*planned, error) {
	t.Helper()
	p := &planned{}
	o.SourceColumn = "source"
	o.Note = func(source int, warning string) {
		p.notes = append(p.notes, o.Sources[source].Name+": "+warning)
	}
	o.Refuse = func(source int, err error) { p.refused = append(p.refused, o.Sources[source].Name+": "+err.Error()) }
	var err error
	if p.Plan, err = Open(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	locate := func(character int) (line, column int, ok bool) {
		before := string([]rune(sql)[:min(character-1, len([]rune(sql)))])
		return strings.Count(before, "\n") + 1, len([]rune(before[strings.LastIndex(before, "\n")+1:])) + 1, true
	}
	return p, p.Read(driver.Request{SQL: sql, Locate: locate})
}

// bound looks up the names in the catalogs and binds them.
func bound(t *testing.T, o Options, sql string) (*planned, error) {
	t.Helper()
	if o.Sources == nil {
		o.Sources = fleetOfThree
	}
	p, err := read(t, o, sql)
	if err != nil {
		return p, err
	}
	for i := range o.Sources {
		p.Found(i, fleetTables[i%len(fleetTables)])
	}
	if err := p.Match(); err != nil {
		return p, err
	}
	return p, p.Bind()
}

// fragmentsOf returns the SQL for each source, in lines that begin with its name, without
// guards and without the tables of column names.
func fragmentsOf(t *testing.T, o Options, sql string) []string {
	t.Helper()
	p, err := bound(t, o, sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	fragments, err := p.Split()
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	var lines []string
	for _, f := range fragments {
		lines = append(lines, p.o.Sources[f.Source].Name+": "+f.SQL)
	}
	return lines
}

func TestEachSourceSendsNoMoreThanTheStatementNeeds(t *testing.T) {
	for sql, want := range map[string][]string{
		"select id from orders": {
			`pg: select "t"."id" as "id" from "public"."orders" as "t"`, "my: select `t`.`id` as `id` from `shop`.`orders` as `t`", `files/a: select "t"."id" as "id" from "main"."orders" as "t"`,
		},
		"select count(*) from servers.orders": {
			`pg: select count(*) as "fanql 0" from "public"."orders" as "t"`, "my: select count(*) as `fanql 0` from `shop`.`orders` as `t`",
		},
		"select id from orders where source = 'pg'":       {`pg: select "t"."id" as "id" from "public"."orders" as "t"`},
		"select id from orders where source in ('x','y')": nil,
		"select name from customers":                      {`pg: select "t"."name" as "name" from "public"."customers" as "t"`},
		`select id from pg.orders where id > 3 order by id desc limit 2 offset 1`: {
			`pg: select "t"."id" as "id" from "public"."orders" as "t" where ("t"."id" > 3) order by "t"."id" desc nulls last limit 3`,
		},
		"select distinct region from pg.orders": {
			`pg: select ("t"."region" collate "C") as "region" from "public"."orders" as "t" group by ("t"."region" collate "C")`,
		},
		"select region, max(id) from pg.orders where id <> 4 group by region having max(id) > 2 order by 2 limit 1": {
			`pg: select ("t"."region" collate "C") as "fanql 0", max("t"."id") as "fanql 1" from "public"."orders" as "t" where ("t"."id" <> 4) group by ("t"."region" collate "C")`,
		},
		"select source, count(*) from pg.orders group by source": {
			`pg: select 'pg' as "fanql 0", count(*) as "fanql 1" from "public"."orders" as "t" having count(*) > 0`,
		},
		"select id from pg.orders where upper(region) = 'A' limit 3": { // fanql evaluates the condition, so the source gets no limit
			`pg: select "t"."id" as "id", "t"."region" as "region" from "public"."orders" as "t"`,
		},
		"select string_agg(region) from pg.orders": {`pg: select "t"."region" as "region" from "public"."orders" as "t"`},
	} {
		if got := fragmentsOf(t, Options{}, sql); !slices.Equal(got, want) {
			t.Errorf("%s sends\n%s\nwant\n%s", sql, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

func TestGatheringFetchesOnlyRows(t *testing.T) {
	for _, sql := range []string{
		"select region, count(*) from pg.orders where id > 3 group by region", "select distinct region, id from pg.orders limit 3",
	} {
		got := fragmentsOf(t, Options{Gather: true}, sql)
		if want := `pg: select "t"."id" as "id", "t"."region" as "region" from "public"."orders" as "t"`; len(got) != 1 || got[0] != want {
			t.Errorf("%s sends %q, want %q", sql, got, want)
		}
	}
}

func TestErrorsInAStatementHaveTheirPosition(t *testing.T) {
	for sql, want := range map[string]string{
		"selec 1":                                `parser error: syntax error at or near "selec" (line 1, column 1)`,
		"select\n nope from orders":              `no table of the statement has a column nope: it has amount, coupon, id`,
		"select * from oders":                    "no source has a table oders (line 1, column 15)",
		"select * from my.customers":             "source my has no table customers (line 1, column 15)",
		"select * from nope.x.orders":            `nope.x.orders: there is no source "nope"`,
		"select * from late.orders":              "late.orders: source late is not among those asked: add source late (line 1, column 15)",
		"select * from pg_catalog.pg_class":      "pg_catalog.pg_class is a catalogue, of which every source has its own: ask one with fanql query (line 1, column 15)",
		"select * from query('select 1')":        "query is no table of the sources",
		"select 1; select 2":                     "it takes one statement that gives rows",
		"":                                       "it is empty",
		"insert into orders values (1)":          "it takes one statement that gives rows",
		"select ? from orders":                   "a parameter is :name",
		"pivot orders on region using count(*)":  "it takes one statement that gives rows",
		"select source from orders where amount": "",
		"select sum(region) from orders":         "sum does not take text",
		"select id from orders where id = 'x'":   "'x' is compared with a value of type BIGINT, and is none itself (line 1, column 32)",
		"select id from orders where '2026-02-31' < placed or amount in ('1', '2.5')":  "'2026-02-31' is compared with a value of type TIMESTAMP, and is none itself",
		"select id from orders where amount in ('1', '2.5') and placed > '2026-01-31'": "",
		"select id from orders where region = '2026-02-31'":                            "",
	} {
		_, err := bound(t, Options{Known: []string{"pg", "late"}}, sql)
		switch {
		case want == "" && err != nil:
			t.Errorf("%q: %v", sql, err)
		case want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)):
			t.Errorf("%q: %v, want %s", sql, err, want)
		}
		if invalid := new(Invalid); want != "" && err != nil && !errors.As(err, &invalid) {
			t.Errorf("%q: %v is not an error of the statement", sql, err)
		}
	}
}

func TestTypesAreThoseThatTheSourcesDeclare(t *testing.T) {
	for _, sql := range []string{"select * from orders", "select * from orders where id = 3 and amount = 1"} {
		p, err := bound(t, Options{}, sql)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range p.relations[0].columns {
			got = append(got, c.name+" "+c.kind.sql())
		}
		want := []string{"id BIGINT", "region VARCHAR", "amount DECIMAL(38, 4)", "placed TIMESTAMP", "coupon VARCHAR"}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", sql, got, want)
		}
		if want := []string{`pg: table orders has no column "coupon": NULL in its rows`, `files/a: table orders has no column "coupon": NULL in its rows`}; !slices.Equal(p.notes, want) {
			t.Errorf("%s: %q, want %q", sql, p.notes, want)
		}
	}
}

func TestStrictRefusesASourceWithoutTheTable(t *testing.T) {
	p, err := bound(t, Options{Strict: true}, "select name from customers")
	want := []string{"my: has no table customers (strict)", "files/a: has no table customers (strict)"}
	if err != nil || !slices.Equal(p.refused, want) {
		t.Errorf("%v, refused %q, want %q", err, p.refused, want)
	}
}

// Rows as sources send them are loaded, and the result of the statement is checked.
func TestTheRowsOfFragmentsBecomeTheAnswer(t *testing.T) {
	p, err := bound(t, Options{}, "select region, count(*) as n, avg(id) as a from servers.orders group by region order by region")
	if err != nil {
		t.Fatal(err)
	}
	fragments, err := p.Split()
	if err != nil {
		t.Fatal(err)
	}
	budget := query.NewBudget(0, 2, "")
	var parts []Part
	for i, f := range fragments {
		s := &row.Schema{Columns: []row.Column{{Type: row.Text}, {Type: row.Int}, {Type: row.Decimal}, {Type: row.Int}}}
		b := row.NewBatch(s)
		for _, region := range []string{"a", "b"} {
			b.TextString(region)
			b.Int(int64(i + 1)) // the number of rows
			b.Decimal(fmt.Appendf(nil, "%d", 10*(i+1)))
			b.Int(int64(i + 1))
			b.EndRow()
		}
		if err := f.Read(b); err != nil {
			t.Fatal(err)
		}
		stage := budget.Stage()
		if err := errors.Join(stage.Add(b), stage.Seal(context.Background())); err != nil {
			t.Fatal(err)
		}
		parts = append(parts, Part{Source: f.Source, Rows: stage, Fragment: func(*row.Schema) *Fragment { return f }})
	}
	if err := p.Load(t.Context(), parts); err != nil {
		t.Fatal(err)
	}
	var got []string
	err = p.Query(t.Context(), func(b *row.Batch) error {
		for i := range b.Rows() {
			line := ""
			for n, c := range b.Row(i) {
				line += b.Schema.Columns[n].Name + "=" + string(b.AppendText(nil, c)) + " "
			}
			got = append(got, line)
		}
		return nil
	})
	if want := []string{"region=a n=3 a=10 ", "region=b n=3 a=10 "}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
}

func TestAValueThatItsColumnCannotHoldIsReported(t *testing.T) {
	for _, c := range []struct {
		kind kind
		put  func(*row.Batch)
		want string // empty if the error has a position
	}{
		{of(row.Int), func(b *row.Batch) { b.Int(1) }, ""},
		{of(row.Int), func(b *row.Batch) { b.Bool(true) }, ""},
		{of(row.Int), func(b *row.Batch) { b.Float(2) }, ""},
		{of(row.Int), func(b *row.Batch) { b.Float(2.5) }, `column "x" holds "2.5", which is no integer`},
		{of(row.Int), func(b *row.Batch) { b.Uint(1 << 63) }, `column "x" holds "9223372036854775808", which is no integer`},
		{of(row.Int), func(b *row.Batch) { b.TextString("12") }, ""},
		{of(row.Int), func(b *row.Batch) { b.TextString("many") }, `column "x" holds "many", which is no integer`},
		{of(row.Bool), func(b *row.Batch) { b.Int(1) }, ""},
		{of(row.Bool), func(b *row.Batch) { b.Int(2) }, `column "x" holds "2", which is no boolean`},
		{kind{Kind: row.Decimal, scale: 2}, func(b *row.Batch) { b.Float(0.25) }, ""},
		{kind{Kind: row.Decimal, scale: 2}, func(b *row.Batch) { b.Float(0.125) }, `column "x" holds "0.125", which is no decimal of 2 digits after the point`},
		{kind{Kind: row.Decimal, scale: 2}, func(b *row.Batch) { b.Decimal([]byte("1.500")) }, ""},
		{kind{Kind: row.Decimal, scale: 2}, func(b *row.Batch) { b.Decimal([]byte("NaN")) }, `column "x" holds "NaN", which is no decimal`},
		{kind{Kind: row.Decimal, scale: 0}, func(b *row.Batch) { b.Decimal([]byte("123456789012345678901234567890")) }, ""},
		{of(row.Date), func(b *row.Batch) { b.TextString("2024-02-29") }, ""},
		{of(row.Date), func(b *row.Batch) { b.TextString("2024-02-30") }, `column "x" holds "2024-02-30", which is no date`},
		{of(row.Timestamp), func(b *row.Batch) { b.DateText([]byte("2024-02-29")) }, ""},
		{of(row.Text), func(b *row.Batch) { b.Int(7) }, ""},
		{of(row.Float), func(b *row.Batch) { b.Int(7) }, ""},
		{of(row.JSON), func(b *row.Batch) { b.TextString("{") }, `column "x" holds "{", which is no json`},
	} {
		b := row.NewBatch(&row.Schema{Columns: []row.Column{{Name: "x", Type: row.Any}}})
		c.put(b)
		b.EndRow()
		err := (&Fragment{columns: []fetched{{name: "x", kind: c.kind}}}).Read(b)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)) {
			t.Errorf("%v: %v, want %q", c.kind, err, c.want)
		}
	}
}

func TestTheListOfAggregatesIsDuckDBs(t *testing.T) {
	p, err := read(t, Options{}, "select 1")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := p.rows("select distinct lower(function_name) from duckdb_functions() where function_type = 'aggregate'")
	if err != nil || len(rows) < 80 {
		t.Fatal(len(rows), err)
	}
	for _, r := range rows {
		if !isAggregate(r[0]) {
			t.Errorf("%s is an aggregate in DuckDB, and is not in the list", r[0])
		}
	}
}

// Planning a statement over many sources may take 50 ms of processor time.
func BenchmarkPlanOfAHundredSources(b *testing.B) {
	var many []Source
	for i := range 100 {
		s := fleetOfThree[i%len(fleetOfThree)]
		s.Name = fmt.Sprintf("s%d", i)
		many = append(many, s)
	}
	for b.Loop() {
		p, err := Open(Options{Sources: many, SourceColumn: "source", Note: func(int, string) {}, Refuse: func(int, error) {}})
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		err = p.Read(driver.Request{SQL: "select region, count(*), sum(amount), avg(id) from orders where amount > 1 and placed > '2025-01-01' group by region"})
		for i := range many {
			p.Found(i, fleetTables[i%len(fleetTables)])
		}
		if err == nil {
			err = errors.Join(p.Match(), p.Bind())
		}
		if err == nil {
			_, err = p.Split()
		}
		b.StopTimer()
		if err := errors.Join(err, p.Close()); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}
