// The replacement for a missing stdout.

package main

import (
	"errors"
	"io"
)

// closed replaces the stdout of a program that was started without one.
var closed io.Writer = closedWriter{}

type closedWriter struct{}

func (closedWriter) Write([]byte) (int, error) { return 0, errors.New("stdout is closed") }
