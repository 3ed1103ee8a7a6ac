// The query's text and its parameters: where they come from, and what is sent to
// each source.

package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/ask"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/nearest"
)

// text is the logical query.
type text struct{ statement.Query }

// maxCell is the largest value taken from a database, in bytes: what SQLite and
// PostgreSQL hold at most.
const maxCell = 1_000_000_000

// queryText finds the query: the argument, a file, a saved one, or stdin.
func (a *app) queryText(o *queryOptions, c *config.Config, args []string) (text, error) {
	if len(o.queries) > 0 {
		return text{}, o.named(args)
	}
	given := 0
	for _, is := range []bool{len(args) > 0, o.file != "", o.name != ""} {
		if is {
			given++
		}
	}
	if given > 1 {
		return text{}, errors.New("give the query once: as an argument, with -f FILE, or with --name QUERY")
	}
	switch {
	case o.name != "":
		return a.saved(c, o.name, o.params)
	case len(args) > 0:
		return text{statement.Query{Text: args[0]}}, nil
	case o.file == "":
		if _, ok := terminal(a.stdin); ok {
			return text{}, errors.New("no query: give SQL as an argument, with -f FILE, or with --name QUERY")
		}
		return a.fromFile("-")
	}
	return a.fromFile(o.file)
}

func (a *app) fromFile(path string) (text, error) {
	var sql []byte
	var err error
	if path == "-" {
		sql, err = io.ReadAll(a.stdin)
	} else {
		sql, err = os.ReadFile(path)
	}
	if err != nil {
		return text{}, err
	}
	q, err := statement.ParseFile(string(sql))
	return text{q}, err
}

// saved takes a query from the config. Given are the parameters that have a value
// anyway, as in -p.
func (a *app) saved(c *config.Config, name string, given []string) (text, error) {
	saved, ok := c.Query(name)
	if !ok {
		var known []string
		for _, q := range c.Queries {
			known = append(known, q.Name)
		}
		hint := c.Path + " has no queries"
		if c.Path == "" {
			hint = a.noConfig()
		}
		if near, ok := nearest.Name(name, known); ok {
			hint = fmt.Sprintf("did you mean %q?", near)
		} else if len(known) > 0 {
			hint = c.Path + " has " + list(known)
		}
		return text{}, fmt.Errorf("unknown query %q: %s", name, hint)
	}
	t, wrong, err := a.savedText(saved)
	if f, found := needed(wrong, given); found && err == nil {
		err = f.Err
	}
	if err != nil {
		return t, fmt.Errorf("query %s: %w", name, err)
	}
	return t, nil
}

// needed is the first finding that matters: a default is not needed where a value is
// given.
func needed(wrong []statement.Finding, given []string) (statement.Finding, bool) {
	for _, f := range wrong {
		if f.Part != statement.ParameterValue || !slices.ContainsFunc(given, func(p string) bool { return paramName(p) == f.Name }) {
			return f, true
		}
	}
	return statement.Finding{}, false
}

// savedText reads a saved query, and gives apart what is wrong with the types of
// its parameters, and with defaults that are kept elsewhere.
func (a *app) savedText(saved config.Query) (t text, wrong []statement.Finding, err error) {
	t.Text = saved.SQL
	if saved.File != "" {
		if t, err = a.fromFile(saved.File); err != nil {
			return t, nil, err
		}
	}
	for where, sql := range saved.Variants {
		t.SetVariant(where, sql)
	}
	t.Params = map[string]statement.Param{}
	for _, param := range slices.Sorted(maps.Keys(saved.Params)) {
		declared := saved.Params[param]
		kind, list := ask.Auto, false
		if declared.Type != "" {
			if kind, list, err = statement.ParseType(declared.Type); err != nil {
				wrong = append(wrong, statement.Finding{
					Err: fmt.Errorf("parameter %s: %w", param, err), Part: statement.ParameterType, Name: param,
				})
			}
		}
		if declared.Missing != nil {
			wrong = append(wrong, statement.Finding{
				Err: fmt.Errorf("parameter %s: %w", param, declared.Missing), Part: statement.ParameterValue, Name: param,
			})
		}
		t.Params[param] = statement.Param{Type: kind, List: list, Default: declared.Default, Null: declared.Null}
	}
	return t, wrong, nil
}

// bind makes the question for each source; an error means that nothing is sent. Now is
// what dates such as today - 7d are relative to.
func (t text) bind(known []config.Source, opened []sources.Opened, params []string, now clock) ([]query.Ask, error) {
	t.Now = now
	values, err := statement.ParseValues(params)
	if err != nil {
		return nil, err
	}
	if values, err = t.Load(values, os.ReadFile); err != nil {
		return nil, err
	}
	if err := t.Check(dialects(known, opened), values); err != nil {
		return nil, err
	}
	run := runTag()
	asks := make([]query.Ask, len(opened))
	for i, s := range opened {
		if s.Err != nil {
			asks[i] = query.Ask{Source: s, Local: true}
			continue
		}
		q, err := t.Bind(s.Name(), dialect(s.Kind), ask.Modes{}, values)
		if err != nil {
			return nil, err
		}
		q.MaxCell, q.Tag = maxCell, fmt.Sprintf("fanql:%s-%d", run, i)
		asks[i] = query.Ask{Source: s, Local: s.Server == "", Question: q}
	}
	return asks, nil
}

// dialects gives those of all sources known, asked or not.
func dialects(known []config.Source, opened []sources.Opened) map[string]statement.Dialect {
	all := map[string]statement.Dialect{}
	for _, s := range known {
		all[s.Name] = dialect(s.Kind)
	}
	for _, s := range opened {
		all[s.Name()] = dialect(s.Kind)
	}
	return all
}

func dialect(k config.Kind) statement.Dialect {
	d, _ := statement.ParseDialect(string(k))
	return d
}

// dryRun shows what would be sent where.
func (a *app) dryRun(p *plan, opened []sources.Opened) error {
	shown := func(text string) string { return text }
	if p.style.Terminal {
		shown = func(text string) string {
			lines := strings.Split(text, "\n")
			for i := range lines {
				lines[i] = output.Sanitize(lines[i])
			}
			return strings.Join(lines, "\n")
		}
	}
	var b strings.Builder
	for i, s := range opened {
		if s.Err != nil {
			fmt.Fprintf(&b, "-- %s: cannot be opened: %v\n", s.Name(), s.Err)
			continue
		}
		q := p.asks[i].Question
		fmt.Fprintf(&b, "-- %s: %s %s\n%s;\n", s.Name(), s.Kind, s.Place(), strings.TrimSpace(q.SQL))
		for n, arg := range q.Args {
			value := arg.Value
			if arg.Null {
				value = "NULL"
			}
			fmt.Fprintf(&b, "--   %d = %s (%s)\n", n+1, value, arg.Type)
		}
	}
	return a.say("%s", shown(b.String()))
}
