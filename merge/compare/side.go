// One side of a comparison, and its duplicate keys.

package compare

import (
	"github.com/fanql/fanql/merge/sorted"
)

// A side is the baseline's rows or the source's rows, in order.
type side struct {
	*sorted.Cursor
	rows  int64
	more  bool     // the cursor is at a row
	last  []byte   // the key of the previous row
	twice []string // the first few keys that several rows have
}

// duplicates is how many duplicate keys an error names.
const duplicates = 3
