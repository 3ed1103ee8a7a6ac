// Several queries in one run, each of which makes a table for the reduce.

package run

import (
	"fmt"
	"strings"

	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/option"
)

// A Labeled source has another name than its own, such as one with the name of its
// query.
type Labeled struct {
	sources.Source
	Label string
}

// Name is the label.
func (l Labeled) Name() string { return l.Label }

// bindTables opens the sources of each table and binds its query for them.
func (p *Plan) bindTables(r *Request, now Clock) error {
	given, err := r.given()
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
			return &TableError{called, t.Name, err}
		}
		own := Open(picked, r.Getenv)
		if len(r.Query.Params) > 0 {
			t.Query.Params = declared(r, t, own.DialectsWith(r.Config.Sources))
		}
		params := ownParams(t.Query, own.DialectsWith(r.Config.Sources), r.Params, unused)
		if err := own.Bind(t.Query, r.Config, params, now); err != nil {
			return &TableError{called, t.Name, err}
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

// ownParams returns the parameters that the query has, and removes them from the unused
// ones.
func ownParams(q statement.Query, all map[string]*driver.Dialect, params []string, unused map[string]bool) (own []string) {
	has := q.Parameters(all)
	for _, param := range params {
		if name := ParamName(param); has[name] || has == nil { // nil: no text can be parsed, which is reported later
			delete(unused, name)
			own = append(own, param)
		}
	}
	return own
}

// ParseTables reads tables in the form NAME[@SOURCES]=SQL; Sources are as for
// [config.Config.Pick].
func ParseTables(args []string) (all []Table, err error) {
	names := map[string]bool{}
	for _, arg := range args {
		t, err := parseTable(arg)
		if err != nil {
			return nil, err
		}
		if folded := strings.ToLower(t.Name); names[folded] {
			return nil, option.Errorf("two {query} are called %s, in whatever case: choose another name", t.Name)
		}
		names[strings.ToLower(t.Name)] = true
		all = append(all, t)
	}
	return all, nil
}

// parseTable reads NAME[@SOURCES]=SQL.
func parseTable(arg string) (t Table, err error) {
	head, sql, found := strings.Cut(arg, "=")
	name, selector, selects := strings.Cut(head, "@")
	switch {
	case !found || !isTableName(name):
		return t, option.Errorf("{query} %q: give NAME=SQL or NAME@SOURCES=SQL, where the name is of letters, digits and _", arg)
	case strings.TrimSpace(sql) == "":
		return t, option.Errorf("{query} %s has no SQL: give %s=SQL", name, head)
	}
	if selects {
		t.Sources = []string{selector}
	}
	t.Name, t.Query.Text = name, sql
	return t, nil
}

func isTableName(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}
