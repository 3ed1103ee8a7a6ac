//go:build !race

package run

// detector is what the race detector takes of memory, which is not there.
const detector = 0
