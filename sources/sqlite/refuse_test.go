// What is refused: statements that write or leave the database, and files that are not
// databases.

package sqlite_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/sqlite"
)

func TestNothingThatWritesOrEscapesRuns(t *testing.T) {
	path := file(t, "create table t(a)", "insert into t values (1)",
		"create virtual table places using rtree(id, x0, x1)", "create virtual table notes using fts4(body)")
	folder := filepath.Dir(path)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(folder) // a relative path would create files here
	for _, test := range []struct{ sql, code, words string }{
		{"attach 'new.db' as new", "SQLITE_AUTH", "not allowed: attach (fanql only reads)"},
		{"attach ':memory:' as new", "SQLITE_AUTH", "not allowed: attach"},
		{"detach main", "SQLITE_AUTH", "not allowed: detach"},
		{"vacuum", "SQLITE_READONLY", "not allowed: a statement that writes (fanql only reads)"},
		{"vacuum into 'copy.db'", "SQLITE_READONLY", "not allowed"},
		{"create table n(a)", "SQLITE_AUTH", "not allowed: a change of the schema"},
		{"create temp table n as select 1", "SQLITE_AUTH", "not allowed: a change of the schema"},
		{"create view n as select 1", "SQLITE_AUTH", "not allowed: a change of the schema"},
		{"create index n on t(a)", "SQLITE_AUTH", "not allowed: a change of the schema"},
		{"create trigger n after insert on t begin select 1; end", "SQLITE_AUTH", "not allowed: create trigger"},
		{"create virtual table n using fts4(a)", "SQLITE_AUTH", "not allowed: a change of the schema"},
		{"drop table t", "SQLITE_AUTH", "not allowed: a change of the schema"},
		{"alter table t add column b", "SQLITE_AUTH", "not allowed: alter table"},
		{"insert into t values (2)", "SQLITE_AUTH", "not allowed: insert into t"},
		{"replace into t values (2)", "SQLITE_AUTH", "not allowed: insert into t"},
		{"insert into t values (2) returning a", "SQLITE_AUTH", "not allowed: insert into t"},
		{"with x as (select 1) insert into t select * from x", "SQLITE_AUTH", "not allowed: insert into t"},
		{"update t set a = 2", "SQLITE_AUTH", "not allowed: update t"},
		{"delete from t", "SQLITE_AUTH", "not allowed: delete from t"},
		{"explain delete from t", "SQLITE_AUTH", "not allowed: delete from t"},
		{"insert into places_node values (9, x'00')", "SQLITE_ERROR", "table places_node may not be modified"},
		{"delete from places_rowid", "SQLITE_ERROR", "table places_rowid may not be modified"},
		{"insert into places values (2, 3, 4)", "SQLITE_AUTH", "not allowed: insert into places"},
		{"begin", "SQLITE_AUTH", "not allowed: begin"},
		{"begin exclusive", "SQLITE_AUTH", "not allowed: begin"},
		{"commit", "SQLITE_AUTH", "not allowed: commit"},
		{"rollback", "SQLITE_AUTH", "not allowed: rollback"},
		{"savepoint s", "SQLITE_AUTH", "not allowed: savepoint"},
		{"analyze", "SQLITE_AUTH", "not allowed: a change of the schema"},
		{"reindex", "SQLITE_AUTH", "not allowed: reindex"},
		{"pragma writable_schema = 1", "SQLITE_AUTH", "not allowed: pragma writable_schema"},
		{"pragma journal_mode = delete", "SQLITE_AUTH", "not allowed: pragma journal_mode"},
		{"pragma journal_mode = wal", "SQLITE_AUTH", "not allowed: pragma journal_mode"},
		{"pragma query_only = 0", "SQLITE_AUTH", "not allowed: pragma query_only"},
		{"pragma query_only = ''", "SQLITE_AUTH", "not allowed: pragma query_only"},
		{"pragma trusted_schema = 1", "SQLITE_AUTH", "not allowed: pragma trusted_schema"},
		{"pragma user_version = 8", "SQLITE_AUTH", "not allowed: pragma user_version"},
		{"pragma user_version = ''", "SQLITE_AUTH", "not allowed: pragma user_version"},
		{"pragma journal_mode = ''", "SQLITE_AUTH", "not allowed: pragma journal_mode"},
		{"pragma main.journal_mode('off')", "SQLITE_AUTH", "not allowed: pragma journal_mode"},
		{"pragma shrink_memory", "SQLITE_AUTH", "not allowed: pragma shrink_memory"},
		{"pragma incremental_vacuum", "SQLITE_AUTH", "not allowed: pragma incremental_vacuum"},
		{"pragma wal_checkpoint", "SQLITE_AUTH", "not allowed: pragma wal_checkpoint"},
		{"pragma optimize", "SQLITE_AUTH", "not allowed: pragma optimize"},
		{"pragma temp_store_directory = '.'", "SQLITE_AUTH", "not allowed: pragma temp_store_directory"},
		{"select * from pragma_optimize", "SQLITE_AUTH", "not allowed: pragma optimize"},
		{"select load_extension('x')", "SQLITE_AUTH", "not allowed: load_extension()"},
		{"select LOAD_EXTENSION('x', 'y')", "SQLITE_AUTH", "not allowed: load_extension()"},
		{"select fts3_tokenizer('simple')", "SQLITE_AUTH", "not allowed: fts3_tokenizer()"},
		{"select optimize(notes) from notes", "SQLITE_AUTH", "not allowed: optimize()"},
		{"select writefile('new', 'x')", "SQLITE_ERROR", "no such function: writefile"},
		{"select readfile('test.db')", "SQLITE_ERROR", "no such function: readfile"},
		{"select 1; select 2", "", "more than one statement, and fanql sends one: run them one after the other"},
		{"select 1; drop table t", "", "more than one statement, and fanql sends one: run them one after the other"},
		{"select 1; nonsense", "", "more than one statement, and fanql sends one: run them one after the other"},
		{"select $a('x) ; select 2 --'", "", "more than one statement, and fanql sends one: run them one after the other"},
		{"select 1 \x00 where 0", "", "the statement holds a NUL byte"},
		{"", "", "the statement is empty"},
		{" ; -- nothing", "", "the statement is empty"},
		{"select from\n\n where", "SQLITE_ERROR", "syntax error"},
		{"select '\nnever ended", "SQLITE_ERROR", "unrecognized token"},
		{"select missing from t", "SQLITE_ERROR", "no such column: missing"},
		{"select ?1", "", "placeholders in the statement: 1, values for them: 0"},
	} {
		t.Run(test.sql, func(t *testing.T) {
			r := run(context.Background(), path, driver.Request{SQL: test.sql})
			r.fails(t, driver.Query, test.code, test.words)
			if r.batches != 0 {
				t.Error("rows were emitted")
			}
		})
	}
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(before, after) {
		t.Error("the file has changed")
	}
	if got := names(t, folder); !slices.Equal(got, []string{"test.db"}) {
		t.Errorf("the folder holds %q", got)
	}
}

