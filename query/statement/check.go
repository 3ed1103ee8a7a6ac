// Errors of a query as a whole, found before any source's text is bound.

package statement

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/nearest"
)

// Check finds errors in the query that do not depend on the chosen sources. These are a
// variant for neither a dialect nor a source, a value for a parameter that does not exist,
// a declared parameter that no text has, and a value that does not fit its type. Sources
// are all known sources, chosen or not; a dialect is nil if it is not known yet. Check
// leaves texts that cannot be read to [Query.Bind]. It also leaves parameters without a
// value to it, since one variant may need fewer parameters than another.
func (q Query) Check(sources map[string]*driver.Dialect, v Values) error {
	var errs []error
	for _, f := range q.check(sources, v) {
		errs = append(errs, f.Err)
	}
	return errors.Join(errs...)
}

func (q Query) check(sources map[string]*driver.Dialect, v Values) (wrong []Finding) {
	for _, key := range slices.Sorted(maps.Keys(q.Variants)) {
		if err := q.checkKey(key, sources); err != nil {
			wrong = append(wrong, Finding{Err: err, Part: VariantName, Name: key})
		}
	}
	if used := q.parameters(sources); used != nil {
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if !used[name] {
				wrong = append(wrong, Finding{Err: fmt.Errorf("unknown parameter %q: %s", name, has(used)), Part: Parameter, Name: name})
			}
		}
		for _, name := range slices.Sorted(maps.Keys(q.Params)) {
			if !used[name] {
				wrong = append(wrong, Finding{Err: fmt.Errorf("parameter %q is declared, but %s", name, has(used)), Part: Parameter, Name: name})
			}
		}
	}
	valued := slices.Sorted(maps.Keys(q.Params))
	for _, name := range slices.Sorted(maps.Keys(v)) {
		if _, declared := q.Params[name]; !declared {
			valued = append(valued, name)
		}
	}
	for _, name := range valued {
		if given, _ := q.given(name, v); strings.HasPrefix(given.Text, "@") && given.items == nil && (given.List || q.Params[name].List) {
			continue // the file of the list has not been read
		}
		if _, _, err := q.value(name, v); err != nil {
			wrong = append(wrong, Finding{Err: err, Part: ParameterValue, Name: name})
		}
	}
	return wrong
}

func (q Query) checkKey(key string, sources map[string]*driver.Dialect) error {
	if q.Dialects.Named(key) != nil {
		return nil
	}
	var known []string
	for _, d := range q.Dialects {
		known = append(append(known, d.Name), d.Words...)
	}
	slices.Sort(known)
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		if group, _, _ := strings.Cut(name, "/"); key == name || key == group {
			return nil
		}
		known = append(known, name)
	}
	where := ""
	if line, ok := q.keyed[key]; ok {
		where = fmt.Sprintf(" (line %d)", line)
	}
	if meant, ok := nearest.Name(key, known); ok {
		return fmt.Errorf("variant %q is for neither a dialect nor a source: did you mean %s?%s", key, meant, where)
	}
	return fmt.Errorf("variant %q is for neither a dialect nor a source%s", key, where)
}

// parameters returns the names of the parameters in all texts that can be read, each in the
// dialects of its sources. It returns nil if no text can be read.
func (q Query) parameters(sources map[string]*driver.Dialect) map[string]bool {
	var used map[string]bool
	add := func(src source, d *driver.Dialect) {
		t, err := read(src, d, driver.Modes{})
		if err != nil {
			return
		}
		if used == nil {
			used = map[string]bool{}
		}
		for _, x := range t.tokens {
			if x.kind == param {
				used[t.text(x)[1:]] = true
			}
		}
	}
	for key := range q.Variants {
		if d := q.Dialects.Named(key); d != nil {
			add(source{text: q.Variants[key]}, d)
		}
	}
	type use struct {
		key string
		d   *driver.Dialect
	}
	seen := map[use]bool{}
	for name, d := range sources {
		key, src, err := q.variant(name, d)
		if err != nil || seen[use{key, d}] {
			continue
		}
		seen[use{key, d}] = true
		if d != nil {
			add(src, d)
			continue
		}
		for _, each := range q.Dialects {
			add(src, each)
		}
	}
	return used
}

// has describes which parameters a query has.
func has(used map[string]bool) string {
	if len(used) == 0 {
		return "the query has no parameters"
	}
	return "the query has :" + strings.Join(slices.Sorted(maps.Keys(used)), ", :")
}

// Parameters returns the names of the parameters in all texts that can be read, as in
// [Query.Check].
func (q Query) Parameters(sources map[string]*driver.Dialect) map[string]bool {
	return q.parameters(sources)
}
