// --query: several queries in one run, each a table for --reduce.

package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
)

// named finds whether queries are given twice.
func (o *queryOptions) named(args []string) error {
	if len(args) > 0 || o.file != "" || o.name != "" {
		return errors.New("give either one query (as an argument, with -f FILE or with --name QUERY) or named ones with --query")
	}
	return nil
}

// A namedQuery is one of --query.
type namedQuery struct {
	name      string
	selectors []string
	text
}

// parseNamed reads NAME[@SOURCES]=SQL.
func parseNamed(arg string) (q namedQuery, err error) {
	head, sql, found := strings.Cut(arg, "=")
	name, selector, selects := strings.Cut(head, "@")
	switch {
	case !found || !isTableName(name):
		return q, fmt.Errorf("--query %q: give NAME=SQL or NAME@SOURCES=SQL, where the name is of letters, digits and _", arg)
	case strings.TrimSpace(sql) == "":
		return q, fmt.Errorf("--query %s has no SQL: give %s=SQL", name, head)
	}
	if selects {
		q.selectors = []string{selector}
	}
	q.name, q.text = name, text{statement.Query{Text: sql}}
	return q, nil
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

// A labelled source goes by the query that it is asked, and by its own name.
type labelled struct {
	sources.Source
	label string
}

func (l labelled) Name() string { return l.label }

// askNamed binds each query of --query for its sources.
func (a *app) askNamed(p *plan, o *queryOptions, c *config.Config) (opened []sources.Opened, chosen []config.Source, err error) {
	queries, err := o.namedQueries()
	if err != nil {
		return nil, nil, err
	}
	given, err := c.Resolve(o.sources)
	if err != nil {
		return nil, nil, err
	}
	unused := map[string]bool{}
	for _, param := range o.params {
		unused[paramName(param)] = true
	}
	for _, q := range queries {
		picked, err := c.Pick(given, q.selectors)
		if err != nil {
			return nil, nil, fmt.Errorf("--query %s: %w", q.name, err)
		}
		own := sources.Open(picked, a.getenv)
		asks, err := q.bind(c.Sources, own, q.own(c, own, o.params, unused), p.now)
		if err != nil {
			return nil, nil, fmt.Errorf("--query %s: %w", q.name, err)
		}
		p.warnings = append(p.warnings, q.ambiguous("--query "+q.name+": ", own)...)
		p.reduce.add(q.name, own)
		for i := range own {
			own[i].Source = labelled{own[i].Source, q.name + "@" + own[i].Name()}
			asks[i].Source = own[i]
		}
		p.asks, opened, chosen = append(p.asks, asks...), append(opened, own...), append(chosen, picked...)
	}
	if err := sources.NoneOpened(opened); err != nil {
		return nil, nil, err
	}
	for _, param := range o.params {
		if name := paramName(param); unused[name] {
			return nil, nil, fmt.Errorf("unknown parameter %q: no --query has it", name)
		}
	}
	return opened, chosen, nil
}

func (o *queryOptions) namedQueries() (all []namedQuery, err error) {
	names := map[string]bool{}
	for _, arg := range o.queries {
		q, err := parseNamed(arg)
		if err != nil {
			return nil, err
		}
		if folded := strings.ToLower(q.name); names[folded] {
			return nil, fmt.Errorf("two --query are called %s, in whatever case: choose another name", q.name)
		}
		names[strings.ToLower(q.name)] = true
		all = append(all, q)
	}
	return all, nil
}

// own are the parameters that the query has, which are marked as used.
func (q namedQuery) own(c *config.Config, opened []sources.Opened, params []string, unused map[string]bool) (own []string) {
	has := q.Parameters(dialects(c.Sources, opened))
	for _, param := range params {
		if name := paramName(param); has[name] || has == nil { // nil: no text can be read, which is the error then
			delete(unused, name)
			own = append(own, param)
		}
	}
	return own
}

func paramName(param string) string {
	name, _, _ := strings.Cut(param, "=")
	name, _, _ = strings.Cut(name, ":")
	return name
}
