// The types of a table's columns.

package reduce

import (
	"fmt"
	"strings"

	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/row"
)

// A column is a column of a table.
type column struct {
	engine.Column
	pruned bool // the column is left out, because the SQL does not name it
}

// loaded reports whether the column's values are in the table.
func (c column) loaded() bool { return c.Type != engine.Untyped && !c.pruned }

// mustInspect reports whether the cells of a source's column, of type own, must be
// inspected before its rows can be loaded. They must if they decide on the type of the
// table's column, or if they may be dates and times that DuckDB cannot hold. Merged is the
// type in which the sources' types meet.
func mustInspect(own, merged row.Kind) bool {
	switch merged {
	case row.Any, row.Decimal:
		return true
	case row.Float:
		return own == row.Any
	case row.Bool, row.Int, row.Uint:
		return own == row.Any
	case row.Date, row.Time, row.Timestamp, row.TimestampTZ:
		return own != row.Null
	}
	return false
}

// A share is one source's part of a column.
type share struct {
	part *part
	own  row.Kind // the type of the source's column
	*stats
}

// A misfit is a value that its column cannot hold.
type misfit struct {
	part   *part
	err    error
	column string // the column that can be cast to text; empty for other errors
}

// inferType sets the type of a column. Merged is the type in which the sources' own types
// meet. If it is Any, the cells decide. The warning is for the first source. Bad is a value
// that the column cannot hold, or nil.
func (c *column) inferType(merged row.Kind, shares []share) (warning string, bad *misfit) {
	c.Type = engine.TypeOf(merged)
	switch merged {
	case row.Any:
		return c.inferAny(shares)
	case row.Bool:
		if !seenIn(shares).only(row.Bool) {
			return c.inferAny(shares)
		}
	case row.Int, row.Uint, row.Decimal:
		return "", c.inferExact(shares)
	case row.Float:
		for _, s := range shares {
			if s.own == row.Any && s.stats != nil && s.inexact {
				return fmt.Sprintf("column %q holds numbers that no double holds exactly: taken as float", c.Name), nil
			}
		}
	case row.Date, row.Timestamp, row.TimestampTZ:
		return "", c.odd(shares)
	case row.Time:
		return "", c.separateTimes(shares)
	}
	return "", nil
}

// inferExact sets the type for numbers that sources declare as exact: an integer type, or a
// decimal. Floats of sources without types count by their digits.
func (c *column) inferExact(shares []share) *misfit {
	switch seen := seenIn(shares); {
	case seen.only(row.Bool, row.Int):
		c.Type = engine.BigInt
	case seen.only(row.Bool, row.Uint):
		c.Type = engine.UBigInt
	default:
		c.Type = engine.Decimal
		for _, s := range shares {
			if s.stats != nil && s.boundless != "" {
				return &misfit{s.part, fmt.Errorf("column %q holds %s, which no decimal of DuckDB's holds: cast it in the query, to float or to text", c.Name, s.boundless), c.Name}
			}
		}
		return c.digits(shares)
	}
	return nil
}

// separateTimes sets the type for times of day. It returns a misfit if some have a zone and
// others do not, since these do not meet.
func (c *column) separateTimes(shares []share) *misfit {
	var first *share
	for i, s := range shares {
		if s.stats == nil || !s.zoned && !s.plain {
			continue
		}
		if first == nil {
			first = &shares[i]
			if c.Type = engine.Time; s.zoned {
				c.Type = engine.TimeTZ
			}
		}
		if s.zoned && s.plain || s.zoned != first.zoned {
			return &misfit{s.part, fmt.Errorf("column %q holds times of day with a zone and without one, which do not meet: cast it in the query", c.Name), c.Name}
		}
	}
	return c.odd(shares)
}

// odd returns a date or time that DuckDB cannot hold, or nil.
func (c *column) odd(shares []share) *misfit {
	for _, s := range shares {
		if s.stats != nil && s.stats.odd != "" {
			return &misfit{s.part, c.Unheld(s.stats.odd), c.Name}
		}
	}
	return nil
}

