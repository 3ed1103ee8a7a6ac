// Values as SQLite stores them. The affinity of a column may change them, so it decides
// which values the column can hold.

package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/fanql/fanql/sources/load"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/sqlite/affinity"
)

// holds completes a column by its declared type.
func holds(c load.Column, strict bool) load.Column {
	c.Fraction = 6
	a := affinity.Of(c.Type, strict)
	if a == affinity.Text {
		c.Kind = row.Text
		return c
	}
	c.Kind = row.Any
	c.Convert = func(b *row.Batch, cell row.Cell) (row.Cell, error) { return stored(b, cell, a) }
	return c
}

// Columns returns the columns of a table that Create makes. See [load.Loader].
func (s *Source) Columns(columns []load.Column) []load.Column {
	made := make([]load.Column, len(columns))
	for i, c := range columns {
		made[i] = holds(load.Column{Name: c.Name, Type: typeFor(c)}, false)
	}
	return made
}

// exactDigits is the number of digits that a double always keeps.
const exactDigits = 15

// typeFor returns the type for a column of a new table. SQLite has no type for unsigned
// integers and for decimals of many digits. It would round some of them to floats, so they
// are stored as text.
func typeFor(c load.Column) string {
	switch c.Kind {
	case row.Bool:
		return "BOOLEAN"
	case row.Int:
		return "INTEGER"
	case row.Uint:
		return ""
	case row.Float:
		return "REAL"
	case row.Decimal:
		switch {
		case c.Special:
		case c.Width > 0 && c.Width <= exactDigits && c.Scale >= 0:
			return fmt.Sprintf("DECIMAL(%d,%d)", c.Width, c.Scale)
		case c.Width == 0 && c.Whole+c.Part <= exactDigits:
			return "DECIMAL"
		}
		return ""
	case row.Date:
		return "DATE"
	case row.Time:
		return "TIME"
	case row.Timestamp, row.TimestampTZ:
		return "TIMESTAMP"
	case row.Bytes:
		return "BLOB"
	}
	return "TEXT"
}

var (
	errRounded = errors.New("SQLite would round it")
	errNumber  = errors.New("SQLite would make a number of this text")
)

// stored returns a value in the form that SQLite stores: an integer, a float, a text or
// bytes.
func stored(b *row.Batch, c row.Cell, a affinity.Affinity) (row.Cell, error) {
	switch c.Kind {
	case row.Bool:
		return row.Cell{Kind: row.Int, Bits: c.Bits}, nil
	case row.Uint:
		if c.Bits <= math.MaxInt64 {
			return stored(b, row.Cell{Kind: row.Int, Bits: c.Bits}, a)
		}
		return storedNumber(b, c, a)
	case row.Int:
		if n := int64(c.Bits); a == affinity.Real && int64(float64(n)) != n || a == affinity.Real && n == math.MaxInt64 {
			return c, errRounded
		}
		return c, nil
	case row.Float:
		v := row.DoubleOf(c)
		if v != v {
			return c, errors.New("SQLite makes NULL of NaN")
		}
		return row.Cell{Kind: row.Float, Bits: math.Float64bits(v)}, nil
	case row.Decimal:
		return storedNumber(b, c, a)
	case row.Bytes:
		return c, nil
	case row.Text, row.JSON:
		json := c.Kind == row.JSON
		switch c.Kind = row.Text; {
		case a == affinity.None || !isNumber(b.Bytes(c)):
			return c, nil
		case json || !plainNumber(string(b.Bytes(c))):
			return c, errNumber
		}
		return storedNumber(b, c, a) // it is a number, which a column of numbers stores as one
	}
	text := b.AppendText(nil, c)
	if c.Kind != row.Time && c.Kind != row.Date {
		if at := bytes.IndexByte(text, 'T'); at == len("2026-01-31") {
			text[at] = ' '
		}
	}
	return b.Keep(row.Text, string(text)), nil
}

// storedNumber stores a decimal: as an integer or a float if these have all of its digits,
// and as text if the column does not prefer numbers.
func storedNumber(b *row.Batch, c row.Cell, a affinity.Affinity) (row.Cell, error) {
	text := string(b.AppendText(nil, c))
	if a == affinity.None || a == affinity.Text {
		return b.Keep(row.Text, text), nil
	}
	whole, part, _ := strings.Cut(text, ".")
	if strings.Trim(part, "0") == "" {
		if n, err := strconv.ParseInt(whole, 10, 64); err == nil {
			return stored(b, row.Cell{Kind: row.Int, Bits: uint64(n)}, a)
		}
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || v != v || math.IsInf(v, 0) || len(significant(text)) > exactDigits {
		return c, errRounded
	}
	return row.Cell{Kind: row.Float, Bits: math.Float64bits(v)}, nil
}

// significant returns the significant digits of a number.
func significant(text string) string {
	whole, part, _ := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	return strings.Trim(whole+part, "0")
}

// plainNumber reports whether a text is [-]digits[.digits] without needless zeros in
// front.
func plainNumber(text string) bool {
	whole, part, point := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	digits := func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
	return digits(whole) && (whole == "0" || whole[0] != '0') && (!point || digits(part))
}

// isNumber reports whether SQLite could read a text as a number.
func isNumber(text []byte) bool {
	t := strings.Trim(string(text), " \t\n\v\f\r")
	if t == "" || strings.IndexByte("0123456789+-.", t[0]) < 0 {
		return false
	}
	_, err := strconv.ParseFloat(t, 64)
	return err == nil || errors.Is(err, strconv.ErrRange)
}
