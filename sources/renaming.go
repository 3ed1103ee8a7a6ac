// columns: a source whose result columns get other names.

package sources

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// renaming is a source whose columns are renamed before anything else sees them.
type renaming struct {
	Source
	columns []config.Rename
}

// Run runs the source. A column that the result lacks is only a warning, because a
// source runs many queries; two columns with the same name are an error.
func (s renaming) Run(ctx context.Context, q driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error) {
	run := func(emit row.Emit) (driver.Answer, error) { return s.Source.Run(ctx, q, p, emit) }
	if q.Verbatim {
		return run(emit)
	}
	var from, to *row.Schema
	var lacking []string
	answer, err := Convert(run, p, func(b *row.Batch) (err error) {
		if b.Schema != from {
			from = b.Schema
			if to, lacking, err = s.renamed(from); err != nil {
				return err
			}
		}
		b.Schema = to
		return nil
	}, emit)
	if err == nil {
		answer.Warnings = append(slices.Clip(answer.Warnings), lacking...)
	}
	return answer, err
}

// renamed returns the schema with the new names, and a warning for each missing column.
func (s renaming) renamed(from *row.Schema) (to *row.Schema, lacking []string, err error) {
	to = &row.Schema{Columns: slices.Clone(from.Columns), Form: from.Form}
	taken := map[int]config.Rename{}
	for _, r := range s.columns {
		at := columnNamed(from, r.From)
		if at < 0 {
			if from.Width() > 0 && columnNamed(from, r.To) < 0 {
				lacking = append(lacking, fmt.Sprintf("%s: columns: its result has neither %s nor %s", r.At, strconv.Quote(r.From), strconv.Quote(r.To)))
			}
			continue
		}
		to.Columns[at].Name, taken[at] = r.To, r
	}
	for at, r := range taken {
		for other, c := range to.Columns {
			if other != at && strings.EqualFold(c.Name, r.To) {
				return nil, nil, fmt.Errorf("%s: columns: its result has both %s and %s", r.At, strconv.Quote(r.From), strconv.Quote(r.To))
			}
		}
	}
	return to, lacking, nil
}

// columnNamed returns the place of a column, by its exact name or else regardless of
// case; -1 if there is none.
func columnNamed(s *row.Schema, name string) int {
	if at := slices.IndexFunc(s.Columns, func(c row.Column) bool { return c.Name == name }); at >= 0 {
		return at
	}
	return slices.IndexFunc(s.Columns, func(c row.Column) bool { return strings.EqualFold(c.Name, name) })
}
