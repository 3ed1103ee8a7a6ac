// Thousands of servers at the same time: how a run ends, and that nothing is left afterwards.

package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fanql/fanql/testdata/testkit"
)

// serverCount returns the number of servers in these tests: 9,000 with `make test-faults`.
func serverCount(t *testing.T) int {
	t.Helper()
	n := 500
	if thorough {
		n = 9000
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	return min(n, int(limit.Max)/2)
}

// silentServers returns a stand-in for n servers, and the arguments of a query. No server answers
// the query for a long time.
func silentServers(t *testing.T, n int) (*testkit.StandIn, []string) {
	t.Helper()
	stand := standIn(t)
	args := []string{"query", "--csv", "select 1 as one from (select pg_sleep(60)) s"}
	for i, u := range stand.URLs(testkit.Healthy, n) {
		args = append(args, "-s", fmt.Sprintf("s%d=%s", i, u))
	}
	return stand, args
}

// nothingLeft fails if a connection is still open or a statement still runs.
func nothingLeft(t *testing.T, stand *testkit.StandIn) {
	t.Helper()
	testkit.Eventually(t, time.Second, "nothing is left on the servers", func() bool {
		connections, statements := stand.Left()
		return connections == 0 && statements == 0
	})
}

func TestTheDeadlineOfThousands(t *testing.T) {
	n := serverCount(t)
	stand, args := silentServers(t, n)
	cmd := exec.CommandContext(t.Context(), plainProgram(t), append(args, "--timeout", "1s")...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	began := time.Now()
	status := exitStatus(t, cmd.Run())
	took := time.Since(began)
	t.Logf("%d servers: %s", n, took)
	if status != 1 || !strings.Contains(stderr.String(), fmt.Sprintf("no answer: 0 of %d sources", n)) {
		t.Errorf("exit status %d\n%.2000s", status, &stderr)
	}
	if strings.Contains(stderr.String(), "not confirmed") || strings.Contains(stderr.String(), "may still run") {
		t.Errorf("not all statements were cancelled\n%.2000s", &stderr)
	}
	if took > 2500*time.Millisecond { // the deadline, the grace period, and a margin for a busy machine
		t.Errorf("it took %s", took)
	}
	nothingLeft(t, stand)
}

func TestAnInterruptOfThousands(t *testing.T) {
	n := serverCount(t)
	stand, args := silentServers(t, n)
	cmd := exec.CommandContext(t.Context(), plainProgram(t), append(args, "--timeout", "1m")...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, 20*time.Second, "all wait for their answers", func() bool {
		_, statements := stand.Left()
		return statements == n
	})
	began := time.Now()
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	status := exitStatus(t, cmd.Wait())
	took := time.Since(began)
	t.Logf("%d servers: %s", n, took)
	if status != 130 || !strings.Contains(stderr.String(), "interrupted") {
		t.Errorf("exit status %d\n%.2000s", status, &stderr)
	}
	if took > time.Second {
		t.Errorf("it took %s", took)
	}
	nothingLeft(t, stand)
}
