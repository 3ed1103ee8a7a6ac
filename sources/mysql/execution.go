// Running a statement: the statement, its rows, and the proof that they are complete.

package mysql

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// unpreparable is the error for a command that the prepared statement protocol does not
// support.
const unpreparable = 1295

// An execution is one Run in progress.
type execution struct {
	q        driver.Request
	progress *driver.Progress
	emit     row.Emit
	dialer   dialer
	textual  bool // the statement cannot be prepared
	session  session
	link     *channel // the connection's channel
	channel  *channel // the same, or nil if only the driver can read
	answer   driver.Answer
	said     warningList
	executed time.Time // when the statement was sent to be executed
	emitting bool      // emit is running
	refused  error     // emit's own
}

// errUnpreparable is the error for a statement that the server accepts as text only.
var errUnpreparable = errors.New("the statement cannot be prepared")

// execute runs the statement, and those that follow in the same transaction. After an error, rows may be unread
// and the connection is unusable: the caller closes it.
func (a *execution) execute(ctx context.Context, conn sqldriver.Conn, k *killer) error {
	err := a.run(ctx, conn, k)
	for err == nil && a.q.More != nil && a.session.snapshot {
		var next *driver.Request
		if next, err = a.q.More(ctx); err != nil || next == nil {
			return err
		}
		a.q = *next
		err = a.run(ctx, conn, k)
	}
	return err
}

// run sends the statement and emits its rows.
func (a *execution) run(ctx context.Context, conn sqldriver.Conn, k *killer) error {
	a.progress.Enter(driver.Query)
	var err error
	if a.q, err = a.q.For(a.session.modes); err != nil {
		return err
	}
	args := a.q.Args
	if a.session.zone != "" {
		if args, err = localize(ctx, conn, args, a.session.zone); err != nil {
			return err
		}
	}
	values, err := bind(args)
	if err != nil {
		return err
	}
	if a.q.Prepare {
		return a.advise(ctx, conn, a.prepare(ctx, conn))
	}
	k.running.Store(true)
	rows, reader, err := a.open(ctx, conn, values)
	if err == nil {
		err = a.stream(ctx, rows, reader)
	}
	if err == nil || serverSaid(err) || errors.Is(err, errUnpreparable) {
		k.running.Store(false)
	}
	if err != nil {
		return a.advise(ctx, conn, err)
	}
	a.takes(mostOwn)
	a.progress.Enter(driver.Verify)
	if err := rows.Close(); err != nil { // some errors are reported only here
		return err
	}
	if err := a.unlimited(ctx, conn); err != nil {
		return err
	}
	if reader.warnings() == 0 {
		a.answer.Warnings = a.said.lines()
		return nil
	}
	return a.warnings(ctx, conn)
}

// takes limits the bytes of a row.
func (a *execution) takes(row int) {
	if a.link != nil {
		a.link.guard.row = row
	}
}

func (a *execution) statement() string { return a.mark() + a.q.SQL }

// mark returns the text before the user's statement.
func (a *execution) mark() string {
	if a.q.Tag == "" {
		return ""
	}
	return "/* " + a.q.Tag + " */ "
}

// prepare lets the server prepare the statement, and runs nothing. The driver does not
// export the columns, so they are read as their packets pass, except where those are
// compressed: then none are reported.
func (a *execution) prepare(ctx context.Context, conn sqldriver.Conn) error {
	schema := new(row.Schema)
	p := preparation{described: &schema.Columns}
	if a.channel != nil {
		a.channel.packets.watch = p.see
	}
	_, err := conn.(sqldriver.ConnPrepareContext).PrepareContext(ctx, a.statement())
	if a.channel != nil {
		a.channel.packets.watch = nil
	}
	if said, ok := errors.AsType[*mysql.MySQLError](err); ok && said.Number == unpreparable {
		a.answer.Warnings = append(a.answer.Warnings, "the server cannot prepare it: what is wrong with it shows when it is run")
		err = nil
	}
	if err != nil {
		return err
	}
	return a.handOver(ctx, row.NewBatch(schema))
}

type protocol uint8

const (
	prepared protocol = iota // binary, and exact
	textual
)

