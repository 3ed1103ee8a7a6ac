//go:build race

package run

// detector is what the race detector takes of memory beside the program, in bytes: it
// keeps several bytes of its own for each of Go's heap. Without it the tests of a race
// build would be ended for what no user's program has; memory itself is measured on the
// plain program.
const detector = 512 << 20
