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

// Pipe runs emit on its own goroutine, for the rows that produce emits, a few batches
// behind and in order. It returns when all batches have been taken. It returns emit's
// first error, and then produce gets ErrUnwanted with its next batch, or else
// produce's. A panic of emit becomes a panic of Pipe's caller.
func Pipe(emit row.Emit, produce func(row.Emit) error) error {
	const depth = 4
	batches, ended := make(chan *row.Batch, depth), make(chan error, 1)
	var broken atomic.Bool
	var panicked any // of emit, with the stack; read after ended
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
		batches <- b // it is received in any case
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

// carry keeps a panic, with the stack, for the goroutine that waits for this one.
// Otherwise it would end the process without any cleanup.
func carry(panicked *any, then func()) {
	if r := recover(); r != nil {
		*panicked = fmt.Sprintf("%v\n%s", r, debug.Stack())
		then()
	}
}

// Parallel calls do concurrently for the numbers from 0 up to n, and returns their
// errors in that order. A panic of one becomes a panic of Parallel's caller, when all
// have returned.
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
