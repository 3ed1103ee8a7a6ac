//go:build !unix

package process

func StdoutClosed() bool { return false }
