// Fitting: each value becomes one that its column of the table holds without a change,
// or is refused.

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

// A Fitter makes rows of the table of merged rows. It is for one goroutine at a time.
type Fitter struct {
	table   string
	source  int   // the place of the sources' names, or -1
	from    []int // by column of the table: its place in the merged rows
	columns []load.Column
	key     []bool // by column: it is one of the key, so that NULL is refused
	merged  *row.Schema
	schema  *row.Schema
	zones   map[string]*row.Zone // of sources' timestamps that are text
	zone    *row.Zone            // that of the current row's source
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

// Fit returns the rows as the table's. It takes over the batch.
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

// refuse names the value.
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

// cell returns the cell for column i; further bytes go to the batch's arena.
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

func integer(b *row.Batch, c row.Cell, col *load.Column) (row.Cell, error) {
	n := int64(c.Bits)
	switch {
	case c.Kind == row.Int:
	case c.Kind == row.Bool:
		c.Kind = row.Int
	case c.Kind == row.Uint && n >= 0:
		c.Kind = row.Int
	case c.Kind == row.Uint:
		return c, errRange
	default:
		whole, err := wholeOf(b, c, col)
		if err != nil {
			return c, err
		}
		if n, err = strconv.ParseInt(whole, 10, 64); err != nil {
			return c, errRange
		}
		c = row.Cell{Kind: row.Int, Bits: uint64(n)}
	}
	if bits := col.Bits; bits > 0 && bits < 64 && (n < -1<<(bits-1) || n >= 1<<(bits-1)) {
		return c, errRange
	}
	return c, nil
}

// wholeOf returns the digits of a decimal, a float or a text that is a whole number.
func wholeOf(b *row.Batch, c row.Cell, col *load.Column) (string, error) {
	if c.Kind != row.Text && !c.Kind.Numeric() {
		return "", notA(col.Kind)
	}
	text, ok := plainDigits(b.AppendText(nil, c))
	if !ok {
		return "", notA(col.Kind)
	}
	whole, part, _ := bytes.Cut(text, []byte{'.'})
	if len(bytes.Trim(part, "0")) > 0 {
		return "", errors.New("digits after its point would be lost")
	}
	return string(whole), nil
}

func unsigned(b *row.Batch, c row.Cell, col *load.Column) (row.Cell, error) {
	switch {
	case c.Kind == row.Uint, c.Kind == row.Bool, c.Kind == row.Int && int64(c.Bits) >= 0:
		c.Kind = row.Uint
	case c.Kind == row.Int:
		return c, errRange
	default:
		whole, err := wholeOf(b, c, col)
		if err != nil {
			return c, err
		}
		n, err := strconv.ParseUint(whole, 10, 64)
		if err != nil {
			return c, errRange
		}
		c = row.Cell{Kind: row.Uint, Bits: n}
	}
	if bits := col.Bits; bits > 0 && bits < 64 && c.Bits >= 1<<bits {
		return c, errRange
	}
	return c, nil
}

func boolean(b *row.Batch, c row.Cell) (row.Cell, error) {
	switch c.Kind {
	case row.Bool:
		return c, nil
	case row.Int, row.Uint:
		if c.Bits < 2 {
			return row.Cell{Kind: row.Bool, Bits: c.Bits}, nil
		}
	case row.Text:
		if read, ok, _ := columns.Read(b, c, row.Bool, nil); ok && read.Kind == row.Bool {
			return read, nil
		}
	}
	return c, notA(row.Bool)
}

func (f *Fitter) float(b *row.Batch, c row.Cell, col *load.Column) (row.Cell, error) {
	v := 0.0
	switch c.Kind {
	case row.Float:
		v = math.Float64frombits(c.Bits)
		if col.Single && c.Flags&row.Single == 0 {
			if float64(float32(v)) != v && v == v {
				return c, errExact
			}
			c.Flags |= row.Single
		}
	case row.Bool, row.Int, row.Uint, row.Decimal, row.Text:
		f.text = b.AppendText(f.text[:0], c)
		if c.Kind == row.Bool {
			f.text = strconv.AppendUint(f.text[:0], c.Bits, 10)
		}
		var err error
		if v, err = strconv.ParseFloat(string(f.text), 64); err != nil {
			return c, notA(row.Float)
		}
		if !sameNumber(f.text, v) {
			return c, errExact
		}
		c = row.Cell{Kind: row.Float, Bits: math.Float64bits(v)}
		if col.Single {
			if float64(float32(v)) != v && v == v {
				return c, errExact
			}
			c.Flags |= row.Single
		}
	default:
		return c, notA(row.Float)
	}
	if col.Finite && (v != v || math.IsInf(v, 0)) {
		return c, errFinite
	}
	return c, nil
}

// sameNumber reports whether the shortest digits of a float are those of the text.
func sameNumber(text []byte, v float64) bool {
	if v != v || math.IsInf(v, 0) {
		return string(text) == "NaN" || bytes.HasSuffix(text, []byte("Infinity"))
	}
	a, ok := plainDigits(text)
	back, _ := plainDigits(strconv.AppendFloat(nil, v, 'e', -1, 64))
	return ok && bytes.Equal(trimZeros(a), trimZeros(back))
}

func (f *Fitter) decimal(b *row.Batch, c row.Cell, col *load.Column) (row.Cell, error) {
	switch {
	case c.Kind == row.Bool:
		c.Kind = row.Int
	case c.Kind == row.Text, c.Kind == row.Float:
		f.text = b.AppendText(f.text[:0], c)
		if plain, ok := plainDigits(f.text); ok {
			c = b.Keep(row.Decimal, string(plain))
		} else if special(f.text) {
			c = b.Keep(row.Decimal, string(f.text))
		} else {
			return c, notA(row.Decimal)
		}
	case !c.Kind.Numeric():
		return c, notA(row.Decimal)
	}
	if c.Flags&row.InArena == 0 && col.Width == 0 && col.Check == nil {
		return c, nil
	}
	f.text = b.AppendText(f.text[:0], c)
	if special(f.text) {
		if !col.Special || col.Width > 0 && f.text[len(f.text)-1] == 'y' {
			return c, errFinite
		}
		return c, nil
	}
	plain, ok := plainDigits(f.text)
	if !ok {
		return c, notA(row.Decimal)
	}
	if len(plain) != len(f.text) { // it had an exponent
		c = b.Keep(row.Decimal, string(plain))
	}
	if col.Check != nil {
		if err := col.Check(plain); err != nil {
			return c, err
		}
	}
	if col.Width == 0 {
		return c, nil
	}
	whole, part, _ := bytes.Cut(bytes.TrimPrefix(plain, []byte{'-'}), []byte{'.'})
	whole, part = bytes.TrimLeft(whole, "0"), bytes.TrimRight(part, "0")
	if len(part) > max(col.Scale, 0) || len(whole) > col.Width-col.Scale {
		return c, errDigits
	}
	return c, nil
}

func special(text []byte) bool {
	return string(text) == "NaN" || string(text) == "Infinity" || string(text) == "-Infinity"
}

// plainDigits returns a number without its exponent: [-]digits[.digits].
func plainDigits(text []byte) ([]byte, bool) {
	if !columns.PlainNumber(bytes.TrimPrefix(text, []byte{'+'})) {
		return nil, false
	}
	text = bytes.TrimPrefix(text, []byte{'+'})
	at := bytes.IndexAny(text, "eE")
	if at < 0 {
		return text, true
	}
	by, err := strconv.Atoi(string(text[at+1:]))
	if err != nil {
		return nil, false
	}
	mantissa, sign := bytes.CutPrefix(text[:at], []byte{'-'})
	whole, part, _ := bytes.Cut(mantissa, []byte{'.'})
	all := append(bytes.Clone(whole), part...)
	point := len(whole) + by
	var out []byte
	if sign {
		out = append(out, '-')
	}
	switch {
	case point <= 0:
		out = append(append(out, "0."...), bytes.Repeat([]byte{'0'}, -point)...)
		return append(out, all...), true
	case point >= len(all):
		out = append(append(out, all...), bytes.Repeat([]byte{'0'}, point-len(all))...)
		return out, true
	}
	out = append(append(out, all[:point]...), '.')
	return append(out, all[point:]...), true
}

// trimZeros removes zeros that change nothing, of a number without an exponent.
func trimZeros(v []byte) []byte {
	v, negative := bytes.CutPrefix(v, []byte{'-'})
	v = bytes.TrimLeft(v, "0")
	if bytes.IndexByte(v, '.') >= 0 {
		v = bytes.TrimSuffix(bytes.TrimRight(v, "0"), []byte{'.'})
	}
	if negative && len(v) > 0 {
		return append([]byte{'-'}, v...)
	}
	return v
}

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
