// Tables that no source has.

package federate

import (
	"fmt"

	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/nearest"
)

// A Missing is the error for a table that no source has.
type Missing struct {
	*Invalid
	// Sources are the sources that could have the table.
	Sources []int
	// Logical means that it is a logical table, without a text for any of these sources.
	Logical bool
	name    string
}

func (e *Missing) Unwrap() error { return e.Invalid }

// unfound returns a *Missing for the first table that no source has, or nil.
func (p *Plan) unfound() error {
	for _, r := range p.relations {
		if len(r.members) > 0 {
			continue
		}
		e := &Invalid{Err: fmt.Errorf("no source has a table %s", r)}
		if len(r.sources) == 1 {
			e.Err = fmt.Errorf("source %s has no table %s", p.o.Sources[r.sources[0]].Name, r.name)
		}
		if r.texts != nil {
			e.Err = fmt.Errorf("no source that is asked has a text for the logical table %s", r)
		}
		if at, ok := engine.Location(r.at); ok {
			e.Line, e.Column = p.place(at)
		}
		return &Missing{e, r.sources, r.texts != nil, r.name}
	}
	return nil
}

// Near returns the error with a suggestion, if one of the known names is similar.
func (e *Missing) Near(known []string) error {
	if near, ok := nearest.Name(e.name, known); ok {
		return &Invalid{Err: fmt.Errorf("%w: did you mean %s?", e.Err, near), Line: e.Line, Column: e.Column}
	}
	return e.Invalid
}
