// A watch that is suspended, and a watch that does not end at once.

package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fanql/fanql/testdata/testkit"
)

// echoes reports whether the terminal shows the keys that are typed.
func echoes(t *testing.T, tty *os.File) bool {
	t.Helper()
	mode, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return mode.Lflag&unix.ECHO != 0
}

// stopped reports whether a process is stopped, as by Ctrl-Z.
func stopped(pid int) bool {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, after, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(after, "T")
}

// The shell gets its terminal back as it was, and fg continues with the next round.
func TestCtrlZAndFgInAWatch(t *testing.T) {
	t.Parallel()
	s := testkit.NewScreen(t, 80, 24)
	cmd, db := watched(t, "query", "-s", "eu.db", "--watch", "200ms", "select n, text from o")
	s.Clear(t, "the user's own")
	s.Start(t, cmd)
	tty := s.Open(t)
	s.Await(t, "\n 1 | a")
	if echoes(t, tty) || s.CursorShown() {
		t.Error("during the watch, typed keys or the cursor are shown")
	}
	for n, value := range []string{"first", "second"} {
		s.Type(t, "\x1a")
		testkit.Eventually(t, eventual, "it has stopped", func() bool { return stopped(cmd.Process.Pid) })
		if !testkit.Within(eventual, func() bool { return s.CursorShown() && echoes(t, tty) }) {
			t.Errorf("stopped %d times, the cursor is shown: %v, keys are shown: %v", n+1, s.CursorShown(), echoes(t, tty))
		}
		if got := s.Shown(); got != "the user's own" {
			t.Errorf("after Ctrl-Z the screen shows:\n%s", got)
		}
		sqliteExec(t, db, "update o set text = '"+value+"'")
		if err := cmd.Process.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		s.Await(t, "\n 1 | "+value)
		if got := s.Shown(); !strings.HasPrefix(got, "every 200ms: round ") || echoes(t, tty) || s.CursorShown() {
			t.Errorf("after fg, keys are shown: %v, the cursor: %v\n%s", echoes(t, tty), s.CursorShown(), got)
		}
	}
	s.Type(t, "\x03")
	wantStatus(t, cmd, 130, s)
	s.Await(t, "fanql: interrupted after ")
	if !s.CursorShown() || !echoes(t, tty) || !strings.HasPrefix(s.Shown(), "the user's own") {
		t.Errorf("at the end, keys are shown: %v, the cursor: %v\n%s", echoes(t, tty), s.CursorShown(), s.Shown())
	}
}

// The first Ctrl-C waits for what cannot be interrupted. A second one exits at once, and also
// restores the terminal.
func TestASecondCtrlCInAWatch(t *testing.T) {
	t.Parallel()
	s := testkit.NewScreen(t, 100, 24)
	cmd, _ := watched(t, "query", "-s", "eu.db", "--timeout", "0", "--watch", "1h", "select n as one from o", "--reduce", endless)
	s.Clear(t, "the user's own")
	s.Start(t, cmd)
	tty := s.Open(t)
	testkit.Eventually(t, eventual, "the SQL ran", func() bool { return processorTime(cmd.Process.Pid) > time.Second })
	s.Type(t, "\x03")
	first := time.Now()
	// Within this time the process counts another signal as the first one. Only time distinguishes
	// them, so there is no condition to wait for.
	time.Sleep(sameSignal + 200*time.Millisecond)
	s.Type(t, "\x03")
	wantStatus(t, cmd, 130, s)
	if took := time.Since(first); took >= exitTimeout {
		t.Errorf("it exited %s after the first Ctrl-C, so the second one had no effect", took)
	}
	if !testkit.Within(eventual, func() bool { return s.CursorShown() && echoes(t, tty) }) {
		t.Errorf("keys are shown: %v, the cursor: %v", echoes(t, tty), s.CursorShown())
	}
	if got := s.Shown(); !strings.HasPrefix(got, "the user's own") || !strings.Contains(got, "fanql: ") {
		t.Errorf("the screen shows\n%s", got)
	}
}
