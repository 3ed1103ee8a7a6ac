// Checks as fanql.yaml, or a file of their own, holds them. An expectation is not
// interpreted here: it stays text with its place.

package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// A Check is a query and the expectations on its rows.
type Check struct {
	Name     string
	Describe string
	Tags     []string
	// Query is the check's own query; Saved names a query of the config instead.
	Query Query
	Saved string
	// OverAll says that the query is one statement over all sources as if they were one
	// database, and the expectations are about its answer.
	OverAll bool
	// Params are values for parameters in the form of -p: NAME=VALUE, NAME:TYPE=VALUE
	// or NAME:null. A declaration without a value is in Query.Params.
	Params  []string
	Sources []string // selectors; none means all
	// Expect holds the expectations in their order. Either Schema alone is set, and
	// there is no query, or at least one of Expect, Agree and Unchanged is.
	Expect    []Expectation
	Agree     *Comparison
	Unchanged *Comparison
	Schema    *SchemaCheck
	Trends    []Trend
	// AtFirst is pass or error: the verdict of the check while the history is too short for
	// its expectations. Empty means error.
	AtFirst  string
	Severity string // error or warn
	Require  Text   // empty if not set
	Timeout  *time.Duration
	Samples  *int
	// Owner is the person or team who is responsible for the check, and Link a page about
	// it, with http or https. Both may be empty.
	Owner, Link string
	Alert       *Alert    // its own; nil is none
	SnoozeUntil time.Time // the end of the snooze; zero is not snoozed
	Disabled    bool      // it is not run
	Pos         Pos       // the place of its name
	Digest      string    // a hash of the file that contains it

	values map[string]Pos
}

// Where returns the place of a value of the check, or the place of the check's name if
// there is no such value.
func (c Check) Where(key string) Pos {
	if at, ok := c.values[key]; ok {
		return at
	}
	return c.Pos
}

// Fault returns an error at a place of the file that holds the check.
func (c Check) Fault(at Pos, format string, args ...any) error {
	return &Error{Pos: at, Text: "check " + c.Name + ": " + fmt.Sprintf(format, args...)}
}

// An OnFailure is a command that runs when a check did not pass.
type OnFailure struct {
	Command []string // a program and its arguments
	Timeout *time.Duration
	Pos     Pos
}

var (
	checkKeys = slices.Concat(
		[]string{"describe", "tags", "sql", "file", "variants", "portable", "query", "queries", "reduce", "over", "params", "sources"},
		expecting(""),
		[]string{"severity", "require", "timeout", "samples", "owner", "link", "snooze_until", "enabled", "at_first", "alert"},
	)
	expectKeys    = []string{"row", "rows", "each", "mostly", "all"}
	thresholdKeys = []string{"row", "rows", "all"}
	agreeKeys     = []string{"key", "tolerance", "exact", "baseline"}
	unchangedKeys = []string{"file", "key", "tolerance", "exact", "csv_for", "delimiter", "decimal", "bool", "guard_formulas"}
	schemaKeys    = []string{"baseline", "tables"}
	failureKeys   = []string{"command", "timeout"}
)

// expectations are the keys of a check for expectations, with the keys of their values. The
// keys of trend are below each column.
var expectations = []struct {
	key  string
	keys []string
}{
	{"expect", expectKeys},
	{"warn", thresholdKeys},
	{"fail", thresholdKeys},
	{"trend", trendKeys},
	{"agree", agreeKeys},
	{"unchanged_from", unchangedKeys},
	{"schema", schemaKeys},
}

// expecting returns the keys of a check for expectations, except one of them.
func expecting(except string) (keys []string) {
	for _, x := range expectations {
		if x.key != except {
			keys = append(keys, x.key)
		}
	}
	return keys
}

// Expecting returns every key for expectations, and the keys of its value with a point
// before them: expect, expect.each and so on.
func Expecting() (keys []string) {
	for _, x := range expectations {
		keys = append(keys, x.key)
		for _, within := range x.keys {
			keys = append(keys, x.key+"."+within)
		}
	}
	return keys
}

