package leftover

import (
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// Nameless opens a new file of mode 0600 in the folder, by default [os.TempDir], that
// never has a name: it disappears when the process ends. It returns false if the file
// system does not support such files. The caller then creates a file and unlinks it; a
// process that is killed in between leaves an empty file.
func Nameless(folder string) (*os.File, bool) {
	if folder == "" {
		folder = os.TempDir()
	}
	f, err := os.OpenFile(folder, unix.O_TMPFILE|unix.O_EXCL|os.O_RDWR, 0o600)
	return f, err == nil
}

// Linkable is Nameless for a file that gets a name later, by [Link]. Its mode is the given
// one without the bits of the umask. It returns false if the system could not name the file
// later.
func Linkable(folder string, mode fs.FileMode) (*os.File, bool) {
	f, err := os.OpenFile(folder, unix.O_TMPFILE|os.O_RDWR, mode)
	if err != nil {
		return nil, false
	}
	if _, err := os.Lstat(opened(f)); err != nil { // without /proc
		_ = f.Close() // the file vanishes
		return nil, false
	}
	return f, true
}

// opened returns the path of an open file.
func opened(f *os.File) string { return fmt.Sprintf("/proc/self/fd/%d", f.Fd()) }

// Link gives a file of [Linkable] a name. It is an error if the name exists.
func Link(f *os.File, path string) error {
	return unix.Linkat(unix.AT_FDCWD, opened(f), unix.AT_FDCWD, path, unix.AT_SYMLINK_FOLLOW)
}
