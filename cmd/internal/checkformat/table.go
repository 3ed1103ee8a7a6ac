// Failing rows, as a table.

package checkformat

import (
	"strings"

	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/sources/row"
)

// table returns rows as a table that is sanitized for a terminal. Width is the number of
// columns of the screen; 0 or less is unlimited.
func table(s *checks.Samples, width int) string {
	schema := &row.Schema{}
	for _, name := range s.Columns {
		schema.Columns = append(schema.Columns, row.Column{Name: name, Type: row.Text})
	}
	var out strings.Builder
	format, _ := output.Formats.ByName("table")
	w := format.New(&out, output.Options{Terminal: width > 0, Width: max(width, 0)})
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
			panic(err) // a strings.Builder never fails
		}
		b.Release()
	}
	if err := w.Close(); err != nil {
		panic(err) // likewise
	}
	return out.String()
}
