// The lattice in which column types meet.

package merge

import (
	"fmt"

	"github.com/fanql/fanql/sources/row"
)

// meet gives the type that holds the values of both, and a warning where they
// are the same only loosely; ok is false where no type holds both.
//
//	null                      with anything         is the other
//	integer, unsigned integer, decimal              is the wider, or decimal
//	integer                   with float            is float
//	decimal                   with float            is float, with a warning
//	boolean                   with integer          is any, with a warning
//	date                      with timestamp        is timestamp (at midnight)
//	any                       with a typed column   is any: cell by cell
//	anything                  with text             is text, with a warning
//
// Nothing else meets: above all not timestamps with and without a zone. A cell
// keeps its own kind under a wider number type, so that no digit is lost.
func meet(a, b row.Kind) (k row.Kind, warning string, ok bool) {
	if a > b {
		a, b = b, a
	}
	loosely := "is " + a.String() + " in one source and " + b.String() + " in another: "
	switch {
	case a == b, a == row.Null:
		return b, "", true
	case a == row.Text && b == row.Any:
		return row.Text, "", true // values that are not text become it, with a note
	case a == row.Text || b == row.Text:
		return row.Text, loosely + "taken as text", true
	case b == row.Any:
		return row.Any, "", true
	case a == row.Int && b == row.Uint:
		return row.Decimal, "", true
	case (a == row.Int || a == row.Uint) && (b == row.Float || b == row.Decimal):
		return b, "", true
	case a == row.Float && b == row.Decimal:
		return row.Float, loosely + "taken as float", true
	case a == row.Bool && (b == row.Int || b == row.Uint):
		return row.Any, loosely + "each value is kept as its source has it", true
	case a == row.Date && b == row.Timestamp:
		return row.Timestamp, "", true
	}
	return row.Null, "", false
}

// apart says that a column's types do not meet: here, and in another source.
func apart(column string, here, there row.Kind, other string) error {
	return fmt.Errorf("column %s is %s here and %s in %s, which do not meet: cast one of them", quote(column), here, there, other)
}
