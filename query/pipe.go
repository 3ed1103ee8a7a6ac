// Making rows and writing them at the same time, and several at the same time.

package query

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/fanql/fanql/sources/row"
)

// Pipe has emit take the rows that produce makes on a goroutine of its own, a few
// batches behind, in order. It returns when all have been taken, with emit's first
// error, at which produce gets ErrUnwanted with its next batch, or else with
// produce's. A panic of emit is one of Beside's caller.
func Pipe(emit row.Emit, produce func(row.Emit) error) error {
	const depth = 4
	batches, ended := make(chan *row.Batch, depth), make(chan error, 1)
	var broken atomic.Bool
	var panicked any // of emit, with the place; read when ended is
	emit = func(take row.Emit) row.Emit {
		return func(b *row.Batch) (err error) {
			defer carry(&panicked, func() { err = ErrUnwanted })
			return take(b)
		}
	}(emit)
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
	failed := <-ended
	if panicked != nil {
		panic(panicked)
	}
	if failed != nil {
		return failed
	}
	return err
}

// carry keeps a panic, with the place, for the goroutine that waits for this one: in
// this one it would end the process, and nothing would be tidied up.
func carry(panicked *any, then func()) {
	if r := recover(); r != nil {
		*panicked = fmt.Sprintf("%v\n%s", r, debug.Stack())
		then()
	}
}

// Parallel calls do for the numbers from 0 up to n at the same time, and gives
// their errors in that order. A panic in one is one of Together's caller, when all have
// returned.
func Parallel(n int, do func(i int) error) error {
	errs, panicked := make([]error, n), make([]any, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			defer carry(&panicked[i], func() {})
			errs[i] = do(i)
		})
	}
	all.Wait()
	for _, p := range panicked {
		if p != nil {
			panic(p)
		}
	}
	return errors.Join(errs...)
}
