//go:build unix

// What a terminal tells a watch: that its size has changed, and that the user suspends it.

package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/fanql/fanql/cmd/internal/watching"
)

// followTerminal redraws the display when the size of the terminal has changed, and gives
// the terminal back while the process is stopped by Ctrl-Z. It ends with ctx, or when the
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
					_ = d.Resume() // a terminal that is gone ends the watch elsewhere
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

// continued waits until the process goes on after a SIGSTOP. The signal stops its threads a
// moment after it was sent: who does not wait takes the terminal back before the shell has it.
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
