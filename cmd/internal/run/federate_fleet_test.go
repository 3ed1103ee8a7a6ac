// Fleets of databases with random rows, and one database that holds all of their rows.

package run_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/testdata/testdb"
)

// A fleet is several databases, and one DuckDB database with all their rows.
type fleet struct {
	config *config.Config
	mu     sync.Mutex
	one    *engine.DB // only one goroutine uses it at a time
}

// A shape describes the tables of one database.
type shape struct {
	name   string
	types  map[string]string // the types of its columns, by name
	scale  int               // digits after the point of its amounts
	rows   int
	people bool // it has a table of customers
	file   bool // it is a SQLite file
}

var ordersColumns = []string{"id", "region", "note", "amount", "big", "score", "day", "placed", "paid", "extra"}

var shapes = []shape{
	{name: "pg", scale: 2, rows: 40, people: true, types: map[string]string{
		"id": "integer", "region": "varchar(20)", "note": "text", "amount": "numeric(10,2)", "big": "bigint", "score": "double precision",
		"day": "date", "placed": "timestamp", "paid": "boolean",
	}},
	{name: "my", scale: 4, rows: 40, people: true, types: map[string]string{
		"id": "bigint", "region": "varchar(20) character set utf8mb4", "note": "text character set utf8mb4", "amount": "decimal(12,4)", "big": "bigint", "score": "double",
		"day": "date", "placed": "datetime(6)", "paid": "tinyint(1)", "extra": "int",
	}},
	{name: "ma", scale: 1, rows: 30, types: map[string]string{
		"id": "smallint", "region": "varchar(20) character set latin1", "amount": "decimal(5,1)", "big": "bigint", "score": "double",
		"day": "date", "placed": "datetime", "paid": "tinyint(1)", "extra": "int",
	}},
	{name: "lite", scale: 2, rows: 40, people: true, file: true, types: map[string]string{
		"id": "integer", "region": "text", "note": "text", "amount": "decimal(10,2)", "big": "integer", "score": "real",
		"day": "date", "placed": "timestamp", "paid": "boolean",
	}},
	{name: "old", scale: 2, rows: 30, file: true, types: map[string]string{
		"id": "integer", "region": "text", "amount": "decimal(10,2)", "big": "integer", "score": "real",
		"day": "date", "placed": "timestamp", "paid": "boolean", "extra": "integer",
	}},
	{name: "none", scale: 2, people: true, file: true, types: map[string]string{
		"id": "integer", "region": "text", "note": "text", "amount": "decimal(10,2)", "big": "integer", "score": "real",
		"day": "date", "placed": "timestamp", "paid": "boolean",
	}},
}

// scopes are the names that can qualify a table, and the columns that the table then has. A column
// that none of its sources has is missing. A boolean column is boolean unless a source has it as an
// integer. A decimal column has as many digits as that of the source with the most.
var scopes = []struct{ name, members, columns string }{
	{"pg", "'pg'", "* exclude (extra) replace (paid::boolean as paid, amount::decimal(38, 2) as amount)"},
	{"my", "'my'", "*"},
	{"ma", "'ma'", "* exclude (note) replace (amount::decimal(38, 1) as amount)"},
	{"none", "'none'", "* exclude (extra) replace (paid::boolean as paid, amount::decimal(38, 2) as amount)"},
	{"files", "'lite', 'old', 'none'", "* replace (paid::boolean as paid, amount::decimal(38, 2) as amount)"},
	{"servers", "'pg', 'my', 'ma'", "*"},
}

// openOne returns a fleet with an empty DuckDB database and no sources.
func openOne(t *testing.T) *fleet {
	t.Helper()
	one, err := engine.Open(engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = one.Close() })
	return &fleet{one: one}
}

// newFleet creates the databases and fills them with random rows.
func newFleet(t *testing.T, r *rand.Rand) *fleet {
	t.Helper()
	f := openOne(t)
	f.load(t, `create table orders (source varchar, id bigint, region varchar, note varchar, amount decimal(38, 4), big bigint, score double, day date, placed timestamp, paid bigint, extra bigint);
		create table customers (source varchar, id bigint, name varchar)`)
	var text strings.Builder
	text.WriteString("sources:\n")
	for _, s := range shapes {
		exec, url := f.database(t, s)
		fmt.Fprintf(&text, "  %s: {url: %q, tags: [%s]}\n", s.name, url, map[bool]string{true: "files", false: "servers"}[s.file])
		f.fill(t, r, s, exec)
	}
	for _, scope := range scopes {
		f.load(t, fmt.Sprintf("create schema %s; create view %s.orders as select %s from main.orders where source in (%s); create view %s.customers as from main.customers where source in (%s)",
			scope.name, scope.name, scope.columns, scope.members, scope.name, scope.members))
	}
	path := filepath.Join(t.TempDir(), "fanql.yaml")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	if f.config, err = config.Load(path, sources.Dialects, os.Getenv); err != nil {
		t.Fatal(err)
	}
	return f
}

