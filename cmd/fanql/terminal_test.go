// The program on a real pseudo-terminal, as people see it.

package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"

	"github.com/fanql/fanql/testdata/testkit"
)

// onTerminal runs fanql on a terminal of 60 columns and returns all that was written to it.
func onTerminal(t *testing.T, cmd *exec.Cmd) (text string, status int) {
	t.Helper()
	f, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 60})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b bytes.Buffer
	if _, err := io.Copy(&b, f); err != nil && !errors.Is(err, syscall.EIO) { // reading a closed terminal ends with EIO
		t.Fatal(err)
	}
	return strings.ReplaceAll(b.String(), "\r\n", "\n"), exitStatus(t, cmd.Wait())
}

func TestNoControlCharacterReachesATerminal(t *testing.T) {
	db := filepath.Join(t.TempDir(), "evil.db")
	sqliteExec(t, db, `create table o (t text, "a`+"\x1b"+`]0;b" text);
		insert into o values (char(27) || '[31mred' || char(10) || 'two' || char(9) || char(8238) || char(155) || char(127), 'x')`)
	for _, format := range []string{"table", "vertical", "csv", "tsv", "json", "jsonl", "markdown"} {
		t.Run(format, func(t *testing.T) {
			cmd := program(t, "query", "-q", "-s", "evil="+db, "--format", format, "select * from o")
			cmd.Env = append(cmd.Env, "TERM=xterm", "NO_COLOR=1")
			text, status := onTerminal(t, cmd)
			if status != 0 || !strings.Contains(text, "[31mred") {
				t.Errorf("exit status %d:\n%s", status, text)
			}
			for _, r := range text {
				if (r < ' ' && r != '\n' && r != '\t') || r == 0x7f || (r >= 0x80 && r < 0xa0) || r == '\u202e' {
					t.Errorf("%U reached the terminal: %q", r, text)
				}
			}
		})
	}
	t.Run("an error from a server", func(t *testing.T) {
		cmd := program(t, "query", "-s", "evil="+db, "select \"no\x1b[31mcolumn\" from o where [\x1b] = 1")
		cmd.Env = append(cmd.Env, "TERM=xterm", "NO_COLOR=1")
		if text, status := onTerminal(t, cmd); status != 1 || strings.Contains(text, "\x1b[31m") {
			t.Errorf("exit status %d: %q", status, text)
		}
	})
}

func TestColorIsOnlyForTerminalsThatWantIt(t *testing.T) {
	db := smallOrders(t)
	for _, c := range []struct {
		env  string
		want bool
	}{{"TERM=xterm", true}, {"NO_COLOR=1", false}, {"TERM=dumb", false}} {
		cmd := program(t, "query", "-s", "lite="+db, "-s", "twin="+db, "select id, null as n from orders")
		cmd.Env = append(cmd.Env, "TERM=xterm", c.env)
		text, _ := onTerminal(t, cmd)
		if got := strings.Contains(text, "\x1b[32mok"); got != c.want {
			t.Errorf("%s: colour is %v, want %v: %q", c.env, got, c.want, text)
		}
	}
}

func TestTheLiveLineNamesTheRunningSourcesAndIsWiped(t *testing.T) {
	t.Parallel() // it mostly waits for the deadline
	cmd := program(t, "query", "-s", "lite="+smallOrders(t), "-s", "silent=postgres://u@"+testkit.Silent(t)+"/x", "--timeout", "1s", "select id from orders")
	cmd.Env = append(cmd.Env, "TERM=xterm", "NO_COLOR=1")
	text, status := onTerminal(t, cmd)
	if status != 3 {
		t.Errorf("exit status %d, want 3", status)
	}
	if !strings.Contains(text, "1 of 2 ended, 1 row; waiting for silent (connect)") {
		t.Errorf("no live line: %q", text)
	}
	_, after, _ := strings.Cut(text, "waiting for silent")
	if table := strings.LastIndex(after, "\r\x1b[K"); table < 0 || !strings.HasPrefix(after[table:], "\r\x1b[K\nsource  state") {
		t.Errorf("the live line was not wiped before the summary: %q", text)
	}
	if strings.Index(text, "lite ") > strings.Index(text, "waiting for") {
		t.Errorf("the rows of the fast source came after the deadline: %q", text)
	}
}

