// A Pager on pseudo-terminals with shell commands as pagers, and what the screen shows.

package pager

import (
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/testdata/testkit"
)

// A terminal is a screen of 10 lines with 40 characters. stdout and stderr are on it.
type terminal struct {
	*testkit.Screen
	*testing.T
	out, err io.Writer
}

func newTerminal(t *testing.T) *terminal {
	t.Helper()
	s := testkit.NewScreen(t, 40, 10)
	return &terminal{s, t, output.ForTerminal(s.Open(t)), output.ForTerminal(s.Open(t))}
}

func (t *terminal) awaitWritten(want string) {
	t.Helper()
	t.awaits(want, func() bool { return t.Written() == want })
}

func (t *terminal) awaits(want string, so func() bool) {
	t.Helper()
	if !testkit.Within(30*time.Second, so) {
		t.Fatalf("written was %q\nwant %q", t.Written(), want)
	}
}

func lines(from, to int) string {
	var b strings.Builder
	for i := from; i <= to; i++ {
		fmt.Fprintf(&b, "line %d\n", i)
	}
	return b.String()
}

func write(t *terminal, to io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(to, text); err != nil {
		t.Fatal(err)
	}
}

func TestWhatFitsTheScreenIsPrinted(t *testing.T) {
	term := newTerminal(t)
	p := New(term.out, term.err, Options{Command: Command{"false", "PAGER"}})
	write(term, term.out, lines(1, 4))
	term.awaitWritten(lines(1, 4)) // the rows are printed before the end of the text is known
	write(term, term.err, "beside\n")
	write(term, term.out, lines(5, 9))
	p.Close()
	write(term, term.err, "the sum\n")
	term.awaitWritten(lines(1, 4) + "beside\n" + lines(5, 9) + "the sum\n")
}

func TestALongTextGoesThroughThePagerFromItsFirstLine(t *testing.T) {
	term := newTerminal(t)
	left := make(chan bool, 1)
	p := New(term.out, term.err, Options{Command: Command{"sed -n 's/^/paged /;3,6p'", "PAGER"}, Left: func(bool) { left <- true }})
	write(term, term.out, lines(1, 4))
	term.AwaitAll(t, "line 1\nline 2\nline 3\nline 4")
	write(term, term.out, lines(5, 12))
	write(term, term.err, "beside\n")
	if !p.Running() || strings.Contains(term.Written(), "beside") {
		t.Errorf("running is %v, and stderr was printed before the pager ended: %q", p.Running(), term.Written())
	}
	p.Close()
	write(term, term.err, "the sum\n")
	term.AwaitAll(t, "paged line 3\npaged line 4\npaged line 5\npaged line 6\nbeside\nthe sum") // the first page, which was printed before, is not there
	select {
	case <-left:
		t.Error("the pager was reported as left before the end")
	default:
	}
}

func TestLinesOfStderrOnTheFirstPageStay(t *testing.T) {
	term := newTerminal(t)
	p := New(term.out, term.err, Options{Command: Command{"head -n 1", "PAGER"}})
	write(term, term.out, lines(1, 1))
	write(term, term.err, "one: ok\n")
	write(term, term.out, lines(2, 12))
	p.Close()
	term.AwaitAll(t, "line 1\none: ok\nline 1")
}

func TestQuittingThePagerEndsTheRest(t *testing.T) {
	term := newTerminal(t)
	left := make(chan bool, 1)
	p := New(term.out, term.err, Options{Command: Command{"head -n 1", "PAGER"}, Left: func(interrupted bool) { left <- interrupted }})
	write(term, term.out, lines(1, 12))
	if interrupted := <-left; interrupted || !p.Left() {
		t.Errorf("interrupted %v, left %v", interrupted, p.Left())
	}
	if _, err := io.WriteString(term.out, "more\n"); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("writing on: %v", err)
	}
	write(term, term.err, "cancelled\n")
	term.awaitWritten("line 1\ncancelled\n")
	p.Close()
	write(term, term.out, "after\n")
	term.awaitWritten("line 1\ncancelled\nafter\n")
}

func TestAnInterruptedPagerInterrupts(t *testing.T) {
	for _, line := range []string{"kill -INT $$", "(exit 130)"} {
		term := newTerminal(t)
		left := make(chan bool, 1)
		p := New(term.out, term.err, Options{Command: Command{line, "PAGER"}, Left: func(interrupted bool) { left <- interrupted }})
		write(term, term.out, lines(1, 12))
		if !<-left {
			t.Errorf("%s: not interrupted", line)
		}
		p.Close()
	}
}

