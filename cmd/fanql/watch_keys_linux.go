// Keys that are typed while the screen is redrawn.

package main

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// hideKeys keeps the terminal of stdin from showing keys, until restore is called, which
// also drops what was typed: a wheel turned over the alternate screen types arrows. Ctrl-C
// and Ctrl-Z stay what they are.
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
	return func() { _ = unix.IoctlSetTermios(int(f.Fd()), unix.TCSETSF, before) } // a terminal that is gone needs nothing
}
