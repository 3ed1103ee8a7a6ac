// --memory: what rows that wait may take, and what it is where nobody says.

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/fanql/fanql/cmd/internal/output"
)

const (
	// usualMemory is the default, in bytes, where the machine has room for it.
	usualMemory = 256 << 20
	// byDefault stands for what defaultMemory says.
	byDefault = "default"
	// leastMemory is the least that --memory takes.
	leastMemory = 16 << 10
)

// memoryFlag adds --memory.
func memoryFlag(f *pflag.FlagSet, value *string, usage string) {
	f.StringVar(value, "memory", byDefault, usage+"; by default, no more than a quarter of what the control group allows")
	f.Lookup("memory").DefValue = "256MiB"
}

// stagingMemory reads --memory. Where the process has few addresses left (`ulimit -v`),
// less of it is used than allowed, and files sooner: what is asked for would end it.
func stagingMemory(text string) (int64, error) {
	left := addressesLeft()
	if text == byDefault {
		return within(defaultMemory(groupLimit("/")), left), nil
	}
	n, err := parseSize(text)
	switch {
	case err != nil:
		return 0, fmt.Errorf("--memory: %w", err)
	case n < leastMemory:
		return 0, fmt.Errorf("--memory %s: too little for even a few rows: give 16KiB at least", output.Sanitize(text))
	}
	return within(n, left), nil
}

// within is so much memory, in bytes, where so many addresses are left; 0 is no limit.
// The other quarters are for the heap, the stacks, and what the engine does not count.
func within(memory, left int64) int64 {
	if left <= 0 {
		return memory
	}
	return min(memory, max(left/4, leastMemory))
}

// defaultMemory is the default under a limit in bytes, 0 for none.
func defaultMemory(limit int64) int64 {
	if limit <= 0 {
		return usualMemory
	}
	return max(min(usualMemory, limit/4), leastMemory)
}

// groupLimit gives how many bytes of memory the control group of this process, or one
// around it, allows; 0 is no limit, or none that can be read. Root is /, or a folder
// that has its proc and sys in a test.
func groupLimit(root string) (limit int64) {
	text, err := os.ReadFile(filepath.Join(root, "proc/self/cgroup"))
	if err != nil {
		return 0
	}
	least := func(path string) {
		text, err := os.ReadFile(path)
		if err != nil {
			return
		}
		// Version 2 says max, and version 1 a number near 2^63, where there is none.
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
		// In a container the path may be the host's, of which the mount shows only
		// our end: what is not there is passed over.
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
