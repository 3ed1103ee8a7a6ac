// Sends rows as the file of a LOAD DATA LOCAL statement.
//
// The server's answer to that statement is a request for a file by its name. A hostile
// server may name any file of this machine. So the driver never sees such a request: the
// guard refuses it. Only the answer to our own statement is read here, past the driver and
// the guard, and it must be exactly the name of that statement, which is random. Then the
// rows are sent: no code opens a file by that name.

package mysql

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"

	"github.com/fanql/fanql/sources/load"
	"github.com/fanql/fanql/sources/row"
)

// errFile is the error for a server that asks for a file.
var errFile = errors.New("the server asks for a file of this machine: that is never given")

// errFileAnswer is the error for an answer that the protocol does not allow.
var errFileAnswer = errors.New("the server's answer to LOAD DATA cannot be read")

// localFile is the first byte of a server's request for a file.
const localFile = 0xfb

// filePart is the number of bytes from which collected rows are sent.
const filePart = 64 << 10

// harmless are warnings of LOAD DATA that say nothing about a row: about deprecated
// syntax in a trigger or a default.
var harmless = map[uint16]bool{1287: true, 1681: true}

// fileStatement returns the statement that reads a file of the name into a table.
func fileStatement(into string, columns []load.Column, name string) string {
	var targets, sets []string
	for i, c := range columns {
		id, how := backticked(c.Name), conversion(c)
		if how == "" {
			targets = append(targets, id)
			continue
		}
		v := fmt.Sprintf("@fanql_%d", i)
		targets, sets = append(targets, v), append(sets, id+" = "+fmt.Sprintf(how, v))
	}
	sql := "LOAD DATA LOCAL INFILE " + quote(name) + " INTO TABLE " + into +
		" CHARACTER SET utf8mb4 FIELDS TERMINATED BY x'09' ESCAPED BY x'5c' LINES TERMINATED BY x'0a' (" + strings.Join(targets, ", ") + ")"
	if len(sets) > 0 {
		sql += " SET " + strings.Join(sets, ", ")
	}
	return sql
}

// conversion returns the SQL that converts a text to a column's value. It is empty if the
// server converts the text like a string.
func conversion(c load.Column) string {
	word, _, _ := strings.Cut(strings.ToLower(c.Type), "(")
	switch {
	case c.Kind == row.Bytes:
		return "UNHEX(%s)"
	case word == "bit": // a text '1' would give the bits of the character
		return "CAST(%s AS UNSIGNED)"
	}
	return ""
}

// A rowFile sends rows as the file of a statement that is running. Only one goroutine may
// use it at a time.
type rowFile struct {
	l       *loading
	ctx     context.Context // checked before each packet
	number  byte            // of the next packet
	packet  []byte          // that is being filled, after room for its header
	part    int             // the size from which a packet is sent
	largest int             // the most bytes of a row; 0 is no limit
	text    []byte
	sent    int64
	broken  bool // the connection cannot be used any longer
	ended   bool // the end of the file was sent
}

// openFile runs the statement. If the server refuses it before it has asked for rows,
// the error is the server's.
func (l *loading) openFile(ctx context.Context, into string, columns []load.Column) (*rowFile, error) {
	name := rand.Text()
	f := &rowFile{l: l, ctx: ctx, number: 1, part: filePart, largest: l.packet, packet: make([]byte, headerSize, filePart+filePart/4)}
	if l.packet > 0 {
		f.part = min(f.part, l.packet/4)
	}
	sql := fileStatement(into, columns, name)
	size := 1 + len(sql)
	if err := l.link.send(append([]byte{byte(size), byte(size >> 8), byte(size >> 16), 0, comQuery}, sql...)); err != nil {
		return nil, err
	}
	answer, err := f.receive()
	switch {
	case err != nil:
		return nil, err
	case len(answer) == 0 || answer[0] != localFile:
		return nil, f.distrust(errFileAnswer)
	case string(answer[1:]) != name:
		return nil, f.distrust(errFile)
	}
	return f, nil
}

// distrust ends the connection, on which nothing more is sent. It returns the error.
func (f *rowFile) distrust(err error) error {
	f.broken = true
	_ = f.l.link.Close() // the server has broken the protocol
	return err
}

// receive reads a packet, or the server's error.
func (f *rowFile) receive() ([]byte, error) {
	p, err := f.l.link.packets.next(&f.number)
	if err != nil {
		f.broken = true
		return nil, connectionError(err)
	}
	if len(p) > 0 && p[0] == 0xff {
		return nil, serverError(p)
	}
	return p, nil
}

// flush sends what is waiting, in packets of at most twice the part.
func (f *rowFile) flush() error {
	for at := headerSize; at < len(f.packet); {
		if err := f.ctx.Err(); err != nil {
			return context.Cause(f.ctx)
		}
		end := min(at+2*f.part, len(f.packet))
		if err := f.send(f.packet[at-headerSize : end]); err != nil { // the header replaces bytes that are sent
			return err
		}
		at = end
	}
	f.packet = f.packet[:headerSize]
	return nil
}

