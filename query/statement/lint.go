// What can be said of a saved query before it is asked.

package statement

import (
	"errors"
	"maps"
	"slices"
)

// Lint finds what is wrong with the query for any of the sources, without values
// for its parameters: texts that may not be sent, a source that no text is for,
// and what [Query.Check] finds.
func (q Query) Lint(sources map[string]Dialect) error {
	errs := []error{q.Check(sources, nil)}
	said := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		if sources[name] == "" {
			continue // a kind that only a variable knows
		}
		t, err := q.read(name, sources[name])
		if err == nil {
			err = t.reads()
		}
		if err != nil && !said[err.Error()] {
			said[err.Error()] = true
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
