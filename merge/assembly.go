// Columns agreed on while the sources still run, for results that are written
// source by source without staging the rows.

package merge

import (
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
	shown   []*row.Schema // by source; nil for none
	columns *Columns      // nil until all is known
	refused map[int]error
}

// NewAssembly gives an assembly that waits for all of the options' sources.
func NewAssembly(o Options) *Assembly {
	n := len(o.Sources)
	return &Assembly{o: o, waiting: n, known: make([]bool, n), shown: make([]*row.Schema, n), refused: map[int]error{}}
}

// Report gives the columns of a source; s is nil for a source that has ended and
// has none. Only the first report of a source counts.
func (a *Assembly) Report(source int, s *row.Schema) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.known[source] {
		return
	}
	a.known[source], a.shown[source] = true, s
	if a.waiting--; a.waiting > 0 {
		return
	}
	a.columns = NewColumns(a.o)
	for i, s := range a.shown {
		if s == nil {
			continue
		}
		if err := a.columns.Admit(i, s); err != nil {
			a.refused[i] = err
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

// Shown is what a source has reported, or nil.
func (a *Assembly) Shown(source int) *row.Schema {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.shown[source]
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
