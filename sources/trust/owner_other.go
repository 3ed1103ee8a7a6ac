//go:build !unix

// On other systems than Unix, the mode and owner of a file do not say who may change
// it.

package trust

import "io/fs"

// Ours reports whether a file belongs to us: here all files do.
func Ours(fs.FileInfo) bool { return true }

// IDs returns the ids of a file's owner and group: here there are none.
func IDs(fs.FileInfo) (uid, gid int, ok bool) { return 0, 0, false }

// Exposed reports whether others can do anything with a file, as far as is known.
func Exposed(fs.FileInfo) bool { return false }

// AllMayWrite reports whether everybody may write, as far as is known.
func AllMayWrite(fs.FileInfo) bool { return false }

// Readable reports whether anybody except the owner may read, as far as is known.
func Readable(fs.FileInfo) bool { return false }

// Names returns the number of a file's names (hard links), as far as is known.
func Names(fs.FileInfo) int { return 1 }

// Owner returns the name of a file's owner.
func Owner(fs.FileInfo) string { return "" }

func writable(fs.FileInfo) bool { return false }
