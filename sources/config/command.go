// password_command: a password from a program, such as a password manager.

package config

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
)

// runPasswordCommand returns the first line that the shell command prints. When ctx
// ends, it kills the command and all its children. An error contains the first line of
// its stderr, and never its stdout.
func runPasswordCommand(ctx context.Context, command, dir string, env []string) (string, error) {
	var stdout, stderr head
	cmd := exec.CommandContext(ctx, "sh", "-c", command)
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.Env = dir, &stdout, &stderr, env
	// A child that outlives the command may hold its pipes open. Wait does not wait for it:
	// it may be an agent that should keep running.
	cmd.WaitDelay = 100 * time.Millisecond
	KillGroup(cmd)
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("password_command: %w", context.Cause(ctx))
	case err != nil && !errors.Is(err, exec.ErrWaitDelay):
		if !isCommand(command, dir, err) {
			return "", fmt.Errorf("password_command: %w: its first word is no program (what the shell said is not shown): it takes a command that prints the password, such as `pass show db`, not the password", err)
		}
		if said := stderr.line(); said != "" && !ofShell().MatchString(said) {
			return "", fmt.Errorf("password_command: %w: %s", err, strings.ToValidUTF8(strings.Map(printable, said), "?"))
		}
		return "", fmt.Errorf("password_command: %w", err)
	case stdout.line() == "":
		return "", errors.New("password_command: it printed no password")
	}
	return stdout.line(), nil
}

// isCommand reports whether the shell found a program to run, judging by its exit status
// and by the first word. If it found none, the text may be the password itself, which the
// shell repeats in its error.
func isCommand(command, dir string, err error) bool {
	if e, ok := errors.AsType[*exec.ExitError](err); ok && (e.ExitCode() == 126 || e.ExitCode() == 127) {
		return false
	}
	for _, word := range strings.Fields(command) {
		if assignment().MatchString(word) {
			continue
		}
		word = strings.TrimLeft(word, `"'({!`)
		if i := strings.IndexAny(word, `"';|&<>()`); i >= 0 {
			word = word[:i]
		}
		if slices.Contains(builtins, word) || strings.HasPrefix(word, "$") && len(word) > 1 {
			return true
		}
		if strings.Contains(word, "/") {
			word = rooted(dir, word)
		}
		_, err := exec.LookPath(word)
		return word != "" && err == nil
	}
	return false
}

var (
	assignment = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`) })
	// ofShell matches messages of the shell itself, which repeat the command's text.
	ofShell = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(sh|bash|dash|/\S*sh): `) })
)

// builtins are the commands that a shell runs without a program.
var builtins = []string{".", "case", "cd", "command", "echo", "eval", "exec", "exit", "export", "for", "if", "printf", "read", "set", "test", "trap", "umask", "until", "unset", "while", "[", ":", "true", "false"}

// A head keeps the first bytes that are written to it and discards the rest.
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
