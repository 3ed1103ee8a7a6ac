// Package pager shows long texts a screen at a time, with the user's pager.
package pager

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os/exec"
	"strings"

	"github.com/fanql/fanql/cmd/internal/output"
)

// usual is the pager if no variable names one: it leaves its text on the screen, and
// ends by itself if the text fits there.
const usual = "less -FRX"

// Show writes a text. If out is a terminal it goes through the shell command in
// FANQL_PAGER, else PAGER, else through less; if that command is empty or cannot be
// run, the text is written as it is. It is not an error if the user quits the pager
// early. Getenv is [os.Getenv].
func Show(ctx context.Context, out io.Writer, text string, getenv func(string) string) error {
	command := cmp.Or(getenv("FANQL_PAGER"), getenv("PAGER"), usual)
	program, _, _ := strings.Cut(strings.TrimSpace(command), " ")
	_, terminal := output.Terminal(out)
	_, missing := exec.LookPath(program)
	if !terminal || getenv("TERM") == "dumb" || command == usual && missing != nil {
		_, err := io.WriteString(out, text)
		return err
	}
	cmd := exec.CommandContext(ctx, "sh", "-c", command)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(text), out, out
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == 127 { // sh did not find it
		_, err := io.WriteString(out, text)
		return err
	}
	if _, ok := errors.AsType[*exec.ExitError](err); ok {
		return nil // it has reported the reason
	}
	return err
}
