// Values: from the server's text to cells. Each column has one function, which its type
// decides.

package postgres

import (
	"encoding/hex"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// A verdict is a reader's result for a value.
type verdict uint8

const (
	sound verdict = iota
	escaped
	malformed
	tooLong // and not parsed
)

// A reader appends one value, which is never NULL, to a batch.
type reader func(b *row.Batch, v []byte) verdict

// A column is one column of a row set.
type column struct {
	name     string
	database string // its type there
	read     reader
	limit    int  // the length of the longest accepted value, in the form in which it is sent
	escaped  bool // this has been reported
}

// known are the types with a kind of their own. All others (ranges, arrays, composites,
// enums, money, …) are Text in the server's notation. A domain has the type that it is
// based on.
var known = map[uint32]struct {
	kind row.Kind
	read reader
}{
	16:   {row.Bool, readBool},
	17:   {row.Bytes, readBytes},
	20:   {row.Int, readInt},
	21:   {row.Int, readInt},
	23:   {row.Int, readInt},
	26:   {row.Int, readInt}, // oid: up to 2^32-1
	114:  {row.JSON, readJSON},
	700:  {row.Float, readFloat4},
	701:  {row.Float, readFloat8},
	1082: {row.Date, func(b *row.Batch, v []byte) verdict { b.DateText(v); return sound }},
	1083: {row.Time, readTime},
	1114: {row.Timestamp, func(b *row.Batch, v []byte) verdict { b.TimestampText(v, false); return sound }},
	1186: {row.Text, readInterval},
	1187: {row.Text, readIntervals},
	1184: {row.TimestampTZ, func(b *row.Batch, v []byte) verdict { b.TimestampText(v, true); return sound }},
	1266: {row.Time, readTime},
	1700: {row.Decimal, func(b *row.Batch, v []byte) verdict { b.Decimal(v); return sound }},
	3802: {row.JSON, readJSON},
}

// columnsOf returns the columns and the schema of a row set whose values have at most
// maxCell bytes; 0 is no limit.
func columnsOf(fields []pgconn.FieldDescription, maxCell int) ([]column, *row.Schema) {
	columns := make([]column, len(fields))
	schema := &row.Schema{Columns: make([]row.Column, len(fields))}
	for i, f := range fields {
		t, ok := known[f.DataTypeOID]
		if !ok {
			t.kind, t.read = row.Text, readText
		}
		if f.Format == pgproto3.BinaryFormat {
			if t.read = binaryOf(f.DataTypeOID); t.read == nil { // the column was not requested in binary
				t.read = func(*row.Batch, []byte) verdict { return malformed }
			}
		}
		name := f.Name
		if !utf8.ValidString(name) {
			name = strings.Trim(strconv.Quote(name), `"`)
		}
		schema.Columns[i] = row.Column{Name: name, Type: t.kind, Database: typeName(f.DataTypeOID)}
		if m := f.TypeModifier - 4; t.kind == row.Decimal && m >= 0 { // the scale has eleven bits and a sign
			schema.Columns[i].Width, schema.Columns[i].Scale = int(m>>16), int(m&0x7ff^0x400)-0x400
		}
		columns[i] = column{name: name, database: schema.Columns[i].Database, read: t.read, limit: math.MaxInt32}
		switch {
		case maxCell == 0:
		case t.kind == row.Bytes && f.Format == pgproto3.TextFormat: // two digits a byte, after \x
			columns[i].limit = 2*maxCell + 2
		default:
			columns[i].limit = maxCell
		}
	}
	return columns, schema
}

func readInterval(b *row.Batch, v []byte) verdict {
	var room [64]byte
	text, ok := appendIntervalText(room[:0], v)
	if !ok {
		return malformed
	}
	b.Text(text)
	return sound
}

func readIntervals(b *row.Batch, v []byte) verdict {
	text, ok := appendIntervals(nil, v)
	if !ok {
		return malformed
	}
	b.Text(text)
	return sound
}

func readBool(b *row.Batch, v []byte) verdict {
	if len(v) != 1 || v[0] != 't' && v[0] != 'f' {
		return malformed
	}
	b.Bool(v[0] == 't')
	return sound
}

// readInt reads at most 18 digits itself, so that nothing can overflow.
func readInt(b *row.Batch, v []byte) verdict {
	digits := v
	if len(v) > 0 && v[0] == '-' {
		digits = v[1:]
	}
	if len(digits) == 0 || len(digits) > 18 {
		n, err := strconv.ParseInt(asString(v), 10, 64)
		if err != nil {
			return malformed
		}
		b.Int(n)
		return sound
	}
	n := int64(0)
	for _, d := range digits {
		if d < '0' || d > '9' {
			return malformed
		}
		n = n*10 + int64(d-'0')
	}
	if len(digits) < len(v) {
		n = -n
	}
	b.Int(n)
	return sound
}

func readFloat4(b *row.Batch, v []byte) verdict {
	f, err := strconv.ParseFloat(asString(v), 32)
	if err != nil {
		return malformed
	}
	b.Float32(float32(f))
	return sound
}

func readFloat8(b *row.Batch, v []byte) verdict {
	f, err := strconv.ParseFloat(asString(v), 64)
	if err != nil {
		return malformed
	}
	b.Float(f)
	return sound
}

func readTime(b *row.Batch, v []byte) verdict {
	b.Exact(row.Time, v)
	return sound
}

func readText(b *row.Batch, v []byte) verdict {
	if !b.Text(v) {
		return escaped
	}
	return sound
}

func readJSON(b *row.Batch, v []byte) verdict {
	if !b.JSON(v) {
		return escaped
	}
	return sound
}

// readBytes decodes \x and hexadecimal digits in place: the bytes never overtake the
// digits, and the digits are read only once.
func readBytes(b *row.Batch, v []byte) verdict {
	if len(v) < 2 || v[0] != '\\' || v[1] != 'x' {
		return malformed
	}
	n, err := hex.Decode(v, v[2:])
	if err != nil {
		return malformed
	}
	b.Blob(v[:n])
	return sound
}

// asString returns v without a copy, for a callee that does not keep it.
func asString(v []byte) string { return unsafe.String(unsafe.SliceData(v), len(v)) }

// parameterOID returns the declared type of a parameter; 0 lets the server infer it, as
// for a quoted literal.
func parameterOID(a driver.Arg) uint32 {
	switch a.Type {
	case driver.Text:
		return 25
	case driver.Int:
		return 20
	case driver.Decimal:
		return 1700
	case driver.Bool:
		return 16
	case driver.Date:
		return 1082
	case driver.Timestamp:
		if zoned(a.Value) {
			return 1184
		}
		return 1114
	}
	return 0
}

// zoned reports whether a zone follows 2026-01-31 08:30:00.
func zoned(timestamp string) bool {
	for i := min(len("2026-01-31"), len(timestamp)); i < len(timestamp); i++ {
		switch timestamp[i] {
		case '+', '-', 'Z':
			return true
		}
	}
	return false
}
