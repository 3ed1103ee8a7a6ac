// password_command: a password from a program, such as a password manager.

package config

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
	"unicode"
)

// runPasswordCommand gives the first line that the shell command prints. When
// ctx ends, the command is killed with all that it started. An error holds the
// first line of its stderr, and never what it printed.
func runPasswordCommand(ctx context.Context, command, dir string) (string, error) {
	var stdout, stderr head
	cmd := exec.CommandContext(ctx, "sh", "-c", command)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &stdout, &stderr
	// A child that outlives the command may hold its pipes open; it is not
	// waited for. Such a child may be an agent that is meant to live on.
	cmd.WaitDelay = 100 * time.Millisecond
	KillGroup(cmd)
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("password_command: %w", context.Cause(ctx))
	case err != nil && !errors.Is(err, exec.ErrWaitDelay):
		if said := stderr.line(); said != "" {
			return "", fmt.Errorf("password_command: %w: %s", err, strings.ToValidUTF8(strings.Map(printable, said), "?"))
		}
		return "", fmt.Errorf("password_command: %w", err)
	case stdout.line() == "":
		return "", errors.New("password_command: it printed no password")
	}
	return stdout.line(), nil
}

// A head keeps the first bytes of what is written to it and takes the rest.
type head struct{ kept bytes.Buffer }

func (h *head) Write(p []byte) (int, error) {
	if room := 4096 - h.kept.Len(); room > 0 {
		h.kept.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

func (h *head) line() string {
	line, _, _ := strings.Cut(h.kept.String(), "\n")
	return strings.TrimSuffix(line, "\r")
}

func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return ' '
}
