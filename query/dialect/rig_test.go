// Shared by the equivalence tests: a table of odd values in every product and in DuckDB,
// and how statements are run there.

package dialect

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"math/big"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/duckdb/engine"
	mysqldriver "github.com/fanql/fanql/sources/mysql"
	postgresdriver "github.com/fanql/fanql/sources/postgres"
	"github.com/fanql/fanql/sources/row"
	sqlitedriver "github.com/fanql/fanql/sources/sqlite"
	_ "github.com/fanql/fanql/sources/sqlite/sqlite3" // database/sql's "sqlite3", to write with
	"github.com/fanql/fanql/testdata/testdb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A source runs statements; each driver's source does.
type source interface {
	Run(ctx context.Context, q driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error)
}

// A peer is one product with the tables of the tests.
type peer struct {
	product Product
	source  source
	exec    func(t testing.TB, statements ...string)
}

// peers returns all products, each with a database of its own.
func peers(t *testing.T) []peer {
	t.Helper()
	var all []peer
	postgres := testdb.Postgres(t)
	p, err := new(postgresdriver.Servers).New("postgres", postgres.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	all = append(all, peer{PostgreSQL, p, postgres.Exec})
	for product, db := range map[Product]testdb.DB{MySQL: testdb.MySQL(t), MariaDB: testdb.MariaDB(t)} {
		m, err := mysqldriver.New(product.String(), db.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, peer{product, m, db.Exec})
	}
	path := filepath.Join(t.TempDir(), "test.db")
	file, err := sql.Open("sqlite3", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	all = append(all, peer{SQLite, sqlitedriver.New("sqlite", path), testdb.DB{SQL: file}.Exec})
	slices.SortFunc(all, func(a, b peer) int { return int(a.product) - int(b.product) })
	return all
}

// answer returns the rows of a statement as texts.
func (p peer) answer(t testing.TB, text string) (rows [][]string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	request := driver.Request{SQL: text, Tag: "fanql:test", Grace: 5 * time.Second, MaxCell: 1 << 26}
	request.Reread = func(driver.Modes) (driver.Request, error) { return request, nil }
	_, err = p.source.Run(ctx, request, &driver.Progress{}, func(b *row.Batch) error {
		rows = append(rows, texts(b)...)
		b.Release()
		return nil
	})
	return rows, err
}

func texts(b *row.Batch) (rows [][]string) {
	for i := range b.Rows() {
		var line []string
		for _, c := range b.Row(i) {
			cell := "NULL"
			switch {
			case c.Kind == row.Text:
				cell = "'" + string(b.AppendText(nil, c)) + "'"
			case c.Kind != row.Null:
				cell = string(b.AppendText(nil, c))
			}
			line = append(line, cell)
		}
		rows = append(rows, line)
	}
	return rows
}

// duck is the embedded DuckDB with the tables of the tests.
type duck struct {
	*engine.DB
	types map[string]Type // types of expressions, by their text
}

func newDuck(t testing.TB) *duck {
	t.Helper()
	db, err := engine.Open(engine.Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return &duck{db, map[string]Type{}}
}

func (d *duck) answer(t testing.TB, text string) (rows [][]string, err error) {
	t.Helper()
	err = d.Query(t.Context(), text, func(b *row.Batch) error {
		rows = append(rows, texts(b)...)
		b.Release()
		return nil
	})
	return rows, err
}

// typeOf returns the type that DuckDB gives to an expression over a table.
func (d *duck) typeOf(t testing.TB, expression, from string) Type {
	t.Helper()
	if known, ok := d.types[expression]; ok {
		return known
	}
	name, err := d.Value("select any_value(typeof(" + expression + ")) from " + from)
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	typ := Type{ID: TypeID(name)}
	if parameters, ok := strings.CutPrefix(name, "DECIMAL("); ok {
		width, scale, _ := strings.Cut(strings.TrimSuffix(parameters, ")"), ",")
		typ.ID = Decimal
		typ.Width, _ = strconv.Atoi(width)
		typ.Scale, _ = strconv.Atoi(scale)
	}
	d.types[expression] = typ
	return typ
}

// inDuck prints an expression for DuckDB, which defines the meaning for all products.
func inDuck(e Expr) string {
	all := func(args []Expr) []string {
		said := make([]string, len(args))
		for i, arg := range args {
			said[i] = inDuck(arg)
		}
		return said
	}
	switch e := e.(type) {
	case *Column:
		return engine.Quote(e.Table) + "." + engine.Quote(e.Name)
	case *Constant:
		if e.Null {
			return "cast(null as " + e.Type.String() + ")"
		}
		return "cast(" + engine.Literal(e.Value) + " as " + e.Type.String() + ")"
	case *Cast:
		return "cast(" + inDuck(e.Arg) + " as " + e.Type.String() + ")"
	case *In:
		not := ""
		if e.Not {
			not = "not "
		}
		return "(" + inDuck(e.Arg) + " " + not + "in (" + strings.Join(all(e.List), ", ") + "))"
	case *Keys:
		if len(e.Values) == 0 {
			return "false"
		}
		list := make([]string, len(e.Values))
		for i, v := range e.Values {
			list[i] = inDuck(&Constant{Type: e.Arg.Type, Value: v})
		}
		return "(" + inDuck(e.Arg) + " in (" + strings.Join(list, ", ") + "))"
	case *Case:
		said := "(case"
		for _, w := range e.Whens {
			said += " when " + inDuck(w.If) + " then " + inDuck(w.Then)
		}
		if e.Else != nil {
			said += " else " + inDuck(e.Else)
		}
		return said + " end)"
	case *Call:
		args := all(e.Args)
		switch {
		case isComparison(e.Name):
			return "(" + args[0] + " " + e.Name + " " + args[1] + ")"
		case e.Name == "and" || e.Name == "or":
			return "(" + strings.Join(args, " "+e.Name+" ") + ")"
		case e.Name == "not":
			return "(not " + args[0] + ")"
		case e.Name == "is null" || e.Name == "is not null":
			return "(" + args[0] + " " + e.Name + ")"
		case e.Name == "coalesce" || e.Name == "nullif":
			return e.Name + "(" + strings.Join(args, ", ") + ")"
		}
		return engine.Quote(e.Name) + "(" + strings.Join(args, ", ") + ")"
	}
	panic(fmt.Sprintf("%T", e))
}

// same reports whether a product's result of an expression equals DuckDB's, as values of
// the type.
func same(t Type, got, want string) bool {
	if got == want {
		return true
	}
	if got == "NULL" || want == "NULL" {
		return false
	}
	switch t.class() {
	case other: // a sum of floats, which depends on the order of the rows
		a, err1 := strconv.ParseFloat(got, 64)
		b, err2 := strconv.ParseFloat(want, 64)
		return t.ID == Float && err1 == nil && err2 == nil && math.Abs(a-b) <= 1e-9*math.Abs(b)
	case boolean:
		return truth[strings.ToLower(got)] == truth[strings.ToLower(want)] && truth[got] != ""
	case integer, huge, decimal:
		a, ok1 := new(big.Rat).SetString(strings.Trim(got, "'")) // a sum of SQLite's is a text
		b, ok2 := new(big.Rat).SetString(want)
		return ok1 && ok2 && a.Cmp(b) == 0
	case double:
		a, err1 := strconv.ParseFloat(strings.Trim(got, "'"), 64)
		b, err2 := strconv.ParseFloat(want, 64)
		return err1 == nil && err2 == nil && a == b
	case date, timestamp, instant:
		return moment(got) == moment(want)
	}
	return false
}

var truth = map[string]string{"true": "yes", "1": "yes", "false": "no", "0": "no"}

// moment returns a date or a timestamp in one notation for all products.
func moment(s string) string {
	s = strings.Replace(strings.Trim(s, "'"), "T", " ", 1)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return strings.TrimSuffix(s, " 00:00:00")
}

// A field is a column of a test table, as each product declares it.
type field struct {
	name  string
	typ   Type
	own   map[Product]string
	value func(n int) (value string, null bool)
	// charset and collation apply to MySQL and MariaDB.
	charset, collation map[Product]string
}

// column returns the field as a column of that product.
func (f field) column(p Product, table string) *Column {
	c := &Column{Table: table, Name: f.name, Type: f.typ, Own: f.own[p], Charset: f.charset[p], Collation: f.collation[p]}
	if p == SQLite {
		c.Collation = f.collation[p]
	}
	return c
}

// fill creates the table at a peer, with these fields and the given number of rows.
func (p peer) fill(t testing.TB, table string, fields []field, rows int) {
	t.Helper()
	out := newPrinter(p.product)
	columns := []string{out.quoted(0, "id") + " int primary key"}
	for _, f := range fields {
		declared := f.own[p.product]
		if f.typ.class() == text && (p.product == MySQL || p.product == MariaDB) {
			if f.charset[p.product] != "" {
				declared += " character set " + f.charset[p.product]
			}
			if f.collation[p.product] != "" {
				declared += " collate " + f.collation[p.product]
			}
		}
		if p.product == SQLite && f.collation[SQLite] != "" {
			declared += " collate " + f.collation[SQLite]
		}
		columns = append(columns, out.quoted(0, f.name)+" "+declared)
	}
	p.exec(t, "create table "+table+" ("+strings.Join(columns, ", ")+")")
	for begin := 0; begin < rows; begin += 1000 {
		var lines []string
		for n := begin; n < min(begin+1000, rows); n++ {
			cells := []string{strconv.Itoa(n)}
			for _, f := range fields {
				value, null := f.value(n)
				cells = append(cells, out.literal(&Constant{Type: f.typ, Value: value, Null: null}))
			}
			lines = append(lines, "("+strings.Join(cells, ", ")+")")
		}
		if err := out.err(); err != nil {
			t.Fatal(err)
		}
		p.exec(t, "insert into "+table+" values "+strings.Join(lines, ", "))
	}
}

// fill creates the same table in DuckDB.
func (d *duck) fill(t testing.TB, table string, fields []field, rows int) {
	t.Helper()
	columns := []string{"id integer"}
	for _, f := range fields {
		columns = append(columns, engine.Quote(f.name)+" "+f.typ.String())
	}
	if err := d.Exec("create table " + table + " (" + strings.Join(columns, ", ") + ")"); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for n := range rows {
		cells := []string{strconv.Itoa(n)}
		for _, f := range fields {
			value, null := f.value(n)
			cells = append(cells, inDuck(&Constant{Type: f.typ, Value: value, Null: null}))
		}
		lines = append(lines, "("+strings.Join(cells, ", ")+")")
	}
	if err := d.Exec("insert into " + table + " values " + strings.Join(lines, ", ")); err != nil {
		t.Fatal(err)
	}
}

// everywhere declares a field in the same way for all products.
func everywhere(own string) map[Product]string {
	return map[Product]string{PostgreSQL: own, MySQL: own, MariaDB: own, SQLite: own}
}