// LoadChecks reads a file that holds only checks. Its error is like that of [Load].
func LoadChecks(path string, getenv func(string) string) ([]Check, error) {
	text, _, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("file of checks %s: %w", path, unwrapped(err))
	}
	d := newDocument(path, getenv)
	var list []Check
	for _, e := range withoutExtensions(d.entries(d.parse(text), "the file")) {
		switch {
		case e.key == "checks":
			list = d.checks(e.value, hashed(text))
		case slices.Contains(rootKeys, e.key):
			d.add(e.at, "%s stands in a config, and this is a file of checks: give a config with {config}", e.key)
		default:
			d.add(e.at, "the file: unknown key %s: %s", shown(e.key), didYouMean(e.key, []string{"checks"}))
		}
	}
	return list, d.err()
}

func (d *document) checks(n ast.Node, hash string) (list []Check) {
	for _, e := range d.named(d.entries(n, "checks"), "check") {
		c := d.check(e)
		c.Digest = hash
		list = append(list, c)
	}
	return list
}

func (d *document) check(e entry) Check {
	what := "check " + e.key
	c := Check{Name: e.key, Pos: e.at, Severity: "error", values: map[string]Pos{}}
	c.Query = Query{Name: e.key, Pos: e.at, values: c.values}
	dir := d.dir
	wrong := len(d.list)
	for _, f := range d.known(d.entries(e.value, what), what, checkKeys) {
		c.values[f.key] = f.place()
		switch f.key {
		case "describe":
			c.Describe, _ = d.scalar(f, what+": describe")
		case "tags":
			c.Tags = d.tags(f, what)
		case "sql", "file", "variants", "queries", "reduce":
			d.readStatement(f, what, dir, &c.Query)
		case "over":
			over, _ := d.scalar(f, what+": over")
			if c.OverAll = over == "all"; !c.OverAll && over != "each" {
				d.add(f.place(), "%s: over %s: give all, for one statement over all sources, or each, for each of them", what, shown(over))
			}
		case "portable":
			c.Query.Portable = d.yes(f, what)
		case "query":
			c.Saved, _ = d.scalar(f, what+": query")
		case "params":
			c.Params, c.Query.Params = d.given(f.value, what, c.values)
		case "sources":
			c.Sources, _ = d.scalars(f, what+": sources")
		case "expect":
			c.Expect = append(c.Expect, d.expect(f, what+": expect", expectKeys)...)
		case "warn", "fail":
			for _, x := range d.expect(f, what+": "+f.key, thresholdKeys) {
				x.Level = f.key
				c.Expect = append(c.Expect, x)
			}
		case "agree":
			c.Agree = d.comparison(f, what+": agree", dir, agreeKeys)
		case "unchanged_from":
			c.Unchanged = d.comparison(f, what+": unchanged_from", dir, unchangedKeys)
		case "schema":
			c.Schema = d.schemaCheck(f, what+": schema", dir)
		case "trend":
			c.Trends = d.trends(f, what)
		case "at_first":
			c.AtFirst = d.oneOf(f, what+": at_first", atFirst)
		case "alert":
			c.Alert = d.alert(f, what)
		case "severity":
			c.Severity, _ = d.scalar(f, what+": severity")
			if c.Severity != "error" && c.Severity != "warn" {
				d.add(f.place(), "%s: severity %s: give error or warn", what, shown(c.Severity))
			}
		case "require":
			c.Require, _ = d.text(f, what+": require")
		case "timeout":
			c.Timeout = d.duration(f, what)
		case "samples":
			c.Samples = d.count(f, what, "none")
		default:
			d.attention(f, what, &c)
		}
	}
	if len(d.list) == wrong { // do not report a misspelt key as missing, too
		d.whole(c, what)
	}
	// Failures come before warnings among the findings.
	slices.SortStableFunc(c.Expect, func(a, b Expectation) int { return cmp.Compare(levels[a.Level], levels[b.Level]) })
	return c
}

// levels is the order in which expectations and thresholds are judged.
var levels = map[string]int{"": 0, "fail": 1, "warn": 2}

