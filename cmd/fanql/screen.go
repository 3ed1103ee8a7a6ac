// What is written where: to a terminal through the screen, into a job's log with its
// commands split.

package main

import (
	"io"
	"os"

	"github.com/fanql/fanql/cmd/internal/output"
)

// streamed returns a stream of the program's as everything is to be written to it.
func streamed(w io.Writer) io.Writer { return output.ForTerminal(w) }

// flush writes what a screen still holds.
func flush(w io.Writer) {
	if s, ok := w.(*output.Screen); ok {
		_ = s.Flush() // a terminal that is gone is no failure of the run
	}
}

// styledWriter returns the writer for text with fanql's own colours in it, in which all that
// came from elsewhere has been made safe.
func styledWriter(w io.Writer) io.Writer {
	if s, ok := w.(*output.Screen); ok {
		return s.Styled()
	}
	return w
}

// rawStream returns the stream itself, for a program of the user's that is to write to it.
func rawStream(w io.Writer) io.Writer {
	for {
		switch s := w.(type) {
		case *output.Screen:
			return s.File()
		case interface{ Unwrap() io.Writer }:
			w = s.Unwrap()
		default:
			return w
		}
	}
}

// jobLog returns the writer for what people read, which may be the log of a job in CI that
// acts on some lines.
func jobLog(w io.Writer) io.Writer {
	if _, ok := w.(*output.Screen); ok || os.Getenv("GITHUB_ACTIONS") == "" && os.Getenv("TF_BUILD") == "" {
		return w
	}
	return output.JobLog(w)
}
