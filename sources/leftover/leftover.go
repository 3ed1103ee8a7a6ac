// Package leftover removes temporary files and folders that an earlier run could not:
// one that ended by SIGKILL, SIGQUIT or for lack of memory. Who makes such a thing
// holds it while it is used, and sweeps before:
//
//	leftover.Sweep(folder, func(name string) bool { return ... })
//	path, err := os.MkdirTemp(folder, "fanql-*.reduce")
//	release := leftover.Hold(path)
//
// What is removed is of that name, ours, older than [Age], and held by nobody. Where
// the system has no locks, nothing is.
package leftover

import (
	"errors"
	"os"
	"path/filepath"
	"time"
)

// Age is how long nothing has been changed in what is removed.
const Age = time.Hour

// most is how many names of a folder are read: a sweep must not hold up a run.
const most = 20_000

// Sweep removes what is left in the folder under a name that matches, as far as it
// can: what cannot be removed is left for the next time.
func Sweep(folder string, match func(name string) bool) {
	f, err := os.Open(folder)
	if err != nil {
		return
	}
	names, _ := f.Readdirnames(most) // what was read until an error
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
			_ = errors.Join(os.RemoveAll(path), held.Close()) // as far as it can
		}
	}
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
