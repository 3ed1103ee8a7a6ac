// One side of a comparison, and the keys that stand twice on it.

package compare

import (
	"github.com/fanql/fanql/merge/sorted"
)

// A side is the rows of one of the two, in order.
type side struct {
	*sorted.Cursor
	rows  int64
	more  bool     // the cursor is at a row
	last  []byte   // the key of the row before
	twice []string // the first few keys that several rows have
}

// duplicates is how many such keys are named.
const duplicates = 3
