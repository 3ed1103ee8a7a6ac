// Folders in which nothing can be created, also where the tests run as root.

package sqlite_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/fanql/fanql/sources/ask"
	"github.com/fanql/fanql/testdata/unprivileged"
)

func TestADatabaseInAReadOnlyFolder(t *testing.T) {
	rollback := file(t, "create table t(v)", "insert into t "+count+"select i from c")
	closed := file(t, "pragma journal_mode = wal", "create table t(v)", "insert into t "+count+"select i from c")
	open := file(t, "pragma journal_mode = wal", "create table t(v)")
	db, conn := writer(t, open)
	exec(t, conn, "insert into t "+count+"select i from c")

	for _, test := range []struct {
		name, from  string
		suffixes    []string
		code, words string // of the error
	}{
		{"with a rollback journal is read", rollback, []string{""}, "", ""},
		{"in WAL mode, closed, is refused", closed, []string{""}, "SQLITE_READONLY", "its -wal and -shm files cannot be created in its folder"},
		{"in WAL mode with -wal, without -shm, is refused and not read without its -wal", open, []string{"", "-wal"}, "SQLITE_CANTOPEN", "in WAL mode, stand where its -wal and -shm files can be created"},
		{"in WAL mode with -wal and -shm is read whole", open, []string{"", "-shm", "-wal"}, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			path := filepath.Join(folder, "test.db")
			var files []string
			for _, suffix := range test.suffixes {
				content, err := os.ReadFile(test.from + suffix)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path+suffix, content, 0o444); err != nil {
					t.Fatal(err)
				}
				files = append(files, "test.db"+suffix)
			}
			if err := os.Chmod(folder, 0o555); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.Chmod(folder, 0o755) }) // so that it can be removed
			unprivileged.Thread(t)                            // on which Run stays as long as its context cannot end
			if err := os.WriteFile(filepath.Join(folder, "x"), nil, 0o600); err == nil {
				t.Fatal("the folder can be written to")
			}
			r := run(context.Background(), path, ask.Question{SQL: "select count(*) from t"})
			if test.code != "" {
				r.fails(t, ask.Connect, test.code, test.words)
			} else if r.err != nil {
				t.Error(r.err)
			} else {
				r.want(t, "integer 2000")
			}
			if got := names(t, folder); !slices.Equal(got, files) {
				t.Errorf("the folder holds %q, want %q", got, files)
			}
		})
	}
	if err := errors.Join(conn.Close(), db.Close()); err != nil {
		t.Error(err)
	}
}
