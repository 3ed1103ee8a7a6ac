// Errors in saved queries that can be found without a database.

package run

import (
	"fmt"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/query/federate"
	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/driver"
)

// LintQueries returns all errors in the saved queries of a config, each of which is
// read as it would be for a run. The errors are [config.Error]s with their places.
func LintQueries(c *config.Config) (wrong []error) {
	known := Dialects(c.Sources)
	for _, name := range c.Unread {
		known[name] = nil
	}
	for _, q := range c.Queries {
		t, found, err := ReadSaved(q)
		if err != nil {
			wrong = append(wrong, &config.Error{Pos: q.Where("file"), Text: "query " + q.Name + ": " + err.Error()})
			continue
		}
		if len(q.Tables) == 0 {
			found = append(found, LintText(t, known)...)
		}
		for _, f := range found {
			wrong = append(wrong, findingError(q, "query "+q.Name, f))
		}
		wrong = append(wrong, LintAsked(c, q, "query "+q.Name, known)...)
		wrong = append(wrong, lintChoices(c, q)...)
	}
	return wrong
}

// lintChoices returns the errors in the options of a saved query that stand for flags.
func lintChoices(c *config.Config, q config.Query) (wrong []error) {
	at := func(key string, err error) {
		wrong = append(wrong, &config.Error{Pos: q.Where(key), Text: fmt.Sprintf("query %s: %s: %v", q.Name, key, err)})
	}
	if _, err := c.Resolve(q.Sources); err != nil && len(q.Sources) > 0 && len(c.Unread) == 0 {
		at("sources", err)
	}
	if _, err := columns.ParseOrder(q.OrderBy); err != nil && q.OrderBy != "" {
		at("order_by", err)
	}
	if _, ok := output.Formats.ByName(q.Format); !ok && q.Format != "" {
		at("format", fmt.Errorf("%q is none of %s", q.Format, List(output.Formats.Names())))
	}
	return wrong
}

// LintText calls [statement.Query.Lint]. A portable text is read as DuckDB's SQL, whatever
// the sources are.
func LintText(t statement.Query, known map[string]*driver.Dialect) []statement.Finding {
	if t.Portable {
		known = map[string]*driver.Dialect{"": federate.Dialect}
	}
	return t.Lint(known)
}

// AmbiguousQueries returns, with places, the texts of saved queries that mean one thing
// to some sources and another to others.
func AmbiguousQueries(c *config.Config) (warnings []string) {
	for _, q := range c.Queries {
		warnings = append(warnings, AmbiguousText(c, q, "query "+q.Name, c.Sources)...)
	}
	return warnings
}

// AmbiguousText is [AmbiguousQueries] for one text, with its description and its
// sources. A text that cannot be read has no warnings.
func AmbiguousText(c *config.Config, q config.Query, what string, sources []config.Source) (warnings []string) {
	t, _, err := ReadSaved(q)
	if err != nil || t.Portable {
		return nil
	}
	for _, table := range q.Tables {
		if picked, err := c.Pick(config.Given{Sources: sources}, table.Sources); err == nil {
			warnings = append(warnings, AmbiguousText(c, table.Query, what+": query "+table.Name, picked)...)
		}
	}
	for _, f := range t.Ambiguous(Dialects(sources)) {
		warnings = append(warnings, findingError(q, what, f).Error())
	}
	return warnings
}

func findingError(q config.Query, what string, f statement.Finding) error {
	return &config.Error{Pos: FindingAt(q, f), Text: what + ": " + f.Err.Error()}
}
