// Making rows and writing them at the same time, and several at the same time.

package query

import (
	"errors"
	"sync"
	"sync/atomic"

	"github.com/fanql/fanql/sources/row"
)

// Beside has emit take the rows that produce makes on a goroutine of its own, a few
// batches behind, in order. It returns when all have been taken, with emit's first
// error, at which produce gets ErrUnwanted with its next batch, or else with
// produce's.
func Beside(emit row.Emit, produce func(row.Emit) error) error {
	const apart = 4
	batches, ended := make(chan *row.Batch, apart), make(chan error, 1)
	var broken atomic.Bool
	go func() {
		var err error
		for b := range batches {
			if err != nil {
				b.Release()
				continue
			}
			if err = emit(b); err != nil {
				broken.Store(true)
			}
		}
		ended <- err
	}()
	err := produce(func(b *row.Batch) error {
		if broken.Load() {
			b.Release()
			return ErrUnwanted
		}
		batches <- b // it is received whatever happens
		return nil
	})
	close(batches)
	if failed := <-ended; failed != nil {
		return failed
	}
	return err
}

// Together calls do for the numbers from 0 up to n at the same time, and gives
// their errors in that order.
func Together(n int, do func(i int) error) error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = do(i) })
	}
	all.Wait()
	return errors.Join(errs...)
}
