// Logical tables: their texts for the sources of a run, and errors in them that can be
// found without a database.

package run

import (
	"errors"
	"fmt"
	"slices"

	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/driver"
)

// LintTables returns errors in the logical tables of a config, as [config.Error]s with
// their places: variants that match no source, and texts that cannot be subqueries at a
// source.
func LintTables(c *config.Config) []error {
	wrong := c.TableFaults()
	for _, t := range c.Tables {
		texts := t.Variants
		if t.SQL != "" {
			texts = append(slices.Clip(texts), config.TableVariant{SQL: t.SQL, Text: t.Text})
		}
		for _, v := range texts {
			for d := range dialectsOf(c, t, v) {
				if _, err := tableText(d, v.SQL); err != nil {
					wrong = append(wrong, &config.Error{Pos: v.Text, Text: tableName(t, v) + ": " + err.Error()})
					break
				}
			}
		}
	}
	return wrong
}

// tableName names a text of a table.
func tableName(t config.Table, v config.TableVariant) string {
	if v.For == "" {
		return "table " + t.Name
	}
	return "table " + t.Name + ": variant " + v.For
}

// dialectsOf returns the dialects of the sources that a text of a table is for, as far
// as they are known without the environment.
func dialectsOf(c *config.Config, t config.Table, v config.TableVariant) map[*driver.Dialect]bool {
	dialects := map[*driver.Dialect]bool{}
	if v.For == "" {
		for _, s := range c.Sources {
			if own, err := c.Of(t, s); err == nil && own.For == "" && s.Kind != nil {
				dialects[s.Kind] = true
			}
		}
	} else if d := c.Dialects.Named(v.For); d != nil {
		dialects[d] = true
	} else if picked, err := c.Pick(config.Given{}, []string{v.For}); err == nil {
		for _, s := range picked {
			if s.Kind != nil { // otherwise a variable decides it
				dialects[s.Kind] = true
			}
		}
	}
	return dialects
}

// tableText converts the text of a table to one that can be a subquery at a source of
// the dialect.
func tableText(d *driver.Dialect, sql string) (driver.Request, error) {
	q := statement.Query{Dialects: sources.Dialects, Text: sql}
	if used := q.Parameters(map[string]*driver.Dialect{"": d}); len(used) > 0 {
		return driver.Request{}, errors.New("a table has no parameters: write the value")
	}
	return q.Bind("", d, driver.Modes{}, nil)
}

// logicalTables are the config's logical tables for the targets of a run.
type logicalTables struct {
	config  *config.Config
	targets Targets
}

// of returns the text of a table for a target. Its SQL is empty if there is none.
func (l *logicalTables) of(t config.Table, target int) (config.TableVariant, error) {
	s := l.targets[target].Config
	s.Kind = l.targets[target].Opened.Kind
	return l.config.Of(t, s)
}

// texts returns a table's text for each target, and nil for a name that is not a
// logical table's. A text that is invalid at its source is a [config.Error].
func (l *logicalTables) texts(name string) ([]driver.Request, error) {
	t, ok := l.config.Table(name)
	if !ok {
		return nil, nil
	}
	all := make([]driver.Request, len(l.targets))
	for i := range l.targets {
		if l.targets[i].Opened.Err != nil { // it is not queried
			continue
		}
		v, err := l.of(t, i)
		if err != nil {
			return nil, err
		}
		if v.SQL == "" {
			continue
		}
		if all[i], err = tableText(l.targets[i].Opened.Kind, v.SQL); err != nil {
			return nil, &config.Error{Pos: v.Text, Text: tableName(t, v) + ": " + err.Error()}
		}
	}
	return all, nil
}

// names returns the names of all logical tables.
func (l *logicalTables) names() (all []string) {
	for _, t := range l.config.Tables {
		all = append(all, t.Name)
	}
	return all
}

// place returns where the text of a table for a target is in the config; it is empty
// for a name that is not a logical table's.
func (l *logicalTables) place(target int, name string) string {
	t, ok := l.config.Table(name)
	if !ok || name == "" {
		return ""
	}
	v, err := l.of(t, target)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%s: %s", v.Text, tableName(t, v))
}

// placed puts the place of a table's text before a server's error about it.
func (l *logicalTables) placed(target int, name string, err error) error {
	e, ok := errors.AsType[*driver.Error](err)
	place := l.place(target, name)
	if !ok || place == "" || e.Code == "" || e.Phase < driver.Query || e.Retry != driver.Never {
		return err
	}
	named := *e
	named.Err = fmt.Errorf("%s: %w", place, e.Err)
	return &named
}