// A pager needs the whole terminal, and the process that reads stdout may be a pager.
func TestNoLiveLineWhereAReaderMayShowTheRows(t *testing.T) {
	for _, c := range []struct {
		where string
		open  func(testing.TB) (ours, its *os.File)
		live  bool
	}{
		{"a pipe", pipe, false},
		{"a socket", socketPair, false},
		{"a file", func(t testing.TB) (ours, its *os.File) {
			f, err := os.Create(filepath.Join(t.TempDir(), "rows"))
			if err != nil {
				t.Fatal(err)
			}
			return f, f
		}, true},
	} {
		t.Run(c.where, func(t *testing.T) {
			t.Parallel() // it mostly waits for the deadline
			ours, its := c.open(t)
			defer ours.Close()
			cmd := program(t, "query", "-s", "lite="+smallOrders(t), "-s", "silent=postgres://u@"+testkit.Silent(t)+"/x", "--timeout", "1s", "select id from orders")
			cmd.Env = append(cmd.Env, "TERM=xterm", "NO_COLOR=1")
			cmd.Stdout = its
			text, status := onTerminal(t, cmd)
			if status != 3 || strings.Contains(text, "waiting for silent") != c.live || !strings.Contains(text, "missing: silent (timeout)") {
				t.Errorf("exit status %d, %q", status, text)
			}
		})
	}
}

func TestATableFitsTheTerminal(t *testing.T) {
	db := filepath.Join(t.TempDir(), "wide.db")
	sqliteExec(t, db, "create table o (a text, b text); insert into o values (hex(zeroblob(100)), '漢字かな')")
	cmd := program(t, "query", "-q", "-s", "wide="+db, "select * from o")
	cmd.Env = append(cmd.Env, "TERM=xterm", "NO_COLOR=1")
	text, _ := onTerminal(t, cmd)
	for _, line := range strings.Split(text, "\n") {
		if n := len([]rune(line)); n > 60 {
			t.Errorf("a line of %d characters: %q", n, line)
		}
	}
	if !strings.Contains(text, "…") || !strings.Contains(text, "漢字かな") {
		t.Errorf("got:\n%s", text)
	}
}

func TestPingFitsTheTerminalAndSaysWhyBelow(t *testing.T) {
	cmd := program(t, "sources", "ping", "-s", "lite="+smallOrders(t), "-s", "refused=postgres://u@"+testkit.Refusing(t)+"/x", "--timeout", "5s")
	cmd.Env = append(cmd.Env, "TERM=dumb")
	text, status := onTerminal(t, cmd)
	if status != 3 || strings.Contains(text, "detail") || strings.Count(text, "connect: ") != 1 {
		t.Errorf("exit status %d:\n%s", status, text)
	}
	if !strings.Contains(text, "missing: refused (failed: connect: ") {
		t.Errorf("no reason:\n%s", text)
	}
}

func TestAHelpPageGoesThroughThePager(t *testing.T) {
	page := func(env ...string) string {
		t.Helper()
		cmd := program(t, "help", "speed")
		cmd.Env = append(withoutPager(cmd.Env), append([]string{"TERM=xterm"}, env...)...)
		text, status := onTerminal(t, cmd)
		if status != 0 {
			t.Errorf("%v: exit status %d\n%s", env, status, text)
		}
		return text
	}
	speed, err := helpFiles.ReadFile("help/speed.md")
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(string(speed))
	last := strings.Join(words[len(words)-8:], " ")
	whole := func(text string) bool { return strings.HasSuffix(strings.Join(strings.Fields(text), " "), last) }
	if text := page("PAGER=sed s/^/paged:/"); !strings.HasPrefix(text, "paged:# Speed") {
		t.Errorf("PAGER:\n%.300s", text)
	}
	if text := page("PAGER=sed s/^/paged:/", "FANQL_PAGER=sed s/^/own:/"); !strings.HasPrefix(text, "own:# Speed") {
		t.Errorf("FANQL_PAGER:\n%.300s", text)
	}
	if text := page("PAGER=head -n 1"); text != "# Speed: fanql compared with the databases' own clients\n" {
		t.Errorf("a pager that is left early:\n%.300s", text)
	}
	if text := page("PAGER="); !whole(text) || !strings.HasPrefix(text, "# Speed") {
		t.Errorf("no pager:\n%s", text)
	}
	if text := page("PAGER=/nowhere/pager -x"); !whole(text) {
		t.Errorf("a pager that is not there:\n%s", text)
	}
	if text := page("PAGER=sed s/^/paged:/", "TERM=dumb"); !whole(text) || strings.Contains(text, "paged:") {
		t.Errorf("a dumb terminal:\n%s", text)
	}
	if _, err := exec.LookPath("less"); err == nil {
		cmd := program(t, "help", "scale") // this page is longer than the screen
		cmd.Env = append(withoutPager(cmd.Env), "TERM=xterm")
		f, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 100})
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteString("q"); err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(f) // reading a closed terminal ends with an error, which is no fault
		if status := exitStatus(t, cmd.Wait()); status != 0 || whole(string(text)) || !strings.Contains(string(text), "# Scale") {
			t.Errorf("less: exit status %d\n%s", status, text)
		}
	}
}
