// Loads into files on a full disk, and loads that are ended from outside.

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

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

// SIGINT and SIGKILL in the middle of a load.
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
		_ = cmd.Wait() // its status is looked at
		if took := time.Since(begun); took > 3*time.Second {
			t.Errorf("%v: it took %v to end", sig, took)
		}
		if sig == syscall.SIGINT && (cmd.ProcessState.ExitCode() != 130 || !strings.Contains(stderr.String(), "table slow of to is as it was")) {
			t.Errorf("exit status %d:\n%s", cmd.ProcessState.ExitCode(), &stderr)
		}
		sqliteExec(t, to, "insert into o select 1, count(*) from slow") // which rolls a journal back
		var stdout bytes.Buffer
		if status := command(t.Context(), []string{"query", "-q", "-s", to, "--no-source-column", "--csv", "select max(note) as n from o where id = 1"}, strings.NewReader(""), &stdout, &stderr); status != 0 || stdout.String() != "n\n0\n" {
			t.Errorf("%v: exit status %d: %s rows are there", sig, status, &stdout)
		}
	}
}
