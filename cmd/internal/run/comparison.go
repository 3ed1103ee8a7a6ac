// The user's options for comparing rows.

package run

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/merge/compare"
	"github.com/fanql/fanql/sources/option"
)

// A Comparison says, as text, how the rows of two sides are compared.
type Comparison struct {
	// Key are columns, if HasKey is set; Tolerances are as in amount=0.01.
	Key        string
	HasKey     bool
	Exact      bool
	Tolerances []string
}

// Parse checks the options. The meaning of names that differ in case is known only with the
// columns.
func (c Comparison) Parse(s option.Spelling) (*compare.Diff, error) {
	d := &compare.Diff{Exact: c.Exact}
	key, tolerance := s.Name(OptionKey), s.Name(OptionTolerance)
	if c.HasKey {
		var err error
		if d.Key, err = columns.ParseColumns(c.Key); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		for i, k := range d.Key {
			if slices.ContainsFunc(d.Key[:i], func(before columns.Term) bool { return before.Name == k.Name && before.Place == k.Place }) {
				return nil, fmt.Errorf("%s: %q is named twice", key, k.Name)
			}
		}
	}
	for _, given := range c.Tolerances {
		for part := range strings.SplitSeq(given, ",") {
			t, err := compare.ParseTolerance(part)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", tolerance, err)
			}
			switch {
			case slices.ContainsFunc(d.Key, func(k columns.Term) bool { return k.Name == t.Column }):
				return nil, fmt.Errorf("%s %s: %s is in the key, by which rows are found again", tolerance, part, t.Column)
			case slices.ContainsFunc(d.Tolerances, func(other compare.Tolerance) bool { return other.Column == t.Column }):
				return nil, fmt.Errorf("%s: %s is given twice", tolerance, t.Column)
			}
			d.Tolerances = append(d.Tolerances, t)
		}
	}
	if len(d.Tolerances) > 0 && c.Exact {
		return nil, fmt.Errorf("%s and %s contradict each other", tolerance, s.Name(OptionExact))
	}
	return d, nil
}
