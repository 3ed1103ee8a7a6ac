// on_failure: a program that is told when not all is well.

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/fanql/fanql/cmd/internal/checkformat"
	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/config"
)

// defaultOnFailure is how long the program may take where the config does not say.
const defaultOnFailure = 30 * time.Second

// onFailure runs the program with the report on its stdin. What it says is said on
// stderr, and that it failed as well: the verdict stays what it is.
func (a *app) onFailure(ctx context.Context, c *config.Config, r *checks.Report) {
	o := c.OnFailure
	if o == nil {
		return
	}
	limit := defaultOnFailure
	if o.Timeout != nil {
		limit = *o.Timeout
	}
	if limit > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeoutCause(ctx, limit, &query.TimeoutError{After: limit})
		defer stop()
	}
	var text bytes.Buffer
	json, _ := checkformat.Formats.ByName("json")
	err := json.Write(&text, r, checkformat.Options{})
	if err == nil {
		cmd := exec.CommandContext(ctx, o.Command[0], o.Command[1:]...)
		said := rawStream(a.stderr)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = &text, said, said
		cmd.Env = config.Environment(os.Environ(), c.Withheld())
		cmd.WaitDelay = 100 * time.Millisecond // a child that it leaves is not waited for
		config.KillGroup(cmd)
		err = cmd.Run()
		if cause := context.Cause(ctx); cause != nil && err != nil {
			err = cause
		}
	}
	if err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		fmt.Fprintf(a.stderr, "fanql: on_failure: %s: %s\n", output.Sanitize(o.Command[0]), output.Sanitize(err.Error()))
	}
}

// canFail finds a program of on_failure that is not there.
func canFail(c *config.Config) error {
	o := c.OnFailure
	if o == nil {
		return nil
	}
	if _, err := exec.LookPath(o.Command[0]); err != nil {
		cause := err
		if e, ok := errors.AsType[*exec.Error](err); ok {
			cause = e.Err
		}
		return &config.Error{Path: c.Path, Pos: o.Pos, Text: fmt.Sprintf("on_failure: %q: %v", o.Command[0], cause)}
	}
	return nil
}
