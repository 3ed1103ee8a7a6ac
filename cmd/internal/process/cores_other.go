//go:build !unix

package process

// NoCores does nothing on systems without core dumps.
func NoCores() {}
