// Logical tables: what is wrong with their texts that can be known without a database.

package run

import (
	"errors"
	"fmt"

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
		for _, v := range t.Variants {
			if err := lintVariant(c, v); err != nil {
				wrong = append(wrong, &config.Error{Path: c.Path, Pos: v.Text, Text: fmt.Sprintf("table %s: variant %s: %v", t.Name, v.For, err)})
			}
		}
	}
	return wrong
}

// lintVariant reads the text of a variant in the dialects of the sources that it is for.
func lintVariant(c *config.Config, v config.TableVariant) error {
	dialects := map[*driver.Dialect]bool{}
	if d := c.Dialects.Named(v.For); d != nil {
		dialects[d] = true
	} else if picked, err := c.Pick(config.Given{}, []string{v.For}); err == nil {
		for _, s := range picked {
			if s.Kind != nil { // else only a variable knows it
				dialects[s.Kind] = true
			}
		}
	}
	q := statement.Query{Dialects: sources.Dialects, Text: v.SQL}
	for d := range dialects {
		if used := q.Parameters(map[string]*driver.Dialect{"": d}); len(used) > 0 {
			return errors.New("a table has no parameters: write the value")
		}
		if _, err := q.Bind("", d, driver.Modes{}, nil); err != nil {
			return err
		}
	}
	return nil
}