// whole records errors about keys that a check lacks or has twice.
func (d *document) whole(c Check, what string) {
	has := func(key string) bool { _, ok := c.values[key]; return ok }
	given := 0
	for _, key := range []string{"sql", "file", "query"} {
		if has(key) {
			given++
		}
	}
	if has("schema") {
		for _, key := range []string{"sql", "file", "query", "variants", "queries", "reduce", "over", "portable", "params", "expect", "warn", "fail", "agree", "unchanged_from", "trend", "at_first"} {
			if has(key) {
				d.add(c.values[key], "%s: %s does not go with schema, which asks for the tables and compares them: make it a check of its own", what, key)
			}
		}
		return
	}
	d.oneOrSeveral(c.Query, what)
	d.oneAnswer(c, what)
	switch {
	case has("queries"):
	case given > 1:
		d.add(c.Pos, "%s: give one of sql, file and query", what)
	case given == 0 && !has("variants"):
		d.add(c.Pos, "%s: it asks nothing: give sql, file, query, queries or schema", what)
	case has("query") && has("variants"):
		d.add(c.values["variants"], "%s: variants stand with the query that it names", what)
	}
	if keys := expecting("schema"); !slices.ContainsFunc(keys, has) {
		d.add(c.Pos, "%s: it expects nothing: give %s or %s", what, strings.Join(keys[:len(keys)-1], ", "), keys[len(keys)-1])
	}
	if i := slices.IndexFunc(c.Expect, func(x Expectation) bool { return x.Kind == "each" || x.Kind == "no rows" }); i >= 0 && has("trend") {
		d.add(c.values["trend"], "%s: trend is about numbers of an answer of one row, and %s is about any number of rows: make it a check of its own", what, c.Expect[i].Kind)
	}
	if has("fail") && c.Severity == "warn" {
		d.add(c.values["severity"], "%s: severity: warn makes a warning of every failure, and fail says what is one: leave one of them out", what)
	}
}

// oneAnswer records errors about keys that cannot be used with one answer over all sources.
func (d *document) oneAnswer(c Check, what string) {
	key := ""
	switch _, reduces := c.values["reduce"]; {
	case c.OverAll:
		key = "over: all"
	case reduces:
		key = "reduce"
	default:
		return
	}
	if at, ok := c.values["agree"]; ok {
		d.add(at, "%s: agree compares the rows of sources, and with %s there is one answer: say in its SQL what is to be equal", what, key)
	}
	if !c.OverAll {
		return
	}
	for _, key := range []string{"variants", "portable", "queries", "reduce"} {
		if at, ok := c.values[key]; ok {
			d.add(at, "%s: %s does not go with over: all, where one statement of DuckDB's SQL is about the tables of all sources", what, key)
		}
	}
}

// given reads parameters in the form that a saved query declares them in
// ([document.param]). It returns those with a value in the form of -p, and the
// declarations of the others.
func (d *document) given(n ast.Node, what string, values map[string]Pos) (params []string, declared map[string]Param) {
	declared = map[string]Param{}
	for _, e := range d.named(d.entries(n, what+": params"), what+": param") {
		values["params "+e.key] = e.at
		p := d.param(e, what+": param "+e.key, values)
		name := e.key
		switch {
		case p.Null || e.value == nil:
			params = append(params, name+":null")
		case p.Default == nil:
			declared[name] = p
		case p.Type != "":
			params = append(params, name+":"+p.Type+"="+*p.Default)
		default:
			params = append(params, name+"="+*p.Default)
		}
	}
	return params, declared
}

// onFailure reads a program with its arguments, or a mapping that holds them and a
// timeout.
func (d *document) onFailure(e entry) *OnFailure {
	o := &OnFailure{Pos: e.place()}
	if _, fields := e.value.(ast.MapNode); !fields {
		o.Command, _ = d.scalars(e, "on_failure")
	} else {
		for _, f := range d.known(d.entries(e.value, "on_failure"), "on_failure", failureKeys) {
			switch f.key {
			case "command":
				o.Command, _ = d.scalars(f, "on_failure: command")
			case "timeout":
				o.Timeout = d.duration(f, "on_failure")
			}
		}
	}
	if len(o.Command) == 0 || o.Command[0] == "" {
		d.add(e.place(), "on_failure: it names no program: write [program, argument]")
	}
	return o
}
