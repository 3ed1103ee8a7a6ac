// A simple merge in memory, without keys, as the reference for the strategies.

package merge

import (
	"cmp"
	"math/big"
	"sort"
	"strings"

	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/sources/row"
)

// A value is a cell of a source, and its meaning.
type value struct {
	fill  fill
	text  string   // as printed
	class int      // values of one class are compared with each other
	num   *big.Rat // if the class is number
}

const (
	classNull = iota
	classBelow
	classNumber
	classAbove
	classNaN
	classInstant
	classText
)

// compare orders values by class, and then within the class.
func (v value) compare(w value, nocase bool) int {
	switch {
	case v.class != w.class:
		return cmp.Compare(v.class, w.class)
	case v.class == classNumber:
		return v.num.Cmp(w.num)
	case v.class == classText && nocase:
		return strings.Compare(strings.ToLower(v.text), strings.ToLower(w.text))
	case v.class == classText, v.class == classInstant:
		return strings.Compare(v.text, w.text)
	}
	return 0
}

// A tuple is a row of the result.
type tuple struct {
	source int
	cells  []value // without the source column
}

// before compares two rows by an order, whose columns it finds by name.
func before(o columns.Order, cols []row.Column, a, b tuple) int {
	for _, t := range o {
		at := t.Place - 1
		for i, c := range cols {
			if t.Place == 0 && strings.EqualFold(c.Name, t.Name) {
				at = i
			}
		}
		x, y := a.cells[at], b.cells[at]
		switch xNull, yNull := x.class == classNull, y.class == classNull; {
		case xNull && yNull:
		case xNull == t.NullsFirst && xNull, yNull && !t.NullsFirst:
			return -1
		case xNull, yNull:
			return 1
		default:
			if c := x.compare(y, t.Fold); c != 0 {
				if t.Descending {
					return -c
				}
				return c
			}
		}
	}
	return 0
}

// plainMerge returns the merge of tuples in source order.
func plainMerge(o Distinct, cols []row.Column, all []tuple, distinct bool) []tuple {
	if distinct {
		all = o.plainDistinct(cols, all)
	}
	sort.SliceStable(all, func(i, j int) bool { return before(o.Order, cols, all[i], all[j]) < 0 })
	all = all[min(int(o.Slice.Offset), len(all)):]
	if o.Slice.Limited {
		all = all[:min(int(o.Slice.Limit), len(all))]
	}
	return all
}

// plainDistinct keeps one tuple of each set of duplicates. It compares all pairs.
func (u Distinct) plainDistinct(cols []row.Column, all []tuple) (kept []tuple) {
	key := u.Key
	if len(key) == 0 {
		for i := range cols {
			key = append(key, columns.Term{Place: i + 1})
		}
	}
	preference := func(source int) int {
		for i, p := range u.Prefer {
			if p == source {
				return i
			}
		}
		return len(u.Prefer)
	}
	for i, a := range all {
		wins := true
		for j, b := range all {
			if i == j || before(key, cols, a, b) != 0 || (u.BySource && a.source != b.source) {
				continue
			}
			if p, q := preference(a.source), preference(b.source); p > q || (p == q && j < i) {
				wins = false
			}
		}
		if wins {
			kept = append(kept, a)
		}
	}
	return kept
}
