//go:build unix

package main

// extern int fanql_stdout_closed;
import "C"

// stdoutClosed reports whether the program was started without a stdout.
func stdoutClosed() bool { return C.fanql_stdout_closed != 0 }
