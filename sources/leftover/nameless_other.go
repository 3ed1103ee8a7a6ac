//go:build !linux

package leftover

import (
	"errors"
	"io/fs"
	"os"
)

// Nameless returns false: such files are not supported here.
func Nameless(string) (*os.File, bool) { return nil, false }

// Linkable returns false: such files are not supported here.
func Linkable(string, fs.FileMode) (*os.File, bool) { return nil, false }

// Link returns an error: such files are not supported here.
func Link(*os.File, string) error { return errors.ErrUnsupported }
