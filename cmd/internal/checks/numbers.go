// The numbers of answers of one row.

package checks

import (
	"context"
	"slices"

	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// numbersOf returns the numbers of an answer that is one row. Other answers have no
// numbers. Neither has an answer whose check is about each row, or expects no rows, because
// it is chance if there is only one row. A number that is NULL has no value.
func (s *Spec) numbersOf(ctx context.Context, a query.Arrival) []Number {
	list := []Number{}
	anyRows := slices.ContainsFunc(s.Expectations, func(e Expectation) bool {
		switch e.(type) {
		case each, noRows:
			return true
		}
		return false
	})
	if anyRows || a.Rows == nil || a.Rows.Rows() != 1 {
		return list
	}
	err := scan(ctx, a, func(b *row.Batch, i int) error {
		cells := b.Row(i)
		for n, c := range columns.UniqueNames(b.Schema) {
			switch cell := cells[n]; {
			case cell.Kind.Numeric():
				text := string(b.AppendText(nil, cell))
				list = append(list, Number{Column: c.Name, Type: cell.Kind.String(), Value: &text})
			case cell.Kind == row.Null && c.Type.Numeric():
				list = append(list, Number{Column: c.Name, Type: c.Type.String()})
			}
		}
		return nil
	})
	if err != nil { // the expectations report the error
		return []Number{}
	}
	return list
}
