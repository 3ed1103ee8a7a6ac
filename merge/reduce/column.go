// Which type each column of a table gets.

package reduce

import (
	"fmt"
	"strings"

	"github.com/fanql/fanql/sources/row"
)

// A form is how a column stands in DuckDB.
type form uint8

const (
	untyped form = iota // nothing but NULL: it takes any type that the SQL wants
	boolean
	bigint
	ubigint
	double
	decimal
	dates
	times
	timetz
	timestamp
	timestamptz
	varchar
	jsons
	blob
)

// A column is one of a table.
type column struct {
	name  string
	form  form
	scale int  // of decimal
	left  bool // out, since the SQL does not name it
}

// loaded reports whether the column's values are in the table.
func (c column) loaded() bool { return c.form != untyped && !c.left }

// sql is the name of the column's type.
func (c column) sql() string {
	if c.form == decimal {
		return fmt.Sprintf("DECIMAL(%d, %d)", maxDigits, c.scale)
	}
	return [...]string{
		boolean: "BOOLEAN", bigint: "BIGINT", ubigint: "UBIGINT", double: "DOUBLE", dates: "DATE", times: "TIME", timetz: "TIMETZ",
		timestamp: "TIMESTAMP", timestamptz: "TIMESTAMPTZ", varchar: "VARCHAR", jsons: "JSON", blob: "BLOB",
	}[c.form]
}

// forms are the types of columns whose cells are all of one kind.
var forms = [...]form{
	row.Null: untyped, row.Bool: boolean, row.Int: bigint, row.Uint: ubigint, row.Float: double, row.Decimal: decimal,
	row.Date: dates, row.Time: times, row.Timestamp: timestamp, row.TimestampTZ: timestamptz,
	row.Text: varchar, row.JSON: jsons, row.Bytes: blob,
}

