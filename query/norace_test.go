//go:build !race

package query

const fiftyThousand = 50_000
