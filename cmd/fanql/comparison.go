// How rows are compared, as the flags of fanql diff and the keys of a check say.

package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/merge/compare"
)

// comparisonFlags say how rows of two sides are compared, as given.
type comparisonFlags struct {
	key        string
	keySet     bool
	exact      bool
	tolerances []string
}

// A spelling is what the flags are called where they stand.
type spelling struct{ key, tolerance, exact string }

var (
	flagsOfDiff  = spelling{"--key", "--tolerance", "--exact"}
	keysOfChecks = spelling{"key", "tolerance", "exact"}
)

// read judges them. What names mean that differ in case is known only with the columns.
func (o *comparisonFlags) read(called spelling) (*compare.Diff, error) {
	d := &compare.Diff{Exact: o.exact, Bare: called == keysOfChecks}
	if o.keySet {
		var err error
		if d.Key, err = columns.ParseColumns(o.key); err != nil {
			return nil, fmt.Errorf("%s: %w", called.key, err)
		}
		for i, k := range d.Key {
			if slices.ContainsFunc(d.Key[:i], func(before columns.Term) bool { return before.Name == k.Name && before.Place == k.Place }) {
				return nil, fmt.Errorf("%s: %q is named twice", called.key, k.Name)
			}
		}
	}
	for _, given := range o.tolerances {
		for part := range strings.SplitSeq(given, ",") {
			t, err := compare.ParseTolerance(part)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", called.tolerance, err)
			}
			switch {
			case slices.ContainsFunc(d.Key, func(k columns.Term) bool { return k.Name == t.Column }):
				return nil, fmt.Errorf("%s %s: %s is in the key, by which rows are found again", called.tolerance, part, t.Column)
			case slices.ContainsFunc(d.Tolerances, func(other compare.Tolerance) bool { return other.Column == t.Column }):
				return nil, fmt.Errorf("%s: %s is given twice", called.tolerance, t.Column)
			}
			d.Tolerances = append(d.Tolerances, t)
		}
	}
	if len(d.Tolerances) > 0 && o.exact {
		return nil, fmt.Errorf("%s and %s contradict each other", called.tolerance, called.exact)
	}
	return d, nil
}
