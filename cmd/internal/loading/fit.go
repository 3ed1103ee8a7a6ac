// Converts values for the columns of a table. A value that would change is refused.

package loading

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/sources/load"
	"github.com/fanql/fanql/sources/row"
)

// A Fitter converts merged rows into rows of the table. Only one goroutine may use it at a
// time.
type Fitter struct {
	table   string
	source  int   // the index of the column with the sources' names, or -1
	from    []int // by column of the table: its index in the merged rows
	columns []load.Column
	key     []bool // by column: it is part of the key, so NULL is refused
	merged  *row.Schema
	schema  *row.Schema
	zones   map[string]*row.Zone // the zones of sources whose timestamps are text
	zone    *row.Zone            // the zone of the current row's source
	text    []byte
}

// A ValueError is the error for a value that the table cannot hold.
type ValueError struct {
	Source, Column, Value, Type, Table string
	Err                                error
}

func (e *ValueError) Error() string {
	where := ""
	if e.Source != "" {
		where = "source " + e.Source + ": "
	}
	return fmt.Sprintf("%scolumn %q: %s cannot be held by %s (%s): %v", where, e.Column, e.Value, e.Table, e.Type, e.Err)
}

func (e *ValueError) Unwrap() error { return e.Err }

// Fit returns the rows as rows of the table. It takes ownership of the batch. The error for
// a value that does not fit is a [ValueError].
func (f *Fitter) Fit(b *row.Batch) (*row.Batch, error) {
	out := row.NewBatch(f.schema)
	out.Adopt(b)
	for r := range out.Rows() {
		cells := b.Row(r)
		if len(f.zones) > 0 {
			f.zone = f.zones[string(out.Bytes(cells[f.source]))]
		}
		for i := range f.columns {
			c, err := f.cell(out, cells[f.from[i]], i)
			if err != nil {
				err = f.refuse(out, cells, i, err)
				b.Release()
				out.Release()
				return nil, err
			}
			out.Cells = append(out.Cells, c)
		}
	}
	b.Release()
	return out, nil
}

// refuse returns the error that names the value.
func (f *Fitter) refuse(b *row.Batch, cells []row.Cell, i int, err error) error {
	e := &ValueError{Column: f.columns[i].Name, Type: f.columns[i].Type, Table: f.table, Err: err}
	if f.source >= 0 {
		e.Source = string(b.AppendText(nil, cells[f.source]))
	}
	const most = 60
	c := cells[f.from[i]]
	text := []rune(string(b.AppendText(nil, c)))
	more := ""
	if len(text) > most {
		text, more = text[:most], "…"
	}
	switch c.Kind {
	case row.Null:
		e.Value = "NULL"
	case row.Text, row.JSON:
		e.Value = strconv.Quote(string(text)) + more
	default:
		e.Value = string(text) + more
	}
	return e
}

// Reasons for a refusal.
var (
	errNull     = errors.New("it holds no NULL")
	errKeyNull  = errors.New("NULL in the key finds no row")
	errRange    = errors.New("it is out of range")
	errEscaped  = errors.New("the source's text is not UTF-8, and its bytes are not known here")
	errNUL      = errors.New("it holds no character U+0000")
	errPlain    = errors.New("it holds no characters beyond U+FFFF")
	errLong     = errors.New("it is too long")
	errBlanks   = errors.New("blanks at its end would be lost")
	errDigits   = errors.New("it has too many digits")
	errExact    = errors.New("a float cannot hold all of its digits")
	errFinite   = errors.New("it holds no NaN and no infinity")
	errFraction = errors.New("its fraction of a second would be cut")
	errZone     = errors.New("one has a zone, and the other does not: timestamps_in of a source says which instants its timestamps are")
	errMoment   = errors.New("it holds no such date")
)

