// One side of a comparison, and the keys that stand twice on it.

package compare

import (
	"bytes"
	"strings"

	"github.com/fanql/fanql/merge/sorted"
	"github.com/fanql/fanql/sources/row"
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

// unique moves a side on, past rows whose key has stood before.
func (j *join) unique(at int) {
	s := &j.sides[at]
	for named := false; ; {
		first := s.last == nil
		if s.more = s.Next(); !s.more {
			return
		}
		if first || !bytes.Equal(s.last, s.Key) {
			s.last = append(s.last[:0], s.Key...)
			return
		}
		if !named && len(s.twice) < duplicates {
			named = true
			s.twice = append(s.twice, j.named(at, s.Batch, s.Row))
		}
	}
}

// named gives the key of a row as people read it.
func (j *join) named(side int, b *row.Batch, i int) string {
	var parts []string
	for _, k := range j.key {
		c := b.Row(i)[j.columns[k].at[side]]
		text := "NULL"
		if c.Kind != row.Null {
			text = string(b.AppendText(nil, c))
		}
		parts = append(parts, text)
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return "(" + strings.Join(parts, ", ") + ")"
}
