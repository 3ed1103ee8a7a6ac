//go:build !unix

// Elsewhere than on Unix, the bits and owners of a file say nothing of who may change
// it.

package trust

import "io/fs"

// Ours reports whether a file belongs to us: all do.
func Ours(fs.FileInfo) bool { return true }

// IDs are the numbers of a file's owner and group: there are none.
func IDs(fs.FileInfo) (uid, gid int, ok bool) { return 0, 0, false }

// Exposed reports whether others can do anything with a file, as far as can be seen.
func Exposed(fs.FileInfo) bool { return false }

// AllMayWrite reports whether everybody may write, as far as can be seen.
func AllMayWrite(fs.FileInfo) bool { return false }

// Readable reports whether others than the owner may read, as far as can be seen.
func Readable(fs.FileInfo) bool { return false }

// Names is how many names a file has, as far as can be seen.
func Names(fs.FileInfo) int { return 1 }

// Owner is the name of a file's owner.
func Owner(fs.FileInfo) string { return "" }

func writable(fs.FileInfo) bool { return false }
