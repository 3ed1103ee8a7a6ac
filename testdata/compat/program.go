// The built fanql, run as a user would run it.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// An outcome is the result of a run of fanql.
type outcome struct {
	status         int // -1 if it was killed
	stdout, stderr string
	took           time.Duration
}

// A started is a running fanql.
type started struct {
	cmd      *exec.Cmd
	out, err bytes.Buffer
	begun    time.Time
}

// start runs fanql with its own home folder.
func (b *bench) start(ctx context.Context, args ...string) (*started, error) {
	s := &started{cmd: exec.CommandContext(ctx, b.bin, args...), begun: time.Now()}
	s.cmd.Dir = b.dir
	s.cmd.Env = environment(b.dir)
	s.cmd.Stdout, s.cmd.Stderr = &s.out, &s.err
	s.cmd.WaitDelay = time.Second
	return s, s.cmd.Start()
}

// environment returns the environment of this process, without variables that configure fanql or a
// client.
func environment(home string) []string {
	env := slices.DeleteFunc(os.Environ(), func(pair string) bool {
		return strings.HasPrefix(pair, "PG") || strings.HasPrefix(pair, "FANQL_") || strings.HasPrefix(pair, "MYSQL_")
	})
	return append(env, "HOME="+home, "XDG_CONFIG_HOME="+filepath.Join(home, ".config"))
}

// wait returns the outcome. An exit status is not an error.
func (s *started) wait() outcome {
	_ = s.cmd.Wait() // s.cmd.ProcessState has the result
	return outcome{s.cmd.ProcessState.ExitCode(), s.out.String(), s.err.String(), time.Since(s.begun)}
}

// fanql runs fanql to its end.
func (b *bench) fanql(ctx context.Context, args ...string) (outcome, error) {
	s, err := b.start(ctx, args...)
	if err != nil {
		return outcome{}, err
	}
	return s.wait(), nil
}

// want returns an error unless the run ended with the status.
func (r outcome) want(status int) error {
	if r.status == status {
		return nil
	}
	return fmt.Errorf("exit status %d, want %d: %s", r.status, status, strings.TrimSpace(r.stderr))
}

// A report holds the relevant parts of fanql's --report.
type report struct {
	Counts  map[string]int
	Sources []struct {
		Error  *struct{ Code, Text string }
		Cancel *string `json:"server_cancel"`
	}
}

func readReport(path string) (r report, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(text, &r)
}

// interrupt sends SIGINT to it.
func (s *started) interrupt() error { return s.cmd.Process.Signal(syscall.SIGINT) }
