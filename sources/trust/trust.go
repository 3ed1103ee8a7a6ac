// Package trust determines who owns files and folders. fanql does not obey or overwrite a
// file that others could have put there, or may change.
//
//	if err := trust.Owned(path, "it", "could run commands as you"); err != nil { ... }
//	if trust.OthersMayWrite(folder) && !trust.Ours(file) { ... }
//
// A file is ours if it belongs to the user of this process, or to root. On systems
// without owners, everything is ours.
package trust

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Owned returns an error if a file or folder belongs to somebody else, or if others may
// write to it. The text danger says what they could then do, and what names the file in the
// error.
func Owned(path, what, danger string) error {
	info, err := os.Stat(path)
	if err != nil {
		return unwrapped(err)
	}
	switch {
	case !Ours(info):
		return fmt.Errorf("%s belongs to another user (%s), and %s", what, Owner(info), danger)
	case writable(info):
		return fmt.Errorf("%s can be written to by others (mode %s), who %s", what, octal(info.Mode()), danger)
	}
	return nil
}

// OthersMayWrite reports whether others can put something into a folder, sticky or not:
// it belongs to somebody else, or its mode lets them.
func OthersMayWrite(folder fs.FileInfo) bool { return !Ours(folder) || writable(folder) }

// Links follows a path, whose last part need not exist. It returns an error for a symbolic
// link that somebody else could have put there. It does not follow such a link itself.
func Links(path string) error {
	if !filepath.IsAbs(path) {
		folder, err := os.Getwd()
		if err != nil {
			return unwrapped(err)
		}
		path = folder + string(filepath.Separator) + path
	}
	at := filepath.VolumeName(path) + string(filepath.Separator)
	return links(at, strings.TrimPrefix(path, at), new(40))
}

// links continues from a folder, with the given number of links left to follow.
func links(at, rest string, left *int) error {
	for rest != "" {
		part, after, _ := strings.Cut(rest, string(filepath.Separator))
		rest = after
		switch part {
		case "", ".":
			continue
		case "..":
			at = filepath.Dir(at) // which contains no link any more
			continue
		}
		next := filepath.Join(at, part)
		info, err := os.Lstat(next)
		if err != nil {
			return nil // opening it returns the reason
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			at = next
			continue
		}
		folder, err := os.Lstat(at)
		if err != nil {
			return unwrapped(err)
		}
		if !Ours(info) && OthersMayWrite(folder) {
			return fmt.Errorf("%q is a link of another user (%s), in a folder that others may write to", next, Owner(info))
		}
		if strings.HasPrefix(next, "/proc/") { // an open file, whatever its link contains
			return nil
		}
		if *left--; *left < 0 {
			return errors.New("too many symbolic links")
		}
		to, err := os.Readlink(next)
		if err != nil {
			return unwrapped(err)
		}
		if filepath.IsAbs(to) {
			at = filepath.VolumeName(to) + string(filepath.Separator)
			to = strings.TrimPrefix(to, at)
		}
		rest = to + string(filepath.Separator) + rest
	}
	return nil
}

func octal(mode fs.FileMode) string {
	bits := uint32(mode.Perm())
	if mode&fs.ModeSticky != 0 {
		bits |= 0o1000
	}
	return fmt.Sprintf("%04o", bits)
}

// unwrapped returns the cause of an error that repeats a path.
func unwrapped(err error) error {
	if cause := errors.Unwrap(err); cause != nil {
		return cause
	}
	return err
}
