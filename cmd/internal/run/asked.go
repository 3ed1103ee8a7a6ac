// The query of a saved query or a check: one query, or several named ones, and the SQL over
// their rows.

package run

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/fanql/fanql/merge/reduce"
	"github.com/fanql/fanql/query/federate"
	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/option"
)

// An Asked is a query of a config, as [Request] has it: Query declares the parameters of
// all texts, and has no text if there are Tables.
type Asked struct {
	Query  statement.Query
	Tables []Table
	Reduce *Reduce
}

// Composed reports whether the rows are used for more than a merge.
func (a Asked) Composed() bool { return len(a.Tables) > 0 || a.Reduce != nil }

// Parameters returns the parameters of all texts, or nil if no text can be read.
func (a Asked) Parameters(dialects map[string]*driver.Dialect) map[string]bool {
	if len(a.Tables) == 0 {
		return a.Query.Parameters(dialects)
	}
	var all map[string]bool
	for _, t := range a.Tables {
		if own := t.Query.Parameters(dialects); own != nil {
			if all == nil {
				all = map[string]bool{}
			}
			maps.Copy(all, own)
		}
	}
	return all
}

// ReadAsked reads a query of a config. It returns errors about the types of parameters, and
// about defaults that are references, separately.
func ReadAsked(saved config.Query) (a Asked, wrong []statement.Finding, err error) {
	if a.Query, wrong, err = ReadSaved(saved); err != nil {
		return a, wrong, err
	}
	for _, t := range saved.Tables {
		q, _, err := ReadSaved(t.Query)
		if err != nil {
			return a, wrong, fmt.Errorf("query %s: %w", t.Name, err)
		}
		a.Tables = append(a.Tables, Table{Name: t.Name, Sources: t.Sources, Query: q})
	}
	if _, ok := saved.Has("reduce"); ok {
		a.Reduce = &Reduce{SQL: saved.Reduce}
	}
	return a, wrong, nil
}

// A TableError is an error about one of several named queries.
type TableError struct {
	Called, Name string // the user's word for such a query, and its name
	Err          error
}

func (e *TableError) Error() string { return fmt.Sprintf("%s %s: %v", e.Called, e.Name, e.Err) }
func (e *TableError) Unwrap() error { return e.Err }

// declared returns the declared parameters of a request that one of its tables has.
func declared(r *Request, t Table, dialects map[string]*driver.Dialect) map[string]statement.Param {
	has := t.Query.Parameters(dialects)
	own := map[string]statement.Param{}
	for name, p := range r.Query.Params {
		if has[name] {
			own[name] = p
		}
	}
	return own
}

// InConfig returns a spelling for errors about the keys of a saved query or of a check.
// Other options have the names of s.
func InConfig(s option.Spelling) option.Spelling {
	return func(o option.Option) string {
		switch o {
		case OptionReduce:
			return "reduce"
		case OptionTable:
			return "query"
		}
		return s.Name(o)
	}
}

// LintAsked returns the errors in a query of several parts, except those that [LintText]
// finds in one text. What is the query's name in the errors. Known are the dialects of its
// sources.
func LintAsked(c *config.Config, q config.Query, what string, known map[string]*driver.Dialect) (wrong []error) {
	at := func(pos config.Pos, what string, err error) {
		wrong = append(wrong, &config.Error{Pos: pos, Text: what + ": " + option.Spelled(err, InConfig(nil)).Error()})
	}
	a, _, err := ReadAsked(q)
	if err != nil || !a.Composed() {
		return nil // other checks report it
	}
	for i, t := range a.Tables {
		own := q.Tables[i].Query
		for _, f := range LintText(t.Query, known) {
			wrong = append(wrong, findingError(own, what+": query "+t.Name, f))
		}
		if picked, err := c.Pick(config.Given{Sources: c.Sources}, t.Sources); err != nil && len(picked) == 0 && len(c.Sources) > 0 && len(c.Unread) == 0 {
			at(own.Where("sources"), what+": query "+t.Name, fmt.Errorf("sources: %w", err))
		}
	}
	if has := a.Parameters(known); len(a.Tables) > 0 && has != nil {
		for _, name := range slices.Sorted(maps.Keys(q.Params)) {
			if !has[name] {
				at(q.Where("params", name), what, fmt.Errorf("parameter %q is declared, but none of its queries has it", name))
			}
		}
	}
	r := Request{Query: a.Query, Tables: a.Tables, Reduce: a.Reduce}
	if err := r.contradictions(); err != nil {
		pos, ok := q.Has("reduce")
		if !ok {
			pos = q.Where("queries")
		}
		at(pos, what, err)
	} else if err := LintReduce(a.Reduce.SQL); err != nil {
		at(q.Where("reduce"), what, fmt.Errorf("reduce: %w", err))
	}
	return wrong
}

// LintReduce returns an error in the SQL of a reduce that can be found without rows.
func LintReduce(sql string) error {
	e, err := reduce.Open(reduce.Options{Memory: leastEngine})
	if err != nil {
		return err
	}
	return errors.Join(e.Check(sql), e.Close())
}

// LintOverAll returns an error in a statement over all sources that can be found without
// the sources and without values of parameters.
func LintOverAll(q statement.Query) error {
	q.Dialects = append(slices.Clone(q.Dialects), federate.Dialect)
	known := map[string]*driver.Dialect{"": federate.Dialect}
	for _, f := range q.Lint(known) {
		if f.Part != statement.Parameter { // a check gives values and declares no parameters
			return f.Err
		}
	}
	values := statement.Values{}
	for name := range q.Parameters(known) {
		values[name] = statement.Value{Null: true}
		if q.Params[name].List {
			return nil // no single value could stand for all
		}
	}
	text, err := q.Bind("", federate.Dialect, driver.Modes{}, values)
	if err != nil {
		return err
	}
	plan, err := federate.Open(federate.Options{SourceColumn: "source", Memory: leastEngine})
	if err != nil {
		return err
	}
	return errors.Join(option.Spelled(plan.Read(text), nil), plan.Close())
}

// leastEngine is enough memory for an engine that only parses texts, in bytes.
const leastEngine = 32 << 20

// Saved returns a query of the config. Given are the parameters that already have a value.
func Saved(c *config.Config, name string, given []string) (Asked, error) {
	saved, ok := c.Query(name)
	if !ok {
		return Asked{}, unknownQuery(c, name)
	}
	a, wrong, err := ReadAsked(saved)
	if f, found := Needed(wrong, given); found && err == nil {
		err = f.Err
	}
	if err != nil {
		return a, fmt.Errorf("query %s: %w", name, err)
	}
	return a, nil
}
