//go:build !unix

// Elsewhere than on Unix, the bits and owners of a file say nothing of who may change
// it.

package config

import (
	"errors"
	"os"
)

// trusted says why the config at the path is not to be read unless it is named.
func trusted(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return unwrapped(err)
	}
	if !info.Mode().IsRegular() {
		return errors.New("it is not a regular file")
	}
	return nil
}
