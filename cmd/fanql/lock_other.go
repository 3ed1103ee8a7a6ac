//go:build !unix

package main

// lockFlags are none: there are no FIFOs in folders.
const lockFlags = 0
