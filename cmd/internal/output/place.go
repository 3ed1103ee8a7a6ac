// Segments brought to their places in the result, side by side.

package output

import (
	"errors"
	"io"
	"os"
	"runtime"
	"sync"
)

// A placing is a segment in a file of its own, and where in the result it belongs.
type placing struct {
	segment  *segment
	at, size int64
}

// placeAll copies the segments to where they belong and closes their files: on all
// cores, as it is pages that the system copies, and gives back.
func placeAll(result *os.File, all []placing) error {
	errs := make([]error, len(all))
	turns := make(chan struct{}, runtime.GOMAXPROCS(0))
	var group sync.WaitGroup
	for i, p := range all {
		turns <- struct{}{}
		group.Go(func() {
			defer func() { <-turns }()
			errs[i] = errors.Join(p.rest(result, copyRange(result, p)), p.segment.close())
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

// rest copies what the system did not by itself: all behind the first so many bytes.
// What was in the way there has its error here.
func (p placing) rest(result *os.File, done int64) error {
	n, err := io.Copy(io.NewOffsetWriter(result, p.at+done), io.NewSectionReader(p.segment.file, done, p.size-done))
	if err == nil && done+n < p.size {
		err = io.ErrUnexpectedEOF
	}
	return err
}
