// Reading: cells from the sources are converted to the types of the logical columns before
// they are staged. A value that its column cannot hold is an error of its source.

package federate

import (
	"fmt"
	"math"
	"strconv"

	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/row"
)

// Read converts the cells of a fragment's batch, in place, to the types with which the
// statement was planned. If a column cannot hold a cell, the error names the column and the
// value.
func (f *Fragment) Read(b *row.Batch) error {
	width := b.Schema.Width()
	if len(f.columns) > width {
		return fmt.Errorf("%d columns were asked for, and there are %d", len(f.columns), width)
	}
	for at, c := range f.columns {
		if c.passes(b.Schema.Columns[at].Type) {
			continue
		}
		for n := at; n < len(b.Cells); n += width {
			if b.Cells[n].Kind == row.Null {
				continue
			}
			cell, ok, why := c.read(b, b.Cells[n])
			if !ok {
				err := fmt.Errorf("column %q holds %q, which is no %s%s: %s", c.name, b.AppendText(nil, b.Cells[n]), c.kind, why, c.cure())
				if f.table != nil && f.table.partial {
					return &partError{err}
				}
				return err
			}
			b.Cells[n] = cell
		}
	}
	return nil
}

// String returns the kind's name in errors.
func (k kind) String() string {
	if k.Kind == row.Decimal {
		return fmt.Sprintf("decimal of %d digits after the point", k.scale)
	}
	return k.Kind.String()
}

// A fetched column is a column of a fragment.
type fetched struct {
	name string // the column's name at the source
	at   int    // the index of the table's column, or -1
	kind kind
	zone *row.Zone
}

func (c fetched) cure() string {
	return "have the source say what it holds, such as by a view that casts it"
}

// passes reports whether all cells of a driver's column of type own are valid for this
// column as they are.
func (c fetched) passes(own row.Kind) bool {
	switch c.kind.Kind {
	case row.Bool, row.Int, row.Uint, row.Bytes, row.JSON:
		return own == c.kind.Kind
	case row.Text:
		return true // the engine takes any cell as its text
	case row.Float:
		return own == row.Float
	}
	return false
}

// read converts a cell for the column. ok is false if the column cannot hold it, and then
// why may continue an error's text.
func (c fetched) read(b *row.Batch, x row.Cell) (_ row.Cell, ok bool, why string) {
	to := c.kind.Kind
	if x.Kind == row.Text && to != row.Text && to != row.Null {
		if x, ok, why = columns.Read(b, x, to, c.zone); !ok {
			return x, false, why
		}
	}
	switch to {
	case row.Bool:
		return booleanOf(x)
	case row.Int, row.Uint, row.Decimal:
		return exactOf(b, x, c.kind)
	case row.Float:
		return x, x.Kind.Numeric() || x.Kind == row.Bool, ""
	case row.Date, row.Time, row.TimestampTZ:
		return x, x.Kind == to && (x.Flags&row.InArena == 0 || engine.Holds(to, b.Bytes(x))), ""
	case row.Timestamp:
		if x.Kind == row.Date && x.Flags&row.InArena == 0 {
			return row.Cell{Kind: row.Timestamp, Bits: uint64(int64(x.Bits) * row.MicrosPerDay)}, true, ""
		}
		return x, x.Kind == to && (x.Flags&row.InArena == 0 || engine.Holds(to, b.Bytes(x))), ""
	case row.JSON, row.Bytes:
		return x, x.Kind == to, ""
	}
	return x, true, ""
}

// booleanOf converts 0 and 1 to booleans. It returns false for any other number.
func booleanOf(x row.Cell) (row.Cell, bool, string) {
	switch {
	case x.Kind == row.Bool:
		return x, true, ""
	case (x.Kind == row.Int || x.Kind == row.Uint) && x.Bits <= 1:
		return row.Cell{Kind: row.Bool, Bits: x.Bits}, true, ""
	}
	return x, false, ""
}

// exactOf converts a number for a column of integers or decimals.
func exactOf(b *row.Batch, x row.Cell, k kind) (row.Cell, bool, string) {
	switch {
	case x.Kind == row.Bool, x.Kind == row.Int && k.Kind == row.Int, x.Kind == row.Uint && k.Kind == row.Uint:
		return x, true, ""
	case x.Kind == row.Int && k.Kind == row.Uint:
		return row.Cell{Kind: row.Uint, Bits: x.Bits}, int64(x.Bits) >= 0, ""
	case x.Kind == row.Uint && k.Kind == row.Int:
		return row.Cell{Kind: row.Int, Bits: x.Bits}, x.Bits <= math.MaxInt64, ""
	case (x.Kind == row.Decimal || x.Kind == row.Int) && x.Flags&row.InArena == 0 && k.Kind == row.Decimal:
		return rescaled(x, k.scale)
	case !x.Kind.Numeric():
		return x, false, ""
	}
	return digitsOf(b, x, k)
}

// rescaled converts a number in value form to a decimal with at most this scale. Further
// digits after the point must be zeros. It returns false if the decimal would have too many
// digits.
func rescaled(x row.Cell, scale int) (row.Cell, bool, string) {
	v, has := int64(x.Bits), int(x.Scale)
	for ; has > scale; has-- {
		if v%10 != 0 {
			return x, false, ""
		}
		v /= 10
	}
	fits := scale-has <= engine.MaxDigits-19 || engine.Digits(uint64(max(v, -v)))+scale-has <= engine.MaxDigits
	return row.Cell{Kind: row.Decimal, Bits: uint64(v), Scale: uint8(has)}, fits, ""
}

// digitsOf converts a number with any number of digits.
func digitsOf(b *row.Batch, x row.Cell, k kind) (row.Cell, bool, string) {
	n, ok := engine.Number{}, false
	if x.Kind == row.Float {
		n, ok = engine.FloatDigits(b, x)
	} else {
		n, ok = engine.ParseNumber(b.AppendText(nil, x))
	}
	if !ok {
		return x, false, ""
	}
	fraction := len(n.Fraction)
	for fraction > 0 && n.Fraction[fraction-1] == '0' {
		fraction--
	}
	if fraction > k.scale || len(n.Whole)+k.scale > engine.MaxDigits {
		return x, false, ""
	}
	text := string(n.Whole)
	if text == "" {
		text = "0"
	}
	if n.Negative {
		text = "-" + text
	}
	if k.Kind == row.Decimal {
		if fraction > 0 {
			text += "." + string(n.Fraction[:fraction])
		}
		return b.Keep(row.Decimal, text), true, ""
	}
	return integerOf(text, k.Kind)
}

// integerOf parses the digits of a signed or an unsigned integer.
func integerOf(text string, to row.Kind) (row.Cell, bool, string) {
	if to == row.Uint {
		v, err := strconv.ParseUint(text, 10, 64)
		return row.Cell{Kind: row.Uint, Bits: v}, err == nil, ""
	}
	v, err := strconv.ParseInt(text, 10, 64)
	return row.Cell{Kind: row.Int, Bits: uint64(v)}, err == nil, ""
}
