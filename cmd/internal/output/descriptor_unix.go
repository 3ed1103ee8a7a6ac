//go:build unix

// A file that is open already, by its number.

package output

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// duplicate gives the open file of that number a second time: both share the
// place where the next write goes.
func duplicate(number int) (*os.File, error) {
	fd, err := unix.FcntlInt(uintptr(number), syscall.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "an open file"), nil
}
