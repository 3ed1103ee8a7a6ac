// Whether somebody else reads what is printed.

package main

import (
	"context"
	"io"
	"os"
)

// piped reports whether w is a pipe or a socket: its reader may be a pager, which
// has the terminal to itself, or leave before the end.
func piped(w any) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&(os.ModeNamedPipe|os.ModeSocket) != 0
}

// toReader writes what somebody reads. Where the reader has left it ends the run with
// that as the cause, before the error of the write gets anywhere.
type toReader struct {
	w      io.Writer
	cancel context.CancelCauseFunc
}

func (t toReader) Write(p []byte) (int, error) {
	n, err := t.w.Write(p)
	if readerGone(err) {
		t.cancel(errReaderGone)
	}
	return n, err
}
