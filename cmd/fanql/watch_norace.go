//go:build !race

package main

// detector is what the race detector takes of memory, which is not there.
const detector = 0
