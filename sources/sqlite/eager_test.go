package sqlite_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/sqlite"
)

// busy is an expression that takes SQLite some time to compute.
const busy = "(select count(*) from (with recursive n(i) as (select 1 union all select i + 1 from n limit 3000000) select i from n))"

// A piece is the size of one emitted batch, and when it was emitted.
type piece struct {
	rows int
	at   time.Duration
}

// eagerly runs an eager query. It returns the pieces that were emitted.
func eagerly(ctx context.Context, path, sql string, emit func(rows int) error) ([]piece, error) {
	var pieces []piece
	begun := time.Now()
	_, err := sqlite.New("one", path).Run(ctx, driver.Request{SQL: sql, Eager: true, MaxCell: 1 << 20, Grace: time.Second}, new(driver.Progress), func(b *row.Batch) error {
		defer b.Release()
		pieces = append(pieces, piece{b.Rows(), time.Since(begun)})
		return emit(b.Rows())
	})
	return pieces, err
}

func all(int) error { return nil }

// Rows that exist are emitted while SQLite computes the next one.
func TestRowsAreNotHeldForASlowOne(t *testing.T) {
	pieces, err := eagerly(t.Context(), file(t), "select 1 union all select 2 union all select 3 union all select "+busy, all)
	if err != nil {
		t.Fatal(err)
	}
	before, rows := 0, 0
	last := pieces[len(pieces)-1].at
	for _, p := range pieces {
		rows += p.rows
		if p.at < last/2 {
			before += p.rows
		}
	}
	if before != 3 || rows != 4 {
		t.Errorf("%d of %d rows came before the slow one: %v", before, rows, pieces)
	}
}

// Quick rows are emitted in larger batches, each row once and in order.
func TestQuickRowsComeTogether(t *testing.T) {
	const rows = 100_000
	next, batches := int64(1), 0
	_, err := sqlite.New("one", file(t)).Run(t.Context(), driver.Request{
		SQL:   "with recursive n(i) as (select 1 union all select i + 1 from n limit 100000) select i, 'text ' || i from n",
		Eager: true, MaxCell: 1 << 20, Grace: time.Second,
	}, new(driver.Progress), func(b *row.Batch) error {
		defer b.Release()
		batches++
		for i := range b.Rows() {
			if got := int64(b.Row(i)[0].Bits); got != next {
				t.Fatalf("row %d came in place of row %d", got, next)
			}
			next++
		}
		return nil
	})
	if err != nil || next != rows+1 {
		t.Errorf("%d rows, %v", next-1, err)
	}
	if batches > rows/4 {
		t.Errorf("%d batches for %d rows", batches, rows)
	}
}

// An error of emit ends the run, whichever goroutine calls emit.
func TestARefusedRowEndsTheRun(t *testing.T) {
	enough := errors.New("enough")
	for _, most := range []int{0, 1, 50_000} {
		rows := 0
		_, err := eagerly(t.Context(), file(t), "with recursive n(i) as (select 1 union all select i + 1 from n limit 10000000) select i from n", func(n int) error {
			if rows += n; rows > most {
				return enough
			}
			return nil
		})
		if !errors.Is(err, enough) || rows > most+row.MaxRows+1 {
			t.Errorf("after %d rows, of which %d were wanted: %v", rows, most, err)
		}
	}
}

func TestNoRowsAreOneEmptyBatch(t *testing.T) {
	pieces, err := eagerly(t.Context(), file(t), "select 1 where 0", all)
	if err != nil || len(pieces) != 1 || pieces[0].rows != 0 {
		t.Errorf("%v, %v", pieces, err)
	}
}
