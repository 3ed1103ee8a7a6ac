//go:build !unix

package leftover

import (
	"errors"
	"io/fs"
	"os"
)

func own(fs.FileInfo) bool { return false }

func lock(string) (*os.File, error) { return nil, errors.ErrUnsupported }
