// The tables and views, as SQL.

package reduce

import (
	"fmt"
	"strings"
)

// create makes the table that holds the rows, and the views over it that the SQL
// sees. The rows know their source by a number: an ENUM's value is one byte.
func (t *table) create(e *Engine) error {
	names := make([]string, len(t.Sources))
	for i, name := range t.Sources {
		names[i] = literal(name)
	}
	columns := []string{"s ENUM(" + strings.Join(names, ", ") + ")"}
	for i, c := range t.columns {
		if c.loaded() {
			columns = append(columns, fmt.Sprintf("c%d %s", i, c.sql()))
		}
	}
	if err := e.exec("create table " + t.physical + " (" + strings.Join(columns, ", ") + ")"); err != nil {
		return err
	}
	var shown []string
	if t.SourceColumn != "" {
		shown = append(shown, "s::varchar as "+quote(t.SourceColumn))
	}
	for i := range t.columns {
		shown = append(shown, t.columns[i].shown(i))
	}
	if err := e.exec(fmt.Sprintf("create view %s as select %s from %s", quote(t.Name), strings.Join(shown, ", "), t.physical)); err != nil {
		return err
	}
	if !t.Views {
		return nil
	}
	var views strings.Builder
	for _, p := range t.parts {
		shown = shown[:0]
		for i := range t.columns {
			if p.fit.From(t.first()+i) >= 0 {
				shown = append(shown, t.columns[i].shown(i))
			}
		}
		if len(shown) > 0 {
			fmt.Fprintf(&views, "create view %s as select %s from %s where s = %s;\n",
				quote(t.Sources[p.at]), strings.Join(shown, ", "), t.physical, names[p.at])
		}
	}
	return e.exec("begin;" + views.String() + "commit;")
}

// shown is column number i in a view. One that was left out is there for the sake
// of its name in errors; should anything read it after all, that is an error and
// not an answer.
func (c column) shown(i int) string {
	if c.left {
		return "error('the rows were loaded without this column') as " + quote(c.name)
	}
	if c.form == untyped {
		return "null as " + quote(c.name)
	}
	return fmt.Sprintf("c%d as %s", i, quote(c.name))
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
