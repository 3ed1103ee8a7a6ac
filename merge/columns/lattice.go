// The lattice in which column types meet.

package columns

import (
	"fmt"

	"github.com/fanql/fanql/sources/row"
)

const (
	asFloat  = "taken as float"
	eachKept = "each value is kept as its source has it"
	asText   = "taken as text"
)

// lattice is the published table. Each line has two types, the type that holds the values
// of both, and the end of a warning if values are equal only loosely. In addition,
//
//	null       with anything  is the other
//	anything   with text      is text, with a warning
//	any        with text      is text: other values become text, with a note
//	any        with a type    is any: each cell is read as the type, see [Read]
//
// All other pairs do not meet, in particular timestamps with and without a zone. A union
// then prints each value as its source has it, with a warning. A comparison refuses the
// later source. A column of SQLite that is declared as text counts as text, and any other
// column of SQLite as any. A cell keeps its own kind under a wider number type, so that no
// digit is lost.
var lattice = []struct {
	a, b, is row.Kind
	loosely  string
}{
	{row.Int, row.Uint, row.Decimal, ""},
	{row.Int, row.Decimal, row.Decimal, ""},
	{row.Uint, row.Decimal, row.Decimal, ""},
	{row.Int, row.Float, row.Float, asFloat},
	{row.Uint, row.Float, row.Float, asFloat},
	{row.Decimal, row.Float, row.Float, asFloat},
	{row.Bool, row.Int, row.Any, eachKept},
	{row.Bool, row.Uint, row.Any, eachKept},
	{row.Date, row.Timestamp, row.Timestamp, ""}, // a date is its midnight
}

// meet returns the type that holds the values of both, and a warning if they are equal
// only loosely. If no type holds both, it returns Any and ok is false.
func meet(a, b row.Kind) (k row.Kind, warning string, ok bool) {
	if a > b {
		a, b = b, a
	}
	loosely := func(what string) string {
		if what == "" {
			return ""
		}
		return "is " + a.String() + " in one source and " + b.String() + " in another: " + what
	}
	switch {
	case a == b, a == row.Null:
		return b, "", true
	case a == row.Text && b == row.Any:
		return row.Text, "", true
	case a == row.Text || b == row.Text:
		return row.Text, loosely(asText), true
	case b == row.Any:
		return row.Any, "", true
	}
	for _, m := range lattice {
		if m.a == a && m.b == b || m.a == b && m.b == a {
			return m.is, loosely(m.loosely), true
		}
	}
	return row.Any, "", false
}

// meetDigits returns the digits that a column of the result declares, in total and after
// the point, so that it can hold the values of both columns. It returns zeros if one of the
// columns declares no digits, or if the type is not Decimal.
func meetDigits(a, b row.Column, is row.Kind) (width, scale int) {
	if is != row.Decimal {
		return 0, 0
	}
	wholeA, scaleA, okA := digitsOf(a)
	wholeB, scaleB, okB := digitsOf(b)
	if !okA || !okB {
		return 0, 0
	}
	scale = max(scaleA, scaleB)
	return max(wholeA, wholeB) + scale, scale
}

// digitsOf returns the largest number of digits before and after the point in a column's
// values; ok is false if it is not known.
func digitsOf(c row.Column) (whole, scale int, ok bool) {
	switch c.Type {
	case row.Null:
		return 0, 0, true
	case row.Int:
		return 19, 0, true
	case row.Uint:
		return 20, 0, true
	case row.Decimal:
		return c.Width - c.Scale, c.Scale, c.Width > 0
	}
	return 0, 0, false
}

// KindOf returns the type that a source's column counts as.
func KindOf(c row.Column) row.Kind {
	if c.Type == row.Any && c.Declared == row.Text {
		return row.Text
	}
	return c.Type
}

// seen is a type of a column, and the first source, in source order, that has it.
type seen struct {
	kind   row.Kind
	source int
}

// Incompatible returns the error for two sources whose types of a column do not meet.
func (o Options) Incompatible(column string, here row.Kind, source int, there row.Kind, other int) error {
	return fmt.Errorf("column %s is %s here and %s in %s, which do not meet: %s",
		quote(column), here, there, o.Sources[other], o.cure(column, seen{here, source}, seen{there, other}))
}

// cure returns what a user can do about two types of a column that do not meet.
func (o Options) cure(column string, a, b seen) string {
	cast := o.castingOf(column, a, b)
	for _, plain := range [][2]seen{{a, b}, {b, a}} {
		if plain[0].kind == row.Timestamp && plain[1].kind == row.TimestampTZ {
			return "say which instants those of " + o.Sources[plain[0].source] + " are (timestamps_in), or " + cast
		}
	}
	return cast
}

// castingOf returns advice which casts make two types meet, in the dialects of the sources
// if they are known. Instants can be cast to timestamps or dates. All other types can be
// cast to text.
func (o Options) castingOf(column string, a, b seen) string {
	const one = "cast one of them"
	for _, pair := range [][2]seen{{a, b}, {b, a}} {
		from, to := pair[0], pair[1].kind
		if from.kind != row.TimestampTZ || to != row.Timestamp && to != row.Date {
			continue
		}
		if cast := o.cast(from.source, column, to); cast != "" {
			return one + ", such as " + cast + " in " + o.Sources[from.source]
		}
	}
	here, there := o.cast(a.source, column, row.Text), o.cast(b.source, column, row.Text)
	switch {
	case here == "" || there == "":
		return one
	case here == there:
		return "cast both to text, as in " + here
	}
	return "cast both to text: " + there + " in " + o.Sources[b.source] + ", " + here + " here"
}

// cast calls Cast. It returns an empty string if Cast is nil.
func (o Options) cast(source int, column string, to row.Kind) string {
	if o.Cast == nil {
		return ""
	}
	return o.Cast(source, column, to)
}
