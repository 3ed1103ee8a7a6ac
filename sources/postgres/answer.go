// The parts of a statement's answer other than rows: its columns if it was only prepared,
// the server's count of rows, and warnings.

package postgres

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/fanql/fanql/sources/row"
)

// prepared returns the result of a statement that was not run: its columns.
func (r *run) prepared(line *pgconn.Pipeline, s *pgconn.StatementDescription) (*row.Batch, error) {
	if s.Fields == nil {
		return nil, errors.New("the statement gives no rows: only queries can be asked")
	}
	_, schema := columnsOf(s.Fields, r.q.MaxCell)
	return row.NewBatch(schema), r.ended(line)
}

// whole checks that the server calls the statement a query, and has counted as many
// rows as were read. Measured on 15.18: SELECT, VALUES, TABLE, WITH and EXECUTE answer
// SELECT n; SHOW and EXPLAIN answer their names, without a count.
func whole(tag string, rows int64) error {
	if tag == "SHOW" || tag == "EXPLAIN" {
		return nil
	}
	count, ok := strings.CutPrefix(tag, "SELECT ")
	n, err := strconv.ParseInt(count, 10, 64)
	switch {
	case !ok || err != nil:
		return fmt.Errorf("%s is not a query: only queries can be asked", tag)
	case n != rows:
		return fmt.Errorf("incomplete: the server counted %d rows, and %d arrived", n, rows)
	}
	return nil
}

func quoted(name string) string { return strconv.Quote(name) }

// note adds a warning to the answer, which has 20 at most.
func (r *run) note(text string) {
	if len(r.notes) < 20 {
		r.notes = append(r.notes, oneLine(cutMessage(text, len(text))))
	}
}

// notice records the server's warnings. Lesser notices are not reported.
func (r *run) notice(_ *pgconn.PgConn, n *pgconn.Notice) {
	if r.silent {
		return
	}
	severity := n.SeverityUnlocalized
	if severity == "" {
		severity = n.Severity // before 9.6
	}
	if severity == "WARNING" {
		r.note(n.Message)
	}
}
