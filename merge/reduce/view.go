// The tables and views, as SQL.

package reduce

import (
	"fmt"
	"strings"

	"github.com/fanql/fanql/sources/duckdb/engine"
)

// create creates the table that holds the rows, and the views of it that the SQL sees. A
// row's source is a value of an ENUM there, which takes few bytes.
func (t *table) create(e *Engine) error {
	columns := []string{"s " + engine.Column{Type: engine.Enum, Values: t.Sources}.SQL()}
	for i, c := range t.columns {
		if c.loaded() {
			columns = append(columns, fmt.Sprintf("c%d %s", i, c.SQL()))
		}
	}
	if err := e.db.Exec("create table " + t.physical + " (" + strings.Join(columns, ", ") + ")"); err != nil {
		return err
	}
	var shown []string
	if t.SourceColumn != "" {
		shown = append(shown, "s::varchar as "+engine.Quote(t.SourceColumn))
	}
	for i := range t.columns {
		shown = append(shown, t.columns[i].shown(i))
	}
	if err := e.db.Exec(fmt.Sprintf("create view %s as select %s from %s", engine.Quote(t.Name), strings.Join(shown, ", "), t.physical)); err != nil {
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
				engine.Quote(t.Sources[p.at]), strings.Join(shown, ", "), t.physical, engine.Literal(t.Sources[p.at]))
		}
	}
	return e.db.Exec("begin;" + views.String() + "commit;")
}

// shown returns the expression for column number i in a view. A column that was left out is
// in the view so that errors can name it. Reading it is an error.
func (c column) shown(i int) string {
	if c.pruned {
		return "error('the rows were loaded without this column') as " + engine.Quote(c.Name)
	}
	if c.Type == engine.Untyped {
		return "null as " + engine.Quote(c.Name)
	}
	return fmt.Sprintf("c%d as %s", i, engine.Quote(c.Name))
}
