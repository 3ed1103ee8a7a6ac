// Package leftover removes temporary files and folders that an earlier run could not
// remove, because SIGKILL, SIGQUIT or a lack of memory ended it. A program sweeps
// before it creates such a file, and holds the file while it uses it:
//
//	leftover.Sweep(folder, func(name string) bool { return ... })
//	path, err := os.MkdirTemp(folder, "fanql-*.reduce")
//	release := leftover.Hold(path)
//
// Sweep removes only what has a matching name, belongs to the user, is older than
// [Age], and is not held. On systems without locks it removes nothing.
package leftover

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Age is how long a file must have been unchanged before it is removed.
const Age = time.Hour

// most is the number of names that are read from a folder: a sweep must not delay a
// run.
const most = 20_000

// Sweep removes leftovers with matching names from the folder, as far as it can: the
// rest stays for the next time.
func Sweep(folder string, match func(name string) bool) {
	f, err := os.Open(folder)
	if err != nil {
		return
	}
	names, _ := f.Readdirnames(most) // the names before an error
	if f.Close() != nil {
		return
	}
	for _, name := range names {
		if !match(name) {
			continue
		}
		path := filepath.Join(folder, name)
		info, err := os.Lstat(path)
		if err != nil || !(info.IsDir() || info.Mode().IsRegular()) || !own(info) || time.Since(info.ModTime()) < Age {
			continue
		}
		if held, err := lock(path); err == nil {
			_ = errors.Join(os.RemoveAll(path), held.Close()) // the rest stays for the next time
		}
	}
}

// Folder creates a folder in [os.TempDir] for temporary files, named fanql-NUMBER.SUFFIX,
// and sweeps those that earlier runs left. The caller removes it with the returned
// function.
func Folder(suffix string) (path string, remove func() error, err error) {
	Sweep(os.TempDir(), func(name string) bool { return IsFolder(name, suffix) })
	if path, err = os.MkdirTemp("", "fanql-*."+suffix); err != nil {
		return "", nil, err
	}
	release := Hold(path)
	return path, func() error {
		defer release()
		return os.RemoveAll(path)
	}, nil
}

// IsFolder reports whether a name is the name of a folder that [Folder] creates.
func IsFolder(name, suffix string) bool {
	middle, ok := strings.CutPrefix(name, "fanql-")
	middle, ours := strings.CutSuffix(middle, "."+suffix)
	_, err := strconv.ParseUint(middle, 10, 64)
	return ok && ours && err == nil
}

// Hold keeps a file or folder of ours from being swept until it is released, or the
// process ends.
func Hold(path string) (release func()) {
	f, err := lock(path)
	if err != nil {
		return func() {}
	}
	return func() { _ = f.Close() } // it was only locked
}
