// Faults in a dispatch: calls that cannot be interrupted, errors at any row, huge values,
// and readers that are slow or have gone.

package sqlite_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	dispatch "github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/sqlite"
)

// A watched source closes ended when its Run has returned.
type watched struct {
	*sqlite.Source
	ended chan struct{}
}

func (w watched) Run(ctx context.Context, q driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error) {
	defer close(w.ended)
	return w.Source.Run(ctx, q, p, emit)
}

func TestAnOpcodeThatCannotBeInterruptedIsAbandonedAndNamed(t *testing.T) {
	path := file(t, "create table t(v)", "insert into t values (1)")
	stuck := watched{sqlite.New("stuck", path), make(chan struct{})}
	tasks := []dispatch.Task{
		{Source: stuck, Request: driver.Request{SQL: "select length(replace(hex(zeroblob(80000000)), '00', 'ab')) from t"}},
		{Source: sqlite.New("healthy", path), Request: driver.Request{SQL: "select v from t"}},
	}
	const timeout, grace = 200 * time.Millisecond, 100 * time.Millisecond
	begun := time.Now()
	var ends []dispatch.Outcome
	for a := range dispatch.Dispatch(t.Context(), tasks, dispatch.Options{Timeout: timeout, Grace: grace}) {
		ends = append(ends, a.Outcome)
		if a.Rows != nil {
			a.Rows.Discard()
		}
	}
	took := time.Since(begun)
	select {
	case <-stuck.ended:
		t.Error("the opcode ends too soon to be stuck in it")
	default:
	}
	if took < timeout+grace || took > timeout+grace+300*time.Millisecond {
		t.Errorf("took %v, want timeout and grace and little more", took)
	}
	if len(ends) != 2 || ends[0].Source != "healthy" || ends[0].State != dispatch.OK || ends[0].Rows != 1 || ends[0].Total > timeout {
		t.Fatalf("ends: %+v, want the healthy one first, with its row", ends)
	}
	e := ends[1]
	if e.Source != "stuck" || e.State != dispatch.Timeout || e.Phase != driver.Query || !e.Abandoned || e.Cancel != driver.Unknown || e.Rows != 0 {
		t.Errorf("%+v, want it abandoned in its query", e)
	}
	<-stuck.ended // otherwise its thread would still run during the next test
}

func TestAnErrorAtAnyRowGivesNoRows(t *testing.T) {
	path := file(t)
	for _, test := range []struct {
		row     int
		phase   driver.Phase
		emitted int
	}{
		{1, driver.Query, 0},
		{2, driver.Stream, 0},
		{row.MaxRows, driver.Stream, 0},
		{row.MaxRows + 1, driver.Stream, row.MaxRows},
		{1000, driver.Stream, 3 * row.MaxRows},
		{2000, driver.Stream, 7 * row.MaxRows}, // the last row
	} {
		t.Run(fmt.Sprintf("row %d", test.row), func(t *testing.T) {
			q := driver.Request{SQL: fmt.Sprintf("%s select case i when %d then abs(-9223372036854775807 - 1) else i end from c", count, test.row)}
			r := run(t.Context(), path, q)
			r.fails(t, test.phase, "SQLITE_ERROR", "integer overflow")
			if len(r.rows) != test.emitted {
				t.Errorf("%d rows were emitted, want the full batches before, %d", len(r.rows), test.emitted)
			}
			for a := range dispatch.Dispatch(t.Context(), []dispatch.Task{{Source: sqlite.New("test", path), Request: q}}, dispatch.Options{}) {
				o := a.Outcome
				if o.State != dispatch.Failed || o.Phase != test.phase || a.Rows != nil || o.Rows != 0 || o.Discarded != int64(test.emitted) {
					t.Errorf("%+v, want it failed with %d rows discarded", o, test.emitted)
				}
			}
		})
	}
}

