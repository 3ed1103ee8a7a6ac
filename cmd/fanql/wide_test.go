// Many sources: the resources that the process needs for them.

package main

import (
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/testdata/testkit"
)

// Go's runtime raises the soft limit of open files, but not the hard limit.
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

// A source that waits for its login has not sent a statement yet. A source that waits for its
// answer has a session. When such sources are cancelled, some open a second connection.
func TestAThousandServersThatWaitTakeLittleMemory(t *testing.T) {
	bin, address := plainProgram(t), testkit.Silent(t)
	silent := func(kind string) func(*testkit.StandIn, int) []string {
		return func(_ *testkit.StandIn, n int) (urls []string) {
			for range n {
				urls = append(urls, kind+"://u@"+address+"/x")
			}
			return urls
		}
	}
	many := func(stand *testkit.StandIn, n int) []string { return stand.URLs(testkit.Healthy, n) }
	for name, c := range map[string]struct {
		urls    func(stand *testkit.StandIn, n int) []string
		answers bool // the servers answer when all sources wait for an answer
		timeout time.Duration
		most    int64 // KiB for each source
	}{
		"postgres":                    {silent("postgres"), false, 6 * time.Second, 32},
		"mysql":                       {silent("mysql"), false, 6 * time.Second, 32},
		"postgres that answers":       {many, true, time.Minute, 24},
		"postgres that never answers": {many, false, 6 * time.Second, 40},
	} {
		t.Run(name, func(t *testing.T) {
			if strings.HasPrefix(name, "postgres ") && runtime.GOOS != "linux" {
				t.Skip("only Linux has all of 127.0.0.0/8 on loopback")
			}
			t.Parallel() // they mostly wait, and each measures its own process
			var peak func(n int, timeout time.Duration) int64
			peak = func(n int, timeout time.Duration) int64 {
				args := []string{"query", "-q", "--timeout", timeout.String(), "--connect-timeout", "0", "select 1 from (select pg_sleep(60)) s"}
				stand := standIn(t)
				for i, u := range c.urls(stand, n) {
					args = append(args, "-s", fmt.Sprintf("s%d=%s", i, u))
				}
				// The race detector makes the stand-in slow. So on a busy machine fanql gets less
				// processor time than the stand-in. Otherwise most sources would wait for their
				// logins at the same time.
				cmd := exec.CommandContext(t.Context(), "nice", append([]string{"-n", "10", bin}, args...)...)
				var stderr strings.Builder
				cmd.Stderr = &stderr
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				g := testkit.Watch(cmd)
				if c.answers {
					testkit.Eventually(t, time.Minute, "all waited for their answers", func() bool {
						_, statements := stand.Left()
						return statements == n
					})
					if err := stand.Wake(); err != nil {
						t.Error(err)
					}
				}
				status := exitStatus(t, cmd.Wait())
				switch {
				case c.answers:
					if status != 0 {
						t.Fatalf("exit status %d\n%s", status, &stderr)
					}
				case strings.Contains(stderr.String(), "skipped") && timeout < eventual: // on a busy machine there was no time to start all of them
					return peak(n, 2*timeout)
				case status != 1 || !strings.Contains(stderr.String(), fmt.Sprintf("no answer: 0 of %d source", n)) || strings.Contains(stderr.String(), "skipped"):
					t.Fatalf("exit status %d\n%s", status, &stderr)
				}
				return peakBy(t, g, cmd)
			}
			alone := c.timeout
			if !c.answers {
				alone = 2 * time.Second // a single source starts at once
			}
			each := (peak(1001, c.timeout) - peak(1, alone)) / 1000
			t.Logf("%d KiB each", each)
			if each > c.most {
				t.Errorf("a source that waits takes %d KiB, want at most %d", each, c.most)
			}
		})
	}
}

// standIn returns a server that replaces many servers, until the test ends.
func standIn(t *testing.T) *testkit.StandIn {
	t.Helper()
	return testkit.StandInFor(t, testkit.Stand)
}
