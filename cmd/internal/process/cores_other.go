//go:build !unix

package process

// NoCores does nothing where no core is dumped.
func NoCores() {}