func TestACellOf100MBIsWhole(t *testing.T) {
	const size = 100_000_000
	path := file(t, "create table t(v)", fmt.Sprintf("insert into t values (zeroblob(%d))", size))
	zeros := make([]byte, size)
	s := sqlite.New("test", path)
	for _, test := range []struct {
		name string
		max  int
	}{{"without a limit", 0}, {"as large as allowed", size}, {"over the limit", size - 1}} {
		t.Run(test.name, func(t *testing.T) {
			rows := 0
			_, err := s.Run(t.Context(), driver.Request{SQL: "select v from t", MaxCell: test.max}, new(driver.Progress), func(b *row.Batch) error {
				defer b.Release()
				for i := range b.Rows() {
					rows++
					if !bytes.Equal(b.Bytes(b.Row(i)[0]), zeros) {
						t.Error("the cell is not what was stored")
					}
				}
				return nil
			})
			if test.max == size-1 {
				(&result{err: err}).fails(t, driver.Query, "SQLITE_TOOBIG", "too big (the limit is 99999999 bytes)")
				if rows != 0 {
					t.Error("it was emitted")
				}
			} else if err != nil || rows != 1 {
				t.Errorf("%d rows, %v", rows, err)
			}
		})
	}
}

func TestColumnsByTheThousand(t *testing.T) {
	const width = 1600
	var names, values, cells []string
	for i := range width {
		names = append(names, fmt.Sprintf("column_%d", i))
		values = append(values, fmt.Sprint(i))
		cells = append(cells, fmt.Sprintf("integer %d", i))
	}
	path := file(t, "create table wide("+strings.Join(names, ", ")+")",
		"insert into wide values ("+strings.Join(values, ", ")+")")
	r := query(t, path, "select * from wide")
	var got []string
	for _, c := range r.columns {
		got = append(got, c.Name)
	}
	if !slices.Equal(got, names) {
		t.Errorf("%d columns, the last %q", len(got), got[len(got)-1])
	}
	r.want(t, strings.Join(cells, "|"))
	run(t.Context(), path, driver.Request{SQL: "select *, * from wide"}).fails(t, driver.Query, "SQLITE_ERROR", "too many columns")
}

// A read transaction locks writers out, so it must end before a slow reader has taken all
// rows.
func TestASlowReaderLocksNobodyOut(t *testing.T) {
	path := file(t, "create table t(v)", "insert into t "+count+"select i from c")
	db, conn := writer(t, path)
	exec(t, conn, "pragma busy_timeout = 0")
	rows := 0
	for a := range dispatch.Dispatch(t.Context(), []dispatch.Task{{Source: sqlite.New("test", path), Request: driver.Request{SQL: "select v from t"}}}, dispatch.Options{}) {
		if a.Outcome.State != dispatch.OK {
			t.Fatal(a.Outcome.Err)
		}
		exec(t, conn, "delete from t") // before the first row is taken
		err := a.Rows.Each(func(b *row.Batch) error {
			rows += b.Rows()
			b.Release()
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	if rows != 2000 {
		t.Errorf("%d rows, want the 2000 rows from before the delete", rows)
	}
	if err := errors.Join(conn.Close(), db.Close()); err != nil {
		t.Error(err)
	}
}

func TestAReaderThatHasGoneLeavesNoLock(t *testing.T) {
	path := file(t, "create table t(v)", "insert into t "+count+"select i from c")
	gone := fmt.Errorf("write: %w", os.ErrClosed)
	s := sqlite.New("test", path)
	_, err := s.Run(t.Context(), driver.Request{SQL: "select v from t"}, new(driver.Progress), func(b *row.Batch) error {
		b.Release()
		return gone
	})
	if err != gone { //nolint:errorlint // the same error, not wrapped
		t.Errorf("%v, want the reader's own error", err)
	}
	db, conn := writer(t, path)
	exec(t, conn, "pragma busy_timeout = 0")
	exec(t, conn, "begin exclusive")
	if err := errors.Join(conn.Close(), db.Close()); err != nil {
		t.Error(err)
	}
}
