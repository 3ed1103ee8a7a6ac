//go:build race

package run

// detector is the race detector's additional memory, in bytes: it keeps several bytes
// for each byte of Go's heap. Without it the tests of a race build would be ended for
// memory that no user's program uses; memory itself is measured with the plain program.
const detector = 512 << 20
