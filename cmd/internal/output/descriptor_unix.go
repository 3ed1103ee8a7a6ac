//go:build unix

// Access to an open file by its number.

package output

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// duplicate returns a second handle of the open file with that number. Both share the
// offset of the next write. The caller closes it.
func duplicate(number int) (*os.File, error) {
	fd, err := unix.FcntlInt(uintptr(number), syscall.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "an open file"), nil
}
