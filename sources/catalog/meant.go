// Suggestions for a pattern that matches no table.

package catalog

import (
	"slices"

	"github.com/fanql/fanql/sources/nearest"
)

// Meant returns the end of an error message for a pattern that matches no table. It
// suggests a table with the same name in another schema, or one with a similar name, or
// else lists the existing tables.
func (p Pattern) Meant(tables []Table) string {
	var names, elsewhere []string
	add := func(to *[]string, name string) {
		if !slices.Contains(*to, name) {
			*to = append(*to, name)
		}
	}
	for _, t := range tables {
		switch {
		case p.dotted:
			add(&names, t.Qualified())
		case t.Visible:
			add(&names, t.Called())
		case matches(p.name, t.Name):
			add(&elsewhere, t.Qualified())
		}
	}
	near, ok := nearest.Name(p.String(), names)
	switch {
	case len(elsewhere) > 0:
		return " that can be named without its schema: there is " + nearest.List(elsewhere)
	case ok:
		return ": did you mean " + near + "?"
	case len(names) > 0:
		return ": there are " + nearest.List(names)
	}
	return ": there are none"
}
