// The rows, read past pgconn, which would copy each once more and split it into slices.

package postgres

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/tap"
)

// messages are the messages of a server. pgconn never sees the rows that are taken from
// them, and each other message is checked before pgconn allocates for it.
type messages struct {
	*tap.Reader
	bounds
	left  int    // unread bytes of the message that pgconn is reading
	ready []byte // to be read before what the server sends
}

// The header of a message: its type, and its length without the type.
const headerSize = 5

// dataRow is the type of a row.
const dataRow = 'D'

func newMessages(from io.Reader) *messages {
	return &messages{Reader: tap.New(from, headerSize, messageSize)}
}

func messageSize(header []byte) int { return 1 + int(binary.BigEndian.Uint32(header[1:])) }

// row takes the next message if it is a row of at most longest bytes. It returns the
// bytes after the header, which are valid until the next call. pgconn handles
// everything else, including errors of the connection.
func (m *messages) row(longest int) (body []byte, ok bool) {
	header, err := m.Peek(headerSize)
	if err != nil || header[0] != dataRow {
		return nil, false
	}
	size := messageSize(header)
	if size < headerSize || size > math.MaxInt32 || size-headerSize > longest {
		return nil, false
	}
	message, err := m.Take(size)
	if err != nil {
		return nil, false
	}
	return message[headerSize:], true
}

// rows emits full batches, and returns the last one and the number of rows. It ends without
// an error when the server has reported the end of the rows. That end may be an error of
// the server, which Close returns. If the request is eager, rows are emitted before each
// wait for the server. If they are refused during the wait, giveUp is called and ends the
// wait.
func (r *run) rows(ctx context.Context, rows *pgconn.ResultReader, emit row.Emit, giveUp func()) (b *row.Batch, n int64, err error) {
	columns, schema := columnsOf(rows.FieldDescriptions(), r.q.MaxCell)
	r.warnOfDigits(rows.FieldDescriptions())
	most := longest(columns)
	r.conn.Frontend().SetMaxBodyLen(most)
	r.messages.mostRow, r.width = most, len(columns)
	defer func() { r.messages.mostRow = 0 }()
	b = row.NewBatch(schema)
	handOver := func() error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if r.refused = emit(b); r.refused != nil {
			b = nil
			return r.refused
		}
		b = row.NewBatch(schema)
		return nil
	}
	if r.q.Eager {
		r.waits = func() {
			if r.refused == nil && b.Rows() > 0 && handOver() != nil {
				giveUp()
			}
		}
		defer func() { r.waits = nil }()
	}
	if !rows.NextRow() { // pgconn may have read the first already
		return b, 0, r.refused
	}
	r.p.Enter(driver.Stream)
	r.messages.Widen()
	if err := r.row(b, columns, rows.Values(), 1); err != nil {
		return b, 1, err
	}
	for n = 1; ; n++ {
		if b.EndRow() {
			if err := handOver(); err != nil {
				return b, n, err
			}
		}
		body, taken := r.messages.row(most)
		if !taken && !rows.NextRow() || r.refused != nil {
			return b, n, r.refused
		}
		if taken {
			err = r.body(b, columns, body, n+1)
		} else {
			err = r.row(b, columns, rows.Values(), n+1)
		}
		if err != nil {
			return b, n + 1, err
		}
	}
}

// row appends the values of the nth row, as pgconn has split them.
func (r *run) row(b *row.Batch, columns []column, values [][]byte, n int64) error {
	if len(values) != len(columns) {
		return wrongNumber(n, len(values), len(columns))
	}
	for i, v := range values {
		if v == nil {
			b.Null()
			continue
		}
		c := &columns[i]
		if what := c.take(b, v); what != sound {
			if err := r.unsound(c, what, v, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// body appends the values of the nth row: their number, then each with its length
// before it, or -1 for NULL.
func (r *run) body(b *row.Batch, columns []column, p []byte, n int64) error {
	if len(p) < 2 {
		return cutShort(n)
	}
	if values := int(binary.BigEndian.Uint16(p)); values != len(columns) {
		return wrongNumber(n, values, len(columns))
	}
	p = p[2:]
	for i := range columns {
		if len(p) < 4 {
			return cutShort(n)
		}
		size := int(int32(binary.BigEndian.Uint32(p)))
		p = p[4:]
		switch {
		case size == -1:
			b.Null()
			continue
		case size < 0 || size > len(p):
			return cutShort(n)
		}
		c, v := &columns[i], p[:size:size]
		if what := c.take(b, v); what != sound {
			if err := r.unsound(c, what, v, n); err != nil {
				return err
			}
		}
		p = p[size:]
	}
	if len(p) > 0 {
		return cutShort(n)
	}
	return nil
}

// warnOfDigits warns of floats inside values that arrive as text, in a session whose
// text lacks some of their digits. Only the built-in types are known to contain none.
func (r *run) warnOfDigits(fields []pgconn.FieldDescription) {
	const record, anyArray, firstOfUsers = 2249, 2277, 16384
	if n, err := strconv.Atoi(r.floatDigits); err != nil || n > 0 {
		return
	}
	for _, f := range fields {
		if f.DataTypeOID == record || f.DataTypeOID == anyArray || f.DataTypeOID >= firstOfUsers {
			r.note(fmt.Sprintf("column %s: floats inside of its values have the digits of the session's extra_float_digits, %s", quoted(f.Name), r.floatDigits))
		}
	}
}

func wrongNumber(n int64, values, columns int) error {
	return fmt.Errorf("row %d has %d values in %d columns", n, values, columns)
}

func cutShort(n int64) error {
	return fmt.Errorf("row %d cannot be read: its values are not as long as the server says", n)
}

// take appends a value, unless it is over the limit.
func (c *column) take(b *row.Batch, v []byte) verdict {
	if len(v) > c.limit {
		return tooLong
	}
	return c.read(b, v)
}

// unsound handles a value of the nth row that could not be read.
func (r *run) unsound(c *column, what verdict, v []byte, n int64) error {
	switch what {
	case tooLong:
		return fmt.Errorf("row %d: the value in column %s is over the limit of %d bytes", n, quoted(c.name), r.q.MaxCell)
	case malformed:
		return fmt.Errorf("row %d: the value in column %s is not what its type %s calls for: %.40q", n, quoted(c.name), c.database, v)
	case escaped:
		if !c.escaped {
			c.escaped = true
			r.note(fmt.Sprintf("column %s holds text that is not UTF-8: such bytes are shown as \\xNN", quoted(c.name)))
		}
	}
	return nil
}

// longest returns the length of the longest acceptable row, which may be as long as its
// longest value: a longer one is not even read. It also leaves room for messages that
// are not rows.
func longest(columns []column) int {
	const others = 1 << 20
	n := 2 + others + 4*len(columns)
	value := 0
	for _, c := range columns {
		value = max(value, min(c.limit, math.MaxInt32))
	}
	return min(n+value, math.MaxInt32)
}
