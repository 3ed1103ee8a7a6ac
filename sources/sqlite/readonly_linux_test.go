// Folders in which no file can be created, even if root runs the tests.

package sqlite_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/sqlite"
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
		suffixes    []string // -empty is an empty -wal file, -journal a journal with some bytes
		warned      bool
		code, words string // of the error
	}{
		{"with a rollback journal is read", rollback, []string{""}, false, "", ""},
		{"in WAL mode, closed, is read as it is", closed, []string{""}, true, "", ""},
		{"in WAL mode with an empty -wal is read as it is", closed, []string{"", "-empty"}, true, "", ""},
		{"in WAL mode with -wal, without -shm, is refused and not read without its -wal", open, []string{"", "-wal"}, false, "SQLITE_CANTOPEN", "its -wal file holds changes that cannot be read without a -shm file"},
		{"in WAL mode with a journal is refused", closed, []string{"", "-journal"}, false, "SQLITE_READONLY", "a writer that crashed left a journal behind"},
		{"in WAL mode with -wal and -shm is read whole", open, []string{"", "-shm", "-wal"}, false, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			path := filepath.Join(folder, "test.db")
			var files []string
			for _, suffix := range test.suffixes {
				var content []byte
				switch suffix {
				case "-empty":
					suffix = "-wal"
				case "-journal":
					content = []byte("a writer crashed before this was in WAL mode")
				default:
					var err error
					if content, err = os.ReadFile(test.from + suffix); err != nil {
						t.Fatal(err)
					}
				}
				if err := os.WriteFile(path+suffix, content, 0o444); err != nil {
					t.Fatal(err)
				}
				files = append(files, "test.db"+suffix)
			}
			if err := os.Chmod(folder, 0o555); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.Chmod(folder, 0o755) }) // the test's cleanup could not remove a read-only folder
			unprivileged.Thread(t)                            // without a deadline, Run stays on this thread
			if err := os.WriteFile(filepath.Join(folder, "x"), nil, 0o600); err == nil {
				t.Fatal("the folder can be written to")
			}
			r := run(context.Background(), path, driver.Request{SQL: "select count(*) from t"})
			if test.code != "" {
				r.fails(t, driver.Connect, test.code, test.words)
			} else if r.err != nil {
				t.Error(r.err)
			} else {
				r.want(t, "integer 2000")
			}
			if warned := len(r.answer.Warnings) == 1 && strings.Contains(r.answer.Warnings[0], "read without locks"); warned != test.warned || !warned && len(r.answer.Warnings) > 0 {
				t.Errorf("warnings: %q", r.answer.Warnings)
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

func TestAReadOnlyMedium(t *testing.T) {
	from := file(t, "pragma journal_mode = wal", "create table t(v)", "insert into t "+count+"select i from c")
	medium := t.TempDir()
	if err := unix.Mount(filepath.Dir(from), medium, "", unix.MS_BIND, ""); err != nil {
		t.Logf("a read-only mount needs privileges: %v", err) // without privileges only the test above covers this case
		return
	}
	t.Cleanup(func() {
		if err := unix.Unmount(medium, 0); err != nil {
			t.Error(err)
		}
	})
	if err := unix.Mount("", medium, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(medium, filepath.Base(from))
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{path, link} {
		r := run(context.Background(), path, driver.Request{SQL: "select count(*) from t", Verify: true})
		if r.err != nil {
			t.Fatal(r.err)
		}
		r.want(t, "integer 2000")
		if len(r.answer.Warnings) != 1 {
			t.Errorf("warnings: %q", r.answer.Warnings)
		}
	}

	db, conn := writer(t, from) // by way of the folder that is not mounted read-only
	exec(t, conn, "insert into t values (1)")
	copied, err := os.ReadFile(from + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(conn.Close(), db.Close(), os.WriteFile(from+"-wal", copied, 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{path, link} { // the -wal is next to the file, not next to the link
		r := run(context.Background(), path, driver.Request{SQL: "select count(*) from t"})
		r.fails(t, driver.Connect, "SQLITE_CANTOPEN", "its -wal file holds changes")
	}
}

func TestAFileThatIsChangedWhileItIsReadWithoutLocks(t *testing.T) {
	path := file(t, "pragma journal_mode = wal", "create table t(v)", "insert into t "+count+"select i from c")
	folder := filepath.Dir(path)
	if err := os.Chmod(folder, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(folder, 0o755) })
	unprivileged.Thread(t)
	var result result
	answer, err := sqlite.New("test", path).Run(context.Background(), driver.Request{SQL: "select v from t"}, new(driver.Progress), func(b *row.Batch) error {
		later := time.Now().Add(time.Second)
		return errors.Join(result.keep(b), os.Chtimes(path, later, later))
	})
	if err == nil || !strings.Contains(err.Error(), "was changed while it was read without locks") {
		t.Errorf("%v, with %q", err, answer.Warnings)
	}
}
