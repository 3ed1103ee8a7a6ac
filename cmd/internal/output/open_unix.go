//go:build unix

// Opens files without waiting, and without following a link.

package output

import (
	"errors"
	"os"
	"syscall"
)

func openNow(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0)
}

// noReader reports whether a FIFO could not be opened because nobody reads it.
func noReader(err error) bool { return errors.Is(err, syscall.ENXIO) }
