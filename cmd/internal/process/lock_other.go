//go:build !unix

package process

// lockFlags is empty: there are no FIFOs in folders.
const lockFlags = 0
