// Rows on their way to the stages: looked at, and cut down to the columns that the
// SQL needs, so that no more is staged and no stage needs to be read for it.

package reduce

import (
	"sync"

	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/row"
)

// pruners keep what was seen of each ask. The zero value has seen nothing.
type pruners struct {
	mu  sync.Mutex
	all map[int]*pruner
}

// A pruner is one attempt of an ask.
type pruner struct {
	needs  engine.Needs
	schema *row.Schema // the source's own; nil before its first batch
	stats  []*stats    // by its columns
	narrow *row.Schema // what is staged; nil if that is everything
	picked []int       // of its columns, those that are staged
	places []int       // by its columns, the place in narrow, or -1
}

// Shape returns what looks at the batches of one attempt of ask i and leaves out what
// the SQL that was checked does not need. It is for query.Options.Shape, and may be
// called from several goroutines.
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

// take returns the pruner of an ask, or an empty one if its rows were not shaped.
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
		case row.Text, row.Bytes, row.Float: // the type says it all
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
		if c.Name != "" && !p.needs.Has(c.Name) { // a table gives a name to what has none
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

// place is where a column of the source stands in the staged batches, or -1.
func (p *pruner) place(at int) int {
	if p.narrow == nil || at < 0 {
		return at
	}
	return p.places[at]
}

// widen returns a batch of the source's own columns again: what was left out is NULL.
func (p *pruner) widen(b *row.Batch) *row.Batch {
	if p.narrow == nil {
		return b
	}
	return b.Spread(p.places, p.schema)
}
