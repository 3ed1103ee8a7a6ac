// Errors that the MySQL driver reports only at the very end. A server cannot be made to
// cause them, so the tests replace that driver.

package mysql

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"io"
	"math"
	"testing"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

var errLate = errors.New("an error that only the close tells")

// played is a connection that returns no rows for the statement and for SHOW WARNINGS. It
// returns these errors when the rows are closed.
type played struct {
	sqldriver.Conn
	statement, warnings error
}

func (p played) PrepareContext(context.Context, string) (sqldriver.Stmt, error) {
	return playedStatement{err: p.statement}, nil
}

func (p played) QueryContext(context.Context, string, []sqldriver.NamedValue) (sqldriver.Rows, error) {
	return playedRows{p.warnings}, nil
}

type playedStatement struct {
	sqldriver.Stmt
	err error
}

func (s playedStatement) QueryContext(context.Context, []sqldriver.NamedValue) (sqldriver.Rows, error) {
	return playedRows{s.err}, nil
}

type playedRows struct{ atTheEnd error }

func (r playedRows) Columns() []string                     { return []string{"n"} }
func (r playedRows) ColumnTypeDatabaseTypeName(int) string { return "INT" }
func (r playedRows) Next([]sqldriver.Value) error          { return io.EOF }
func (r playedRows) HasNextResultSet() bool                { return false }
func (r playedRows) NextResultSet() error                  { return io.EOF }
func (r playedRows) Close() error                          { return r.atTheEnd }

func TestAnErrorOfTheCloseIsAnError(t *testing.T) {
	for name, c := range map[string]struct {
		conn played
		want error
	}{
		"none":                    {played{}, nil},
		"of the statement's rows": {played{statement: errLate}, errLate},
		"of the rows of warnings": {played{warnings: errLate}, errLate},
	} {
		t.Run(name, func(t *testing.T) {
			a := &execution{q: driver.Request{SQL: "select n"}, progress: new(driver.Progress), emit: func(b *row.Batch) error { b.Release(); return nil }}
			if err := a.execute(t.Context(), c.conn, new(killer)); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if a.progress.Phase() != driver.Verify {
				t.Errorf("it ended in %s, want verify", a.progress.Phase())
			}
		})
	}
}

// A server may have more warnings about a file of rows than it shows. The file is then
// refused, since the other warnings are not known.
func TestWarningsOfAFileThatAreNotShownRefuseIt(t *testing.T) {
	f := &rowFile{l: &loading{conn: played{}, hard: t.Context()}}
	for warnings, refused := range map[int]bool{0: false, 1: true, math.MaxUint16: true} {
		if err := f.took(3, 3, warnings); (err != nil) != refused {
			t.Errorf("%d warnings: %v", warnings, err)
		}
	}
}
