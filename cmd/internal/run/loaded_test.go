// Rows that are loaded into another database are equal to the rows that are read back from it. The
// tests load edge values and random values between all kinds of databases.

package run_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/merge/compare"
	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/load"
	"github.com/fanql/fanql/testdata/testdb"
)

// A loadRig is a database of one kind.
type loadRig struct {
	kind, url string
	db        *sql.DB // nil for DuckDB
}

func loadRigs(t *testing.T) []loadRig {
	t.Helper()
	folder := t.TempDir()
	pg, my, ma := testdb.Postgres(t), testdb.MySQL(t), testdb.MariaDB(t)
	file := filepath.Join(folder, "lite.db")
	lite := openSQLite(t, file)
	mustExec(t, lite, "create table made (id integer)")
	return []loadRig{
		{"PostgreSQL", pg.URL, pg.SQL},
		{"MySQL", my.URL, my.SQL},
		{"MariaDB", ma.URL, ma.SQL},
		{"SQLite", "sqlite:" + file, lite},
		{"DuckDB", filepath.Join(folder, "duck.duckdb"), nil},
	}
}

// loadOf loads the rows of a query into a table.
func loadOf(t *testing.T, from, sql string, l run.Load, change ...func(*run.Request)) (report.Verdict, string) {
	t.Helper()
	var stderr bytes.Buffer
	r := run.Request{
		Config: &config.Config{Dialects: sources.Dialects}, Getenv: os.Getenv, Sources: []string{"from=" + from},
		Query: statement.Query{Text: sql}, Load: &l, Now: time.Now(), Limits: run.Limits{Timeout: time.Minute},
	}
	for _, c := range change {
		c(&r)
	}
	p, err := run.New(r)
	if err != nil {
		return report.Verdict{Failure: err}, err.Error()
	}
	defer p.Close()
	if err := p.LookAtTarget(t.Context()); err != nil {
		return report.Verdict{Failure: err}, err.Error()
	}
	v, err := p.Execute(t.Context(), run.Host{Out: run.Stream{Plain: &stderr}, Err: run.Stream{Plain: &stderr}})
	if err != nil {
		t.Fatal(err)
	}
	return v, stderr.String()
}

// diffOf compares two tables. The second may be a Parquet file.
func diffOf(t *testing.T, a, b loadRig, tableA, tableB string) string {
	t.Helper()
	var out bytes.Buffer
	csv, _ := output.Formats.ByName("csv")
	r := run.Request{
		Config: &config.Config{Dialects: sources.Dialects}, Getenv: os.Getenv, Sources: []string{"from=" + a.url}, Now: time.Now(),
		Query: statement.Query{Text: "select * from " + tableA}, Format: csv, SourceColumn: "source", Limits: run.Limits{Timeout: time.Minute},
		Diff: &run.Compare{Diff: compare.Diff{Key: columns.Order{{Name: "k"}}}},
	}
	if b.db == nil {
		r.Diff.BaselineName = parquetOf(t, b.url, tableB)
	} else {
		r.Sources = append(r.Sources, "to="+b.url)
		r.Query.Variants = map[string]string{"to": "select * from " + tableB}
	}
	p, err := run.New(r)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	v, err := p.Execute(t.Context(), run.Host{Out: run.Stream{Plain: &out}, Err: run.Stream{Plain: &out}})
	if err != nil {
		t.Fatal(err)
	}
	if v.Exit() == 0 {
		return ""
	}
	return out.String()
}

// parquetOf writes a table of DuckDB to a file.
func parquetOf(t *testing.T, path, table string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "t.parquet")
	db, err := engine.Open(engine.Options{Database: path, Files: []string{file}})
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(db.Exec("copy "+table+" to '"+file+"' (format parquet)"), db.Close())
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// common is a table whose values all databases can hold.
var common = map[string]string{
	"PostgreSQL": "create table t (k int primary key, b boolean, i2 smallint, i8 bigint, u numeric(20), n numeric(12,4), big numeric(38,10), f4 real, f8 double precision, s text, v varchar(40), d date, ti time, ts timestamp, tz timestamptz, by bytea, js json, id uuid)",
	"MySQL":      "create table t (k int primary key, b boolean, i2 smallint, i8 bigint, u bigint unsigned, n decimal(12,4), big decimal(38,10), f4 float, f8 double, s longtext, v varchar(40), d date, ti time(6), ts datetime(6), tz timestamp(6) null, `by` longblob, js json, id char(36)) default charset utf8mb4",
	"MariaDB":    "create table t (k int primary key, b boolean, i2 smallint, i8 bigint, u bigint unsigned, n decimal(12,4), big decimal(38,10), f4 float, f8 double, s longtext, v varchar(40), d date, ti time(6), ts datetime(6), tz timestamp(6) null, `by` longblob, js json, id uuid) default charset utf8mb4",
	"SQLite":     `create table t (k integer primary key, b boolean, i2 smallint, i8 bigint, u, n, big, f4 real, f8 double, s text, v varchar(40), d date, ti time, ts datetime, tz timestamp, "by" blob, js text, id text)`,
}