// inferAny sets the type from the cells: the one kind that all of them have, or a type that
// holds all of their kinds.
func (c *column) inferAny(shares []share) (warning string, bad *misfit) {
	seen := seenIn(shares)
	for kind := row.Bool; kind <= row.Bytes; kind++ {
		if seen.has(kind) && seen.only(kind) {
			if kind == row.Decimal {
				return c.inferNumber(shares)
			}
			c.Type = engine.TypeOf(kind)
			return "", c.odd(shares)
		}
	}
	switch {
	case seen == 0:
		c.Type = engine.Untyped
		return "", nil
	case seen.only(row.Bool, row.Int, row.Uint, row.Float, row.Decimal):
		warning, bad = c.inferNumber(shares)
		if seen.has(row.Bool) && warning == "" {
			warning = fmt.Sprintf("column %q holds %s values: booleans taken as 0 and 1", c.Name, seen)
		}
		return warning, bad
	}
	c.Type = engine.Varchar
	return fmt.Sprintf("column %q holds %s values: taken as text", c.Name, seen), nil
}

func seenIn(shares []share) (seen kinds) {
	for _, s := range shares {
		if s.stats != nil {
			seen |= s.stats.kinds
		}
		if s.own != row.Any && s.own != row.Null { // a declared type counts even without rows
			seen |= 1 << s.own
		}
	}
	return seen
}

// inferNumber sets the type that holds numbers of several types exactly. It is an integer
// type if all are integers, and double if there are floats and each integer and decimal
// equals a double. Otherwise it is a decimal, or text if there are floats and not all
// numbers fit into one decimal. Booleans count as 0 and 1.
func (c *column) inferNumber(shares []share) (warning string, bad *misfit) {
	seen := seenIn(shares)
	switch {
	case seen.only(row.Bool, row.Int):
		c.Type = engine.BigInt
	case seen.only(row.Bool, row.Uint):
		c.Type = engine.UBigInt
	case seen.has(row.Float) && !inexact(shares):
		c.Type = engine.Double
	default:
		c.Type = engine.Decimal
	}
	if c.Type != engine.Decimal {
		return "", nil
	}
	bad = c.digits(shares)
	if seen.has(row.Float) && (bad != nil || boundless(shares)) {
		c.Type = engine.Varchar
		return fmt.Sprintf("column %q holds %s values that neither a double nor a decimal holds exactly: taken as text", c.Name, seen), nil
	}
	return "", bad
}

// digits sets the scale of a decimal. It returns a misfit for values with too many digits.
func (c *column) digits(shares []share) *misfit {
	whole, scale, from := 0, 0, (*part)(nil)
	for _, s := range shares {
		if s.stats == nil {
			continue
		}
		if s.long != "" {
			return &misfit{s.part, fmt.Errorf("column %q holds %s, and a decimal of DuckDB's has at most %d digits: round it in the query, or cast it to text", c.Name, s.long, engine.MaxDigits), c.Name}
		}
		if s.special != "" {
			return &misfit{s.part, fmt.Errorf("column %q holds %s, which no decimal of DuckDB's holds: cast it in the query, to float or to text", c.Name, s.special), c.Name}
		}
		w, d := s.need()
		if max(w, whole)+max(d, scale) > engine.MaxDigits {
			from = s.part
		}
		whole, scale = max(w, whole), max(d, scale)
	}
	c.Scale = scale
	if from != nil {
		return &misfit{from, fmt.Errorf("column %q needs %d digits before the point and %d after it, and a decimal of DuckDB's has at most %d: round it in the query, or cast it to text", c.Name, whole, scale, engine.MaxDigits), c.Name}
	}
	return nil
}

func inexact(shares []share) bool {
	for _, s := range shares {
		if s.stats != nil && s.inexact {
			return true
		}
	}
	return false
}

// wide reports whether the digits of the floats in a column matter, too. They do if the
// column also has numbers that no double equals, or that are declared as exact.
func wide(merged row.Kind, shares []share) bool {
	exact := merged == row.Int || merged == row.Uint || merged == row.Decimal
	return seenIn(shares).has(row.Float) && (exact || inexact(shares) && merged == row.Any)
}

func boundless(shares []share) bool {
	for _, s := range shares {
		if s.stats != nil && s.boundless != "" {
			return true
		}
	}
	return false
}

// String returns the names of the kinds in the set.
func (k kinds) String() string {
	var names []string
	for kind := row.Bool; kind <= row.Any; kind++ {
		if k.has(kind) {
			names = append(names, kind.String())
		}
	}
	return strings.Join(names, " and ")
}
