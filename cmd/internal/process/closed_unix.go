//go:build unix

package process

// extern int fanql_stdout_closed;
import "C"

// StdoutClosed reports whether the program was started without a stdout.
func StdoutClosed() bool { return C.fanql_stdout_closed != 0 }
