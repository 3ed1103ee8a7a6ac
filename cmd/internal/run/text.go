// The query's text and its parameters: their origins, and the request for each source.

package run

import (
	"crypto/rand"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/nearest"
)

// MaxCell is the largest value accepted from a database, in bytes: the limit of SQLite
// and PostgreSQL.
const MaxCell = 1_000_000_000

// ReadQuery reads a query from a file.
func ReadQuery(path string) (statement.Query, error) {
	sql, err := os.ReadFile(path)
	if err != nil {
		return statement.Query{}, err
	}
	return statement.ParseFile(string(sql), sources.Dialects)
}

func unknownQuery(c *config.Config, name string) error {
	var known []string
	for _, q := range c.Queries {
		known = append(known, q.Name)
	}
	hint := c.Path + " has no queries"
	if c.Path == "" {
		hint = c.Absent
	}
	if near, ok := nearest.Name(name, known); ok {
		hint = fmt.Sprintf("did you mean %q?", near)
	} else if len(known) > 0 {
		hint = c.Path + " has " + List(known)
	}
	return fmt.Errorf("unknown query %q: %s", name, hint)
}

// Needed returns the first finding that matters: a default does not matter if there is
// a value.
func Needed(wrong []statement.Finding, given []string) (statement.Finding, bool) {
	for _, f := range wrong {
		if f.Part != statement.ParameterValue || !slices.ContainsFunc(given, func(p string) bool { return ParamName(p) == f.Name }) {
			return f, true
		}
	}
	return statement.Finding{}, false
}

// ReadSaved reads a saved query. Errors in the types of its parameters, and in defaults
// that are kept elsewhere, are returned separately.
func ReadSaved(saved config.Query) (q statement.Query, wrong []statement.Finding, err error) {
	q.Text, q.Dialects = saved.SQL, sources.Dialects
	if saved.File != "" {
		if q, err = ReadQuery(saved.File); err != nil {
			return q, nil, err
		}
	}
	q.Portable = saved.Portable
	for where, sql := range saved.Variants {
		q.SetVariant(where, sql)
	}
	q.Params = map[string]statement.Param{}
	for _, param := range slices.Sorted(maps.Keys(saved.Params)) {
		declared := saved.Params[param]
		finding := func(part statement.Part, err error) {
			wrong = append(wrong, statement.Finding{Err: fmt.Errorf("parameter %s: %w", param, err), Part: part, Name: param})
		}
		kind, list := driver.Auto, false
		if declared.Type != "" {
			if kind, list, err = statement.ParseType(declared.Type); err != nil {
				finding(statement.ParameterType, err)
			}
		}
		if declared.Missing != nil {
			finding(statement.ParameterValue, declared.Missing)
		}
		q.Params[param] = statement.Param{Type: kind, List: list, Default: declared.Default, Null: declared.Null}
	}
	return q, wrong, nil
}

// Bind prepares the request for each target that can be opened; an error means that nothing
// should be sent. The config, which may be nil, has all sources that the query may have a
// variant for, and the logical tables of a portable text. Now is the instant that dates
// such as today - 7d are relative to.
func (t Targets) Bind(q statement.Query, c *config.Config, params []string, now Clock) error {
	return t.bindWith(q, c, params, nil, now)
}

// bindWith is Bind with values of each target's own; nil is none.
func (t Targets) bindWith(q statement.Query, c *config.Config, params []string, own []statement.Values, now Clock) error {
	if c == nil {
		c = new(config.Config)
	}
	if q.Portable {
		return t.bindPortable(q, c, params, own, now)
	}
	return t.bindEach(q, c.Sources, params, own, now)
}

