// The command of the pager: the user's, or less.

package pager

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/fanql/fanql/cmd/internal/output"
)

// usual is the pager if no variable names one. It cuts lines at the edge of the screen,
// shows colours, ends by itself if the text fits the screen, and leaves its last page
// there.
const usual = "less -SRFX"

// wrapping is used instead of usual for a text with few lines that are longer than the
// screen is wide. It wraps lines at the edge of the screen.
const wrapping = "less -RFX"

// A Command is a pager.
type Command struct {
	Line string // the command line for a shell; empty is no pager
	From string // the variable that names the pager; empty if none does
}

// Find returns the pager that FANQL_PAGER or else PAGER names, or less if neither is set.
// The command is empty if the variable is empty or cat, or if the terminal is dumb. Lookup
// is [os.LookupEnv].
func Find(lookup func(string) (string, bool)) Command {
	if kind, _ := lookup("TERM"); kind == "dumb" {
		return Command{}
	}
	for _, name := range []string{"FANQL_PAGER", "PAGER"} {
		if line, ok := lookup(name); ok {
			if line = strings.TrimSpace(line); line == "cat" {
				line = ""
			}
			return Command{line, name}
		}
	}
	if _, err := exec.LookPath("less"); err != nil {
		return Command{}
	}
	return Command{Line: usual}
}

// command returns the command that shows a text. Text is its beginning, and height the
// number of lines of the screen. If less supports it, the header stays on the screen.
func (c Command) command(text []byte, height, header int, environ []string) *exec.Cmd {
	line := c.Line
	if c.From == "" && bytes.Count(text, []byte("\n")) < height {
		line, header = wrapping, 0
	}
	var cmd *exec.Cmd
	// It ends when the user quits it, so it gets no context that could end it.
	if strings.ContainsAny(line, "|&;<>()$`\\\"'*?[#~=%\n") {
		cmd = exec.CommandContext(context.Background(), "sh", "-c", line)
	} else {
		words := strings.Fields(line)
		cmd = exec.CommandContext(context.Background(), words[0], words[1:]...)
	}
	if cmd.Env = environ; environ == nil {
		cmd.Env = os.Environ()
	}
	if program, _, _ := strings.Cut(line, " "); filepath.Base(program) == "less" {
		cmd.Env = append(cmd.Env, "LESS="+c.lessOptions(program, header))
	}
	return cmd
}

// lessOptions returns the variable LESS: the user's options, or those that suit a table,
// and the header.
func (c Command) lessOptions(program string, header int) string {
	options, set := os.LookupEnv("LESS")
	if !set && c.From != "" {
		options = strings.TrimPrefix(usual, "less ")
	}
	if header > 0 && lessVersion(program) >= freezes {
		options = strings.TrimSpace(fmt.Sprintf("--header=%d %s", header, options)) // the header is first, because a prompt option of the user's may be unterminated
	}
	return options
}

// freezes is the first version of less that has --header.
const freezes = 600

var lessLine = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^less ([0-9]+)`) })

// lessVersion returns the version of a less, or 0.
func lessVersion(program string) int {
	text, err := exec.CommandContext(context.Background(), program, "--version").Output() // this takes a millisecond
	found := lessLine().FindSubmatch(text)
	if err != nil || found == nil {
		return 0
	}
	version, _ := strconv.Atoi(string(found[1])) // the match has only digits; a number that is too large counts as 0
	return version
}

// absent reports whether a shell did not find the program, or could not run it.
func absent(s *os.ProcessState) bool { return s != nil && (s.ExitCode() == 126 || s.ExitCode() == 127) }

// interrupted reports whether SIGINT ended a process, or a program that it ran as a shell.
func interrupted(s *os.ProcessState) bool {
	if s == nil {
		return false
	}
	w, ok := s.Sys().(syscall.WaitStatus)
	return ok && w.Signaled() && w.Signal() == syscall.SIGINT || s.ExitCode() == 128+int(syscall.SIGINT)
}

// cause returns why a program could not be started, without its name.
func cause(err error) error {
	if e, ok := errors.AsType[*exec.Error](err); ok {
		return fmt.Errorf("%s: %w", output.Sanitize(e.Name), e.Err)
	}
	return err
}

// Show shows a text. It is not an error if the user quits the pager early.
func Show(stdout, stderr io.Writer, text string, o Options) error {
	p := New(stdout, stderr, o)
	defer p.Close()
	_, err := io.WriteString(stdout, text)
	if p.Left() {
		return nil
	}
	return err
}
