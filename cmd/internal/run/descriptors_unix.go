//go:build unix

package run

import (
	"math"

	"golang.org/x/sys/unix"
)

// descriptors returns how many files this process may have open. The initial soft limit
// does not matter: Go's runtime raises it to the hard one.
func descriptors() int {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return math.MaxInt32
	}
	return int(min(limit.Cur, math.MaxInt32))
}