// bindEach is Bind for a text in the sources' own SQL, with values of each target's own;
// nil is none. If these values have types, they take precedence over declared types.
func (t Targets) bindEach(q statement.Query, known []config.Source, params []string, own []statement.Values, now Clock) error {
	q.Now = now
	values, err := statement.ParseValues(params)
	if err != nil {
		return err
	}
	if values, err = q.Load(values, os.ReadFile); err != nil {
		return err
	}
	dialects := t.DialectsWith(known)
	if own == nil {
		if err := q.Check(dialects, values); err != nil {
			return err
		}
	}
	tag := runTag()
	alike := map[*driver.Dialect]driver.Request{} // used if no text is for a single source
	checked := map[string]bool{}
	for i := range t {
		o, q, values := t[i].Opened, q, values
		if own != nil {
			key := ""
			if q, values, key = with(q, values, own[i]); !checked[key] {
				checked[key] = true
				if err := q.Check(dialects, values); err != nil {
					return err
				}
			}
		}
		if o.Err != nil {
			continue
		}
		bound, ok := alike[o.Kind]
		if !ok {
			if bound, err = q.Bind(o.Name(), o.Kind, driver.Modes{}, values); err != nil {
				return err
			}
			if len(q.Variants) == 0 && own == nil {
				alike[o.Kind] = bound
			}
		}
		bound.MaxCell, bound.Tag = MaxCell, taskTag(tag, i)
		t[i].Task.Request = bound
	}
	return nil
}

// with adds values of a target's own to the common values. The key identifies the values.
func with(q statement.Query, values, own statement.Values) (_ statement.Query, all statement.Values, key string) {
	all = maps.Clone(values)
	for name, v := range own {
		all[name] = v
		key += fmt.Sprintf("%s:%s=%s\n", name, v.Type, v.Text)
		if p, declared := q.Params[name]; declared && v.Type != driver.Auto {
			p.Type, p.List = v.Type, false
			q.Params = maps.Clone(q.Params)
			q.Params[name] = p
		}
	}
	return q, all, key
}

// runTag returns a tag that differs from that of any other run.
func runTag() string { return strings.ToLower(rand.Text()[:16]) }

// taskTag marks the statement of a task on its server.
func taskTag(run string, task int) string { return fmt.Sprintf("fanql:%s-%d", run, task) }

// Ambiguous returns the parts of the text that mean one thing to some of the targets
// and another to others. Where is put before each, as in "query revenue: ".
func (t Targets) Ambiguous(q statement.Query, where string) (warnings []string) {
	if q.Portable || t.oneDialect() {
		return nil
	}
	for _, f := range q.Ambiguous(t.Dialects()) {
		warnings = append(warnings, where+f.Err.Error())
	}
	return warnings
}

// oneDialect reports whether all sources have the same dialect, as far as they could be
// opened.
func (t Targets) oneDialect() bool {
	var first *driver.Dialect
	for i := range t {
		o := t[i].Opened
		if o.Err == nil && first == nil {
			first = o.Kind
		}
		if o.Err == nil && o.Kind != first {
			return false
		}
	}
	return true
}

// DialectsWith returns the dialects of the targets and of other configured sources, by
// name.
func (t Targets) DialectsWith(known []config.Source) map[string]*driver.Dialect {
	all := Dialects(known)
	for i := range t {
		all[t[i].Opened.Name()] = t[i].Opened.Kind
	}
	return all
}

// Dialects returns the dialects of configured sources, by name.
func Dialects(known []config.Source) map[string]*driver.Dialect {
	all := map[string]*driver.Dialect{}
	for _, s := range known {
		all[s.Name] = s.Kind
	}
	return all
}

// ParamName returns the name in NAME=VALUE or NAME:TYPE=VALUE.
func ParamName(param string) string {
	name, _, _ := strings.Cut(param, "=")
	name, _, _ = strings.Cut(name, ":")
	return name
}

// List lists words for an error, limited to a readable number.
func List(words []string) string { return nearest.List(words) }

// FindingAt returns the place of a finding in the config.
func FindingAt(q config.Query, f statement.Finding) config.Pos {
	switch f.Part {
	case statement.DefaultText:
		if q.File != "" {
			return q.Where("file")
		}
		return q.Where("sql")
	case statement.VariantName:
		return q.Where("variants", f.Name)
	case statement.VariantText:
		return q.Where("variants", f.Name, "sql")
	case statement.Parameter:
		return q.Where("params", f.Name)
	case statement.ParameterType:
		return q.Where("params", f.Name, "type")
	case statement.ParameterValue:
		return q.Where("params", f.Name, "default")
	case statement.Whole:
	}
	return q.Pos
}
