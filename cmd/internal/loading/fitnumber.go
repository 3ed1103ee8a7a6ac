// Numbers and booleans that have to fit a column of the target.

package loading

import (
	"bytes"
	"errors"
	"math"
	"strconv"

	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/sources/load"
	"github.com/fanql/fanql/sources/row"
)

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
	if col.Check != nil {
		return c, col.Check(strconv.AppendInt(nil, n, 10))
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
