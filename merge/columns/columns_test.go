// The origins of cells, and the merged types.

package columns

import (
	"slices"
	"testing"

	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/testrow"
)

func TestAProjectionSaysWhereItsCellsComeFrom(t *testing.T) {
	c := New(Options{SourceColumn: "source", Sources: []string{"eu", "us"}, Note: func(int, string) {}})
	eu := &row.Schema{Columns: testrow.Columns("id", row.Int, "at", row.Date)}
	us := &row.Schema{Columns: testrow.Columns("AT", row.Timestamp, "note", row.Text)}
	for i, s := range []*row.Schema{eu, us} {
		if err := c.Admit(i, s); err != nil {
			t.Fatal(err)
		}
	}
	for i, x := range []struct {
		schema *row.Schema
		from   []int
		moves  bool
	}{{eu, []int{-1, 0, 1, -1}, false}, {us, []int{-1, -1, 0, 1}, true}} {
		p := c.Projection(i, x.schema)
		var from []int
		for at := range c.Schema().Columns {
			from = append(from, p.From(at))
		}
		if !slices.Equal(from, x.from) || p.Moves() != x.moves {
			t.Errorf("source %d: from %v, moves only: %v", i, from, p.Moves())
		}
	}
}

func TestTheLatticeIsSymmetricAndIdempotent(t *testing.T) {
	for a := row.Null; a <= row.Any; a++ {
		for b := row.Null; b <= row.Any; b++ {
			x, wx, okx := meet(a, b)
			y, wy, oky := meet(b, a)
			if x != y || wx != wy || okx != oky {
				t.Errorf("%s with %s depends on the order", a, b)
			}
			if okx {
				if second, _, ok := meet(x, b); !ok || second != x {
					t.Errorf("%s with %s is %s, which does not hold %s", a, b, x, b)
				}
			}
		}
	}
}
