// Writes values as SQL literals, for sessions with the modes of loadSettings.

package mysql

import (
	"encoding/hex"
	"fmt"
	"io"
	"strconv"

	"github.com/fanql/fanql/sources/load"
	"github.com/fanql/fanql/sources/row"
)

func isEnd(err error) bool { return err == io.EOF } //nolint:errorlint // an error that only wraps io.EOF is no end of rows

// inserts converts rows to INSERT statements.
type inserts struct {
	head         string
	most, packet int
	send         func(sql string) error
	buffer       []byte
	rows         int64 // in the buffer
	text         []byte
}

// add adds the rows of a batch.
func (w *inserts) add(b *row.Batch, answer *load.Answer) error {
	for i := range b.Rows() {
		start := len(w.buffer)
		if start == 0 {
			w.buffer = append(w.buffer, w.head...)
		} else {
			w.buffer = append(w.buffer, ',')
		}
		w.buffer = append(w.buffer, '(')
		for k, c := range b.Row(i) {
			if k > 0 {
				w.buffer = append(w.buffer, ',')
			}
			w.value(b, c)
		}
		w.buffer = append(w.buffer, ')')
		w.rows++
		if w.packet > 0 && len(w.buffer)-start+len(w.head) > w.packet {
			return rowTooLarge(len(w.buffer)-start, w.packet)
		}
		if len(w.buffer) >= w.most {
			if err := w.flush(answer); err != nil {
				return err
			}
		}
	}
	return nil
}

// end sends the rest.
func (w *inserts) end(answer *load.Answer) error { return w.flush(answer) }

// abandon does nothing: each statement has ended.
func (w *inserts) abandon() {}

// flush sends the rows so far.
func (w *inserts) flush(answer *load.Answer) error {
	if w.rows == 0 {
		return nil
	}
	if err := w.send(string(w.buffer)); err != nil {
		return err
	}
	answer.Rows += w.rows
	answer.Bytes += int64(len(w.buffer))
	w.buffer, w.rows = w.buffer[:0], 0
	return nil
}

// value appends a literal.
func (w *inserts) value(b *row.Batch, c row.Cell) {
	switch c.Kind {
	case row.Null:
		w.buffer = append(w.buffer, "NULL"...)
	case row.Bool:
		w.buffer = append(w.buffer, '0'+byte(c.Bits))
	case row.Int, row.Uint, row.Decimal:
		w.buffer = b.AppendText(w.buffer, c)
	case row.Float:
		w.buffer = strconv.AppendFloat(w.buffer, row.DoubleOf(c), 'e', -1, 64) // with an exponent it is a double
	case row.Bytes:
		w.buffer = hex.AppendEncode(append(w.buffer, "x'"...), b.Bytes(c))
		w.buffer = append(w.buffer, '\'')
	case row.Timestamp, row.TimestampTZ:
		w.text = momentText(w.text[:0], b, c)
		w.quoted(w.text)
	default:
		w.text = b.AppendText(w.text[:0], c)
		w.quoted(w.text)
	}
}

// momentText appends a timestamp as these servers write it.
func momentText(dst []byte, b *row.Batch, c row.Cell) []byte {
	from := len(dst)
	dst = b.AppendText(dst, c)
	if c.Flags&row.InArena == 0 {
		dst[from+len("2026-01-31")] = ' '
		if c.Kind == row.TimestampTZ { // the session is in UTC
			dst = dst[:len(dst)-1]
		}
	}
	return dst
}

// rowTooLarge returns the error for a row that is larger than the server can receive or
// send.
func rowTooLarge(size, most int) error {
	return fmt.Errorf("a row takes %d bytes, and the server's max_allowed_packet is %d", size, most)
}

func (w *inserts) quoted(text []byte) {
	w.buffer = append(w.buffer, '\'')
	for _, ch := range text {
		if ch == '\'' {
			w.buffer = append(w.buffer, '\'')
		}
		w.buffer = append(w.buffer, ch)
	}
	w.buffer = append(w.buffer, '\'')
}