// The views of a stranger's database may call functions that the user never wrote. With
// trusted_schema=off, they can call only harmless ones.
func TestASchemaCallsNothingThatIsNotHarmless(t *testing.T) {
	path := file(t, "create view v as select optimize('') as a")
	run(context.Background(), path, driver.Request{SQL: "select a from v"}).
		fails(t, driver.Query, "SQLITE_ERROR", "unsafe use of optimize()")
}

// These settings follow the advice of sqlite.org/security.html for files from strangers.
func TestAFileOfAStrangerIsReadWithCare(t *testing.T) {
	path := file(t, "create virtual table f using fts5(x)", "insert into f values ('word')")
	for pragma, want := range map[string]string{"cell_size_check": "integer 1", "mmap_size": "integer 0", "query_only": "integer 1", "trusted_schema": "integer 0"} {
		run(context.Background(), path, driver.Request{SQL: "pragma " + pragma}).want(t, want)
	}
	run(context.Background(), path, driver.Request{SQL: "select x from f where f match 'word'"}).want(t, "text word")
}

func TestCheckNamesWhatIsWrongWithThePath(t *testing.T) {
	folder := t.TempDir()
	at := func(name, content string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	fifo := filepath.Join(folder, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	good := file(t, "create table t(a)")
	for _, test := range []struct{ name, path, want string }{
		{"a database", good, ""},
		{"an empty file", at("empty", ""), ""},
		{"missing", filepath.Join(folder, "none.db"), "no such file (a database is never created)"},
		{"in a file", filepath.Join(good, "x"), "not a directory"},
		{"a folder", folder, "a folder, not a database file"},
		{"a FIFO", fifo, "a FIFO, not a database file"},
		{"a device", os.DevNull, "a device, not a database file"},
		{"text", at("notes.txt", "these are notes, not a database"), "not an SQLite database"},
		{"a few bytes", at("short", "SQLite"), "not an SQLite database"},
		{"a NUL byte", "a\x00b", "the path of the database holds a NUL byte"},
		{"nothing", "", "the path of the database is empty"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := sqlite.Check(test.path)
			if (err == nil) != (test.want == "") || err != nil && !strings.HasSuffix(err.Error(), test.want) {
				t.Errorf("Check: %v, want %q", err, test.want)
			}
			r := run(context.Background(), test.path, driver.Request{SQL: "select 1"})
			switch test.want {
			case "":
				r.want(t, "integer 1")
			case "not an SQLite database": // SQLite reports this error itself
				r.fails(t, driver.Connect, "SQLITE_NOTADB", "file is not a database")
			default:
				r.fails(t, driver.Connect, "", test.want)
			}
		})
	}
	if _, err := os.Stat(filepath.Join(folder, "none.db")); err == nil {
		t.Error("the missing file was created")
	}
}

func TestAnyPathIsAPlainPath(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"with space.db", "a?mode=rwc.db", "100%.db", "%41.db", "a#b.db", "a&b=c.db", "é'\".db", ":memory:", "file:x.db"} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			path := filepath.Join(folder, name)
			write(t, path, "create table t(v)", "insert into t values (42)")
			query(t, path, "select v from t").want(t, "integer 42")
			t.Chdir(folder)
			query(t, name, "select v from t").want(t, "integer 42")
			if got := names(t, folder); !slices.Equal(got, []string{name}) {
				t.Errorf("the folder holds %q", got)
			}
		})
	}
}
