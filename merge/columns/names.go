// Names of columns: they match exactly, or else regardless of case.

package columns

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fanql/fanql/sources/row"
)

// An index finds columns by name.
type index struct {
	exact  map[string]int
	folded map[string][]int // in the order of their places
}

func newIndex() index { return index{map[string]int{}, map[string][]int{}} }

// indexOf returns the index of columns by their places.
func indexOf(columns []row.Column) index {
	x := newIndex()
	for at, c := range columns {
		x.add(c.Name, at)
	}
	return x
}

func (x index) add(name string, at int) {
	if _, ok := x.exact[name]; !ok {
		x.exact[name] = at
	}
	x.folded[fold(name)] = append(x.folded[fold(name)], at)
}

// match returns for each of the columns its place in the index, or -1. Columns with equal
// names match first, then the remaining ones regardless of case. Each place matches once,
// and only places from first on. Loose are the columns that matched regardless of case.
func (x index) match(columns []row.Column, first int) (places, loose []int) {
	places = make([]int, len(columns))
	taken := map[int]bool{}
	for i, c := range columns {
		places[i] = -1
		if at, ok := x.exact[c.Name]; ok && at >= first && !taken[at] {
			places[i], taken[at] = at, true
		}
	}
	for i, c := range columns {
		if places[i] >= 0 {
			continue
		}
		for _, at := range x.folded[fold(c.Name)] {
			if at >= first && !taken[at] {
				places[i], taken[at] = at, true
				loose = append(loose, i)
				break
			}
		}
	}
	return places, loose
}

// Match returns for each of their columns its place among our columns, or -1. Names are
// matched as in a [Result]. The note is a warning about names that match only regardless of
// case, or empty.
func Match(ours, theirs []row.Column) (places []int, note string) {
	places, loose := indexOf(ours).match(theirs, 0)
	var pairs []renamed
	for _, k := range loose {
		pairs = append(pairs, renamed{theirs[k].Name, ours[places[k]].Name})
	}
	if len(pairs) > 0 {
		note = noteCase(pairs)
	}
	return places, note
}

// A renamed column has a name that differs only in case.
type renamed struct{ own, result string }

// noteCase returns the warning of names that were matched without regard to case.
func noteCase(pairs []renamed) string {
	const most = 5
	var all []string
	for i, p := range pairs {
		if i == most {
			all = append(all, fmt.Sprintf("and %d more", len(pairs)-most))
			break
		}
		all = append(all, quote(p.own)+" as "+quote(p.result))
	}
	return "names are taken without regard to case: " + strings.Join(all, ", ")
}

// UniqueNames returns the columns of s with distinct names, as a [Result] without a source
// column gives them.
func UniqueNames(s *row.Schema) []row.Column { return unique(s, "") }

// unique returns the columns of s with names that differ from each other, and that differ
// from the source column's name even regardless of case. Source is empty if there is no
// source column.
func unique(s *row.Schema, source string) []row.Column {
	ours := func(name string) bool { return source != "" && fold(name) == fold(source) }
	taken := make(map[string]bool, len(s.Columns))
	for _, col := range s.Columns { // original names take precedence over generated ones
		taken[col.Name] = true
	}
	cols := slices.Clone(s.Columns)
	seen := make(map[string]bool, len(cols))
	for i := range cols {
		name := cols[i].Name
		for n := 2; seen[name] || ours(name); n++ {
			if next := fmt.Sprintf("%s_%d", cols[i].Name, n); !taken[next] && !ours(next) {
				name = next
				taken[name] = true
			}
		}
		seen[name] = true
		cols[i].Name = name
	}
	return cols
}

func fold(name string) string { return strings.ToLower(name) }

func quote(name string) string { return fmt.Sprintf("%q", name) }

func quoted(names []string) string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = quote(name)
	}
	return strings.Join(all, ", ")
}
