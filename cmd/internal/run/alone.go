// A single source on a terminal: its name is not printed in each row.

package run

import (
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/sources/row"
)

// alone reports whether the column of source names is not shown, because people read the
// rows of a single source. It still counts as a column.
func (p *Plan) alone() bool {
	r := &p.request
	return p.style.Terminal && p.file == nil && r.Format.ForPeople() && len(p.Targets) == 1 && r.SourceColumn != "" && !r.ShowSource &&
		r.Diff == nil && r.Reduce == nil && r.Federate == nil && r.Catalogue == nil
}

// hiding writes rows without their first column.
type hiding struct {
	output.Writer
	all, shown *row.Schema
	places     []int
}

func (h *hiding) Write(b *row.Batch) error {
	if b.Schema != h.all {
		shown := *b.Schema
		shown.Columns = shown.Columns[1:]
		h.all, h.shown, h.places = b.Schema, &shown, h.places[:0]
		for i := range shown.Columns {
			h.places = append(h.places, i+1)
		}
	}
	twin := row.NewBatch(b.Schema)
	twin.Append(b)
	twin = twin.Pick(h.places, h.shown)
	defer twin.Release()
	return h.Writer.Write(twin)
}
