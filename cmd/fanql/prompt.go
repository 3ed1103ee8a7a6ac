// Prompts on the terminal.

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"reflect"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/fanql/fanql/cmd/internal/output"
)

// A prompter writes prompts to stderr and reads answers from a terminal. It implements
// [starter.Terminal].
type prompter struct {
	in    *os.File
	lines *bufio.Reader
	out   io.Writer
}

// prompter returns one if stdin and stderr are terminals.
func (a *app) prompter() (*prompter, error) {
	in, ok := a.stdin.(*os.File)
	_, out := output.Terminal(a.stderr)
	if !ok || !out || !term.IsTerminal(int(in.Fd())) {
		return nil, errors.New("no databases: give URLs or files, as in fanql init postgres://reader@eu.db/shop, or run it on a terminal, which asks for them")
	}
	return &prompter{in: in, lines: bufio.NewReader(in), out: a.stderr}, nil
}

// Say shows a line.
func (p *prompter) Say(line string) { p.show(line, "\n") }

// Line asks for a line.
func (p *prompter) Line(prompt string) (string, error) {
	p.show(prompt, "")
	return p.await(func() (string, error) {
		line, err := p.lines.ReadString('\n')
		if errors.Is(err, io.EOF) && line != "" {
			err = nil
		}
		return strings.TrimRight(line, "\r\n"), err
	}, nil)
}

// Secret asks for a line that is not shown. It prints the prompt after it has switched off
// the terminal's echo.
func (p *prompter) Secret(prompt string) (string, error) {
	fd := int(p.in.Fd())
	was, err := term.GetState(fd)
	if err != nil {
		return "", err
	}
	text, err := p.await(func() (string, error) {
		secret, err := term.ReadPassword(fd)
		return string(secret), err
	}, func() bool {
		now, err := term.GetState(fd)
		if err == nil && reflect.DeepEqual(now, was) {
			return false
		}
		p.show(prompt, "")
		return true
	})
	if err == nil {
		p.show("", "\n") // the Enter was not shown either
	}
	return text, errors.Join(err, term.Restore(fd, was))
}

// show prints a text and its end without delay.
func (p *prompter) show(text, end string) {
	_, _ = io.WriteString(p.out, output.Sanitize(text)+end) // as below
	if s, ok := p.out.(*output.Screen); ok {
		_ = s.Flush() // a closed terminal is noticed when it is read
	}
}

// await waits for an answer or for a signal. After a signal the terminal is no longer read,
// because the process ends. Ready, if not nil, is called until it returns true.
func (p *prompter) await(read func() (string, error), ready func() bool) (string, error) {
	signals := caught()
	defer signal.Stop(signals)
	type answer struct {
		text string
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		text, err := read()
		answers <- answer{text, err}
	}()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case a := <-answers:
			return a.text, a.err
		case <-tick.C:
			if ready == nil || ready() {
				tick.Stop()
			}
		case s := <-signals:
			i := &interrupted{s}
			p.show("", "\n")
			return "", &statusError{i.ExitStatus(), fmt.Errorf("%w: nothing was written", i)}
		}
	}
}
