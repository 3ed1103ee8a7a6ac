// Several queries in one run, each a table for its reduce.

package run

import (
	"fmt"

	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/driver"
)

// A Labeled source goes by another name than its own, such as one with the query that
// it is asked.
type Labeled struct {
	sources.Source
	Label string
}

// Name is the label.
func (l Labeled) Name() string { return l.Label }

// bindTables opens the sources of each table and binds its query for them.
func (p *Plan) bindTables(r *Request, now Clock) error {
	given, err := r.Config.Given(r.Sources)
	if err != nil {
		return err
	}
	unused := map[string]bool{}
	for _, param := range r.Params {
		unused[ParamName(param)] = true
	}
	called := r.Spelling.Name(OptionTable)
	for _, t := range r.Tables {
		picked, err := r.Config.Pick(given, t.Sources)
		if err != nil {
			return fmt.Errorf("%s %s: %w", called, t.Name, err)
		}
		own := Open(picked, r.Getenv)
		params := ownParams(t.Query, own.DialectsBeside(r.Config.Sources), r.Params, unused)
		if err := own.Bind(t.Query, r.Config.Sources, params, now); err != nil {
			return fmt.Errorf("%s %s: %w", called, t.Name, err)
		}
		p.Warnings = append(p.Warnings, own.Ambiguous(t.Query, fmt.Sprintf("%s %s: ", called, t.Name))...)
		p.reduce.add(t.Name, own)
		for i := range own {
			o := &own[i].Opened
			o.Source = Labeled{o.Source, t.Name + "@" + o.Name()}
			own[i].Task.Source = *o
		}
		p.Targets = append(p.Targets, own...)
	}
	if err := p.Targets.NoneOpened(); err != nil {
		return err
	}
	for _, param := range r.Params {
		if name := ParamName(param); unused[name] {
			return fmt.Errorf("unknown parameter %q: no %s has it", name, called)
		}
	}
	return nil
}

// ownParams are the parameters that the query has, which are then no longer unused.
func ownParams(q statement.Query, all map[string]*driver.Dialect, params []string, unused map[string]bool) (own []string) {
	has := q.Parameters(all)
	for _, param := range params {
		if name := ParamName(param); has[name] || has == nil { // nil: no text can be read, which is the error then
			delete(unused, name)
			own = append(own, param)
		}
	}
	return own
}