// database creates a database of the kind that the shape is named after.
func (f *fleet) database(t *testing.T, s shape) (exec func(string), url string) {
	if s.file {
		path := filepath.Join(t.TempDir(), s.name+".db")
		db := openSQLite(t, path)
		return func(sql string) { mustExec(t, db, sql) }, "sqlite:" + path
	}
	db := map[string]func(testing.TB) testdb.DB{"pg": testdb.Postgres, "my": testdb.MySQL, "ma": testdb.MariaDB}[s.name](t)
	return func(sql string) { mustExec(t, db.SQL, sql) }, db.URL
}

// fill creates the tables of a shape and inserts their rows, into this database and into
// the one with all rows.
func (f *fleet) fill(t *testing.T, r *rand.Rand, s shape, exec func(string)) {
	var columns []string
	var list []string
	for _, c := range ordersColumns {
		if of, ok := s.types[c]; ok {
			columns = append(columns, c+" "+of)
			list = append(list, c)
		}
	}
	exec("create table orders (" + strings.Join(columns, ", ") + ")")
	var rows []string
	for i := range s.rows {
		var own []string
		for _, c := range list {
			own = append(own, value(r, s, c, i))
		}
		if i > 0 && r.IntN(10) == 0 { // a duplicate of an earlier row
			rows = append(rows, rows[r.IntN(len(rows))])
			continue
		}
		rows = append(rows, strings.Join(own, ", "))
	}
	if len(rows) > 0 {
		into := "insert into orders (" + strings.Join(list, ", ") + ") values "
		plain := strings.NewReplacer("date ", "", "timestamp ", "").Replace("(" + strings.Join(rows, "), (") + ")")
		if s.name != "pg" {
			plain = numbers.Replace(plain)
		}
		exec(into + plain)
		source := engine.Literal(s.name)
		f.load(t, "insert into orders (source, "+strings.Join(list, ", ")+") values ("+source+", "+numbers.Replace(strings.Join(rows, "), ("+source+", "))+")")
	}
	if !s.people {
		return
	}
	text := "varchar(40)"
	if s.name == "my" {
		text += " character set utf8mb4"
	}
	exec("create table customers (id int, name " + text + ")")
	if s.rows == 0 {
		return
	}
	var own, all []string
	for i := range 8 {
		name := word(r, true)
		if s.name == "my" {
			name = strings.ReplaceAll(name, `\`, "/") // a backslash would be an escape
		}
		values := fmt.Sprintf("%d, %s", i, name)
		own, all = append(own, "("+values+")"), append(all, "("+engine.Literal(s.name)+", "+values+")")
	}
	exec("insert into customers values " + strings.Join(own, ", "))
	f.load(t, "insert into customers values "+strings.Join(all, ", "))
}

// numbers writes booleans as integers.
var numbers = strings.NewReplacer("true", "1", "false", "0")

func (f *fleet) load(t *testing.T, sql string) {
	t.Helper()
	if err := f.one.Exec(sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// word returns a random text in quotes; if wide, some have letters that latin1 lacks.
func word(r *rand.Rand, wide bool) string {
	words := []string{"north", "North", "north ", "NORTH", "south", "", "É", "é", "e", "o'k", "50%", "a_b", "A_b", "zebra", "Zebra", `b\s`, "strasse", "straße"}
	if wide {
		words = append(words, "日本", "🙂", "İ", "ı", "ﬁ")
	}
	if r.IntN(8) == 0 {
		return "NULL"
	}
	return engine.Literal(words[r.IntN(len(words))])
}

// value returns a random value for a column, as SQL that all products accept.
func value(r *rand.Rand, s shape, column string, i int) string {
	if column != "id" && r.IntN(7) == 0 {
		return "NULL"
	}
	switch column {
	case "id":
		return strconv.Itoa(i)
	case "region", "note":
		v := word(r, column == "note" || s.name != "ma")
		if s.name == "my" {
			v = strings.ReplaceAll(v, `\`, "/") // MySQL reads a backslash as an escape
		}
		return strings.ReplaceAll(v, `\`, "/")
	case "amount":
		digits := []int{0, 5, 10, 125, 1000, 99995, -5, -125}[r.IntN(8)]
		unit := math.Pow10(s.scale)
		return strconv.FormatFloat(float64(digits)/unit, 'f', s.scale, 64)
	case "big":
		return []string{"0", "1", "-1", "9007199254740993", "4611686018427387904", "-4611686018427387905", "7"}[r.IntN(7)]
	case "score":
		return []string{"0.5", "0.1", "-1.25", "1000000.125", "3.0", "0.30000000000000004", "-0.1"}[r.IntN(7)]
	case "day":
		return "date '" + []string{"2024-02-29", "2024-12-30", "2025-01-01", "2026-01-31", "1999-12-31", "0099-03-01"}[r.IntN(6)] + "'"
	case "placed":
		return "timestamp '" + []string{"2024-02-29 23:59:59", "2025-01-01 00:00:00", "2026-01-31 08:30:01", "1969-12-31 23:00:00"}[r.IntN(4)] + "'"
	case "paid":
		return []string{"true", "false"}[r.IntN(2)]
	}
	return strconv.Itoa(r.IntN(5))
}
