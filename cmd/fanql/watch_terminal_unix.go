//go:build unix

// Signals of a terminal to a watch: its size has changed, or the user suspends the process.

package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/fanql/fanql/cmd/internal/watching"
)

// followTerminal redraws the display when the size of the terminal has changed, and
// restores the terminal while Ctrl-Z has stopped the process. It ends with ctx, or when the
// returned function is called.
func followTerminal(ctx context.Context, d *watching.Display) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGWINCH, syscall.SIGTSTP, syscall.SIGCONT)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-ctx.Done():
				return
			case s := <-signals:
				if s == syscall.SIGTSTP {
					d.Pause()
					_ = syscall.Kill(syscall.Getpid(), syscall.SIGSTOP)
					continued(ctx, signals)
					_ = d.Resume() // a closed terminal ends the watch elsewhere
					continue
				}
				_ = d.Redraw() // likewise
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		cancel()
		<-ended
	}
}

// continued waits until the process continues after a SIGSTOP. The signal stops the threads a
// moment after it was sent. Without the wait, the process would switch the screen back before
// it is stopped.
func continued(ctx context.Context, signals <-chan os.Signal) {
	for {
		select {
		case <-ctx.Done():
			return
		case s := <-signals:
			if s == syscall.SIGCONT {
				return
			}
		}
	}
}
