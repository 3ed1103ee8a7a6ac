// Which command is the pager, and with which arguments and variables less runs.

package pager

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// withLess makes a folder with a less of some version, and sets PATH to this folder only.
func withLess(t *testing.T, version string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "less"), []byte("#!/bin/sh\necho '"+version+"'\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
}

func TestThePagerOfTheEnvironment(t *testing.T) {
	withLess(t, "less 590 (GNU regular expressions)")
	for _, c := range []struct {
		environ map[string]string
		want    Command
	}{
		{nil, Command{"less -SRFX", ""}},
		{map[string]string{"PAGER": "more"}, Command{"more", "PAGER"}},
		{map[string]string{"PAGER": "more", "FANQL_PAGER": " less -S "}, Command{"less -S", "FANQL_PAGER"}},
		{map[string]string{"PAGER": ""}, Command{"", "PAGER"}},
		{map[string]string{"PAGER": "cat"}, Command{"", "PAGER"}},
		{map[string]string{"PAGER": "more", "FANQL_PAGER": ""}, Command{"", "FANQL_PAGER"}},
		{map[string]string{"PAGER": "more", "TERM": "dumb"}, Command{}},
	} {
		lookup := func(name string) (string, bool) { v, ok := c.environ[name]; return v, ok }
		if got := Find(lookup); got != c.want {
			t.Errorf("%v: %v, want %v", c.environ, got, c.want)
		}
	}
	t.Setenv("PATH", t.TempDir())
	if got := Find(func(string) (string, bool) { return "", false }); got != (Command{}) {
		t.Errorf("without less: %v", got)
	}
}

func TestHowLessIsCalled(t *testing.T) {
	long, short := []byte(strings.Repeat("x\n", 30)), []byte(strings.Repeat("wide ", 200))
	for _, c := range []struct {
		version, less string // less is the variable LESS; - means that it is not set
		command       Command
		text          []byte
		args          string
		want          string // the variable LESS that less gets
	}{
		{"less 643 (PCRE2)", "-", Command{"less -SRFX", ""}, long, "less -SRFX", "--header=2"},
		{"less 600", "-i", Command{"less -SRFX", ""}, long, "less -SRFX", "--header=2 -i"},
		{"less 590 (GNU)", "-", Command{"less -SRFX", ""}, long, "less -SRFX", ""},
		{"less 590 (GNU)", "-i", Command{"less -SRFX", ""}, long, "less -SRFX", "-i"},
		{"less 581.2", "-", Command{"less -SRFX", ""}, long, "less -SRFX", ""},
		{"BusyBox v1.35", "-", Command{"less -SRFX", ""}, long, "less -SRFX", ""},
		{"less 643", "-", Command{"less -SRFX", ""}, short, "less -RFX", ""},
		{"less 643", "-", Command{"less", "PAGER"}, long, "less", "--header=2 -SRFX"},
		{"less 643", "", Command{"less", "PAGER"}, long, "less", "--header=2"},
		{"less 643", "-", Command{"less -S 'a b'", "PAGER"}, long, "sh -c less -S 'a b'", "--header=2 -SRFX"},
	} {
		withLess(t, c.version)
		if c.less == "-" {
			t.Setenv("LESS", "")
			_ = os.Unsetenv("LESS") // the error is only for an invalid name
		} else {
			t.Setenv("LESS", c.less)
		}
		cmd := c.command.command(c.text, 24, 2, []string{"A=b"})
		if got := strings.Join(cmd.Args, " "); got != c.args {
			t.Errorf("%v: called as %q, want %q", c, got, c.args)
		}
		if want := []string{"A=b", "LESS=" + c.want}; !slices.Equal(cmd.Env, want) {
			t.Errorf("%v %v: environment %q, want %q", c.version, c.command, cmd.Env, want)
		}
	}
	cmd := Command{"more -d", "PAGER"}.command(long, 24, 2, []string{"A=b"})
	if !slices.Equal(cmd.Args, []string{"more", "-d"}) || !slices.Equal(cmd.Env, []string{"A=b"}) {
		t.Errorf("another pager: %q, %q", cmd.Args, cmd.Env)
	}
}
