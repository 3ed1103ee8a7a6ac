//go:build !linux

package testkit

import "net"

// HungUp reports nothing here: only Linux has the addresses of the stand-in.
func HungUp(net.Conn) bool { return false }
