// Writers for each destination: to a terminal through the screen, into a job's log with
// its commands split.

package main

import (
	"io"
	"os"

	"github.com/fanql/fanql/cmd/internal/output"
)

// streamed returns the writer for one of the program's streams.
func streamed(w io.Writer) io.Writer { return output.ForTerminal(w) }

// flush writes the rest of a screen.
func flush(w io.Writer) {
	if s, ok := w.(*output.Screen); ok {
		_ = s.Flush() // a closed terminal is not a failure of the run
	}
}

// styledWriter returns the writer for text with fanql's own colours, in which all text
// from elsewhere has been made safe.
func styledWriter(w io.Writer) io.Writer {
	if s, ok := w.(*output.Screen); ok {
		return s.Styled()
	}
	return w
}

// rawStream returns the stream itself, for a program of the user's that writes to it.
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

// rawStderr is stderr for programs of the user's. While a watch redraws the screen, their
// output is shown on that screen.
func (a *app) rawStderr() io.Writer {
	if a.watch != nil {
		return a.stderr
	}
	return rawStream(a.stderr)
}

// jobLog returns the writer for text for people. It may be the log of a CI job, which
// acts on some lines.
func jobLog(w io.Writer) io.Writer {
	if _, ok := w.(*output.Screen); ok || os.Getenv("GITHUB_ACTIONS") == "" && os.Getenv("TF_BUILD") == "" {
		return w
	}
	return output.JobLog(w)
}
