// --watch, as the readers of a pipe and people at a terminal see it.

package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fanql/fanql/testdata/testkit"
)

// watched returns a command that runs the program without the race detector, and a database with
// one row: n is 1, and text is a.
func watched(t *testing.T, args ...string) (cmd *exec.Cmd, db string) {
	t.Helper()
	cmd = programAt(t, plainProgram(t), args...)
	cmd.Env = append(withoutPager(cmd.Env), "TERM=xterm", "NO_COLOR=1", "LC_ALL=C.UTF-8")
	db = filepath.Join(cmd.Dir, "eu.db")
	sqliteExec(t, db, "pragma journal_mode = wal; create table o (n integer, text text); insert into o values (1, 'a')")
	return cmd, db
}

// A pipe gets the results one after the other. The format decides what is printed between them, and
// --until ends the watch.
func TestWatchIntoAPipe(t *testing.T) {
	t.Parallel()
	title := regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \(every 100ms\)$`)
	for _, c := range []struct {
		format string
		first  []string // lines of the first round
		more   []string // other lines that are printed; each is repeated in every round
	}{
		{"--csv", []string{"source,n,text", "eu,1,a"}, []string{"eu,2,b"}},
		{"--tsv", []string{"source\tn\ttext", "eu\t1\ta"}, []string{"eu\t2\tb"}},
		{"--jsonl", []string{`{"source":"eu","n":1,"text":"a"}`}, []string{`{"source":"eu","n":2,"text":"b"}`}},
		{"--json", []string{"[", `{"source":"eu","n":1,"text":"a"}`, "]"}, []string{`{"source":"eu","n":2,"text":"b"}`}},
		{"--table", []string{"TITLE", "", " source | n | text", "--------+---+------", " eu     | 1 | a"}, []string{"", " eu     | 2 | b"}},
		{"-tx", []string{"source | eu", "n      | 1", "text   | a"}, []string{"", "n      | 2", "text   | b"}},
	} {
		t.Run(c.format, func(t *testing.T) {
			t.Parallel()
			cmd, db := watched(t, "query", "-q", "-s", "eu.db", "--watch", "100ms", "--until", "n == 2", c.format, "select n, text from o")
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(out)
			next := func() string {
				if !lines.Scan() {
					t.Fatalf("it ended: %v", lines.Err())
				}
				return title.ReplaceAllString(lines.Text(), "TITLE")
			}
			for i, want := range c.first {
				if got := next(); got != want {
					t.Errorf("line %d is %q, want %q", i, got, want)
				}
			}
			sqliteExec(t, db, "update o set n = 2, text = 'b'")
			seen := map[string]bool{}
			for lines.Scan() {
				line := title.ReplaceAllString(lines.Text(), "TITLE")
				seen[line] = true
				if !slices.Contains(c.first, line) && !slices.Contains(c.more, line) {
					t.Errorf("a line is %q", line)
				}
				if strings.HasPrefix(line, "source") && strings.HasSuffix(line, "text") {
					t.Errorf("there is a second header: %q", line)
				}
			}
			if status := exitStatus(t, cmd.Wait()); status != 0 {
				t.Errorf("exit status %d", status)
			}
			for _, want := range c.more {
				if !seen[want] {
					t.Errorf("no line is %q", want)
				}
			}
		})
	}
}

// clock matches what differs from round to round.
var clock = regexp.MustCompile(`\d\d:\d\d:\d\d|\d+\.\d{3}s|round \d+`)

func unclocked(s *testkit.Screen) string { return clock.ReplaceAllString(s.Shown(), "#") }

func TestWatchRedrawsTheScreenInPlace(t *testing.T) {
	t.Parallel()
	s := testkit.NewScreen(t, 80, 24)
	// The marks stay for one round, which is 2s, so that they are seen on a busy machine too.
	cmd, db := watched(t, "query", "-s", "eu.db", "-s", "us=eu.db", "-s", "gone=postgres://u@"+testkit.Refusing(t)+"/x", "--watch", "2s", "select n, text, 'ab' || n as both from o order by n")
	s.Start(t, cmd)
	shows := func(lines ...string) bool {
		return testkit.Within(eventual, func() bool { return strings.HasPrefix(unclocked(s), strings.Join(lines, "\n")) })
	}
	if !shows("every 2s: #, #", "", " source | n | text | both", "--------+---+------+------", " eu     | 1 | a    | ab1", " us     | 1 | a    | ab1", "", "partial: 2 of 3 sources, 2 rows in #; missing: gone (failed: connect:") {
		t.Fatalf("the screen shows\n%s", s.Shown())
	}
	if s.CursorShown() {
		t.Error("the cursor is shown")
	}
	s.Type(t, "\n\n\x1b[A") // the mouse wheel and keys of the user have no effect
	sqliteExec(t, db, "update o set text = 'somewhat longer'")
	s.Await(t, "somewhat longer*")
	if got := unclocked(s); !strings.Contains(got, "\n eu     | 1 | somewhat longer*| ab1\n us     | 1 | somewhat longer*| ab1\n") || !strings.Contains(got, "; 2 changes (*)") {
		t.Errorf("the screen shows\n%s", got)
	}
	if !shows("every 2s: #, #", "", " source | n | text            | both", "--------+---+-----------------+------", " eu     | 1 | somewhat longer | ab1") {
		t.Errorf("the marks stay:\n%s", s.Shown())
	}
	sqliteExec(t, db, "with recursive i(n) as (select 2 union all select n + 1 from i where n < 40) insert into o select n, 'x' from i; update o set text = 'b' where n = 1")
	s.Await(t, "more lines below")
	s.Resize(t, 40, 9)
	if !testkit.Within(eventual, func() bool {
		lines := strings.Split(s.Shown(), "\n")
		return len(lines) == 9 && strings.HasPrefix(lines[0], "every 2s") && strings.HasPrefix(lines[2], " source") && strings.Contains(s.Shown(), "more lines below") && strings.Contains(lines[7]+lines[8], "connect")
	}) {
		t.Errorf("after the resize it shows\n%s", s.Shown())
	}
	s.Resize(t, 100, 30)
	s.Await(t, "more lines below")
	sqliteExec(t, db, "delete from o where n > 1")
	if !shows("every 2s: #, #", "", " source | n | text | both", "--------+---+------+------", " eu     | 1 | b    | ab1", " us     | 1 | b    | ab1", "", "partial: 2 of 3 sources, 2 rows in #; missing: gone (failed: connect:") {
		t.Errorf("lines of the longer result are left:\n%s", s.Shown())
	}
	s.Type(t, "\x03")
	wantStatus(t, cmd, 130, s)
	s.Await(t, "interrupted after")
	if got := unclocked(s); !s.CursorShown() || strings.Count(got, "every 2s: #, #\n\n source | n | text | both\n--------+---+------+------\n eu     | 1 | b    | ab1\n") != 1 || !strings.Contains(got, "\nfanql: interrupted after ") {
		t.Errorf("at the end the screen shows\n%s", s.Shown())
	}
}

func TestWatchOfPingsAndChecks(t *testing.T) {
	t.Parallel()
	t.Run("ping", func(t *testing.T) {
		t.Parallel()
		s := testkit.NewScreen(t, 80, 24)
		cmd, db := watched(t, "sources", "ping", "-s", "eu.db", "-s", "us=us.db", "--watch", "100ms", "--until", `state == "ok"`)
		sqliteExec(t, filepath.Join(filepath.Dir(db), "us.db"), "create table o (n integer)")
		s.Clear(t, "the user's own")
		s.Start(t, cmd)
		wantStatus(t, cmd, 0, s)
		s.Await(t, `until state == "ok": true`)
		if got := s.Shown(); !strings.HasPrefix(got, "the user's own\nevery 100ms: ") || !strings.Contains(got, " eu     | ok ") || !strings.Contains(got, " us     | ok ") || strings.Contains(got, "*") {
			t.Errorf("the screen shows\n%s", got)
		}
	})
	t.Run("check", func(t *testing.T) {
		t.Parallel()
		s := testkit.NewScreen(t, 80, 24)
		cmd, db := watched(t, "check", "checks.yaml", "-s", "eu.db", "--watch", "100ms", "--until", `verdict == "passed"`, "--history", "history.db")
		writeFile(t, filepath.Join(cmd.Dir, "checks.yaml"), "checks:\n  few:\n    sql: select n from o\n    expect: {each: n > 5}\n  text:\n    sql: select text from o\n    expect: {each: text == 'a'}\n")
		s.Start(t, cmd)
		s.Await(t, `until verdict == "passed": not yet`)
		if got := s.Shown(); !strings.Contains(got, "\nfailed  few ") || !strings.Contains(got, "\npassed  text ") {
			t.Errorf("the screen shows\n%s", got)
		}
		sqliteExec(t, db, "update o set n = 6")
		wantStatus(t, cmd, 0, s)
		s.Await(t, `until verdict == "passed": true`)
		if got := s.Shown(); !strings.Contains(got, "\npassed* few ") || !strings.Contains(got, "\npassed  text ") {
			t.Errorf("the screen shows\n%s", got)
		}
		runs := programAt(t, plainProgram(t), "history", "runs", "--history", filepath.Join(cmd.Dir, "history.db"), "--csv")
		if text, err := runs.CombinedOutput(); err != nil || strings.Count(string(text), "\n") < 3 {
			t.Errorf("the history has\n%s", text)
		}
	})
}

// Ctrl-C ends each phase in an orderly way: with a last line, with the cursor and with the exit
// status.
func TestCtrlCInEachPhase(t *testing.T) {
	t.Parallel()
	silent := "silent=postgres://u@" + testkit.Silent(t) + "/x"
	const endless = "with recursive i(n) as (select 1 union all select n + 1 from i) select %s from i"
	for _, c := range []struct {
		name, shown string
		args        []string
		last        string // the beginning of the last line
	}{
		{"connecting", "waiting for silent (connect)", []string{"query", "-s", silent, "--timeout", "0", "--connect-timeout", "0", "select 1"}, "interrupted; "},
		{"running", "waiting for eu (query", []string{"query", "-s", "eu.db", "--timeout", "0", fmt.Sprintf(endless, "count(*)")}, "interrupted; "},
		// After the first rows the source sends rows slowly on any machine. Otherwise rows would
		// wait for the slow screen of the test, and the run would not end soon after the first
		// Ctrl-C.
		{"printing", " 100000\n", []string{"query", "-s", "eu.db", "--timeout", "0", "--stream", "--no-pager", fmt.Sprintf(endless, "n") + " where n % 20000 = 0 and (n <= 100000 or n % 5000000 = 0)"}, "interrupted; "},
		{"checking", "waiting for ", []string{"check", "slow.yaml", "-s", silent, "--timeout", "0"}, "error: "},
		{"pinging", "waiting for silent", []string{"sources", "ping", "-s", silent, "-s", "eu.db", "--timeout", "0"}, "interrupted; "},
		{"reading a catalogue", "waiting for silent", []string{"tables", "-s", silent, "-s", "eu.db", "--timeout", "0"}, "interrupted; "},
		{"the first round of a watch", "runs: ", []string{"query", "-s", silent, "--timeout", "0", "--connect-timeout", "0", "--watch", "1s", "select 1"}, "fanql: interrupted after 1 round"},
		{"between the rounds of a watch", "every 1h", []string{"query", "-s", "eu.db", "--watch", "1h", "select n from o"}, "fanql: interrupted after 1 round"},
		{"a watch on a dumb terminal", "(every 1h", []string{"sources", "ping", "-s", "eu.db", "--watch", "1h"}, "fanql: interrupted after 1 round"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := testkit.NewScreen(t, 200, 24)
			cmd, _ := watched(t, c.args...)
			writeFile(t, filepath.Join(cmd.Dir, "slow.yaml"), "checks: {slow: {sql: select 1, expect: no rows}}\n")
			if c.name == "a watch on a dumb terminal" {
				cmd.Env = append(cmd.Env, "TERM=dumb")
			}
			fromShell(cmd)
			s.Start(t, cmd)
			if !testkit.Within(eventual, func() bool { return strings.Contains(s.Written(), c.shown) }) {
				t.Fatalf("there is no %q:\n%s", c.shown, s.Shown())
			}
			s.Type(t, "\x03")
			var last string
			if !testkit.Within(eventual, func() bool {
				lines := strings.Split(s.Shown(), "\n")
				last = strings.TrimPrefix(lines[len(lines)-1], "^C") // the terminal itself prints ^C
				return strings.HasPrefix(last, c.last) && s.CursorShown() && strings.HasSuffix(s.Written(), "\n")
			}) {
				t.Errorf("the last line is %q, and the cursor is shown: %v\n%s", last, s.CursorShown(), s.Shown())
			}
			s.Type(t, "\n") // the shell waits for this line
			wantStatus(t, cmd, 130, s)
		})
	}
}

// fromShell starts the command from a shell, as people do. The terminal hangs up when the first
// process of its session ends, and output that nobody has read by then is lost. So the shell reads
// a line of input before it ends.
func fromShell(cmd *exec.Cmd) {
	const script = `trap : INT; "$@"; status=$?; read -r line; exit $status`
	cmd.Args = append([]string{"sh", "-c", script, "sh", cmd.Path}, cmd.Args[1:]...)
	cmd.Path = "/bin/sh"
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
