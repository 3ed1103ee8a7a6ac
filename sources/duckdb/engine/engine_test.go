// An engine is opened, appended to and read from.

package engine

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/testrow"
)

// database creates a DuckDB file.
func database(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "it's a shop.duckdb")
	db := opened(t, Options{Files: []string{path, path + ".wal", path + ".wal.checkpoint"}})
	if err := db.Exec("attach " + Literal(path) + " as shop; create table shop.orders as select i as id from range(5) t(i); detach shop"); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestADatabaseFileIsOnlyRead(t *testing.T) {
	path := database(t)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	db := opened(t, Options{Database: path, Memory: 64 << 20})
	if err := db.Lock(); err != nil {
		t.Fatal(err)
	}
	lines, columns, err := answered(t, db.Conn, "select count(*) as n, max(id) as m from orders")
	if err != nil || !slices.Equal(lines, []string{"5|4"}) || !slices.Equal(columns, []string{"n integer", "m integer"}) {
		t.Errorf("%q %q %v", columns, lines, err)
	}
	for sql, want := range map[string]string{
		"insert into orders values (1)": "read-only", "drop table orders": "read-only", "create table x (a int)": "read-only",
		"attach 'other.duckdb'": "permission", "copy orders to '" + filepath.Dir(path) + "/out.csv'": "permission",
		"set access_mode = 'read_write'": "configuration has been locked", "from read_text('/etc/passwd')": "permission",
	} {
		if err := db.Exec(sql); err == nil || !strings.Contains(strings.ToLower(err.Error()), want) {
			t.Errorf("%s: %v", sql, err)
		}
	}
	another := opened(t, Options{Database: path}) // several readers may open the same file
	if _, _, err := answered(t, another.Conn, "from orders"); err != nil {
		t.Error(err)
	}
	after, err := os.ReadFile(path)
	if err != nil || string(after) != string(before) {
		t.Errorf("the file was changed (%v)", err)
	}
	if names, _ := filepath.Glob(filepath.Dir(path) + "/*"); len(names) != 1 {
		t.Errorf("next to the file there are %q", names)
	}
}

