// The columns of a run, and what is refused of its sources.

package merge

import (
	"cmp"
	"iter"
	"slices"

	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// A result is the columns of what a strategy makes of a run. It refuses the sources that
// cannot be in it.
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

// collect waits for all arrivals and gives those that ended well and fit, in
// source order.
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

// compare finds the columns that are compared, and refuses sources until all values in
// them can be: those whose types do not meet the types of sources before them, and
// those with a value that cannot be read as the others' type or that has no place in
// the order. No row has been used by then. Find gives the ranks of the order and those
// of which only equality counts. The sources that are left are given, in source order.
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

// unreadable looks through the sources that have no type for a column that is
// compared, and gives those with a value that cannot be.
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

// without refuses sources, and gives the arrivals of the others, whose columns alone
// those of the result are then.
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
