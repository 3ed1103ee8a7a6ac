// One side of a comparison, and its duplicate keys.

package compare

import (
	"github.com/fanql/fanql/merge/sorted"
)

// A side is the rows of one of the two, in order.
type side struct {
	*sorted.Cursor
	rows  int64
	more  bool     // the cursor is at a row
	last  []byte   // the key of the previous row
	twice []string // the first few keys that several rows have
}

// duplicates is the number of duplicate keys that are named.
const duplicates = 3