func TestAPagerThatCannotBeRunIsReportedAndAllIsPrinted(t *testing.T) {
	const warning = "fanql: warning: FANQL_PAGER: the pager cannot be run: "
	for _, c := range []struct{ line, want string }{
		{"/nowhere/pager -x", lines(1, 4) + "\x1b[4A\r\x1b[J" + warning + "fork/exec /nowhere/pager: no such file or directory\n" + lines(1, 14)},
		{"nowhere-pager", lines(1, 4) + warning + "nowhere-pager: executable file not found in $PATH\n" + lines(5, 14)},
	} {
		term := newTerminal(t)
		p := New(term.out, term.err, Options{Command: Command{c.line, "FANQL_PAGER"}})
		write(term, term.out, lines(1, 4))
		write(term, term.out, lines(5, 12))
		write(term, term.out, lines(13, 14))
		p.Close()
		term.awaitWritten(c.want)
	}
	term := newTerminal(t)
	p := New(term.out, term.err, Options{Command: Command{"nowhere-pager | cat; exit 127", "PAGER"}}) // the shell's own message and status
	write(term, term.out, lines(1, 4))
	write(term, term.out, lines(5, 12))
	p.Close()
	want := "not found\n" + lines(1, 12)
	term.awaits(want, func() bool { return strings.HasSuffix(term.Written(), want) })
}

func TestARunDoesNotWaitForTheReader(t *testing.T) {
	for _, c := range []struct{ what, temp string }{{"a folder", t.TempDir()}, {"no folder", "/nowhere"}} {
		t.Setenv("TMPDIR", c.temp)
		term := newTerminal(t)
		fifo := t.TempDir() + "/go"
		if err := syscall.Mkfifo(fifo, 0o600); err != nil {
			t.Fatal(err)
		}
		p := New(term.out, term.err, Options{Command: Command{"read x <" + fifo + "; md5sum", "PAGER"}})
		text := strings.Repeat("0123456789abcde\n", inMemory*5/4/16) // the text is larger than a pipe, and larger than the memory for it
		released := func() {
			if err := os.WriteFile(fifo, []byte("x\n"), 0o600); err != nil {
				t.Error(err)
			}
		}
		if c.temp == "/nowhere" { // without a folder the run waits for the reader, and loses nothing
			go released()
		}
		write(term, term.out, text)
		if c.temp != "/nowhere" {
			released()
		}
		p.Close()
		sum := fmt.Sprintf("%x", md5.Sum([]byte(text)))
		term.awaits(c.what+": "+sum, func() bool { return strings.Contains(term.Written(), sum) })
	}
}

func TestTerminateEndsAPager(t *testing.T) {
	term := newTerminal(t)
	p := New(term.out, term.err, Options{Command: Command{"sleep 1000", "PAGER"}})
	write(term, term.out, lines(1, 12))
	p.Terminate()
	p.Close()
	write(term, term.err, "the sum\n")
	term.awaitWritten("the sum\n")
}

func TestNoPagerWithoutATerminalOrACommand(t *testing.T) {
	term := newTerminal(t)
	var file strings.Builder
	for _, p := range []*Pager{New(&file, term.err, Options{Command: Command{"false", "PAGER"}}), New(term.out, term.err, Options{})} {
		if p != nil || p.Running() || p.Left() {
			t.Error("a pager")
		}
		p.Terminate()
		p.Close()
	}
}

func TestRowsOfAScreen(t *testing.T) {
	for _, c := range []struct {
		text string
		want int
	}{
		{"", 0},
		{"a", 1},
		{"a\n", 1},
		{"\n\n", 2},
		{"a\nb", 2},
		{"0123456789", 1},
		{"0123456789a", 2},
		{"01234567890123456789\nx", 3},
		{"東京東京東", 1},
		{"東京東京東京", 2},
		{"\x1b[2m0123456789\x1b[0m", 1},
		{"a\tb", 1},
		{"a\tbcd", 2},
		{"\t\t", 2},
	} {
		if n, fits := rows([]byte(c.text), 10, 100); n != c.want || !fits {
			t.Errorf("%q: %d rows, want %d", c.text, n, c.want)
		}
	}
	if _, fits := rows([]byte("a\nb\nc\n"), 10, 2); fits {
		t.Error("three lines fit on two")
	}
	if _, fits := rows([]byte("a\nb\n"), 10, 2); !fits {
		t.Error("two lines do not fit on two")
	}
}
