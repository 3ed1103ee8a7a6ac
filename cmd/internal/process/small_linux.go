package process

import (
	"bytes"
	"math"
	"os"
	"strconv"
	"syscall"
)

// AddressesLeft returns how many bytes of address space this process may still use; 0
// stands for no limit, or an unknown one.
func AddressesLeft() int64 {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_AS, &limit) != nil || limit.Cur >= math.MaxInt64 {
		return 0
	}
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	size, _, _ := bytes.Cut(text, []byte(" "))
	pages, err := strconv.ParseInt(string(size), 10, 64)
	if err != nil {
		return 0
	}
	return max(int64(limit.Cur)-pages*int64(os.Getpagesize()), 1)
}
