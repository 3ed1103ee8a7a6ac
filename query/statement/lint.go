// Checks of a saved query before it is run.

package statement

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fanql/fanql/sources/driver"
)

// A Part is a part of a query that can be wrong.
type Part uint8

const (
	Whole          Part = iota // no part by itself: the query as a whole
	DefaultText                // Text
	VariantName                // a key of Variants
	VariantText                // the text of a variant
	Parameter                  // a key of Params
	ParameterType              // the type of a parameter
	ParameterValue             // the default of a parameter
)

// A Finding is an error in a part of a query.
type Finding struct {
	Err  error
	Part Part
	Name string // the name of the variant or the parameter; else empty
}

// Lint finds errors in the query for any of the sources, without values for its
// parameters: texts that may not be sent, a source without a text, and the errors that
// [Query.Check] finds.
func (q Query) Lint(sources map[string]*driver.Dialect) []Finding {
	wrong := q.check(sources, nil)
	misnamed := slices.ContainsFunc(wrong, func(f Finding) bool { return f.Part == VariantName })
	type fault struct{ variant, text string }
	said := map[fault]bool{}
	var without []string // sources without a text
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		if sources[name] == nil {
			continue // the kind is in a variable, so the dialect is not known yet
		}
		key, _, ambiguous := q.variant(name, sources[name])
		t, err := q.read(name, sources[name], driver.Modes{})
		if err == nil {
			err = t.reads()
		}
		if err == nil {
			continue
		}
		if _, none := errors.AsType[*noText](err); none {
			without = append(without, name)
			continue
		}
		if said[fault{key, err.Error()}] {
			continue
		}
		said[fault{key, err.Error()}] = true
		f := Finding{Err: err, Part: DefaultText}
		switch {
		case ambiguous != nil:
			f.Part = Whole
		case key != "":
			f.Part, f.Name = VariantText, key
		}
		wrong = append(wrong, f)
	}
	if len(without) > 0 && !misnamed { // most likely the misspelt variant is for these sources
		wrong = append(wrong, Finding{Err: fmt.Errorf("the query has no text for %s: give variants, or an sql for all", some(without))})
	}
	return wrong
}

// some returns names, at most four of them.
func some(names []string) string {
	if more := len(names) - 4; more > 1 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:4], ", "), more)
	}
	return strings.Join(names, ", ")
}
