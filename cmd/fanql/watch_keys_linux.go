// Keys that are typed while the screen is redrawn.

package main

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// hideKeys switches off the echo of the terminal of stdin until restore is called. Restore
// also drops the typed keys, because a mouse wheel types arrow keys on the alternate
// screen. Ctrl-C and Ctrl-Z keep their meaning.
func hideKeys(stdin io.Reader) (restore func()) {
	f, ok := stdin.(*os.File)
	if !ok {
		return func() {}
	}
	before, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil { // no terminal
		return func() {}
	}
	quiet := *before
	quiet.Lflag &^= unix.ECHO
	if unix.IoctlSetTermios(int(f.Fd()), unix.TCSETS, &quiet) != nil {
		return func() {}
	}
	return func() { _ = unix.IoctlSetTermios(int(f.Fd()), unix.TCSETSF, before) } // a closed terminal needs no restoring
}
