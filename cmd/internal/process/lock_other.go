//go:build !unix

package process

// lockFlags are none: there are no FIFOs in folders.
const lockFlags = 0
