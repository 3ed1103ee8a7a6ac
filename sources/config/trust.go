// Whose word a config counts for that nobody has named: it may run commands and send
// secrets away, and so it has to be ours, as git, ssh and ansible hold it.

package config

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/fanql/fanql/sources/trust"
)

// trusted says why the config at the path is not to be read unless it is named: it
// has to be a regular file of ours or of root's in a folder of ours or of root's, and
// others must not be able to write to either.
func trusted(path string) error {
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil {
		return unwrapped(err)
	}
	const danger = "could run commands as you"
	// The folders first: where they are safe, nothing changes after the look.
	for _, folder := range []string{filepath.Dir(path), filepath.Dir(resolved)} {
		if err := trust.Owned(folder, "its folder", danger); err != nil {
			return err
		}
	}
	info, err := os.Stat(resolved)
	if err != nil {
		return unwrapped(err)
	}
	if !info.Mode().IsRegular() {
		return errors.New("it is not a regular file")
	}
	return trust.Owned(resolved, "it", danger)
}
