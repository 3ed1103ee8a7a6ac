// Package pager shows output that is longer than the screen with the user's pager.
//
// A [Pager] is between the program and its terminal. Text that fits the screen is printed
// at once. As soon as there is more, the pager is started and gets all text from the first
// line on. Text for stderr is then printed after the pager has ended.
//
//	p := pager.New(stdout, stderr, pager.Options{Command: pager.Find(os.LookupEnv)})
//	fmt.Fprintln(stdout, …)
//	p.Close() // waits until the user has quit the pager
//
// All methods of a nil Pager do nothing.
package pager

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"

	"github.com/fanql/fanql/cmd/internal/output"
)

// Options say how a text is shown.
type Options struct {
	// Command is the user's pager; see [Find].
	Command Command
	// Header is the number of lines at the beginning that stay on the screen if the pager
	// can keep them there.
	Header int
	// Environ is the environment of the pager; nil is that of the process.
	Environ []string
	// Left, if not nil, is called on a goroutine of its own if the pager ends before
	// [Pager.Close] is called, because nobody reads the rest. Interrupted reports whether a
	// SIGINT ended it.
	Left func(interrupted bool)
}

type state uint8

const (
	direct  state = iota // the text fits the screen, and is printed
	running              // the pager has the terminal
	left                 // the user has quit the pager
	plain                // the pager could not be run: all text is printed
)

// A Pager receives the text of one result. It is safe for concurrent use.
type Pager struct {
	out     *output.Screen
	err     *output.Screen // nil if stderr is no terminal
	stderr  io.Writer
	options Options

	mu            sync.Mutex
	state         state
	width, height int    // the size of the screen when the first text was printed
	text          []byte // the whole text, while it fits the screen
	printed       int    // how many bytes of text are on the screen
	mixed         bool   // lines of stderr are between them on the screen
	spool         *spool
	held          bytes.Buffer // text for stderr from while the pager runs
	process       *os.Process
	closed        bool
	ended         chan struct{} // closed when the pager has ended
}

// New returns a Pager for all output to stdout until Close. It returns nil if stdout is not
// a terminal, or if the command is empty: then nothing changes. Stderr may be any writer.
func New(stdout, stderr io.Writer, o Options) *Pager {
	out, ok := stdout.(*output.Screen)
	if !ok || o.Command.Line == "" {
		return nil
	}
	p := &Pager{out: out, stderr: stderr, options: o, ended: make(chan struct{})}
	p.err, _ = stderr.(*output.Screen)
	out.Divert(fromStdout{p})
	if p.err != nil {
		p.err.Divert(fromStderr{p})
	}
	return p
}

// Running reports whether the pager uses the terminal. Nothing else may write to it then.
func (p *Pager) Running() bool {
	if p == nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state == running
}

// Left reports whether the user has quit the pager before [Pager.Close].
func (p *Pager) Left() bool {
	if p == nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state == left
}

// Terminate ends a running pager with a signal. It is for a process that must not wait for
// the user.
func (p *Pager) Terminate() {
	if p.Running() {
		_ = p.process.Signal(syscall.SIGTERM) // it may have ended by itself
	}
}

// Close waits until the user has quit the pager, if it was needed. Afterwards the program
// can use the terminal again.
func (p *Pager) Close() {
	if p == nil {
		return
	}
	p.mu.Lock()
	p.closed = true
	started := p.spool != nil
	if started {
		p.spool.end()
	}
	p.mu.Unlock()
	if started {
		<-p.ended
		p.spool.discard()
	}
	p.out.Divert(nil)
	if p.err != nil {
		p.err.Divert(nil)
	}
}

// fromStdout receives the text for the pager.
type fromStdout struct{ p *Pager }

// Write returns EPIPE if the user has quit the pager.
func (w fromStdout) Write(text []byte) (int, error) {
	rest, err := w.p.take(text)
	if len(rest) > 0 && err == nil {
		err = w.p.pass(rest)
	}
	if err != nil {
		return 0, err
	}
	return len(text), nil
}

