//go:build unix

// Notices that the reader of a pipe has closed it, before there is anything to write.

package process

import (
	"context"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

const readerPoll = 200 * time.Millisecond

// WatchReader calls gone, once, when stdout is a pipe or a socket whose reader has
// closed it; it ends with ctx. Without it, `fanql … | head` would wait for the slow
// sources although nobody reads their rows.
func WatchReader(ctx context.Context, stdout any, gone func()) {
	f, _ := stdout.(*os.File)
	if !Piped(stdout) {
		return
	}
	go func() {
		fds := []unix.PollFd{{Fd: int32(f.Fd())}}
		tick := time.NewTicker(readerPoll)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			fds[0].Revents = 0
			if n, err := unix.Poll(fds, 0); err == nil && n == 1 && fds[0].Revents&(unix.POLLERR|unix.POLLHUP) != 0 {
				gone()
				return
			}
		}
	}()
}
