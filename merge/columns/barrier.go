// Columns that are agreed on while the sources still run, for results that are written
// source by source without staging the rows.

package columns

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"github.com/fanql/fanql/sources/row"
)

// A SchemaBarrier waits until every source has shown its columns, or has ended without
// any, and then fixes the columns of the result in source order. It is safe for
// concurrent use.
type SchemaBarrier struct {
	o  Options
	by Order // nil if values are not compared

	mu      sync.Mutex
	waiting int
	known   []bool
	shown   []*row.Schema // by source; nil if there are none
	columns *Result       // nil until all sources have reported
	refused map[int]error
	ranks   []Rank // of the order, if there is one
	err     error  // of the order

	variants []variant // the different columns that have been shown
	early    *Result   // the result of the variants; nil if they have changed since; see Early
}

// A variant is a schema that sources have shown, and the first source, in source order,
// that has it.
type variant struct {
	schema *row.Schema
	source int
}

// mostVariants is the largest number of different schemas for which Early still foresees
// the columns of the result.
const mostVariants = 16

// NewSchemaBarrier returns a barrier that waits for all of the options' sources. By is the
// order of the rows, or nil if values are not compared.
func NewSchemaBarrier(o Options, by Order) *SchemaBarrier {
	n := len(o.Sources)
	return &SchemaBarrier{o: o, by: by, waiting: n, known: make([]bool, n), shown: make([]*row.Schema, n), refused: map[int]error{}}
}

// Report reports the columns of a source. s is nil for a source that has ended without
// showing any. Only the first report of a source counts.
func (a *SchemaBarrier) Report(source int, s *row.Schema) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.known[source] {
		return
	}
	a.known[source], a.shown[source] = true, s
	if s != nil {
		a.vary(source, s)
	}
	if a.waiting--; a.waiting > 0 {
		return
	}
	a.columns, a.early = New(a.o), nil
	for i, s := range a.shown {
		if s == nil {
			continue
		}
		if err := a.columns.Admit(i, s); err != nil {
			a.refused[i] = err
		}
	}
	a.compare()
	a.columns.Note()
}

// vary records the columns of a source in the variants.
func (a *SchemaBarrier) vary(source int, s *row.Schema) {
	if len(a.variants) > mostVariants {
		return
	}
	at := slices.IndexFunc(a.variants, func(v variant) bool { return slices.Equal(v.schema.Columns, s.Columns) })
	switch {
	case at < 0:
		a.variants = append(a.variants, variant{s, source})
	case source < a.variants[at].source:
		a.variants[at].source = source
		if len(a.variants) == 1 {
			return // with a single variant, the result is the same for any first source
		}
	default:
		return
	}
	a.early = nil
}

// Early returns the projection of a source's rows to the columns that are known so far. A
// caller uses it to write rows before all columns are known, and writes them once more if
// later columns change the result: see [Projection.Continues]. Early returns nil if all
// columns are known, if the sources have too many different schemas, or if a source will be
// refused. Note takes the warnings of the projection.
func (a *SchemaBarrier) Early(source int, s *row.Schema, note func(warning string)) *Projection {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.columns != nil || len(a.variants) > mostVariants || !a.foresee() {
		return nil
	}
	if r := a.early; r.from[source] == nil {
		before := r.schema
		if r.Admit(source, s) != nil {
			return nil
		}
		if slices.Equal(before.Columns, r.schema.Columns) {
			r.schema = before // so that all projections share one schema
		}
	}
	p := a.early.Projection(source, s)
	p.note = func(column, what string) { note(fmt.Sprintf("column %s: %s", quote(column), what)) }
	return p
}

// foresee sets early to the result of all variants, and reports whether it could. It cannot
// if a variant does not fit: its source is refused once all columns are known.
func (a *SchemaBarrier) foresee() bool {
	if a.early != nil {
		return true
	}
	o := a.o
	o.Note = func(int, string) {}
	r := New(o)
	slices.SortFunc(a.variants, func(v, w variant) int { return cmp.Compare(v.source, w.source) })
	for _, v := range a.variants {
		if r.Admit(v.source, v.schema) != nil {
			return false
		}
	}
	a.early = r
	return true
}

// compare finds the columns of the order, if there is one, and refuses sources whose
// types there do not meet those of earlier sources.
func (a *SchemaBarrier) compare() {
	if len(a.by) == 0 {
		return
	}
	if a.ranks, a.err = a.columns.Ranks(a.by); a.err != nil {
		return
	}
	var places []int
	for _, r := range a.ranks {
		places = append(places, r.at)
	}
	a.columns.Compare(places, false)
	refused, why := a.columns.Clashes(func(source int) *row.Schema { return a.shown[source] })
	for i, source := range refused {
		a.refused[source] = why[i]
	}
}

// Order returns the ranks of the order, the still empty classes of values for those ranks
// that no source has a type for, and the error of finding the columns. It may be called
// only after all sources have reported.
func (a *SchemaBarrier) Order() ([]Rank, Classes, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.ranks, a.columns.Classes(a.ranks), a.err
}

// Projection returns the projection of a source's rows to the result's columns. It returns
// nil until all sources have reported. It returns an error if the source was refused.
func (a *SchemaBarrier) Projection(source int, s *row.Schema) (*Projection, error) {
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

// Shown returns the columns that a source has reported, or nil.
func (a *SchemaBarrier) Shown(source int) *row.Schema {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.shown[source]
}

// Schema returns the result's schema, or nil until all sources have reported.
func (a *SchemaBarrier) Schema() *row.Schema {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.columns == nil {
		return nil
	}
	return a.columns.Schema()
}
