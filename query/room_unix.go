//go:build linux || darwin

package query

import "golang.org/x/sys/unix"

// freeSpace returns the bytes that a user can still write to the folder's file system.
func freeSpace(folder string) (bytes int64, ok bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err != nil {
		return 0, false
	}
	return int64(s.Bavail) * int64(s.Bsize), true //nolint:unconvert // the block size is no int64 on macOS
}
