// Copies pieces of segments to their places in the result, on several cores.

package output

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"
	"sync"

	"github.com/fanql/fanql/sources/leftover"
)

// A piece is a part of a segment in a file.
type piece struct {
	file     *os.File
	at, size int64
}

func (p piece) end() int64 { return p.at + p.size }

// A placing is a piece, and where in the result it belongs.
type placing struct {
	piece
	to    int64
	owner *segment // its own file is not needed after the copy; may be nil
}

// placeAll copies the pieces to their places and closes the segments' own files. It uses
// all cores, because the system copies pages. Pieces of one file must be in the same order
// in the result.
func placeAll(result *os.File, all []placing) error {
	errs := make([]error, len(all))
	turns := make(chan struct{}, runtime.GOMAXPROCS(0))
	var group sync.WaitGroup
	for i, p := range all {
		turns <- struct{}{}
		group.Go(func() {
			defer func() { <-turns }()
			errs[i] = p.rest(result, copyRange(result, p))
			if p.owner != nil {
				errs[i] = errors.Join(errs[i], p.file.Close())
			}
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

// rest copies what the system did not copy: everything after the first done bytes. If an
// error stopped the system there, rest returns it.
func (p placing) rest(result *os.File, done int64) error {
	n, err := io.Copy(io.NewOffsetWriter(result, p.to+done), io.NewSectionReader(p.file, p.at+done, p.size-done))
	if err == nil && done+n < p.size {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// copy appends a piece to the target.
func (s *Segments) copy(p piece) error {
	n, err := io.Copy(s.to, io.NewSectionReader(p.file, p.at, p.size))
	if err == nil && n < p.size {
		err = io.ErrUnexpectedEOF
	}
	if _, reading := errors.AsType[*fs.PathError](err); reading { // an error of the target already names it
		err = s.failed(err)
	}
	return err
}

// unnamed returns a file that vanishes when it is closed, or when the process ends.
func unnamed(folder string) (*os.File, error) {
	if f, ok := leftover.Nameless(folder); ok {
		return f, nil
	}
	f, err := os.CreateTemp(folder, ".fanql.*.tmp")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
