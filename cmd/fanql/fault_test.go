package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// faulty panics at its first write that contains word.
type faulty struct {
	written bytes.Buffer
	word    string
}

func (w *faulty) Write(p []byte) (int, error) {
	if word := w.word; word != "" && bytes.Contains(p, []byte(word)) {
		w.word = ""
		panic("oops")
	}
	return w.written.Write(p)
}

func TestHostileAPanicIsReportedAndLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	t.Setenv("TMPDIR", folder)
	for _, c := range []struct {
		args           []string
		stdout, stderr string
	}{
		{[]string{"query", "-s", "sqlite:x.db", "--csv", "select 7 as n"}, "7", ""},
		{[]string{"query", "-s", "sqlite:x.db", "-o", "out.csv", "select 7 as n"}, "", "sour"},
	} {
		if err := os.WriteFile("x.db", nil, 0o600); err != nil {
			t.Fatal(err)
		}
		stdout, stderr := &faulty{word: c.stdout}, &faulty{word: c.stderr}
		status := command(t.Context(), c.args, strings.NewReader(""), stdout, stderr)
		if status != 70 || !strings.Contains(stderr.written.String(), "fanql: a fault of fanql: please report it") || !strings.Contains(stderr.written.String(), "oops") {
			t.Errorf("%q: status %d, %s", c.args, status, stderr.written.String())
		}
		left, err := filepath.Glob("*")
		hidden, worse := filepath.Glob(".*")
		if err != nil || worse != nil {
			t.Fatal(err, worse)
		}
		for _, name := range append(left, hidden...) {
			if name != "x.db" && name != "out.csv" {
				t.Errorf("%q: %s is left", c.args, name)
			}
		}
	}
}

func TestHostileAPanicOnAnotherGoroutineEndsTheProcess(t *testing.T) {
	for name, c := range map[string]struct {
		tidy   func()
		plugin bool
		status int
	}{
		"in a command":       {func() {}, false, 70},
		"while it tidies up": {func() { panic("once more") }, false, 70},
		"before tidy is set": {nil, false, 70},
		"in a plugin":        {func() {}, true, 3},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			statuses := make(chan int, 2)
			a := &app{stdout: &stdout, stderr: &stderr, exit: func(status int) { statuses <- status }}
			if c.plugin {
				a.plugin = pluginFor(a.rootCommand(), []string{"check", "--nagios"})
			}
			if c.tidy != nil {
				a.tidy = func() {
					defer a.containGoroutine() // as every goroutine that the program starts does
					c.tidy()
				}
			}
			go func() {
				defer a.containGoroutine()
				panic("oops")
			}()
			status := <-statuses
			if strings.Contains(name, "tidies") { // the second panic ends the process
				if second := <-statuses; second != c.status {
					t.Errorf("then status %d", second)
				}
			}
			if status != c.status || !strings.HasPrefix(stderr.String(), "fanql: a fault of fanql: please report it") || !strings.Contains(stderr.String(), "oops") {
				t.Errorf("status %d, %s", status, &stderr)
			}
			if c.plugin != strings.HasPrefix(stdout.String(), "FANQL UNKNOWN - a fault of fanql") {
				t.Errorf("stdout has %q", &stdout)
			}
		})
	}
}