// surveyed reports whether a source's column of a type must be looked at before
// its rows can be loaded: the type of the table's column hangs on its cells, or
// there may be dates and times among them that DuckDB does not hold.
func surveyed(own, merged row.Kind) bool {
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

// A share is what one source has of a column.
type share struct {
	part *part
	own  row.Kind // of the source's column
	*profile
}

// A misfit is a value that its column cannot hold.
type misfit struct {
	part *part
	err  error
}

// settle gives the type of a column in which the sources' own types meet as merged,
// Any where none says it: then what is in it does. A warning is for the first source.
func (c *column) settle(merged row.Kind, shares []share) (warning string, bad *misfit) {
	c.form = forms[min(merged, row.Bytes)]
	switch merged {
	case row.Any:
		return c.settleAny(shares)
	case row.Bool:
		if !seenIn(shares).only(row.Bool) {
			return c.settleAny(shares)
		}
	case row.Int, row.Uint, row.Decimal:
		return "", c.settleExact(shares)
	case row.Float:
		for _, s := range shares {
			if s.own == row.Any && s.profile != nil && s.inexact {
				return fmt.Sprintf("column %q holds numbers that no double holds exactly: %s", c.name, "taken as float in --reduce"), nil
			}
		}
	case row.Date, row.Timestamp, row.TimestampTZ:
		return "", c.odd(shares)
	case row.Time:
		return "", c.settleTime(shares)
	}
	return "", nil
}

// settleExact finds the type for numbers of sources that declare them exact: the
// integers' own, or a decimal, in which floats of sources without types stand by their
// digits.
func (c *column) settleExact(shares []share) *misfit {
	switch seen := seenIn(shares); {
	case seen.only(row.Bool, row.Int):
		c.form = bigint
	case seen.only(row.Bool, row.Uint):
		c.form = ubigint
	default:
		c.form = decimal
		for _, s := range shares {
			if s.profile != nil && s.boundless != "" {
				return &misfit{s.part, fmt.Errorf("column %q holds %s, which no decimal of DuckDB's holds: cast it in the query, to float or to text", c.name, s.boundless)}
			}
		}
		return c.digits(shares)
	}
	return nil
}

// settleTime tells times of day with a zone from those without, which do not meet.
func (c *column) settleTime(shares []share) *misfit {
	var first *share
	for i, s := range shares {
		if s.profile == nil || !s.zoned && !s.plain {
			continue
		}
		if first == nil {
			first = &shares[i]
			if c.form = times; s.zoned {
				c.form = timetz
			}
		}
		if s.zoned && s.plain || s.zoned != first.zoned {
			return &misfit{s.part, fmt.Errorf("column %q holds times of day with a zone and without one, which do not meet: cast it in the query", c.name)}
		}
	}
	return c.odd(shares)
}

// odd finds a date or time that DuckDB does not hold.
func (c *column) odd(shares []share) *misfit {
	for _, s := range shares {
		if s.profile != nil && s.profile.odd != "" {
			return &misfit{s.part, c.unheld(s.profile.odd)}
		}
	}
	return nil
}

func (c *column) unheld(value string) error {
	return fmt.Errorf("column %q holds %q, which is no %s of DuckDB's: cast it in the query, such as to text", c.name, value, c.sql())
}

// settleAny finds the one kind that all cells have, or what they have in common.
func (c *column) settleAny(shares []share) (warning string, bad *misfit) {
	seen := seenIn(shares)
	for kind := row.Bool; kind <= row.Bytes; kind++ {
		if seen.has(kind) && seen.only(kind) {
			if kind == row.Decimal {
				return c.settleNumber(shares)
			}
			c.form = forms[kind]
			return "", c.odd(shares)
		}
	}
	switch {
	case seen == 0:
		c.form = untyped
		return "", nil
	case seen.only(row.Bool, row.Int, row.Uint, row.Float, row.Decimal):
		warning, bad = c.settleNumber(shares)
		if seen.has(row.Bool) && warning == "" {
			warning = fmt.Sprintf("column %q holds %s values: booleans taken as 0 and 1 in --reduce", c.name, seen)
		}
		return warning, bad
	}
	c.form = varchar
	return fmt.Sprintf("column %q holds %s values: taken as text in --reduce", c.name, seen), nil
}

func seenIn(shares []share) (seen kinds) {
	for _, s := range shares {
		if s.profile != nil {
			seen |= s.profile.kinds
		}
		if s.own != row.Any && s.own != row.Null { // whether it has rows or not
			seen |= 1 << s.own
		}
	}
	return seen
}

// settleNumber finds the type that holds numbers of several types exactly: the
// integers' own, a double if each integer and decimal is one, else a decimal, and
// text if floats among them have no place in a decimal. Booleans are 0 and 1.
func (c *column) settleNumber(shares []share) (warning string, bad *misfit) {
	seen := seenIn(shares)
	switch {
	case seen.only(row.Bool, row.Int):
		c.form = bigint
	case seen.only(row.Bool, row.Uint):
		c.form = ubigint
	case seen.has(row.Float) && !inexact(shares):
		c.form = double
	default:
		c.form = decimal
	}
	if c.form != decimal {
		return "", nil
	}
	bad = c.digits(shares)
	if seen.has(row.Float) && (bad != nil || boundless(shares)) {
		c.form = varchar
		return fmt.Sprintf("column %q holds %s values that neither a double nor a decimal holds exactly: taken as text in --reduce", c.name, seen), nil
	}
	return "", bad
}

// digits finds the scale of a decimal, and what has more digits than it holds.
func (c *column) digits(shares []share) *misfit {
	whole, scale, from := 0, 0, (*part)(nil)
	for _, s := range shares {
		if s.profile == nil {
			continue
		}
		if s.long != "" {
			return &misfit{s.part, fmt.Errorf("column %q holds %s, and a decimal of DuckDB's has at most %d digits: round it in the query, or cast it to text", c.name, s.long, maxDigits)}
		}
		if s.special != "" {
			return &misfit{s.part, fmt.Errorf("column %q holds %s, which no decimal of DuckDB's holds: cast it in the query, to float or to text", c.name, s.special)}
		}
		w, d := s.need()
		if max(w, whole)+max(d, scale) > maxDigits {
			from = s.part
		}
		whole, scale = max(w, whole), max(d, scale)
	}
	c.scale = scale
	if from != nil {
		return &misfit{from, fmt.Errorf("column %q needs %d digits before the point and %d after it, and a decimal of DuckDB's has at most %d: round it in the query, or cast it to text", c.name, whole, scale, maxDigits)}
	}
	return nil
}

func inexact(shares []share) bool {
	for _, s := range shares {
		if s.profile != nil && s.inexact {
			return true
		}
	}
	return false
}

// wide reports whether the digits of the floats in a column matter as well: they
// share it with numbers that are no doubles, or that are declared exact.
func wide(merged row.Kind, shares []share) bool {
	exact := merged == row.Int || merged == row.Uint || merged == row.Decimal
	return seenIn(shares).has(row.Float) && (exact || inexact(shares) && merged == row.Any)
}

func boundless(shares []share) bool {
	for _, s := range shares {
		if s.profile != nil && s.boundless != "" {
			return true
		}
	}
	return false
}

// String names the kinds of a set.
func (k kinds) String() string {
	var names []string
	for kind := row.Bool; kind <= row.Any; kind++ {
		if k.has(kind) {
			names = append(names, kind.String())
		}
	}
	return strings.Join(names, " and ")
}
