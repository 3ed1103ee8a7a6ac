// Rows that are produced and consumed concurrently.

package query

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fanql/fanql/sources/row"
)

func TestRowsAreMadeAndTakenAtTheSameTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start, n := time.Now(), 0
		err := Pipe(func(b *row.Batch) error {
			if b.Rows() != n {
				t.Errorf("batch %d comes as %d", b.Rows(), n)
			}
			n++
			b.Release()
			time.Sleep(time.Second)
			return nil
		}, func(emit row.Emit) error {
			for i := range 10 {
				b := row.NewBatch(testSchema)
				for range i {
					b.Null()
					b.EndRow()
				}
				time.Sleep(time.Second)
				if err := emit(b); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || n != 10 || time.Since(start) != 11*time.Second {
			t.Errorf("%d batches in %s (%v)", n, time.Since(start), err)
		}
	})
}

func TestTheErrorOfEitherSideEndsBoth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full, lost := errors.New("disk full"), errors.New("lost")
		made := 0
		err := Pipe(func(b *row.Batch) error { b.Release(); return full }, func(emit row.Emit) error {
			for {
				made++
				if err := emit(row.NewBatch(testSchema)); err != nil {
					return err
				}
				time.Sleep(time.Second)
			}
		})
		if !errors.Is(err, full) || made != 2 {
			t.Errorf("%v after %d batches", err, made)
		}
		taken := 0
		err = Pipe(func(b *row.Batch) error { b.Release(); taken++; return nil }, func(emit row.Emit) error {
			return errors.Join(emit(row.NewBatch(testSchema)), emit(row.NewBatch(testSchema)), lost)
		})
		if !errors.Is(err, lost) || taken != 2 {
			t.Errorf("%v after %d batches", err, taken)
		}
	})
}

// A panic on another goroutine reaches the goroutine that waits for it.
func TestAPanicInAPipeIsTheCallers(t *testing.T) {
	for name, do := range map[string]func(){
		"Pipe": func() {
			_ = Pipe(func(b *row.Batch) error { b.Release(); panic("oops") }, func(emit row.Emit) error {
				for range 20 {
					if err := emit(row.NewBatch(&row.Schema{})); err != nil {
						return err
					}
				}
				return nil
			})
		},
		"Parallel": func() {
			_ = Parallel(3, func(i int) error {
				if i == 1 {
					panic("oops")
				}
				return nil
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if r := recover(); r == nil || !strings.HasPrefix(fmt.Sprint(r), "oops\n") {
					t.Errorf("got %v", r)
				}
			}()
			do()
		})
	}
}
