// Samples: the first rows that offend, as text.

package checks

import (
	"strings"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/sources/row"
)

func newSamples(columns []row.Column) *Samples {
	s := &Samples{Columns: []string{}, Rows: [][]*string{}}
	for _, c := range columns {
		s.Columns = append(s.Columns, c.Name)
	}
	return s
}

// shownOnly is nil where there is no row.
func shownOnly(s *Samples) *Samples {
	if s == nil || len(s.Rows) == 0 {
		return nil
	}
	return s
}

// add takes the cells of a row of a batch.
func (s *Samples) add(b *row.Batch, from []row.Cell) {
	cells := make([]*string, 0, len(s.Columns))
	for _, c := range from {
		if c.Kind == row.Null {
			cells = append(cells, nil)
			continue
		}
		text := string(b.AppendText(nil, c))
		cells = append(cells, &text)
	}
	s.Rows = append(s.Rows, cells)
}

// Table draws the rows, made safe for a terminal, for a screen of so many columns; 0
// or less is as wide as need be.
func (s *Samples) Table(width int) string {
	schema := &row.Schema{}
	for _, name := range s.Columns {
		schema.Columns = append(schema.Columns, row.Column{Name: name, Type: row.Text})
	}
	var out strings.Builder
	table, _ := output.Formats.ByName("table")
	w := table.New(&out, output.Options{Terminal: width > 0, Width: max(width, 0)})
	for _, cells := range s.Rows {
		b := row.NewBatch(schema)
		for _, cell := range cells {
			if cell == nil {
				b.Null()
			} else {
				b.TextString(*cell)
			}
		}
		b.EndRow()
		if err := w.Write(b); err != nil {
			panic(err) // a builder takes everything
		}
		b.Release()
	}
	if err := w.Close(); err != nil {
		panic(err) // likewise
	}
	return out.String()
}
