package leftover

import (
	"os"

	"golang.org/x/sys/unix"
)

// Nameless opens a new file of mode 0600 in the folder, empty for [os.TempDir], that
// never has a name: nothing is left of it whenever the process ends. It is false where
// the file system has no such files; then a file is made and unlinked, and a process
// that is killed in between leaves it, empty.
func Nameless(folder string) (*os.File, bool) {
	if folder == "" {
		folder = os.TempDir()
	}
	f, err := os.OpenFile(folder, unix.O_TMPFILE|unix.O_EXCL|os.O_RDWR, 0o600)
	return f, err == nil
}