// cell returns the cell for column i. It appends additional bytes to the batch's arena.
func (f *Fitter) cell(b *row.Batch, c row.Cell, i int) (row.Cell, error) {
	col := &f.columns[i]
	if c.Kind == row.Null {
		switch {
		case f.key[i]:
			return c, errKeyNull
		case col.NotNull:
			return c, errNull
		}
		return c, nil
	}
	if c.Flags&row.Escaped != 0 {
		return c, errEscaped
	}
	switch col.Kind {
	case row.Int:
		return integer(b, c, col)
	case row.Float:
		return f.float(b, c, col)
	case row.Text:
		if c.Kind != row.Text {
			f.text = b.AppendText(f.text[:0], c)
			c = b.Keep(row.Text, string(f.text))
		}
		return c, text(b.Bytes(c), col)
	case row.Decimal:
		return f.decimal(b, c, col)
	case row.Timestamp, row.TimestampTZ, row.Date:
		return f.moment(b, c, col)
	case row.Bool:
		return boolean(b, c)
	case row.Uint:
		return unsigned(b, c, col)
	case row.Time:
		return clock(b, c, col)
	case row.JSON:
		return document(b, c, col)
	case row.Bytes:
		if c.Kind == row.Text {
			if read, ok, _ := columns.Read(b, c, row.Bytes, nil); ok {
				c = read
			}
		}
		if c.Kind != row.Bytes {
			return c, notA(col.Kind)
		}
		if col.Length > 0 && int(c.Len) > col.Length {
			return c, errLong
		}
		if col.Check != nil {
			return c, col.Check(b.Bytes(c))
		}
		return c, nil
	}
	if col.Convert != nil {
		return col.Convert(b, c)
	}
	return c, nil
}

func notA(k row.Kind) error { return fmt.Errorf("it is no %s", k) }

func text(v []byte, col *load.Column) error {
	if col.NoNUL && bytes.IndexByte(v, 0) >= 0 {
		return errNUL
	}
	if col.Length > 0 && len(v) > col.Length && (col.Sized || utf8.RuneCount(v) > col.Length) {
		return errLong
	}
	if col.Padded && len(v) > 0 && v[len(v)-1] == ' ' {
		return errBlanks
	}
	if col.Plain {
		for _, r := range string(v) {
			if r > 0xffff {
				return errPlain
			}
		}
	}
	if col.Check != nil {
		return col.Check(v)
	}
	return nil
}

func clock(b *row.Batch, c row.Cell, col *load.Column) (row.Cell, error) {
	if c.Kind == row.Text {
		c, _ = columns.ReadTime(b, b.Bytes(c), c)
	}
	if c.Kind != row.Time {
		return c, notA(row.Time)
	}
	v := b.Bytes(c)
	at := bytes.LastIndexAny(v, "+-")
	if zoned := at > 0; zoned != col.Zoned {
		return c, errors.New("one has a zone, and the other does not")
	}
	if at <= 0 {
		at = len(v)
	}
	if _, part, ok := bytes.Cut(v[:at], []byte{'.'}); ok && len(bytes.TrimRight(part, "0")) > col.Fraction {
		return c, errFraction
	}
	if col.Check != nil {
		return c, col.Check(v)
	}
	return c, nil
}

func document(b *row.Batch, c row.Cell, col *load.Column) (row.Cell, error) {
	if c.Kind == row.Text || c.Kind.Numeric() {
		read, ok, _ := columns.Read(b, c, row.JSON, nil)
		if ok {
			c = read
		}
	}
	if c.Kind != row.JSON {
		return c, notA(row.JSON)
	}
	if col.Check != nil {
		return c, col.Check(b.Bytes(c))
	}
	return c, nil
}

func (f *Fitter) moment(b *row.Batch, c row.Cell, col *load.Column) (row.Cell, error) {
	if c.Kind == row.Text {
		read, ok, since := columns.Read(b, c, col.Kind, f.zone)
		if !ok {
			return c, fmt.Errorf("it is no %s%s", col.Kind, since)
		}
		c = read
	}
	odd := c.Flags&row.InArena != 0
	switch {
	case c.Kind == col.Kind:
	case c.Kind == row.Date && col.Kind == row.Timestamp:
		if c.Kind = row.Timestamp; !odd {
			c.Bits = uint64(int64(c.Bits) * row.MicrosPerDay)
		}
	case c.Kind == row.Timestamp && col.Kind == row.Date && !odd:
		if int64(c.Bits)%row.MicrosPerDay != 0 {
			return c, errors.New("its time would be lost")
		}
		c.Kind, c.Bits = row.Date, uint64(int64(c.Bits)/row.MicrosPerDay)
	case c.Kind == row.Timestamp && col.Kind == row.TimestampTZ, c.Kind == row.TimestampTZ, c.Kind == row.Date && col.Kind == row.TimestampTZ:
		return c, errZone
	default:
		return c, notA(col.Kind)
	}
	if odd {
		if col.Odd == nil || !col.Odd(b.Bytes(c)) {
			return c, errMoment
		}
		return c, nil
	}
	micros, _ := b.Moment(c)
	if (col.First != 0 || col.Last != 0) && (micros < col.First || micros > col.Last) {
		return c, errRange
	}
	if col.Kind != row.Date && col.Fraction < 6 {
		unit := int64(math.Pow10(6 - col.Fraction))
		if micros%unit != 0 {
			return c, errFraction
		}
	}
	return c, nil
}
