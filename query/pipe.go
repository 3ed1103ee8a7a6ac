// Producing and consuming rows concurrently, and running functions in parallel.

package query

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/fanql/fanql/sources/row"
)

// Pipe calls produce, and runs emit on a second goroutine for the batches that produce
// passes on, in order and a few batches behind. It returns when produce has returned and
// all batches have been taken. After an error of emit, produce gets ErrUnwanted for its
// next batch, and Pipe returns emit's error. Otherwise Pipe returns produce's error. If
// emit panics, Pipe panics in its caller's goroutine.
func Pipe(emit row.Emit, produce func(row.Emit) error) error {
	const depth = 4
	batches, ended := make(chan *row.Batch, depth), make(chan error, 1)
	var broken atomic.Bool
	var panicked any // the panic of emit, with its stack; read after ended
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
		batches <- b // the goroutine receives it in any case
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

// carry recovers a panic and keeps it, with its stack, for the goroutine that waits for
// this one. Without that, the panic would end the process without any cleanup.
func carry(panicked *any, then func()) {
	if r := recover(); r != nil {
		*panicked = fmt.Sprintf("%v\n%s", r, debug.Stack())
		then()
	}
}

// Parallel calls do concurrently for the numbers from 0 to n-1. It returns when all calls
// have returned, with their errors joined in that order. If one panics, Parallel then
// panics in its caller's goroutine.
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
