// Warnings, the server's and ours, as lines.

package mysql

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/fanql/fanql/sources/driver"
)

const maxLines = 20 // of warnings in an answer

// Numbers of the server's errors and warnings.
const (
	rowsExamined = 1931 // LIMIT ROWS EXAMINED ended the statement early
	timeLimit    = 3024 // max_execution_time ended it
)

// A warningList keeps distinct warnings in order of appearance.
type warningList struct {
	kept  []string
	seen  map[string]bool
	count int // of the server's warnings, with repetitions
}

// add adds a warning of the server's. A Note does not count as a warning.
func (l *warningList) add(level string, code int64, message string) {
	l.count++
	if level == "Note" {
		return
	}
	l.note(fmt.Sprintf("%d: %s", code, message))
}

// note adds a warning of ours.
func (l *warningList) note(line string) {
	line = strings.Join(strings.Fields(cutMessage(line, len(line), false)), " ")
	if l.seen[line] || len(l.kept) > maxWarnings {
		return
	}
	if l.seen == nil {
		l.seen = make(map[string]bool)
	}
	l.seen[line] = true
	l.kept = append(l.kept, line)
}

func (l *warningList) lines() []string {
	if len(l.kept) <= maxLines {
		return l.kept
	}
	return append(l.kept[:maxLines-1:maxLines-1], fmt.Sprintf("and %d more", len(l.kept)-maxLines+1))
}

// warnings reads the warnings that the server sends only on request. One of them says
// that the rows are incomplete.
func (a *execution) warnings(ctx context.Context, conn sqldriver.Conn) error {
	rows, err := conn.(sqldriver.QueryerContext).QueryContext(ctx, "SHOW WARNINGS", nil)
	if err != nil {
		return err
	}
	values := make([]sqldriver.Value, 3) // level, code, message
	for {
		err := rows.Next(values)
		if err == io.EOF { //nolint:errorlint // as in stream
			break
		}
		if err != nil {
			return err
		}
		if a.said.count > math.MaxUint16 { // the largest number that the server counts
			return errors.New("the server's warnings do not end")
		}
		level, _ := values[0].([]byte)
		message, _ := values[2].([]byte)
		code := asInt(values[1])
		if code == rowsExamined {
			return incomplete(string(message))
		}
		a.said.add(string(level), code, string(message))
	}
	// Warnings that do not fit into the server's list are dropped, in order of
	// appearance, and this one comes last.
	if a.said.count >= maxWarnings && strings.Contains(strings.ToLower(a.q.SQL), "examined") {
		return incomplete("too many warnings to tell whether LIMIT ROWS EXAMINED cut the rows")
	}
	a.answer.Warnings = a.said.lines()
	return rows.Close()
}

// unlimited fails an answer that MySQL's own time limit has ended: SLEEP then returns a
// row and no error. The server is queried only if the time was up.
func (a *execution) unlimited(ctx context.Context, conn sqldriver.Conn) error {
	if a.session.limit == 0 || time.Since(a.executed) < a.session.limit {
		return nil
	}
	cells := make([]sqldriver.Value, 2) // name and value
	if err := one(ctx, conn, "SHOW SESSION STATUS LIKE 'Max_execution_time_exceeded'", cells); err != nil {
		return err
	}
	if asText(cells[1]) == "0" {
		return nil
	}
	return &driver.Error{Phase: driver.Verify, Code: strconv.Itoa(timeLimit), Err: fmt.Errorf("the server's own time limit ended the statement (max_execution_time=%d ms)", a.session.limit.Milliseconds())}
}

func incomplete(why string) error {
	return &driver.Error{Phase: driver.Verify, Code: strconv.Itoa(rowsExamined), Err: errors.New("incomplete: " + why)}
}