// send sends a packet, which has room for its header.
func (f *rowFile) send(packet []byte) error {
	size := len(packet) - headerSize
	packet[0], packet[1], packet[2], packet[3] = byte(size), byte(size>>8), byte(size>>16), f.number
	f.number++
	f.sent += int64(size)
	if _, err := f.l.link.Conn.Write(packet); err != nil {
		f.broken = true
		return mysql.ErrInvalidConn // the wire holds the reason
	}
	return nil
}

// add sends the rows of a batch.
func (f *rowFile) add(b *row.Batch, answer *load.Answer) error {
	for i := range b.Rows() {
		start := len(f.packet)
		for k, c := range b.Row(i) {
			if k > 0 {
				f.packet = append(f.packet, '\t')
			}
			f.value(b, c)
		}
		f.packet = append(f.packet, '\n')
		if size := len(f.packet) - start; f.largest > 0 && size > f.largest {
			return rowTooLarge(size, f.largest)
		}
		if len(f.packet)-headerSize >= f.part {
			if err := f.flush(); err != nil {
				return err
			}
		}
	}
	answer.Rows += int64(b.Rows())
	return nil
}

// end sends the rest and the end of the file, and returns an error unless the server took
// all rows as they were sent.
func (f *rowFile) end(answer *load.Answer) error {
	if err := f.flush(); err != nil {
		return err
	}
	rows, warnings, err := f.finish()
	if err == nil {
		err = f.took(uint64(answer.Rows), rows, warnings)
	}
	answer.Bytes = f.sent
	return err
}

// finish sends the end of the file and reads the answer: how many rows the table got, and
// how many warnings there are.
func (f *rowFile) finish() (rows uint64, warnings int, err error) {
	if err := f.send(make([]byte, headerSize)); err != nil {
		return 0, 0, err
	}
	f.ended = true
	const more = 0x0008
	p, err := f.receive()
	if err != nil {
		return 0, 0, err
	}
	rows, known := encodedInteger(p[min(1, len(p)):])
	e := readEnd(p)
	if !known || p[0] != 0 || e.status&more != 0 {
		return 0, 0, f.distrust(errFileAnswer)
	}
	return rows, e.warnings, nil
}

// abandon ends the file if it has not ended, so that the connection can be used. What
// the server has made of the rows is rolled back.
func (f *rowFile) abandon() {
	if !f.broken && !f.ended {
		_, _, _ = f.finish() // the rows are not needed
	}
}

// value appends a value in the form of such a file.
func (f *rowFile) value(b *row.Batch, c row.Cell) {
	dst := f.packet
	switch c.Kind {
	case row.Null:
		dst = append(dst, `\N`...)
	case row.Bool:
		dst = append(dst, '0'+byte(c.Bits))
	case row.Int, row.Uint, row.Decimal:
		dst = b.AppendText(dst, c)
	case row.Float:
		dst = strconv.AppendFloat(dst, row.DoubleOf(c), 'e', -1, 64)
	case row.Bytes:
		dst = hex.AppendEncode(dst, b.Bytes(c))
	case row.Timestamp, row.TimestampTZ:
		f.text = momentText(f.text[:0], b, c)
		dst = escaped(dst, f.text)
	default:
		f.text = b.AppendText(f.text[:0], c)
		dst = escaped(dst, f.text)
	}
	f.packet = dst
}

// fileEscapes has the character after the backslash for bytes that need an escape.
var fileEscapes = [256]byte{0: '0', '\t': 't', '\n': 'n', '\\': '\\'}

func escaped(dst, text []byte) []byte {
	from := 0
	for i, ch := range text {
		if fileEscapes[ch] != 0 {
			dst = append(append(dst, text[from:i]...), '\\', fileEscapes[ch])
			from = i + 1
		}
	}
	return append(dst, text[from:]...)
}

// took returns why the server did not take all rows as they were sent. For a client's file
// the server reports errors as warnings: it skips rows and changes values.
func (f *rowFile) took(sent, rows uint64, warnings int) error {
	if warnings > 0 {
		list, err := f.l.rows("SHOW WARNINGS")
		if err != nil {
			return err
		}
		for _, w := range list {
			code, err := strconv.ParseUint(w[1], 10, 16)
			if err == nil && !harmless[uint16(code)] {
				return &mysql.MySQLError{Number: uint16(code), Message: w[2]}
			}
		}
		if len(list) < warnings || warnings == math.MaxUint16 { // the protocol cannot count more
			return fmt.Errorf("the server has at least %d warnings and shows %d: one of the others may be about a changed value", warnings, len(list))
		}
	}
	if rows != sent {
		return fmt.Errorf("the server took other rows than it was sent: %d, and %d were sent", rows, sent)
	}
	return nil
}
