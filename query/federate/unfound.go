// Tables that no source has.

package federate

import (
	"fmt"

	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/nearest"
)

// A Missing error is a table that none of the sources that answered has.
type Missing struct {
	*Invalid
	// Sources are those that could have it.
	Sources []int
	// Logical means that it is a logical table without a text for any of them.
	Logical bool
	name    string
}

func (e *Missing) Unwrap() error { return e.Invalid }

// unfound returns the error for a table that no source has.
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

// Near returns the error with a suggestion from the known names.
func (e *Missing) Near(known []string) error {
	if near, ok := nearest.Name(e.name, known); ok {
		return &Invalid{Err: fmt.Errorf("%w: did you mean %s?", e.Err, near), Line: e.Line, Column: e.Column}
	}
	return e.Invalid
}
