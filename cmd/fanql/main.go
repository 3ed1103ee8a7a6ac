// Fanql sends one logical SQL query to many databases at once and prints one
// honest result.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/fanql/fanql/cmd/internal/process"
)

func main() {
	// When a reader closes the pipe, the write fails, which cancels the queries on
	// their servers. The signal's default action would orphan them.
	signal.Ignore(syscall.SIGPIPE)
	process.NoCores()
	var stdout io.Writer = os.Stdout
	if process.StdoutClosed() {
		stdout = closed
	}
	os.Exit(command(context.Background(), os.Args[1:], os.Stdin, stdout, os.Stderr))
}