// open sends the statement, and reads the head of its rows. ctx applies to the rows as
// well, until they are closed.
func (a *execution) open(ctx context.Context, conn sqldriver.Conn, args []sqldriver.NamedValue) (sqldriver.Rows, rowReader, error) {
	defer a.takes(rowLimit(a.q.MaxCell)) // from the open on
	if a.textual {
		a.executed = time.Now()
		rows, err := conn.(sqldriver.QueryerContext).QueryContext(ctx, a.statement(), nil)
		if err != nil {
			return nil, nil, err
		}
		reader, err := a.reader(rows, textual)
		return rows, reader, err
	}
	var p preparation
	if a.channel != nil && a.session.zone != "" {
		a.channel.packets.watch = p.see
	}
	if a.channel != nil {
		// In a session with a zone, the statement may need a cursor; its columns decide
		// that.
		a.channel.direct = len(args) == 0 && a.session.zone == "" && a.dialer.wire.greeting.Load().maria()
	}
	stmt, err := conn.(sqldriver.ConnPrepareContext).PrepareContext(ctx, a.statement())
	if a.channel != nil {
		a.channel.packets.watch, a.channel.direct = nil, false
	}
	if numberOf(err) == unpreparable && len(args) == 0 {
		return nil, nil, errUnpreparable
	}
	if err != nil {
		return nil, nil, err
	}
	cursor := p.instants && a.dialer.wire.greeting.Load().ends
	var twice overlaps
	if cursor {
		if a.session.noZeros && !fixed(a.session.zone) {
			if twice, err = overlapsOf(ctx, conn, a.session.zone); err != nil {
				return nil, nil, err
			}
		}
		a.channel.cursor = true
	}
	a.executed = time.Now()
	// The statement is not closed: the connection's end closes it.
	rows, err := stmt.(sqldriver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		return nil, nil, err
	}
	reader, err := a.reader(rows, prepared)
	if binary, ok := reader.(*binaryReader); ok && cursor {
		return rows, &cursorReader{binaryReader: binary, a: a, ctx: ctx, conn: conn, id: p.id, twice: twice}, err
	}
	if err == nil && a.session.zone != "" {
		err = refuseInstants(reader.schema(), a.session.zone)
	}
	return rows, reader, err
}

// reader reads the head of the rows.
func (a *execution) reader(rows sqldriver.Rows, protocol protocol) (rowReader, error) {
	schema, writers, err := columns(rows, protocol)
	if err != nil {
		return nil, err
	}
	if a.channel != nil && protocol == prepared {
		return &binaryReader{rows: rows, head: schema, packets: a.channel.packets, fields: fieldsOf(rows, schema), most: a.q.MaxCell}, nil
	}
	return &driverReader{rows: rows, head: schema, writers: writers, values: make([]sqldriver.Value, len(writers)), most: a.q.MaxCell}, nil
}

// stream emits all rows. It returns nil if the server has reported the end of the rows
// before ctx was done.
func (a *execution) stream(ctx context.Context, rows sqldriver.Rows, reader rowReader) error {
	schema := reader.schema()
	b := row.NewBatch(schema)
	defer func() {
		if b != nil {
			b.Release()
		}
	}()
	escaped := make([]bool, schema.Width()) // the column has been reported
	for count := 1; ; count++ {
		err := reader.read(b)
		if count == 1 && err == nil {
			a.progress.Enter(driver.Stream)
		}
		// An error that wraps io.EOF is not the end of the rows.
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
	if rows.(sqldriver.RowsNextResultSet).HasNextResultSet() {
		return errors.New("the statement gives more than one row set: send what gives one")
	}
	last := b
	b = nil
	return a.handOver(ctx, last)
}

// noteEscaped warns of bytes that are not UTF-8 in the last row, once for each column.
func (a *execution) noteEscaped(b *row.Batch, said []bool) {
	cells := b.Cells[len(b.Cells)-len(said):]
	for i := range cells {
		if cells[i].Flags&row.Escaped != 0 && !said[i] {
			said[i] = true
			a.said.note(fmt.Sprintf("column %q holds text that is not UTF-8: such bytes are shown as \\xNN", b.Schema.Columns[i].Name))
		}
	}
}

// handOver emits the batch, unless ctx is done: a killed statement may return rows, and
// even an orderly end, that are not its own.
func (a *execution) handOver(ctx context.Context, b *row.Batch) error {
	if err := ctx.Err(); err != nil {
		b.Release()
		return err
	}
	a.emitting = true
	a.refused = a.emit(b)
	a.emitting = false
	return a.refused
}
