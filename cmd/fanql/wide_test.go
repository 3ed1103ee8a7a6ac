// Many sources: what they need of the process.

package main

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/fanql/fanql/testdata/testkit"
)

// Go's runtime raises the soft limit, and not the hard one.
func TestTheLimitOfOpenFiles(t *testing.T) {
	bin, db := program(t).Path, smallOrders(t)
	for _, c := range []struct {
		ulimit string
		status int
		want   string
	}{
		{"ulimit -S -n 20", 0, ""},
		{"ulimit -n 48", 0, ""},
		{"ulimit -n 30", 2, "fanql: only 30 files may be open at once, and 40 are needed at least: raise the limit, as with ulimit -n 1024\n"},
	} {
		t.Run(c.ulimit, func(t *testing.T) {
			var args strings.Builder
			for i := range 30 {
				fmt.Fprintf(&args, " -s s%d=sqlite:%s", i, db)
			}
			cmd := exec.CommandContext(t.Context(), "sh", "-c", c.ulimit+" && exec '"+bin+"' query -q --csv 'select 1 as one'"+args.String())
			var stderr strings.Builder
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if status := exitStatus(t, err); status != c.status || stderr.String() != c.want {
				t.Errorf("exit status %d, want %d\n%s", status, c.status, &stderr)
			}
			if lines := strings.Count(string(out), "\n"); c.status == 0 && lines != 31 {
				t.Errorf("%d lines", lines)
			}
		})
	}
}

func TestAThousandServersThatWaitTakeLittleMemory(t *testing.T) {
	bin, address := plain(t), testkit.Silent(t)
	for _, kind := range []string{"postgres", "mysql"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel() // they wait, and each is measured by itself
			peak := func(n int) int64 {
				args := []string{"query", "-q", "--timeout", "3s", "--connect-timeout", "0", "select 1"}
				for i := range n {
					args = append(args, "-s", fmt.Sprintf("s%d=%s://u@%s/x", i, kind, address))
				}
				cmd := exec.CommandContext(t.Context(), bin, args...)
				var stderr strings.Builder
				cmd.Stderr = &stderr
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				g := testkit.Watch(cmd)
				status := exitStatus(t, cmd.Wait())
				if status != 1 || !strings.Contains(stderr.String(), fmt.Sprintf("no answer: 0 of %d source", n)) || strings.Contains(stderr.String(), "skipped") {
					t.Fatalf("exit status %d\n%s", status, &stderr)
				}
				return peakBy(t, g, cmd)
			}
			each := (peak(1001) - peak(1)) / 1000
			t.Logf("%d KiB each", each)
			if each > 64 {
				t.Errorf("a source that waits takes %d KiB, want at most 64", each)
			}
		})
	}
}
