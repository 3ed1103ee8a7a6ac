// Package process has the properties of the whole process: how much memory and address
// space it may use, whether its stdout is open and read, that it dumps no core, and the
// lock that only one process holds.
package process

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const (
	// usualMemory is the default memory for waiting rows, in bytes, if the machine has
	// enough.
	usualMemory = 256 << 20
	// LeastMemory is the least memory for waiting rows, in bytes: a few rows.
	LeastMemory = 16 << 10
)

// Within limits memory, in bytes, to a quarter of the remaining address space; 0 is no
// limit. The other quarters are for the heap, the stacks, and allocations that the
// engine does not count.
func Within(memory, left int64) int64 {
	if left <= 0 {
		return memory
	}
	return min(memory, max(left/4, LeastMemory))
}

// DefaultMemory returns the default under a limit in bytes, 0 for none.
func DefaultMemory(limit int64) int64 {
	if limit <= 0 {
		return usualMemory
	}
	return max(min(usualMemory, limit/4), LeastMemory)
}

// MemoryLimit returns how many bytes of memory the control group of this process, or
// one around it, allows; 0 is no limit, or none that can be read. Root is /, or in a
// test a folder with its proc and sys.
func MemoryLimit(root string) (limit int64) {
	text, err := os.ReadFile(filepath.Join(root, "proc/self/cgroup"))
	if err != nil {
		return 0
	}
	least := func(path string) {
		text, err := os.ReadFile(path)
		if err != nil {
			return
		}
		// Without a limit, version 2 has max, and version 1 a number near 2^63.
		n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
		if err == nil && n > 0 && n < 1<<60 && (limit == 0 || n < limit) {
			limit = n
		}
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3) // number, controllers, path
		if len(fields) != 3 {
			continue
		}
		mount, file := "", ""
		switch {
		case fields[0] == "0" && fields[1] == "":
			mount, file = "sys/fs/cgroup", "memory.max"
			if _, err := os.Stat(filepath.Join(root, "sys/fs/cgroup/unified")); err == nil {
				mount = "sys/fs/cgroup/unified"
			}
		case hasWord(fields[1], "memory"):
			mount, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		default:
			continue
		}
		// In a container the path may be the host's, of which the mount shows only the
		// end: missing folders are skipped.
		for path := filepath.Join("/", fields[2]); ; path = filepath.Dir(path) {
			least(filepath.Join(root, mount, path, file))
			if path == "/" {
				break
			}
		}
	}
	return limit
}

func hasWord(list, word string) bool { return strings.Contains(","+list+",", ","+word+",") }
