// The oracle: for random tables on three kinds of servers and random statements, the
// answer with work done at the sources, the answer with all of it done here, and that of
// one DuckDB into which the test has loaded all rows, are the same.

package run_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/testdb"
)

// statementsEnv is how many statements are tried, whatever time that takes; seedEnv makes
// a run another one, or again the same.
const (
	statementsEnv = "FANQL_ORACLE_STATEMENTS"
	seedEnv       = "FANQL_ORACLE_SEED"
)

// What the ordinary run tries: so many statements, or as many as there is time for.
const (
	usualStatements = 300
	usualTime       = 9 * time.Second
)

func numberFrom(t *testing.T, name string, usual int) int {
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s=%s: %v", name, text, err)
	}
	return n
}

func TestPushedGatheredAndOneDatabaseGiveTheSame(t *testing.T) {
	seed := uint64(numberFrom(t, seedEnv, 18))
	f := newFleet(t, rand.New(rand.NewPCG(seed, 1)))
	g := &generator{rand: rand.New(rand.NewPCG(seed, 2))}
	var all []string
	for range numberFrom(t, statementsEnv, usualStatements) {
		all = append(all, g.statement())
	}
	var failed, pushed, tried, next atomic.Int64
	began := time.Now()
	const workers = 3 // most of the time they wait for servers
	err := query.Parallel(workers, func(int) error {
		for {
			n := int(next.Add(1)) - 1
			late := os.Getenv(statementsEnv) == "" && time.Since(began) > usualTime
			if n >= len(all) || late || failed.Load() > 5 {
				return nil
			}
			fewer, wrong := f.differs(all[n])
			tried.Add(1)
			if wrong != "" {
				failed.Add(1)
				t.Errorf("statement %d (%s=%d): %s\n%s", n, seedEnv, seed, all[n], wrong)
			}
			if fewer {
				pushed.Add(1)
			}
		}
	})
	t.Logf("%d statements, of which %d fetched fewer rows than the tables have", tried.Load(), pushed.Load())
	if err != nil || pushed.Load()*3 < tried.Load() {
		t.Errorf("hardly any statement has work done at the sources: %v", err)
	}
}

// differs says how the three answers to a statement differ; empty if they do not. Fewer
// says that the sources gave fewer rows than their tables have.
func (f *fleet) differs(sql string) (fewer bool, wrong string) {
	want, wantErr := f.loaded(sql)
	whole, gathered, gatherErr := f.answer(sql, true)
	fetched, got, gotErr := f.answer(sql, false)
	switch {
	case wantErr != nil && (gatherErr == nil || gotErr == nil):
		return false, fmt.Sprintf("one database says %v; gathered %v, pushed %v", wantErr, gatherErr, gotErr)
	case wantErr != nil:
		return false, ""
	case gatherErr != nil || gotErr != nil:
		return false, fmt.Sprintf("gathered: %v\npushed: %v", gatherErr, gotErr)
	}
	if diff := different(want, gathered); diff != "" {
		return false, "gathered differs from one database: " + diff
	}
	if diff := different(want, got); diff != "" {
		return false, "pushed differs from one database: " + diff
	}
	return fetched < whole, ""
}

// Traps that others have stepped into, each with its own statement.
func TestTheTrapsOfSplitStatements(t *testing.T) {
	f := newFleet(t, rand.New(rand.NewPCG(3, 1)))
	for name, sql := range traps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, wrong := f.differs(sql); wrong != "" {
				t.Errorf("%s\n%s", sql, wrong)
			}
		})
	}
}

// A fleet is the databases, and all their rows once more.
type fleet struct {
	config *config.Config
	mu     sync.Mutex
	one    *engine.DB // for one goroutine at a time
}

