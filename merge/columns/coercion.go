// Coercions: columns to which the user gives one type in all sources.

package columns

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/fanql/fanql/sources/nearest"
	"github.com/fanql/fanql/sources/row"
)

// A Coercion is the type that a column gets in all sources.
type Coercion struct {
	Column string
	To     row.Kind
}

// coercions are the types that a user may name, with their other names.
var coercions = []struct {
	to    row.Kind
	names []string
}{
	{row.Text, []string{"text", "string"}},
	{row.Int, []string{"int", "integer", "bigint"}},
	{row.Decimal, []string{"decimal", "numeric"}},
	{row.Float, []string{"float", "double"}},
	{row.Bool, []string{"bool", "boolean"}},
	{row.Date, []string{"date"}},
	{row.Time, []string{"time"}},
	{row.Timestamp, []string{"timestamp", "datetime"}},
	{row.TimestampTZ, []string{"instant", "timestamptz"}},
	{row.JSON, []string{"json"}},
}

// CoercionTypes returns the names of the types that [ParseCoercion] knows.
func CoercionTypes() (all []string) {
	for _, c := range coercions {
		all = append(all, c.names[0])
	}
	return all
}

// ParseCoercion parses COLUMN=TYPE, where the column may be in double quotes. The type
// follows the last =.
func ParseCoercion(text string) (Coercion, error) {
	at := strings.LastIndexByte(text, '=')
	if at <= 0 {
		return Coercion{}, fmt.Errorf("%q: write COLUMN=TYPE, such as amount=decimal", text)
	}
	column, word := strings.TrimSpace(text[:at]), strings.ToLower(strings.TrimSpace(text[at+1:]))
	if quoted, ok := strings.CutPrefix(column, `"`); ok && strings.HasSuffix(quoted, `"`) {
		column = strings.ReplaceAll(strings.TrimSuffix(quoted, `"`), `""`, `"`)
	}
	for _, c := range coercions {
		if slices.Contains(c.names, word) {
			return Coercion{column, c.to}, nil
		}
	}
	known := CoercionTypes()
	hint := "there are " + strings.Join(known, ", ")
	if near, ok := nearest.Name(word, known); ok {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return Coercion{}, fmt.Errorf("%q: unknown type %q: %s", text, word, hint)
}

// At returns the place of the column in a schema, from 0. It looks for the exact name, and
// then for the name regardless of case. It returns -1 if there is none.
func (c Coercion) At(s *row.Schema) int {
	if at := slices.IndexFunc(s.Columns, func(col row.Column) bool { return col.Name == c.Column }); at >= 0 {
		return at
	}
	return slices.IndexFunc(s.Columns, func(col row.Column) bool { return strings.EqualFold(col.Name, c.Column) })
}

// Cell returns a cell of the batch as a value of the type, or an error that says why the
// type cannot hold its value. It never rounds, cuts or guesses. It appends additional bytes
// to the batch's arena.
func (c Coercion) Cell(b *row.Batch, cell row.Cell, column row.Column) (row.Cell, error) {
	if cell.Kind == row.Null || cell.Kind == c.To {
		return cell, nil
	}
	made, why := c.cell(b, cell, column)
	if why != nil {
		return cell, fmt.Errorf("column %s: %s is no %s%w", quote(column.Name), shown(b, cell), c.To, why)
	}
	return made, nil
}

// errNone is the reason for a value that is obviously not of the type.
var errNone = errors.New("")

func (c Coercion) cell(b *row.Batch, cell row.Cell, column row.Column) (row.Cell, error) {
	switch c.To {
	case row.Text:
		return b.Keep(row.Text, string(b.AppendText(nil, cell))), nil
	case row.Int, row.Decimal, row.Float:
		return c.number(b, cell)
	case row.Bool:
		if text := string(b.AppendText(nil, cell)); cell.Kind.Numeric() && (text == "0" || text == "1") {
			return row.Cell{Kind: row.Bool, Bits: uint64(text[0] - '0')}, nil
		}
	case row.Date, row.Timestamp, row.TimestampTZ:
		if cell.Kind != row.Text {
			return c.moment(cell)
		}
		if m, ok := row.ParseMoment(b.Bytes(cell)); ok && c.To == row.TimestampTZ && !m.Zoned && column.Zone == nil && column.Type != row.Any {
			return cell, errors.New(", since it has no zone: timestamps_in says which instants a source's timestamps are")
		}
	}
	read, ok, since := Read(b, cell, c.To, column.Zone)
	if !ok || read.Kind != c.To {
		return cell, fmt.Errorf("%w%s", errNone, since)
	}
	return read, nil
}

// moment converts a date or a timestamp.
func (c Coercion) moment(cell row.Cell) (row.Cell, error) {
	odd := cell.Flags&row.InArena != 0 // infinity, or a date outside of the years 1 to 9999
	switch {
	case c.To == row.TimestampTZ && (cell.Kind == row.Timestamp || cell.Kind == row.Date):
		return cell, errors.New(", since it has no zone: timestamps_in says which instants a source's timestamps are")
	case cell.Kind == row.TimestampTZ:
		return cell, errors.New(", since it is an instant: cast it in the query, where the zone is known")
	case c.To == row.Timestamp && cell.Kind == row.Date:
		if cell.Kind = row.Timestamp; !odd {
			cell.Bits = uint64(int64(cell.Bits) * row.MicrosPerDay)
		}
		return cell, nil
	case c.To == row.Date && cell.Kind == row.Timestamp && !odd:
		if int64(cell.Bits)%row.MicrosPerDay != 0 {
			return cell, errors.New(", since it has a time")
		}
		return row.Cell{Kind: row.Date, Bits: uint64(int64(cell.Bits) / row.MicrosPerDay)}, nil
	}
	return cell, errNone
}

// number converts a number, a boolean or text to a number.
func (c Coercion) number(b *row.Batch, cell row.Cell) (row.Cell, error) {
	text := string(b.AppendText(nil, cell))
	switch {
	case cell.Kind == row.Bool:
		text = strconv.FormatUint(cell.Bits, 10)
	case cell.Kind == row.Text:
		if text = strings.TrimSpace(text); !PlainNumber([]byte(strings.TrimPrefix(text, "+"))) {
			return cell, errNone
		}
		text = strings.TrimPrefix(text, "+")
	case !cell.Kind.Numeric():
		return cell, errNone
	}
	switch c.To {
	case row.Int:
		whole := text
		if point := strings.IndexByte(text, '.'); point >= 0 && strings.Trim(text[point+1:], "0") == "" {
			whole = text[:point]
		}
		n, err := strconv.ParseInt(whole, 10, 64)
		if errors.Is(err, strconv.ErrRange) {
			return cell, errors.New(" of 64 bits")
		}
		if err != nil {
			return cell, errNone
		}
		return row.Cell{Kind: row.Int, Bits: uint64(n)}, nil
	case row.Float:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return cell, errors.New(", since it is too large")
		}
		if (cell.Kind == row.Int || cell.Kind == row.Uint) && strconv.FormatFloat(f, 'f', -1, 64) != text {
			return cell, errors.New(" with all of its digits")
		}
		return row.Cell{Kind: row.Float, Bits: math.Float64bits(f)}, nil
	}
	if !PlainNumber([]byte(text)) { // NaN, infinity
		return cell, errNone
	}
	return b.Keep(row.Decimal, text), nil
}
