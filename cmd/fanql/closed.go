// A stdout that is not there.

package main

import (
	"errors"
	"io"
)

// closed stands for a stdout that the program was started without.
var closed io.Writer = closedWriter{}

type closedWriter struct{}

func (closedWriter) Write([]byte) (int, error) { return 0, errors.New("stdout is closed") }
