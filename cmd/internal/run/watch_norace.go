//go:build !race

package run

// detector is the race detector's memory; there is no race detector here.
const detector = 0
