// Asking: the statement, its rows, and the proof that they are all.

package mysql

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/fanql/fanql/sources/ask"
	"github.com/fanql/fanql/sources/row"
	"github.com/go-sql-driver/mysql"
)

// Server error and warning numbers.
const (
	unpreparable = 1295 // the command is not supported in the prepared statement protocol
	rowsExamined = 1931 // LIMIT ROWS EXAMINED ended the statement early
)

// An asking is one Run under way.
type asking struct {
	q        ask.Question
	progress *ask.Progress
	emit     row.Emit
	dialer   dialer
	plain    bool // as of Source
	answer   ask.Answer
	said     warningList
	packets  *packets // nil where the driver reads the rows
	refused  error    // emit's own
}

// ask sends the statement and emits its rows. On an error it leaves rows unread
// and the connection unusable: the caller closes it.
func (a *asking) ask(ctx context.Context, conn driver.Conn, k *killer) error {
	args, err := bind(a.q.Args)
	if err != nil {
		return err
	}
	a.progress.Enter(ask.Query)
	if a.q.Prepare {
		return a.prepare(ctx, conn)
	}
	if a.plain {
		a.packets = a.dialer.wire.split()
	}
	k.running.Store(true)
	rows, protocol, err := open(ctx, conn, a.statement(), args)
	if err == nil {
		err = a.stream(ctx, rows, protocol)
	}
	if err == nil || serverSaid(err) {
		k.running.Store(false)
	}
	if err != nil {
		return err
	}
	a.progress.Enter(ask.Verify)
	if err := rows.Close(); err != nil { // some errors are reported only here
		return err
	}
	return a.warnings(ctx, conn)
}

func (a *asking) statement() string {
	if a.q.Tag == "" {
		return a.q.SQL
	}
	return "/* " + a.q.Tag + " */ " + a.q.SQL
}

// prepare asks the server whether it takes the statement, and runs nothing. The
// driver keeps the columns to itself, so none are told.
func (a *asking) prepare(ctx context.Context, conn driver.Conn) error {
	_, err := conn.(driver.ConnPrepareContext).PrepareContext(ctx, a.statement())
	if said, ok := errors.AsType[*mysql.MySQLError](err); ok && said.Number == unpreparable {
		a.answer.Warnings = append(a.answer.Warnings, "the server cannot prepare it: what is wrong with it shows when it is run")
		err = nil
	}
	if err != nil {
		return err
	}
	return a.handOver(ctx, row.NewBatch(&row.Schema{}))
}

type protocol uint8

const (
	prepared protocol = iota // binary, and exact
	textual
)

// open sends the statement. ctx covers the rows as well, until they are closed.
func open(ctx context.Context, conn driver.Conn, statement string, args []driver.NamedValue) (driver.Rows, protocol, error) {
	stmt, err := conn.(driver.ConnPrepareContext).PrepareContext(ctx, statement)
	if err == nil {
		// The statement is not closed: it goes with its connection.
		rows, err := stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
		return rows, prepared, err
	}
	if said, ok := errors.AsType[*mysql.MySQLError](err); !ok || said.Number != unpreparable || len(args) > 0 {
		return nil, prepared, err
	}
	rows, err := conn.(driver.QueryerContext).QueryContext(ctx, statement, nil)
	return rows, textual, err
}

// stream emits all rows. nil means that the server has said that there are no
// more, and that ctx was not done by then.
func (a *asking) stream(ctx context.Context, rows driver.Rows, protocol protocol) error {
	schema, writers, err := columns(rows, protocol)
	if err != nil {
		return err
	}
	var reader rowReader = &driverReader{rows: rows, writers: writers, values: make([]driver.Value, len(writers)), most: a.q.MaxCell}
	if a.packets != nil && protocol == prepared {
		reader = &binaryReader{rows: rows, packets: a.packets, fields: fieldsOf(rows, schema), most: a.q.MaxCell}
	}
	b := row.NewBatch(schema)
	defer func() {
		if b != nil {
			b.Release()
		}
	}()
	escaped := make([]bool, schema.Width()) // this has been said of the column
	for count := 1; ; count++ {
		err := reader.read(b)
		if count == 1 && err == nil {
			a.progress.Enter(ask.Stream)
		}
		// An error that only wraps io.EOF is no end of rows.
		if err == io.EOF { //nolint:errorlint // see above
			break
		}
		if bad, ok := errors.AsType[*valueError](err); ok {
			return columnError(schema.Columns[bad.column].Name, count, "%w", bad.err)
		}
		if err != nil {
			return err
		}
		a.noteEscaped(b, escaped)
		if b.EndRow() || a.q.Eager && reader.waits() {
			full := b
			b = nil
			if err := a.handOver(ctx, full); err != nil {
				return err
			}
			b = row.NewBatch(schema)
		}
	}
	if rows.(driver.RowsNextResultSet).HasNextResultSet() {
		return errors.New("the statement gives more than one row set")
	}
	last := b
	b = nil
	return a.handOver(ctx, last)
}

// noteEscaped warns of what is not UTF-8 in the row at the end, once for each
// column.
func (a *asking) noteEscaped(b *row.Batch, said []bool) {
	cells := b.Cells[len(b.Cells)-len(said):]
	for i := range cells {
		if cells[i].Flags&row.Escaped != 0 && !said[i] {
			said[i] = true
			a.said.note(fmt.Sprintf("column %q holds text that is not UTF-8: such bytes are shown as \\xNN", b.Schema.Columns[i].Name))
		}
	}
}

// handOver emits the batch, unless ctx is done: a killed statement may give
// rows, and even an orderly end, that are not its own.
func (a *asking) handOver(ctx context.Context, b *row.Batch) error {
	if err := ctx.Err(); err != nil {
		b.Release()
		return err
	}
	a.refused = a.emit(b)
	return a.refused
}

// warnings reads what the server would say only if asked. That the rows are
// incomplete is among it.
func (a *asking) warnings(ctx context.Context, conn driver.Conn) error {
	rows, err := conn.(driver.QueryerContext).QueryContext(ctx, "SHOW WARNINGS", nil)
	if err != nil {
		return err
	}
	values := make([]driver.Value, 3) // level, code, message
	for {
		err := rows.Next(values)
		if err == io.EOF { //nolint:errorlint // as in stream
			break
		}
		if err != nil {
			return err
		}
		message, _ := values[2].([]byte)
		code := asInt(values[1])
		if code == rowsExamined {
			return incomplete(string(message))
		}
		a.said.add(code, string(message))
	}
	// What does not fit into the server's list is dropped, in order of
	// appearance, and this warning comes last.
	if a.said.count >= maxWarnings && strings.Contains(strings.ToLower(a.q.SQL), "examined") {
		return incomplete("too many warnings to tell whether LIMIT ROWS EXAMINED cut the rows")
	}
	a.answer.Warnings = a.said.lines()
	return rows.Close()
}

func incomplete(why string) error {
	return &ask.Error{Phase: ask.Verify, Code: strconv.Itoa(rowsExamined), Err: errors.New("incomplete: " + why)}
}
