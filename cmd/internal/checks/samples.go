// Samples: the first failing rows, as text.

package checks

import "github.com/fanql/fanql/sources/row"

func newSamples(columns []row.Column) *Samples {
	s := &Samples{Columns: []string{}, Rows: [][]*string{}}
	for _, c := range columns {
		s.Columns = append(s.Columns, c.Name)
	}
	return s
}

// shownOnly returns the samples, or nil if they have no row.
func shownOnly(s *Samples) *Samples {
	if s == nil || len(s.Rows) == 0 {
		return nil
	}
	return s
}

// add adds the cells of a row of a batch.
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
