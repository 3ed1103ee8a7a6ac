// Package notify reports to other programs and people how a run of checks ended.
//
// [Program] runs the program of on_failure. For notify, [Deciding] makes messages about the
// changes of a run, which are written with the run itself, and [Delivery.Send] sends the
// undelivered messages. A message is sent at least once: a repeated one has the same ID, as
// its Idempotency-Key or Message-ID. No error of this package contains a password or a
// secret part of an address.
package notify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/config"
)

// DefaultTimeout is how long a program may take if the config does not set it.
const DefaultTimeout = 30 * time.Second

// Program runs the program of the config's on_failure with the report on its stdin. Its
// output goes to said, which is a file, or a writer that only one goroutine at a time
// writes to. The program is killed with its children after its timeout, or when ctx is
// done, and the error has the reason. It does not get the variables in which the config
// keeps secrets.
func Program(ctx context.Context, c *config.Config, report io.Reader, said io.Writer) error {
	limit := DefaultTimeout
	if c.OnFailure.Timeout != nil {
		limit = *c.OnFailure.Timeout
	}
	if limit > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeoutCause(ctx, limit, &query.TimeoutError{After: limit})
		defer stop()
	}
	return execute(ctx, c.OnFailure.Command, environment(c), report, said)
}

// execute runs a program with the text on its stdin. It is killed with its children when
// ctx is done, and the error has the reason.
func execute(ctx context.Context, command, env []string, text io.Reader, said io.Writer) error {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = text, said, said
	cmd.Env = env
	cmd.WaitDelay = 100 * time.Millisecond // Wait does not wait for the program's children
	config.KillGroup(cmd)
	err := cmd.Run()
	if cause := context.Cause(ctx); cause != nil && err != nil {
		return cause
	}
	if errors.Is(err, exec.ErrWaitDelay) {
		return nil
	}
	return err
}

// CheckProgram checks that the program of on_failure exists, if the config has one. The
// error is a [config.Error].
func CheckProgram(c *config.Config) error {
	o := c.OnFailure
	if o == nil {
		return nil
	}
	if _, err := exec.LookPath(o.Command[0]); err != nil {
		cause := err
		if e, ok := errors.AsType[*exec.Error](err); ok {
			cause = e.Err
		}
		return &config.Error{Pos: o.Pos, Text: fmt.Sprintf("on_failure: %q: %v", o.Command[0], cause)}
	}
	return nil
}