func TestADatabaseFileThatCannotBeRead(t *testing.T) {
	folder := t.TempDir()
	text := filepath.Join(folder, "text.duckdb")
	if err := os.WriteFile(text, []byte(strings.Repeat("no database at all\n", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{text: "not a valid DuckDB database file", filepath.Join(folder, "missing.duckdb"): "does not exist"} {
		temp := t.TempDir()
		_, err := Open(Options{Database: path, TempDir: temp})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", path, err)
		}
		if left, _ := os.ReadDir(temp); len(left) > 0 {
			t.Errorf("left are %v", left)
		}
	}
	if names, _ := os.ReadDir(folder); len(names) != 1 {
		t.Errorf("the folder has %v", names)
	}
}

func TestTheNumberOfThreadsCanBeSet(t *testing.T) {
	for want, o := range map[string]Options{"3": {Threads: 3}, "1": {Memory: 64 << 20}} {
		db := opened(t, o)
		if before, err := db.Value("select current_setting('threads')::varchar"); err != nil || before != "1" {
			t.Errorf("before Lock there are %q threads, %v", before, err)
		}
		if err := db.Lock(); err != nil {
			t.Fatal(err)
		}
		if got, err := db.Value("select current_setting('threads')::varchar"); err != nil || got != want {
			t.Errorf("%+v: %q threads, %v", o, got, err)
		}
	}
}

func TestAppendedRowsAreThereWhenTheyAreCommitted(t *testing.T) {
	db := opened(t, Options{})
	columns := []Column{{Type: Enum, Values: []string{"eu", "it's us"}}, {Name: "id", Type: BigInt}, {Name: "name", Type: Varchar}, {Name: "gone", Type: Date}}
	var types []string
	for i, c := range columns {
		types = append(types, string(rune('a'+i))+" "+c.SQL())
	}
	if err := db.Exec("create table t (" + strings.Join(types, ", ") + ")"); err != nil {
		t.Fatal(err)
	}
	add := func(source int, commit bool, rows ...[]testrow.Fill) {
		t.Helper()
		a, err := db.Append("main", "t", columns)
		if err != nil {
			t.Fatal(err)
		}
		err = testrow.Emit(testrow.Columns("name", row.Text, "id", row.Int), rows, 2, func(b *row.Batch) error {
			defer b.Release()
			return a.Add(b, []int{source, 1, 0, -1})
		})
		err = errors.Join(err, a.Flush())
		if commit {
			err = errors.Join(err, a.Commit())
		}
		if err := errors.Join(err, a.Close(), a.Close()); err != nil {
			t.Fatal(err)
		}
	}
	add(1, true, []testrow.Fill{testrow.Text("a name of more than twelve bytes"), testrow.Int(1)}, []testrow.Fill{testrow.Null, testrow.Int(2)}, []testrow.Fill{testrow.Text(""), testrow.Null})
	add(0, false, []testrow.Fill{testrow.Text("lost"), testrow.Int(9)})
	lines, _, err := answered(t, db.Conn, "from t")
	if want := []string{"it's us|1|a name of more than twelve bytes|NULL", "it's us|2|NULL|NULL", "it's us|NULL||NULL"}; err != nil || !slices.Equal(lines, want) {
		t.Errorf("%q, %v", lines, err)
	}

	a, err := db.Append("main", "t", columns)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	b := row.NewBatch(&row.Schema{Columns: testrow.Columns("name", row.Text, "id", row.Text)})
	b.TextString("x")
	b.TextString("seven")
	b.EndRow()
	wantError(t, a.Add(b, []int{0, 1, 0, -1}), `column "id" holds "seven", which is no BIGINT of DuckDB's`)
	b.Release()
	for _, columns := range [][]Column{columns[:2], nil} {
		_, err := db.Append("main", "t", columns)
		wantError(t, err, "other columns")
	}
	_, err = db.Append("main", "missing", columns)
	wantError(t, err, "missing")
}

func TestTheEndOfTheContextInterruptsAStatement(t *testing.T) {
	db := opened(t, Options{})
	cause := errors.New("enough")
	ctx, stop := context.WithTimeoutCause(t.Context(), 100*time.Millisecond, cause)
	defer stop()
	begun := time.Now()
	err := db.Query(ctx, "select count(*) from range(100000000000) a, range(10)", func(b *row.Batch) error { b.Release(); return nil })
	if took := time.Since(begun); err == nil || took > 5*time.Second {
		t.Errorf("%v after %s", err, took)
	}
	if lines, _, err := answered(t, db.Conn, "select 1"); err != nil || !slices.Equal(lines, []string{"1"}) {
		t.Errorf("the next statement gives %q, %v", lines, err)
	}
}

func TestColumnsOfAStatementThatIsNotRun(t *testing.T) {
	db := opened(t, Options{})
	columns, err := db.Columns(`select 1 as a, 'x', 1.5 + 1, count(*) from range(100000000000) a, range(100000000000) b`)
	var got []string
	for _, c := range columns {
		got = append(got, c.Name+" "+c.Type.String()+" "+c.Database)
	}
	if want := []string{"a integer INTEGER", "'x' text VARCHAR", "(1.5 + 1) decimal DECIMAL", "count_star() integer BIGINT"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	_, err = db.Columns("select nope")
	wantError(t, err, `Referenced column "nope"`)
	_, err = db.Columns("begin")
	if err != nil && !strings.Contains(err.Error(), "no columns") {
		t.Error(err)
	}
}

func TestAnErrorSaysHowMuchDiskTheEngineTook(t *testing.T) {
	db := opened(t, Options{Memory: 1})
	if err := db.Exec("set max_temp_directory_size = '4MiB'"); err != nil { // the default is nine tenths of the disk
		t.Fatal(err)
	}
	err := db.Exec("create table t as select i, md5(i::varchar) as h from range(3000000) t(i) order by h")
	e, ok := errors.AsType[*Error](err)
	if !ok || !e.OutOfDisk || e.OutOfMemory || !strings.HasPrefix(err.Error(), "out of disk error: its temporary files took ") || !strings.HasSuffix(err.Error(), " MiB, nine tenths of what was free") {
		t.Errorf("%v", err)
	}
}

func TestAnErrorSaysWhatTheEngineRanOutOf(t *testing.T) {
	db := opened(t, Options{Memory: 1})
	err := db.Exec("create table t as select list(i) as a from range(20000000) t(i)")
	e, ok := errors.AsType[*Error](err)
	if !ok || !e.OutOfMemory || e.NoTempDir || strings.Contains(err.Error(), "memory_limit") || strings.Contains(err.Error(), "--") {
		t.Errorf("%v", err)
	}
}
