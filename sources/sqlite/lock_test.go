// Locks: a run waits for those of another process and holds its own. SQLite uses files next
// to the database for locks and recovery.

package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/sqlite"
)

func TestTheLockIsHeldBeforeTheStatementRuns(t *testing.T) {
	path := file(t, "create table t(v)")
	db, conn := writer(t, path)
	exec(t, conn, "pragma busy_timeout = 0")
	p := &driver.Progress{Entered: func(p driver.Phase) {
		if p == driver.Query {
			if _, err := conn.ExecContext(context.Background(), "begin exclusive"); err == nil {
				t.Error("a writer got the lock between the open and the query")
			}
		}
	}}
	r := new(result)
	_, err := sqlite.New("test", path).Run(context.Background(), driver.Request{SQL: "select v from t"}, p, r.keep)
	if err := errors.Join(err, conn.Close(), db.Close()); err != nil {
		t.Error(err)
	}
}

func TestALockedDatabaseIsWaitedFor(t *testing.T) {
	path := file(t, "create table t(v)", "insert into t values (1)")
	db, conn := writer(t, path)
	defer func() {
		if err := errors.Join(conn.Close(), db.Close()); err != nil {
			t.Error(err)
		}
	}()
	lock := func() {
		exec(t, conn, "begin exclusive")
		exec(t, conn, "update t set v = v + 1")
	}
	t.Run("released in time", func(t *testing.T) {
		lock()
		waiting := make(chan struct{})
		var once sync.Once
		p := &driver.Progress{Entered: func(p driver.Phase) {
			if p == driver.Query {
				once.Do(func() { close(waiting) })
			}
		}}
		r := new(result)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			r.answer, r.err = sqlite.New("test", path).
				Run(within(t, 10*time.Second), driver.Request{SQL: "select v from t"}, p, r.keep)
		}()
		<-waiting // the run has found the database locked once
		exec(t, conn, "commit")
		<-ended
		if r.err != nil {
			t.Fatal(r.err)
		}
		r.want(t, "integer 2")
	})
	t.Run("not released", func(t *testing.T) {
		lock()
		defer exec(t, conn, "rollback")
		begun := time.Now()
		r := run(within(t, 200*time.Millisecond), path, driver.Request{SQL: "select v from t"})
		r.fails(t, driver.Query, "SQLITE_BUSY", "database is locked: timed out after 200ms")
		if took := time.Since(begun); took > 350*time.Millisecond {
			t.Errorf("took %v, want 200 ms and at most one try more", took)
		}
		if r.answer.Cancel != driver.NotNeeded {
			t.Errorf("cancel is %q: nothing had run", r.answer.Cancel)
		}
	})
	t.Run("afterwards nothing is held", func(t *testing.T) {
		lock()
		exec(t, conn, "commit")
		query(t, path, "select v from t").want(t, "integer 3")
	})
}

// If a process closes a file, it loses all of its POSIX locks on that file. SQLite takes
// care of this for the files that it opens. So Run must not open the file by other means.
func TestTheReadLockHoldsWhileAnotherRunReadsTheFile(t *testing.T) {
	path := file(t, "create table t(v)", "insert into t "+count+"select i from c")
	first := true
	_, err := sqlite.New("test", path).Run(context.Background(), driver.Request{SQL: "select v from t"}, new(driver.Progress), func(b *row.Batch) error {
		b.Release()
		if !first {
			return nil
		}
		first = false
		query(t, path, "select count(*) from t").want(t, "integer 2000")
		if !locked(t, path) {
			t.Error("no lock on the file is held any more: a writer could change it under the query")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if runtime.GOOS == "linux" && locked(t, path) {
		t.Error("a lock is still held after the run")
	}
}

// locked reports whether a process holds a lock on the file. It is always true on systems
// that do not list locks.
func locked(t *testing.T, path string) bool {
	if runtime.GOOS != "linux" {
		return true
	}
	content, err := os.ReadFile("/proc/locks")
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(content), fmt.Sprintf(":%d ", info.Sys().(*syscall.Stat_t).Ino))
}

func TestAWALDatabaseIsReadWithItsWAL(t *testing.T) {
	path := file(t, "pragma journal_mode = wal", "create table t(v)")
	db, conn := writer(t, path) // it stays open until the copy, since closing it makes a checkpoint
	exec(t, conn, "pragma wal_autocheckpoint = 0")
	exec(t, conn, "insert into t "+count+"select i from c")
	copied := filepath.Join(t.TempDir(), "copied.db")
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(copied+suffix, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("beside its writer", func(t *testing.T) {
		query(t, path, "select count(*) from t").want(t, "integer 2000")
	})
	t.Run("after its writer, and again", func(t *testing.T) {
		for range 2 {
			query(t, copied, "select count(*) from t").want(t, "integer 2000")
		}
	})
	t.Run("not where its -shm cannot be", func(t *testing.T) {
		blocked := filepath.Join(t.TempDir(), "blocked.db")
		for _, suffix := range []string{"", "-wal"} {
			if err := os.Rename(copied+suffix, blocked+suffix); err != nil {
				t.Fatal(err)
			}
		}
		// For users other than root, a folder without write permission has the same effect.
		if err := os.Symlink(filepath.Join(t.TempDir(), "none", "shm"), blocked+"-shm"); err != nil {
			t.Fatal(err)
		}
		run(context.Background(), blocked, driver.Request{SQL: "select count(*) from t"}).
			fails(t, driver.Connect, "SQLITE_CANTOPEN", "its -wal file holds changes that cannot be read without a -shm file")
	})
	if err := errors.Join(conn.Close(), db.Close()); err != nil {
		t.Error(err)
	}
}

func TestAJournalLeftByACrashIsNeitherIgnoredNorRolledBack(t *testing.T) {
	path := file(t, "create table t(v)", "insert into t "+count+"select i from c")
	db, conn := writer(t, path)
	exec(t, conn, "pragma cache_size = 1") // so that SQLite writes changed pages to the file early
	exec(t, conn, "begin exclusive")
	exec(t, conn, "update t set v = 0")
	crashed := filepath.Join(t.TempDir(), "crashed.db")
	for _, suffix := range []string{"", "-journal"} {
		content, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(crashed+suffix, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	exec(t, conn, "rollback")
	if err := errors.Join(conn.Close(), db.Close()); err != nil {
		t.Error(err)
	}
	run(context.Background(), crashed, driver.Request{SQL: "select sum(v) from t"}).
		fails(t, driver.Connect, "SQLITE_READONLY", "a writer that crashed left a journal behind")
}
