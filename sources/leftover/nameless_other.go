//go:build !linux

package leftover

import (
	"errors"
	"io/fs"
	"os"
)

// Nameless returns false: such files are not supported here.
func Nameless(string) (*os.File, bool) { return nil, false }

// Linkable is false: there are no such files here.
func Linkable(string, fs.FileMode) (*os.File, bool) { return nil, false }

// Link fails: there are no such files here.
func Link(*os.File, string) error { return errors.ErrUnsupported }