// take prints a text that fits the screen, and returns the text for the pager.
func (p *Pager) take(text []byte) (rest []byte, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state != direct {
		return text, nil
	}
	p.text = append(p.text, text...)
	if p.height == 0 {
		p.width, p.height = output.Size(p.out)
	}
	if _, fits := rows(p.text, p.width, p.height-1); fits || p.height < 2 { // one line is left for the shell's prompt
		n, err := p.out.File().Write(text)
		p.printed += n
		return nil, err
	}
	err = p.start()
	rest, p.text = p.text, nil
	if err != nil {
		p.state = plain
		return rest[p.printed:], p.missing(err)
	}
	return rest, nil
}

// pass gives a text to the pager, or prints it if there is no pager. It does not hold the
// lock while it may wait.
func (p *Pager) pass(text []byte) error {
	if p.spool != nil {
		if _, err := p.spool.Write(text); err == nil {
			return nil
		}
		<-p.ended // afterwards it is known whether the user quit the pager, or it could not be run
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state == left {
		return syscall.EPIPE
	}
	_, err := p.out.File().Write(text)
	return err
}

// fromStderr receives the text for stderr.
type fromStderr struct{ p *Pager }

func (w fromStderr) Write(text []byte) (int, error) {
	p := w.p
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state == running {
		return p.held.Write(text)
	}
	p.mixed = p.mixed || bytes.ContainsRune(text, '\n')
	return p.err.File().Write(text)
}

// start starts the pager, which gets the whole text. It removes the text from the screen,
// because the pager shows it on its first page.
func (p *Pager) start() error {
	cmd := p.options.Command.command(p.text, p.height, p.options.Header, p.options.Environ)
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	terminal := p.out.File()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = read, terminal, terminal
	if shown := p.erase(); cmd.Err == nil && len(shown) > 0 {
		_, _ = terminal.Write(shown) // if this fails, some lines are shown twice
		p.printed = 0
	}
	if err := cmd.Start(); err != nil {
		return errors.Join(err, read.Close(), write.Close())
	}
	p.state, p.process, p.spool = running, cmd.Process, newSpool()
	go p.spool.feed(write)
	go p.wait(cmd, read)
	return nil
}

// erase returns the escape sequence that removes the printed text. It is empty if other
// text may be at the bottom of the screen.
func (p *Pager) erase() []byte {
	width, height := output.Size(p.out)
	if p.printed == 0 || p.mixed || width != p.width || height != p.height || p.text[p.printed-1] != '\n' {
		return nil
	}
	n, _ := rows(p.text[:p.printed], width, height)
	return fmt.Appendf(nil, "\x1b[%dA\r\x1b[J", n)
}

// missing reports on stderr that the pager cannot be run, if the user has named it.
func (p *Pager) missing(reason error) error {
	c := p.options.Command
	if c.From == "" {
		return nil
	}
	to := p.stderr
	if p.err != nil {
		to = p.err.File()
	}
	_, err := fmt.Fprintf(to, "fanql: warning: %s: the pager cannot be run: %v\n", c.From, cause(reason))
	return err
}

// wait waits for the end of the pager, and then lets the program use the terminal again.
func (p *Pager) wait(cmd *exec.Cmd, read *os.File) {
	defer close(p.ended)
	_ = cmd.Wait()   // the pager itself has reported its failure
	_ = read.Close() // now the feeding goroutine gets EPIPE
	p.spool.leave()
	p.mu.Lock()
	defer p.mu.Unlock()
	if absent(cmd.ProcessState) {
		p.state = plain
		p.spool.print(p.out.File())
	} else if p.state = left; !p.closed && p.options.Left != nil {
		go p.options.Left(interrupted(cmd.ProcessState))
	}
	if p.err != nil {
		_, _ = p.err.File().Write(p.held.Bytes()) // a closed terminal is not a failure of the run
	}
	p.held.Reset()
}
