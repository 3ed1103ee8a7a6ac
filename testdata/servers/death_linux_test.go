// Behaviour that only Linux has.
package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fanql/fanql/testdata/testkit"
)

func TestKilledProgramTakesServersAndCommandAlong(t *testing.T) {
	t.Parallel()
	s := subjectOf(t, `echo ready; exec sleep 61`)
	s.line(t)
	if len(mentioning(t, s.tmp)) < 2 {
		t.Fatalf("no servers were found: %q", mentioning(t, s.tmp))
	}
	if err := s.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	s.status(t)
	testkit.Eventually(t, 20*time.Second, "no process of the servers", func() bool { return len(mentioning(t, s.tmp)) == 0 })
	testkit.Eventually(t, 20*time.Second, "no command", func() bool { _, err := s.out.ReadByte(); return err != nil })
}

// mentioning returns the command lines of the processes that run in dir or name it.
func mentioning(t *testing.T, dir string) []string {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, p := range all {
		line, _ := os.ReadFile(p + "/cmdline") // the process may have ended in the meantime
		cwd, _ := os.Readlink(p + "/cwd")
		if bytes.Contains(line, []byte(dir)) || strings.HasPrefix(cwd, dir) {
			found = append(found, string(line))
		}
	}
	return found
}
