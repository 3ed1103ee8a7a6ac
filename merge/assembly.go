// Columns agreed on while the sources still run, for results that are written
// source by source without staging the rows.

package merge

import (
	"cmp"
	"slices"
	"sync"

	"github.com/fanql/fanql/sources/row"
)

// An Assembly waits until every source has shown its columns, or has ended
// without, and then fixes the columns of the result in source order. It is safe
// for concurrent use.
type Assembly struct {
	o Options

	mu      sync.Mutex
	waiting int
	known   []bool
	seen    []reported
	columns *Columns // nil until all is known
	refused map[int]error
}

type reported struct {
	source int
	schema *row.Schema
}

// NewAssembly gives an assembly that waits for all of the options' sources.
func NewAssembly(o Options) *Assembly {
	return &Assembly{o: o, waiting: len(o.Sources), known: make([]bool, len(o.Sources)), refused: map[int]error{}}
}

// Report gives the columns of a source; s is nil for a source that has ended and
// has none. Only the first report of a source counts.
func (a *Assembly) Report(source int, s *row.Schema) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.known[source] {
		return
	}
	a.known[source] = true
	if s != nil {
		a.seen = append(a.seen, reported{source, s})
	}
	if a.waiting--; a.waiting > 0 {
		return
	}
	slices.SortFunc(a.seen, func(x, y reported) int { return cmp.Compare(x.source, y.source) })
	a.columns = NewColumns(a.o)
	for _, r := range a.seen {
		if err := a.columns.Admit(r.source, r.schema); err != nil {
			a.refused[r.source] = err
		}
	}
	a.columns.NoteMissing()
}

// Projection gives the result's columns and how the rows of a source fit into
// them; nil while some source has not reported, and an error where the source
// was refused.
func (a *Assembly) Projection(source int, s *row.Schema) (*Projection, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.columns == nil {
		return nil, nil
	}
	if err := a.refused[source]; err != nil {
		return nil, err
	}
	return a.columns.Projection(source, s), nil
}

// Schema is that of the result, or nil while some source has not reported.
func (a *Assembly) Schema() *row.Schema {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.columns == nil {
		return nil
	}
	return a.columns.Schema()
}
