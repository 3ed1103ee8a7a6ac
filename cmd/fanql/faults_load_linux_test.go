// Loads into files on a full disk, and loads that are ended from outside.

package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fanql/fanql/testdata/testdb"
	"github.com/fanql/fanql/testdata/testkit"
)

// A target on a full disk: one line, and the table is as it was.
func TestALoadOntoAFullDiskLeavesTheOldTable(t *testing.T) {
	needsMount(t)
	folder := t.TempDir()
	from := filepath.Join(folder, "from.db")
	sqliteExec(t, from, "create table o as with recursive c(id) as (select 1 union all select id + 1 from c where id < 5000) select id, hex(randomblob(100)) as note from c")
	for _, target := range []string{"to.db", "to.duckdb"} {
		t.Run(target, func(t *testing.T) {
			disk := smallDisk(t)
			to := filepath.Join(disk, target)
			var stdout, stderr bytes.Buffer
			status := command(t.Context(), []string{"load", "-s", from, "--to", to, "--table", "o", "--create", "--no-source-column", "select * from o"}, strings.NewReader(""), &stdout, &stderr)
			text := stderr.String()
			if status != 1 || !strings.Contains(text, "; table o of to is as it was\n") || strings.Count(text, "\n") != 1 {
				t.Errorf("exit status %d:\n%s", status, text)
			}
			left, err := os.ReadDir(disk)
			if err != nil || len(left) != 0 {
				t.Errorf("%v is left, %v", left, err)
			}
			if target != "to.db" {
				return
			}
			sqliteExec(t, to, "create table o (id integer, note text); insert into o values (0, 'old')")
			stderr.Reset()
			status = command(t.Context(), []string{"load", "-s", from, "--to", to, "--table", "o", "--replace", "--no-source-column", "select * from o"}, strings.NewReader(""), &stdout, &stderr)
			if text := stderr.String(); status != 1 || !strings.Contains(text, "database or disk is full [SQLITE_FULL]") {
				t.Errorf("exit status %d:\n%s", status, text)
			}
			stdout.Reset()
			if status := command(t.Context(), []string{"query", "-q", "-s", to, "--no-source-column", "--csv", "select * from o"}, strings.NewReader(""), &stdout, &stderr); status != 0 || stdout.String() != "id,note\n0,old\n" {
				t.Errorf("exit status %d: the table has\n%.200s", status, &stdout)
			}
		})
	}
}

// A load is ended by SIGINT, and by SIGKILL.
func TestALoadThatIsInterruptedLeavesTheOldTable(t *testing.T) {
	folder := t.TempDir()
	from, to := filepath.Join(folder, "from.db"), filepath.Join(folder, "to.db")
	sqliteExec(t, from, "create table o as with recursive c(id) as (select 1 union all select id + 1 from c where id < 400000) select id, 'note ' || id as note from c")
	sqliteExec(t, to, "create table o (id integer, note text); insert into o values (0, 'old'); create table slow (id integer, note text); create trigger t after insert on slow begin update o set note = (with recursive c(n) as (select 1 union all select n + 1 from c where n < 2000) select max(n) from c) where id = -1; end")
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
		cmd := exec.CommandContext(t.Context(), plainProgram(t), "load", "-s", from, "--to", to, "--table", "slow", "--replace", "--no-source-column", "select * from o")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if !testkit.Within(10*time.Second, func() bool { _, err := os.Stat(to + "-journal"); return err == nil }) {
			t.Fatal("the load does not begin")
		}
		begun := time.Now()
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // the exit status is checked below
		if took := time.Since(begun); took > 3*time.Second {
			t.Errorf("%v: it took %v to end", sig, took)
		}
		if sig == syscall.SIGINT && (cmd.ProcessState.ExitCode() != 130 || !strings.Contains(stderr.String(), "table slow of to is as it was")) {
			t.Errorf("exit status %d:\n%s", cmd.ProcessState.ExitCode(), &stderr)
		}
		sqliteExec(t, to, "insert into o select 1, count(*) from slow") // the statement first rolls the journal back
		var stdout bytes.Buffer
		if status := command(t.Context(), []string{"query", "-q", "-s", to, "--no-source-column", "--csv", "select max(note) as n from o where id = 1"}, strings.NewReader(""), &stdout, &stderr); status != 0 || stdout.String() != "n\n0\n" {
			t.Errorf("%v: exit status %d: %s rows are there", sig, status, &stdout)
		}
	}
}

// The database folder of a MySQL is on a full disk. The server reports that, or waits for space
// until the deadline, and the table does not change. A MariaDB would shut down there instead of
// ending the session, and other tests need it.
func TestALoadIntoAServerOnAFullDiskLeavesTheOldTable(t *testing.T) {
	needsMount(t)
	from := filepath.Join(t.TempDir(), "from.db")
	sqliteExec(t, from, "create table o as with recursive c(id) as (select 1 union all select id + 1 from c where id < 20000) select id, hex(randomblob(100)) as note from c")
	db := testdb.MySQL(t)
	var folder, name string
	if err := db.SQL.QueryRowContext(t.Context(), "select @@datadir, database()").Scan(&folder, &name); err != nil {
		t.Fatal(err)
	}
	folder = filepath.Join(folder, name)
	info, err := os.Stat(folder)
	if err != nil {
		t.Logf("the server has its files elsewhere: %v", err)
		return
	}
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=2m,mode=0777"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, err := db.SQL.ExecContext(context.Background(), "drop table if exists o")
		if err := errors.Join(err, syscall.Unmount(folder, syscall.MNT_DETACH)); err != nil {
			t.Error(err)
		}
	})
	if owner, ok := info.Sys().(*syscall.Stat_t); ok {
		if err := os.Chown(folder, int(owner.Uid), int(owner.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	for _, sql := range []string{"create table o (id integer primary key, note varchar(200))", "insert into o values (0, 'old')"} {
		if _, err := db.SQL.ExecContext(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	for _, mode := range []string{"--append", "--replace"} {
		var stdout, stderr bytes.Buffer
		begun := time.Now()
		status := command(t.Context(), []string{"load", "-s", from, "--to", "to=" + db.URL, "--table", "o", mode, "--no-source-column", "--timeout", "8s", "select * from o"}, strings.NewReader(""), &stdout, &stderr)
		text := stderr.String()
		if status != 1 || !strings.Contains(text, "; table o of to is as it was\n") || strings.Count(text, "\n") != 1 || strings.Contains(text, db.URL) {
			t.Errorf("%s: exit status %d:\n%s", mode, status, text)
		}
		if took := time.Since(begun); took > 15*time.Second {
			t.Errorf("%s: it took %v", mode, took)
		}
		if n := db.Count(t, "select count(*) from o"); n != 1 {
			t.Errorf("%s: the table has %d rows", mode, n)
		}
	}
}
