// The columns of a result, and the refusal of sources that cannot be part of it.

package merge

import (
	"cmp"
	"iter"
	"slices"

	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// A result holds the columns of a strategy's result. It refuses the sources that cannot
// be part of it.
type result struct {
	*columns.Result
	run   Run
	fixed bool
}

func newResult(run Run, fixed bool) *result {
	o := run.Columns()
	o.Fixed = fixed
	return &result{columns.New(o), run, fixed}
}

// admit admits an arrival's columns, or refuses the source.
func (r *result) admit(a query.Arrival) bool {
	err := r.Admit(a.Outcome.Index, a.Schema)
	if err != nil {
		r.refuse(a, err)
	}
	return err == nil
}

func (r *result) refuse(a query.Arrival, err error) {
	a.Rows.Discard()
	r.run.Notes.Refuse(a.Outcome.Index, err)
}

func discard(arrivals []query.Arrival) {
	for _, a := range arrivals {
		a.Rows.Discard()
	}
}

// collect waits for all arrivals. It returns those that ended well and whose columns fit,
// in source order.
func (r *result) collect(arrivals iter.Seq[query.Arrival]) []query.Arrival {
	var all []query.Arrival
	for a := range arrivals {
		if a.Outcome.State == query.OK {
			all = append(all, a)
		}
	}
	slices.SortFunc(all, func(a, b query.Arrival) int { return cmp.Compare(a.Outcome.Index, b.Outcome.Index) })
	return slices.DeleteFunc(all, func(a query.Arrival) bool { return !r.admit(a) })
}

// compare finds the columns that are compared, and refuses sources until all values in them
// can be compared. It refuses a source whose types do not meet those of earlier sources. It
// also refuses a source with a value that cannot be read as the others' type, or that has
// no place in the order. It uses up no row. Find returns the ranks of the order, and the
// ranks for which only equality counts. The remaining sources are returned in source order.
func (r *result) compare(all []query.Arrival, find func() (order, same []columns.Rank, err error)) (good []query.Arrival, order, same []columns.Rank, err error) {
	for {
		if order, same, err = find(); err != nil {
			return all, nil, nil, err
		}
		var places []int
		for _, rank := range slices.Concat(order, same) {
			places = append(places, rank.At())
		}
		r.Compare(places, false)
		schemas := map[int]*row.Schema{}
		for _, a := range all {
			schemas[a.Outcome.Index] = a.Schema
		}
		refused, why := r.Clashes(func(source int) *row.Schema { return schemas[source] })
		if len(refused) == 0 {
			refused, why = r.unreadable(all, order, places)
		}
		if len(refused) == 0 {
			return all, order, same, nil
		}
		if all = r.without(all, refused, why); len(all) == 0 {
			return nil, nil, nil, nil
		}
	}
}

// unreadable checks the values of sources without a type for a compared column, and
// returns the sources with a value that cannot be compared.
func (r *result) unreadable(all []query.Arrival, order []columns.Rank, places []int) (refused []int, why []error) {
	met := r.Classes(order)
	for _, a := range all {
		source := a.Outcome.Index
		var err error
		if met, err = r.Readable(source, a.Schema, a.Rows.Scan, places, met); err != nil {
			refused, why = append(refused, source), append(why, err)
		}
	}
	return refused, why
}

// without refuses sources, and returns the arrivals of the others. From then on, only these
// decide on the columns of the result.
func (r *result) without(all []query.Arrival, refused []int, why []error) (left []query.Arrival) {
	*r = *newResult(r.run, r.fixed)
	for _, a := range all {
		if i := slices.Index(refused, a.Outcome.Index); i >= 0 {
			r.refuse(a, why[i])
		} else if r.admit(a) {
			left = append(left, a)
		}
	}
	return left
}