// A shape is how a database has the tables.
type shape struct {
	name   string
	types  map[string]string // of the columns that it has, by name
	scale  int               // of its amounts
	rows   int
	people bool // it has customers
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
		"id": "smallint", "region": "varchar(20) character set latin1", "amount": "decimal(8,1)", "big": "bigint", "score": "double",
		"day": "date", "placed": "datetime", "paid": "tinyint(1)", "extra": "int",
	}},
	{name: "lite", scale: 2, rows: 40, people: true, types: map[string]string{
		"id": "integer", "region": "text", "note": "text", "amount": "decimal(10,2)", "big": "integer", "score": "real",
		"day": "date", "placed": "timestamp", "paid": "boolean",
	}},
	{name: "none", scale: 2, people: true, types: map[string]string{
		"id": "integer", "region": "text", "note": "text", "amount": "decimal(10,2)", "big": "integer", "score": "real",
		"day": "date", "placed": "timestamp", "paid": "boolean",
	}},
}

// newFleet makes the databases with random rows.
func newFleet(t *testing.T, r *rand.Rand) *fleet {
	t.Helper()
	one, err := engine.Open(engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = one.Close() })
	f := &fleet{one: one}
	f.load(t, `create table orders (source varchar, id bigint, region varchar, note varchar, amount decimal(38, 4), big bigint, score double, day date, placed timestamp, paid bigint, extra bigint);
		create table customers (source varchar, id bigint, name varchar)`)
	var text strings.Builder
	text.WriteString("sources:\n")
	for _, s := range shapes {
		exec, url := f.database(t, s)
		fmt.Fprintf(&text, "  %s: {url: %q, tags: [%s]}\n", s.name, url, map[bool]string{true: "servers", false: "files"}[s.name != "lite" && s.name != "none"])
		f.fill(t, r, s, exec)
	}
	for scope, members := range map[string]string{"pg": "'pg'", "my": "'my'", "ma": "'ma'", "none": "'none'", "files": "'lite', 'none'", "servers": "'pg', 'my', 'ma'"} {
		f.load(t, fmt.Sprintf("create schema %s; create view %s.orders as select * from main.orders where source in (%s)", scope, scope, members))
	}
	path := filepath.Join(t.TempDir(), "fanql.yaml")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if f.config, err = config.Load(path, sources.Dialects, os.Getenv); err != nil {
		t.Fatal(err)
	}
	return f
}

// database makes a database of the kind that a shape is named after.
func (f *fleet) database(t *testing.T, s shape) (exec func(string), url string) {
	if s.name == "lite" || s.name == "none" {
		path := filepath.Join(t.TempDir(), s.name+".db")
		db := openSQLite(t, path)
		return func(sql string) { mustExec(t, db, sql) }, "sqlite:" + path
	}
	db := map[string]func(testing.TB) testdb.DB{"pg": testdb.Postgres, "my": testdb.MySQL, "ma": testdb.MariaDB}[s.name](t)
	return func(sql string) { mustExec(t, db.SQL, sql) }, db.URL
}

// fill makes the tables of a shape, and their rows, also in the one database.
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
		if i > 0 && r.IntN(10) == 0 { // the same row again
			rows = append(rows, rows[r.IntN(len(rows))])
			continue
		}
		rows = append(rows, strings.Join(own, ", "))
	}
	for _, values := range rows {
		plain := strings.ReplaceAll(values, "date ", "")
		plain = strings.ReplaceAll(plain, "timestamp ", "")
		if s.name != "pg" {
			plain = strings.NewReplacer("true", "1", "false", "0").Replace(plain)
		}
		exec("insert into orders (" + strings.Join(list, ", ") + ") values (" + plain + ")")
		f.load(t, "insert into orders (source, "+strings.Join(list, ", ")+") values ("+engine.Literal(s.name)+", "+strings.NewReplacer("true", "1", "false", "0").Replace(values)+")")
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
	for i := range 8 {
		values := fmt.Sprintf("%d, %s", i, word(r, true))
		exec("insert into customers values (" + values + ")")
		f.load(t, "insert into customers values ("+engine.Literal(s.name)+", "+values+")")
	}
}

