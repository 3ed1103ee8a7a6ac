// How much memory the process holds.

package run

import (
	"bytes"
	"os"
	"strconv"
)

// resident returns how many bytes of the process are in memory, and how many of them
// are its own and not a file's; 0 if that is not known.
func resident() (all, own int64) {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, 0
	}
	fields := bytes.Fields(text)
	if len(fields) < 3 {
		return 0, 0
	}
	pages, _ := strconv.ParseInt(string(fields[1]), 10, 64)
	shared, _ := strconv.ParseInt(string(fields[2]), 10, 64)
	size := int64(os.Getpagesize())
	return pages * size, (pages - shared) * size
}
