// Results that are longer than the screen are shown by the user's pager.

package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/fanql/fanql/testdata/testkit"
)

// screenfuls returns a database with 50 rows, which do not fit on a screen.
func screenfuls(t *testing.T) string {
	t.Helper()
	db := filepath.Join(t.TempDir(), "many.db")
	sqliteExec(t, db, "create table orders (id integer, note text); with recursive n(i) as (select 1 union all select i + 1 from n where i < 50) insert into orders select i, char(27) || '[31mnote ' || i from n")
	return db
}

// onScreen starts fanql on a screen of 80 columns and 24 lines.
func onScreen(t *testing.T, environ string, args ...string) (*testkit.Screen, *exec.Cmd) {
	t.Helper()
	s := testkit.NewScreen(t, 80, 24)
	cmd := program(t, args...)
	cmd.Env = append(withoutPager(cmd.Env), "TERM=xterm", "NO_COLOR=1")
	if environ != "" {
		cmd.Env = append(cmd.Env, environ)
	}
	s.Start(t, cmd)
	return s, cmd
}

// withoutPager removes the variables that name a pager.
func withoutPager(environ []string) (rest []string) {
	for _, v := range environ {
		if name, _, _ := strings.Cut(v, "="); name != "PAGER" && name != "FANQL_PAGER" && name != "LESS" {
			rest = append(rest, v)
		}
	}
	return rest
}

// untimedScreen returns what a screen shows, without the times in it.
func untimedScreen(s *testkit.Screen) string {
	return regexp.MustCompile(`\d+\.\d{3}s`).ReplaceAllString(s.Shown(), "TIME")
}

func wantStatus(t *testing.T, cmd *exec.Cmd, want int, s *testkit.Screen) {
	t.Helper()
	if status := exitStatus(t, cmd.Wait()); status != want {
		t.Errorf("exit status %d, want %d:\n%s", status, want, s.Shown())
	}
}

func TestALongResultGoesThroughThePagerAndTheSummaryComesAfterIt(t *testing.T) {
	t.Parallel()
	s, cmd := onScreen(t, "PAGER=sed -n 's/^/paged:/;1,4p'; read key </dev/tty", "query", "-s", "few="+smallOrders(t), "-s", "many="+screenfuls(t), "select id from orders")
	s.Await(t, "paged: many")
	if strings.Contains(s.Shown(), "complete") {
		t.Errorf("the summary did not wait:\n%s", s.Shown())
	}
	s.Type(t, "\n")
	wantStatus(t, cmd, 0, s)
	s.Await(t, "complete: ")
	if got := untimedScreen(s); !strings.HasPrefix(got, "paged: source | id") || !strings.Contains(got, `

source  state  rows  first row   total  detail
few     ok        1     TIME  TIME
many    ok       50     TIME  TIME
complete: 2 of 2 sources, 51 rows in TIME`) {
		t.Errorf("the screen shows\n%s", got)
	}
}

func TestQuittingThePagerCancelsWhatRuns(t *testing.T) {
	t.Parallel()
	silent := "silent=postgres://u@" + testkit.Silent(t) + "/x"
	for _, c := range []struct {
		pager, keys string
		status      int
		ends        string
	}{
		{"trap '' INT; head -n 3; read key </dev/tty", "\x03\n", 0, "complete: 1 of 2 sources, 50 rows in TIME; the reader of the output left"}, // the pager handles Ctrl-C
		{"head -n 3; read key </dev/tty", "\x03", 130, "interrupted; "},
	} {
		s, cmd := onScreen(t, "FANQL_PAGER="+c.pager, "query", "-s", "many="+screenfuls(t), "-s", silent, "--connect-timeout", "0", "--timeout", "0", "select * from orders")
		s.Await(t, "[31mnote 1") // the rows are shown, although the other source never answers
		s.Type(t, c.keys)
		wantStatus(t, cmd, c.status, s)
		s.Await(t, " of 2 sources")
		if got := untimedScreen(s); !strings.Contains(got, c.ends) {
			t.Errorf("%s: the screen shows\n%s", c.pager, got)
		}
	}
}

func TestWhatAPagerGetsCannotSteerATerminal(t *testing.T) {
	t.Parallel()
	s, cmd := onScreen(t, "PAGER=cat -v; true", "query", "-q", "-s", screenfuls(t), "select note from orders")
	wantStatus(t, cmd, 0, s)
	s.Await(t, `\x1b[31mnote 50`)
	if strings.Contains(s.Written(), "^[") {
		t.Errorf("an escape got through:\n%s", s.Written())
	}
}

func TestWithoutAPagerAllIsPrinted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ environ, flag string }{{"PAGER=false", "--no-pager"}, {"PAGER=", "-q"}, {"FANQL_PAGER=cat", "-q"}} {
		s, cmd := onScreen(t, c.environ, "query", c.flag, "-q", "-s", screenfuls(t), "select id from orders")
		wantStatus(t, cmd, 0, s)
		s.Await(t, " 50")
		for i := range 50 {
			if !strings.Contains(s.Written(), fmt.Sprintf(" %d\n", i+1)) {
				t.Errorf("%v: no row %d:\n%s", c, i+1, s.Written())
			}
		}
	}
}

func TestOneSourceIsNotNamedInEveryRowOfATerminal(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "shop.db")
	sqliteExec(t, db, "create table o (id integer, a text, b text, c text, d text, e text, f text, g text, h text); insert into o values (1, 'aaaaaaaaaaaa', 'bbbbbbbbbbbb', 'cccccccccccc', 'dddddddddddd', 'eeeeeeeeeeee', 'ffffffffffff', 'gggggggggggg', 'hhhhhhhhhhhh'), (20, null, 'b', null, null, null, 'f', 'g', 'h')")
	s, cmd := onScreen(t, "", "query", "-s", "shop="+db, "--order-by", "2 desc", "select * from o")
	wantStatus(t, cmd, 0, s)
	s.Await(t, "hint")
	if got := untimedScreen(s); !strings.HasPrefix(got, " id | a ") || !strings.Contains(got, "\n 20 | NULL ") || strings.Index(got, " 20 |") > strings.Index(got, "  1 | a") ||
		!strings.HasSuffix(got, "\n\ncomplete: 1 of 1 source, 2 rows in TIME\nhint: --vertical shows each value on a line of its own") {
		t.Errorf("the screen shows\n%s", got)
	}
}

func TestLessIsThePager(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("less"); err != nil {
		return // the other tests have their own pagers
	}
	s, cmd := onScreen(t, "", "query", "-s", screenfuls(t), "select * from orders")
	s.Await(t, "\n:")
	if got := s.Shown(); !strings.Contains(got, "note 1\n") || strings.Contains(got, "complete") {
		t.Errorf("the screen shows\n%s", got)
	}
	s.Resize(t, 100, 12)
	if !testkit.Within(eventual, func() bool { s.Type(t, "G"); return strings.Contains(s.Shown(), "note 50") }) { // less drops keys while it reads the new size
		t.Fatalf("the screen shows\n%s", s.Shown())
	}
	s.Type(t, "q")
	wantStatus(t, cmd, 0, s)
	s.Await(t, "complete: 1 of 1 source, 50 rows")
	if !strings.Contains(s.Shown(), "note 50") {
		t.Errorf("the last page is gone:\n%s", s.Shown())
	}
}
