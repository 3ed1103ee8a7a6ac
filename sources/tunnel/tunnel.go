// Package tunnel runs programs that lead to a server through a local port, such as
// ssh -L.
package tunnel

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
)

// Port stands for the local port in a command and in a URL.
const Port = "{port}"

// A Tunnel is a program that listens on a local port as long as it runs. It starts when it
// is first needed, and ends when Close is called, or with this process. It is not started a
// second time. Its methods are safe for concurrent use.
type Tunnel struct {
	// Name is its name in the config.
	Name string
	// Command is the program with its arguments, in which [Port] stands for the port.
	Command []string
	// Dir is the working directory of the program, and Env is its environment.
	Dir string
	Env []string

	mu     sync.Mutex
	port   int
	cmd    *exec.Cmd
	ended  chan struct{} // closed when the program has ended; nil until it is started
	err    error         // why it ended, or did not start
	stderr tail
	ready  bool
}

// LocalPort returns the port, which is chosen in the first call.
func (t *Tunnel) LocalPort() (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.port > 0 {
		return t.port, nil
	}
	free, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("tunnel %s: no free port: %w", t.Name, err)
	}
	t.port = free.Addr().(*net.TCPAddr).Port
	return t.port, free.Close()
}

// look is the interval between two checks of a starting tunnel.
const look = 20 * time.Millisecond

// Up starts the program if it has not been started, and waits until the port accepts
// connections. The end of ctx ends the wait but not the program, which others may need.
// The error contains the last line that the program wrote to its stderr.
func (t *Tunnel) Up(ctx context.Context) error {
	port, err := t.LocalPort()
	if err != nil {
		return err
	}
	if err := t.start(port); err != nil {
		return err
	}
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for !t.answers(ctx, port) {
		select {
		case <-t.ended:
			return t.Err()
		case <-ctx.Done():
			return fmt.Errorf("tunnel %s: its port takes no connections yet: its program may need longer (connect_timeout), or ready: port is wrong", t.Name)
		case <-ticker.C:
		}
	}
	select {
	case <-t.ended:
		return t.Err()
	default:
		return nil
	}
}

// start starts the program once.
func (t *Tunnel) start(port int) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended != nil {
		return nil
	}
	args := make([]string, len(t.Command))
	for i, arg := range t.Command {
		args[i] = strings.ReplaceAll(arg, Port, strconv.Itoa(port))
	}
	t.ended = make(chan struct{})
	t.cmd = exec.Command(args[0], args[1:]...) //nolint:noctx // it outlives the caller that needs it first; Close ends it
	t.cmd.Dir, t.cmd.Env, t.cmd.Stderr = t.Dir, t.Env, &t.stderr
	t.cmd.WaitDelay = 100 * time.Millisecond // for a child that holds its stderr open
	ownGroup(t.cmd)
	started := make(chan error)
	go t.run(t.cmd, started)
	err := <-started
	if err != nil {
		t.err = fmt.Errorf("tunnel %s: %w", t.Name, err)
		close(t.ended)
	}
	return t.err
}

// run starts the program and waits for its end. It keeps its thread, because the system
// ends the program together with the thread.
func (t *Tunnel) run(cmd *exec.Cmd, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := cmd.Start()
	started <- err
	if err != nil {
		return
	}
	err = cmd.Wait()
	t.mu.Lock()
	defer t.mu.Unlock()
	switch said := t.stderr.line(); {
	case err == nil || errors.Is(err, exec.ErrWaitDelay):
		t.err = fmt.Errorf("tunnel %s: the program ended", t.Name)
	default:
		t.err = fmt.Errorf("tunnel %s: %w", t.Name, err)
		if said != "" {
			t.err = fmt.Errorf("%w: %s", t.err, said)
		}
	}
	close(t.ended)
}

// answers reports whether the port accepts connections, or has once done so.
func (t *Tunnel) answers(ctx context.Context, port int) bool {
	t.mu.Lock()
	ready := t.ready
	t.mu.Unlock()
	if ready {
		return true
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return false
	}
	_ = conn.Close() // nothing was sent
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ready = true
	return true
}

// Err returns why the program has ended, or nil if it still runs or was not started.
func (t *Tunnel) Err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

// Broken waits briefly for the program's end, after a connection through it has failed,
// and returns its reason; nil if it still runs.
func (t *Tunnel) Broken() error {
	t.mu.Lock()
	ended := t.ended
	t.mu.Unlock()
	if ended == nil {
		return nil
	}
	select {
	case <-ended:
	case <-time.After(100 * time.Millisecond):
	}
	return t.Err()
}

// Close ends the program with all its children, and returns when it has ended.
func (t *Tunnel) Close() {
	t.mu.Lock()
	cmd, ended := t.cmd, t.ended
	t.mu.Unlock()
	if ended == nil {
		return
	}
	select {
	case <-ended:
	default:
		killGroup(cmd)
		<-ended
	}
}

// A tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

const tailSize = 4096

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p...)
	if n := len(t.kept) - tailSize; n > 0 {
		t.kept = t.kept[n:]
	}
	return len(p), nil
}

// line returns the last line that is not blank.
func (t *tail) line() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := bytes.Split(bytes.TrimSpace(t.kept), []byte("\n"))
	text := strings.ToValidUTF8(string(lines[len(lines)-1]), "?")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text))
}
