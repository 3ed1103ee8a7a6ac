//go:build race

package main

// detector is what the race detector takes of memory beside the program, in bytes.
const detector = 512 << 20
