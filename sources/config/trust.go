// Decides whether a config that the user has not named is trusted. A config may run
// commands and send secrets away, so it must belong to the user. git, ssh and ansible have
// the same rule.

package config

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/fanql/fanql/sources/trust"
)

// trusted returns the reason why the config at the path must not be read unless it is
// named. It must be a regular file in a folder, both must belong to the user or to
// root, and others must not be able to write to either.
func trusted(path string) error {
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil {
		return unwrapped(err)
	}
	const danger = "could run commands as you"
	// The folders come first: if they are safe, nothing can change after the check.
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
