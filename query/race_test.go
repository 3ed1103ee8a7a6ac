//go:build race

package query

// fiftyThousand is the number of sources in that test. The race detector is slow, so it
// is smaller here.
const fiftyThousand = 5_000
