// Damage, errors after some rows, limits and cancelling.

package sqlite_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/sqlite"
)

const (
	count   = "with recursive c(i) as (select 1 union all select i+1 from c where i < 2000) "
	forever = "with recursive c(i) as (select 1 union all select i+1 from c) "
)

func TestAnErrorAmongTheRowsIsAnError(t *testing.T) {
	path := file(t)
	r := run(context.Background(), path, driver.Request{
		SQL: count + "select case i when 500 then abs(-9223372036854775807 - 1) else i end from c",
	})
	r.fails(t, driver.Stream, "SQLITE_ERROR", "integer overflow")
	if len(r.rows) != row.MaxRows {
		t.Errorf("%d rows were emitted before row 500, want one full batch", len(r.rows))
	}
}

func TestADamagedFileIsAnError(t *testing.T) {
	path := file(t, "create table t(v)", "insert into t "+count+"select hex(randomblob(50)) from c")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	damage := func(t *testing.T, content []byte) *result {
		t.Helper()
		path := filepath.Join(t.TempDir(), "damaged.db")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return run(context.Background(), path, driver.Request{SQL: "select v from t"})
	}
	t.Run("cut in half", func(t *testing.T) {
		damage(t, whole[:len(whole)/2]).fails(t, driver.Connect, "SQLITE_CORRUPT", "malformed")
	})
	t.Run("a page of noise", func(t *testing.T) {
		noisy := slices.Clone(whole)
		for i := range 4096 {
			noisy[len(noisy)/2/4096*4096+i] = 0xa5
		}
		damage(t, noisy).fails(t, driver.Stream, "SQLITE_CORRUPT", "malformed")
	})
	t.Run("a header of noise", func(t *testing.T) {
		noisy := slices.Clone(whole)
		copy(noisy, "no longer a database")
		damage(t, noisy).fails(t, driver.Connect, "SQLITE_NOTADB", "not a database")
	})
}

func TestAValueBeyondMaxCellIsAnError(t *testing.T) {
	path := file(t, "create table t(a, b, c)", "insert into t values (zeroblob(100), zeroblob(100), zeroblob(100))")
	for _, test := range []struct {
		name, sql string
		max       int
		words     string
	}{
		{"each as large as allowed, in a larger row", "select a, b, c from t", 100, ""},
		{"one byte larger", "select a from t", 99, "too big (the limit is 99 bytes)"},
		{"below what SQLite can limit", "select 'abcdef' as six", 5, `column "six": value too big (the limit is 5 bytes)`},
		{"made by the statement", "select hex(zeroblob(80))", 100, "too big (the limit is 100 bytes)"},
		{"without a limit", "select a from t", 0, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := run(context.Background(), path, driver.Request{SQL: test.sql, MaxCell: test.max})
			if test.words == "" {
				if r.err != nil || len(r.rows) != 1 {
					t.Errorf("%d rows, %v", len(r.rows), r.err)
				}
				return
			}
			r.fails(t, r.phases[len(r.phases)-1], "SQLITE_TOOBIG", test.words)
		})
	}
}

func TestEmitsErrorEndsTheRun(t *testing.T) {
	enough := errors.New("enough")
	calls := 0
	s := sqlite.New("test", file(t))
	_, err := s.Run(context.Background(), driver.Request{SQL: forever + "select i from c"}, new(driver.Progress), func(b *row.Batch) error {
		b.Release()
		calls++
		return enough
	})
	if err != enough || calls != 1 { //nolint:errorlint // the same error, not wrapped
		t.Errorf("%v after %d calls, want emit's own error after 1", err, calls)
	}
}

func TestARunEndsSoonAfterItsContext(t *testing.T) {
	path := file(t)
	for _, test := range []struct {
		name, sql string
		phase     driver.Phase
	}{
		{"before the first row", forever + "select count(*) from c", driver.Query},
		{"between rows", forever + "select i from c", driver.Stream},
		{"between rows that are far apart", forever + "select i from c where i % 100000000 = 1", driver.Stream},
	} {
		t.Run(test.name, func(t *testing.T) {
			const allowed = 100 * time.Millisecond
			begun := time.Now()
			r := run(within(t, allowed), path, driver.Request{SQL: test.sql})
			took := time.Since(begun)
			r.fails(t, test.phase, "SQLITE_INTERRUPT", "timed out after 100ms")
			if r.answer.Cancel != driver.Confirmed {
				t.Errorf("cancel is %q, want confirmed", r.answer.Cancel)
			}
			if took < allowed || took > allowed+100*time.Millisecond {
				t.Errorf("took %v, want 100 to 200 ms", took)
			}
		})
	}
	t.Run("in one long opcode it is late, and emits nothing", func(t *testing.T) {
		r := run(within(t, 20*time.Millisecond), path, driver.Request{SQL: "select length(replace(hex(zeroblob(8000000)), '00', 'ab'))"})
		r.fails(t, driver.Query, "SQLITE_INTERRUPT", "timed out after 20ms")
		if r.batches != 0 {
			t.Error("emitted after the end")
		}
	})
	t.Run("when it has ended before", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(context.Background())
		cancel(errors.New("interrupted by the user"))
		r := run(ctx, path, driver.Request{SQL: "select 1"})
		r.fails(t, driver.Connect, "", "interrupted by the user")
		if r.answer.Cancel != driver.NotNeeded {
			t.Errorf("cancel is %q, want none", r.answer.Cancel)
		}
	})
	t.Run("when it ends while a batch is handed over", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		calls := 0
		_, err := sqlite.New("test", path).Run(ctx, driver.Request{SQL: count + "select i from c"}, new(driver.Progress), func(b *row.Batch) error {
			b.Release()
			calls++
			cancel()
			return nil
		})
		if !errors.Is(err, context.Canceled) || calls != 1 {
			t.Errorf("%v after %d batches, want canceled after 1", err, calls)
		}
	})
}

func TestNothingCountsThatEndsAfterItsContext(t *testing.T) {
	path := file(t)
	for _, test := range []struct {
		name, sql string
		canceled  driver.Phase // cancel when it enters this phase
		batches   int
	}{
		{"no rows, found before", "select 1 where false", driver.Stream, 0},
		{"rows, complete but not closed", "select 1", driver.Verify, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(context.Background())
			p := &driver.Progress{Entered: func(p driver.Phase) {
				if p == test.canceled {
					cancel(errors.New("interrupted by the user"))
				}
			}}
			r := new(result)
			r.answer, r.err = sqlite.New("test", path).Run(ctx, driver.Request{SQL: test.sql}, p, r.keep)
			r.fails(t, test.canceled, "SQLITE_INTERRUPT", "interrupted by the user")
			if r.batches != test.batches {
				t.Errorf("%d batches were emitted, want %d", r.batches, test.batches)
			}
		})
	}
}
