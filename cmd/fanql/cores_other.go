//go:build !unix

package main

// noCores does nothing where no core is dumped.
func noCores() {}
