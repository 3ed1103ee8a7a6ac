// An interrupt while rows are sorted.

package main

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fanql/fanql/testdata/testkit"
)

func TestAnInterruptedSortHasASummary(t *testing.T) {
	lite := manyOrders(t, 300_000)
	for _, how := range [][]string{{"--order-by", "note, id desc"}, {"--distinct"}} {
		t.Run(how[0], func(t *testing.T) {
			report := filepath.Join(t.TempDir(), "run.json")
			cmd := program(t, append([]string{"query", "-s", "a=" + lite, "-s", "b=" + lite, "--memory", "16KiB", "--report", report, "-o", "out.csv", "select id, note from orders"}, how...)...)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			awaitRead(t, cmd, lite) // all rows have been read, and the sort has begun
			sent := time.Now()
			if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			if status := exitStatus(t, cmd.Wait()); status != 130 {
				t.Errorf("exit status %d, want 130\n%s", status, &stderr)
			}
			if took := time.Since(sent); took > exitTimeout {
				t.Errorf("it took %s to exit", took)
			}
			if !strings.Contains(stderr.String(), "interrupted; no answer: ") || !strings.Contains(stderr.String(), "out.csv was not written") {
				t.Errorf("stderr:\n%s", &stderr)
			}
			if r := readReport(t, report); r.ExitStatus != 130 || r.Result != "none" {
				t.Errorf("the report says %s, exit status %d", r.Result, r.ExitStatus)
			}
		})
	}
}

// awaitRead waits until the process has opened the file and has closed it again.
func awaitRead(t testing.TB, cmd *exec.Cmd, path string) {
	t.Helper()
	f, opened := &flight{cmd: cmd}, false
	testkit.Eventually(t, eventual, "the file was read", func() bool {
		open := slices.Contains(openLinks(f), path)
		opened = opened || open
		return opened && !open
	})
}