func (f *fleet) load(t *testing.T, sql string) {
	t.Helper()
	if err := f.one.Exec(sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// word is a text in quotes; some have letters beyond latin1.
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

// value is a random value of a column, as SQL that all products read.
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
			v = strings.ReplaceAll(v, `\`, "/") // which would be an escape
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

// loaded is what the one database gives.
func (f *fleet) loaded(sql string) ([][]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var rows [][]string
	err := f.one.Query(context.Background(), sql, func(b *row.Batch) error {
		defer b.Release()
		for i := range b.Rows() {
			var texts []string
			for _, c := range b.Row(i) {
				if c.Kind == row.Null {
					texts = append(texts, null)
					continue
				}
				texts = append(texts, string(b.AppendText(nil, c)))
			}
			rows = append(rows, texts)
		}
		return nil
	})
	return rows, err
}

const null = "\\N"

// answer is what a run over the sources gives, and how many rows it fetched for it.
func (f *fleet) answer(sql string, gather bool) (fetched int64, rows [][]string, err error) {
	format, _ := output.Formats.ByName("csv")
	p, err := run.New(run.Request{
		Config: f.config, Getenv: os.Getenv, Query: statement.Query{Text: sql, Dialects: sources.Dialects},
		Limits: run.Limits{Timeout: time.Minute}, SourceColumn: "source", Federate: &run.Federate{Gather: gather},
		Format: format, Style: output.Options{NoHeader: true, Null: null, NullSet: true},
	})
	if err != nil {
		return 0, nil, err
	}
	defer p.Close()
	var out, log bytes.Buffer
	v, err := p.Execute(context.Background(), run.Host{Out: run.Stream{Plain: &out}, Err: run.Stream{Plain: &log}})
	if err == nil {
		err = v.Failure
	}
	if err == nil && v.Exit() != 0 {
		err = errors.New(log.String())
	}
	if err != nil {
		return 0, nil, err
	}
	r := csv.NewReader(&out)
	r.FieldsPerRecord = -1
	rows, err = r.ReadAll()
	return v.Rows(), rows, err
}

// different says how two answers differ, without regard to the order of their rows;
// floats may differ in their last digits.
func different(want, got [][]string) string {
	if len(want) != len(got) {
		return fmt.Sprintf("%d rows, want %d\ngot  %s\nwant %s", len(got), len(want), sample(got), sample(want))
	}
	byText := func(a, b []string) int { return slices.Compare(rounded(a), rounded(b)) }
	want, got = slices.Clone(want), slices.Clone(got)
	slices.SortFunc(want, byText)
	slices.SortFunc(got, byText)
	for i := range want {
		for c := range want[i] {
			if c >= len(got[i]) || !same(want[i][c], got[i][c]) {
				return fmt.Sprintf("row %q, want %q", got[i], want[i])
			}
		}
	}
	return ""
}

func sample(rows [][]string) string { return fmt.Sprintf("%q", rows[:min(len(rows), 12)]) }

// rounded has floats with few digits, so that rows which are the same stand at the same
// place.
func rounded(row []string) (all []string) {
	for _, cell := range row {
		if v, err := strconv.ParseFloat(cell, 64); err == nil && strings.ContainsAny(cell, ".e") {
			cell = strconv.FormatFloat(v, 'g', 9, 64)
		}
		all = append(all, cell)
	}
	return all
}

func same(a, b string) bool {
	if a == b {
		return true
	}
	x, errA := strconv.ParseFloat(a, 64)
	y, errB := strconv.ParseFloat(b, 64)
	if errA != nil || errB != nil || !strings.ContainsAny(a+b, ".e") {
		return false
	}
	const sum = 4e7 // of the absolute values of all scores, at most
	return math.Abs(x-y) <= 1e-9*max(math.Abs(x), math.Abs(y), 1e-6*sum)
}