// rowsOf returns rows of the common table, as literals that all four databases read in the same
// way.
func rowsOf(kind string, random int) []string {
	r := rand.New(rand.NewPCG(7, 11))
	quoted := func(s string) string {
		s = strings.ReplaceAll(s, "'", "''")
		switch kind {
		case "MySQL", "MariaDB":
			return "'" + strings.ReplaceAll(s, `\`, `\\`) + "'"
		}
		return "'" + s + "'"
	}
	bytesOf := func(hex string) string {
		if kind == "PostgreSQL" {
			return `'\x` + hex + "'::bytea"
		}
		return "x'" + hex + "'"
	}
	instant := func(s string) string {
		switch kind {
		case "PostgreSQL":
			return "'" + s + "+00'"
		case "SQLite":
			return "'" + s + "Z'"
		}
		return "'" + s + "'"
	}
	exact := func(s string) string { // SQLite would read a literal with more digits as a float
		if kind == "SQLite" {
			return "'" + s + "'"
		}
		return s
	}
	k := 0
	var all []string
	add := func(values ...string) { k++; all = append(all, fmt.Sprintf("(%d, %s)", k, strings.Join(values, ", "))) }
	null := strings.Split(strings.Repeat("null,", 17), ",")[:17]
	add(null...)
	add("true", "32767", "9223372036854775807", exact("18446744073709551615"), exact("99999999.9999"), exact("9999999999999999999999999999.9999999999"), "16777216", "1.7976931348623157e308",
		quoted(""), quoted("a b"), "'9999-12-31'", "'23:59:59.999999'", "'9999-12-31 23:59:59.999999'", instant("2038-01-19 03:14:07"), bytesOf(""), quoted(`{"a": 1}`), quoted("00000000-0000-0000-0000-000000000000"))
	add("false", "-32768", "-9223372036854775808", "0", exact("-99999999.9999"), exact("-9999999999999999999999999999.9999999999"), "0.1", "5e-324",
		quoted("it's \\ a \"q\"\t\r\n, end"), quoted("𝄞ß語"), "'1000-01-01'", "'00:00:00'", "'1000-01-01 00:00:00'", instant("1970-01-01 00:00:01"), bytesOf("00ff5c270a"), quoted(`[]`), quoted("ffffffff-ffff-ffff-ffff-ffffffffffff"))
	text := func() string {
		const letters = "abc XYZ'\\\"%_\n\täß語𝄞0123456789,;"
		runes := []rune(letters)
		var b strings.Builder
		for range r.IntN(20) {
			b.WriteRune(runes[r.IntN(len(runes))])
		}
		return b.String()
	}
	for range random {
		at := time.Unix(r.Int64N(2e9)+2, 0).UTC().Add(time.Duration(r.Int64N(1e6)) * time.Microsecond)
		stamp := at.Format("2006-01-02 15:04:05.999999")
		bin := make([]byte, r.IntN(12))
		for i := range bin {
			bin[i] = byte(r.IntN(256))
		}
		row := []string{
			[]string{"true", "false"}[r.IntN(2)], fmt.Sprint(r.IntN(65536) - 32768), fmt.Sprint(int64(r.Uint64())), exact(fmt.Sprint(r.Uint64())),
			exact(fmt.Sprintf("%d.%04d", r.IntN(1e8), r.IntN(1e4))), exact(fmt.Sprintf("-%d%010d.%010d", r.IntN(1e9), r.Int64N(1e10), r.Int64N(1e10))),
			fmt.Sprint(float32(r.NormFloat64())), fmt.Sprint(r.NormFloat64() * 1e10), quoted(text()), quoted(text()),
			"'" + at.Format("2006-01-02") + "'", "'" + at.Format("15:04:05.999999") + "'", "'" + stamp + "'", instant(stamp), bytesOf(fmt.Sprintf("%x", bin)),
			quoted(fmt.Sprintf(`{"n": %d, "t": ["x", null, true]}`, r.IntN(100))), quoted(fmt.Sprintf("%08x-0000-4000-8000-%012x", r.Uint32(), r.Int64N(1<<47))),
		}
		for i := range row {
			if r.IntN(12) == 0 {
				row[i] = "null"
			}
		}
		add(row...)
	}
	return all
}

func TestWhatIsLoadedIsWhatWasRead(t *testing.T) {
	rigs := loadRigs(t)
	for _, from := range rigs[:4] {
		mustExec(t, from.db, common[from.kind])
		rows := rowsOf(from.kind, 300)
		mustExec(t, from.db, "insert into t values "+strings.Join(rows, ", "))
		for i, to := range rigs {
			t.Run(from.kind+" to "+to.kind, func(t *testing.T) {
				made := fmt.Sprintf("from_%s_%d", strings.ToLower(from.kind), i)
				for _, mode := range []load.Mode{load.Create, load.Append, load.Replace} {
					l := run.Load{To: to.url, Table: made, Mode: mode}
					query := "select * from t"
					if mode == load.Append {
						query = "select * from t where k > 99999"
					}
					v, stderr := loadOf(t, from.url, query, l)
					if v.Exit() != 0 {
						t.Fatalf("%s: %s", mode, stderr)
					}
					if want := int64(len(rows)); mode != load.Append && v.Load.Rows != want {
						t.Errorf("%s: %d rows, want %d", mode, v.Load.Rows, want)
					}
					if differences := diffOf(t, from, to, "t", made); differences != "" {
						t.Errorf("%s: the rows that are read back differ:\n%.3000s", mode, differences)
					}
				}
			})
		}
	}
}

// An upsert changes rows with the same key, adds new ones, and does not change the others.
func TestAnUpsertChangesRowsOfTheSameKey(t *testing.T) {
	rigs := loadRigs(t)
	lite := rigs[3]
	mustExec(t, lite.db, "create table news (k integer, name text, n integer); insert into news values (2, 'two', 20), (3, 'three', 30)")
	for _, to := range rigs {
		t.Run(to.kind, func(t *testing.T) {
			execOn(t, to, "create table kept (k int primary key, name varchar(20), n int, other varchar(9) default 'x')", "insert into kept values (1, 'one', 1, 'a'), (2, 'old', 2, 'b')")
			up := run.Load{To: to.url, Table: "kept", Mode: load.Upsert, Key: []string{"K"}}
			if v, stderr := loadOf(t, lite.url, "select * from news", up); v.Exit() != 0 {
				t.Fatal(stderr)
			}
			want := "1,one,1,a;2,two,20,b;3,three,30,x"
			if got := valuesOf(t, to, "select k, name, n, other from kept order by k"); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			up = run.Load{To: to.url, Table: "kept", Mode: load.Upsert, Key: []string{"k"}}
			if v, stderr := loadOf(t, lite.url, "select * from news union all select 3, 'again', 31", up); v.Exit() != 1 {
				t.Errorf("two rows with one key: exit status %d: %s", v.Exit(), stderr)
			}
			up.Key = []string{"name"}
			if v, stderr := loadOf(t, lite.url, "select * from news", up); v.Failure == nil || !strings.Contains(stderr, "needs a unique index") {
				t.Errorf("no unique index: %s", stderr)
			}
			up.Key = []string{"k"}
			if v, stderr := loadOf(t, lite.url, "select null as k, 'x' as name", up); v.Exit() != 1 || !strings.Contains(stderr, "NULL cannot be held") {
				t.Errorf("NULL in the key: %s", stderr)
			}
			if got := valuesOf(t, to, "select k, name, n, other from kept order by k"); got != want {
				t.Errorf("after failed loads the rows are %s, want %s", got, want)
			}
		})
	}
}

func execOn(t *testing.T, r loadRig, statements ...string) {
	t.Helper()
	if r.db != nil {
		for _, s := range statements {
			mustExec(t, r.db, s)
		}
		return
	}
	db, err := engine.Open(engine.Options{Database: r.url, Writes: true})
	for _, s := range statements {
		if err == nil {
			err = db.Exec(s)
		}
	}
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// valuesOf returns rows as text.
func valuesOf(t *testing.T, r loadRig, sql string) string {
	t.Helper()
	if r.db == nil {
		db, err := engine.Open(engine.Options{Database: r.url})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		text, err := db.Value("select coalesce(string_agg(r, ';'), '') from (select array_to_string([k::varchar, name, n::varchar, other], ',') as r from (" + sql + "))")
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	rows, err := r.db.QueryContext(context.Background(), sql)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, _ := rows.Columns()
	var all []string
	for rows.Next() {
		values, at := make([]sql2, len(names)), make([]any, len(names))
		for i := range values {
			at[i] = &values[i]
		}
		if err := rows.Scan(at...); err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, v := range values {
			texts = append(texts, v.String)
		}
		all = append(all, strings.Join(texts, ","))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, ";")
}

type sql2 = sql.NullString
