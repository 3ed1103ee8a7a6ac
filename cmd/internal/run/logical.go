// Logical tables: their texts for the sources of a run, and what is wrong with them that
// can be known without a database.

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

// LintTables names what is wrong with the logical tables of a config, as
// [config.Error]s with their places: variants that are for nobody, and texts that cannot
// stand at a source as a subquery.
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
					wrong = append(wrong, &config.Error{Path: c.Path, Pos: v.Text, Text: tableName(t, v) + ": " + err.Error()})
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

// dialectsOf are those of the sources that a text of a table is for, as far as they are
// known without the environment.
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
			if s.Kind != nil { // else only a variable knows it
				dialects[s.Kind] = true
			}
		}
	}
	return dialects
}

// tableText makes the text of a table one that can stand as a subquery at a source of the
// dialect.
func tableText(d *driver.Dialect, sql string) (driver.Request, error) {
	q := statement.Query{Dialects: sources.Dialects, Text: sql}
	if used := q.Parameters(map[string]*driver.Dialect{"": d}); len(used) > 0 {
		return driver.Request{}, errors.New("a table has no parameters: write the value")
	}
	return q.Bind("", d, driver.Modes{}, nil)
}

// logicalTables are those of the config as the targets of a run have them.
type logicalTables struct {
	config  *config.Config
	targets Targets
}

// of returns the text of a table for a target; its SQL is empty where there is none.
func (l *logicalTables) of(t config.Table, target int) (config.TableVariant, error) {
	s := l.targets[target].Config
	s.Kind = l.targets[target].Opened.Kind
	return l.config.Of(t, s)
}

// texts returns what a table is at each target, and nil for a name that is no logical
// table's. A text that cannot stand at its source is a [config.Error].
func (l *logicalTables) texts(name string) ([]driver.Request, error) {
	t, ok := l.config.Table(name)
	if !ok {
		return nil, nil
	}
	all := make([]driver.Request, len(l.targets))
	for i := range l.targets {
		if l.targets[i].Opened.Err != nil { // it is not asked
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
			return nil, &config.Error{Path: l.config.Path, Pos: v.Text, Text: tableName(t, v) + ": " + err.Error()}
		}
	}
	return all, nil
}

// names are those of all logical tables.
func (l *logicalTables) names() (all []string) {
	for _, t := range l.config.Tables {
		all = append(all, t.Name)
	}
	return all
}

// place says where the text of a table for a target stands in the config; empty for a
// name that is no logical table's.
func (l *logicalTables) place(target int, name string) string {
	t, ok := l.config.Table(name)
	if !ok || name == "" {
		return ""
	}
	v, err := l.of(t, target)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%s:%d:%d: %s", l.config.Path, v.Text.Line, v.Text.Col, tableName(t, v))
}

// placed puts the place of a table's text before an error that the target's server has of
// the statement.
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
