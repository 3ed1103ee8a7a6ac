// Rows on their way to the stages: looked at, and cut down to the columns that the
// SQL needs, so that no more is staged and no stage needs to be read for it.

package reduce

import (
	"sync"

	"github.com/fanql/fanql/sources/row"
)

// fittings keep what was seen of each ask. The zero value has seen nothing.
type fittings struct {
	mu  sync.Mutex
	all map[int]*fitting
}

// A fitting is one attempt of an ask.
type fitting struct {
	needs    needs
	schema   *row.Schema // the source's own; nil before its first batch
	profiles []*profile  // by its columns
	narrow   *row.Schema // what is staged; nil if that is everything
	picked   []int       // of its columns, those that are staged
	places   []int       // by its columns, the place in narrow, or -1
}

// Shape gives what looks at the batches of one attempt of ask i and leaves out what
// the SQL that was checked does not need. It is for query.Options.Shape, and may be
// called from several goroutines.
func (e *Engine) Shape(i int) func(*row.Batch) *row.Batch {
	f := &fitting{needs: e.needs}
	e.fittings.mu.Lock()
	defer e.fittings.mu.Unlock()
	if e.fittings.all == nil {
		e.fittings.all = map[int]*fitting{}
	}
	e.fittings.all[i] = f
	return f.shape
}

// take gives the fitting of an ask, or an empty one if its rows were not shaped.
func (f *fittings) take(i int) *fitting {
	f.mu.Lock()
	defer f.mu.Unlock()
	if found := f.all[i]; found != nil {
		return found
	}
	return new(fitting)
}

func (f *fitting) shape(b *row.Batch) *row.Batch {
	if f.schema == nil {
		f.begin(b.Schema)
	}
	for _, at := range f.picked {
		switch f.schema.Columns[at].Type {
		case row.Text, row.Bytes, row.Float: // the type says it all
		default:
			f.profiles[at].look(b, at)
		}
	}
	if f.narrow == nil {
		return b
	}
	return b.Pick(f.picked, f.narrow)
}

func (f *fitting) begin(s *row.Schema) {
	f.schema = s
	f.profiles = make([]*profile, s.Width())
	f.places = make([]int, s.Width())
	narrow := new(row.Schema)
	for at, c := range s.Columns {
		f.places[at] = -1
		if c.Name != "" && !f.needs.has(c.Name) { // a table gives a name to what has none
			continue
		}
		f.places[at] = len(f.picked)
		f.profiles[at] = new(profile)
		f.picked = append(f.picked, at)
		narrow.Columns = append(narrow.Columns, c)
	}
	if len(f.picked) < s.Width() {
		f.narrow = narrow
	}
}

// place is where a column of the source stands in the staged batches, or -1.
func (f *fitting) place(at int) int {
	if f.narrow == nil || at < 0 {
		return at
	}
	return f.places[at]
}

// widen gives a batch of the source's own columns again: what was left out is NULL.
func (f *fitting) widen(b *row.Batch) *row.Batch {
	if f.narrow == nil {
		return b
	}
	return b.Spread(f.places, f.schema)
}
