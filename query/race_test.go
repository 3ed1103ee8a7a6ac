//go:build race

package query

// fiftyThousand is of how many sources that test is: the race detector takes its time.
const fiftyThousand = 5_000
