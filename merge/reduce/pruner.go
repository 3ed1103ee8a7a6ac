// Pruning: rows on their way to the stages are inspected, and cut down to the columns that
// the SQL needs. So nothing else is staged, and no stage needs to be read for the
// inspection.

package reduce

import (
	"sync"

	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/row"
)

// pruners holds the pruner of each task's last attempt. The zero value has none.
type pruners struct {
	mu  sync.Mutex
	all map[int]*pruner
}

// A pruner inspects and prunes the rows of one attempt of a task.
type pruner struct {
	needs  engine.Needs
	schema *row.Schema // the source's own; nil before its first batch
	stats  []*stats    // by the source's columns; nil for a column that is left out
	narrow *row.Schema // the columns that are staged; nil if all are
	picked []int       // the places of the staged columns in the source's rows
	places []int       // by the source's columns: the place in narrow, or -1
}

// Shape returns a function that inspects the batches of one attempt of task i and
// leaves out the columns that the checked SQL does not need. It is for
// query.Options.Shape, and may be called from several goroutines.
func (e *Engine) Shape(i int) func(*row.Batch) *row.Batch {
	p := &pruner{needs: e.needs}
	e.pruners.mu.Lock()
	defer e.pruners.mu.Unlock()
	if e.pruners.all == nil {
		e.pruners.all = map[int]*pruner{}
	}
	e.pruners.all[i] = p
	return p.shape
}

// take returns the pruner of a task, or an empty one if its rows were not shaped.
func (p *pruners) take(i int) *pruner {
	p.mu.Lock()
	defer p.mu.Unlock()
	if found := p.all[i]; found != nil {
		return found
	}
	return new(pruner)
}

func (p *pruner) shape(b *row.Batch) *row.Batch {
	if p.schema == nil {
		p.begin(b.Schema)
	}
	for _, at := range p.picked {
		switch p.schema.Columns[at].Type {
		case row.Text, row.Bytes, row.Float: // the type says enough
		default:
			p.stats[at].look(b, at)
		}
	}
	if p.narrow == nil {
		return b
	}
	return b.Pick(p.picked, p.narrow)
}

func (p *pruner) begin(s *row.Schema) {
	p.schema = s
	p.stats = make([]*stats, s.Width())
	p.places = make([]int, s.Width())
	narrow := new(row.Schema)
	for at, c := range s.Columns {
		p.places[at] = -1
		if c.Name != "" && !p.needs.Has(c.Name) { // a column without a name is kept, since the table gives it one
			continue
		}
		p.places[at] = len(p.picked)
		p.stats[at] = new(stats)
		p.picked = append(p.picked, at)
		narrow.Columns = append(narrow.Columns, c)
	}
	if len(p.picked) < s.Width() {
		p.narrow = narrow
	}
}

// place returns where a column of the source is in the staged batches, or -1.
func (p *pruner) place(at int) int {
	if p.narrow == nil || at < 0 {
		return at
	}
	return p.places[at]
}

// widen takes over a staged batch and returns one with all of the source's columns. Those
// that were left out are NULL.
func (p *pruner) widen(b *row.Batch) *row.Batch {
	if p.narrow == nil {
		return b
	}
	return b.Spread(p.places, p.schema)
}
