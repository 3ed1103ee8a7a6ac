// Logical tables: tables that the config defines by a text for each source.

package federate

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/fanql/fanql/sources/catalog"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// A Definition is a query for the columns of a logical table. It returns no rows.
type Definition struct {
	Name     string         // the table's name
	Request  driver.Request // for the source that was given to Definitions
	relation *relation
}

// define finds the texts of a relation if it is a logical table. A name with a schema never
// means a logical table.
func (p *Plan) define(r *relation) (err error) {
	if r.own == "" && p.o.Logical != nil {
		r.texts, err = p.o.Logical(r.name)
	}
	return err
}

// logical returns the name of a logical table, or an empty text for any other table.
func (r *relation) logical() string {
	if r.texts == nil {
		return ""
	}
	return r.name
}

// before is the SQL before the text of a logical table in a definition.
const before = "select * from (\n"

// Definitions returns the queries for the columns of a source's logical tables.
func (p *Plan) Definitions(source int) (all []Definition) {
	for _, r := range p.relations {
		for _, i := range r.sources {
			if i != source || r.texts == nil || r.texts[source].SQL == "" {
				continue
			}
			text := r.texts[source]
			q := catalog.Fixed(before + text.SQL + "\n) as t limit 0")
			q.Verbatim = true
			if text.Locate != nil {
				q.Locate = func(character int) (line, column int, ok bool) {
					if character -= utf8.RuneCountInString(before); character < 1 || character > utf8.RuneCountInString(text.SQL) {
						return 0, 0, false
					}
					return text.Locate(character)
				}
			}
			all = append(all, Definition{r.name, q, r})
		}
	}
	return all
}

// Described takes the columns that a source reports for a definition.
func (p *Plan) Described(source int, d Definition, columns []row.Column) {
	if d.relation.described == nil {
		d.relation.described = map[int][]row.Column{}
	}
	d.relation.described[source] = columns
}

// defined returns a source's part of a logical table as a member, or nil if the source has
// no text for it.
func (p *Plan) defined(r *relation, source int) *member {
	columns, ok := r.described[source]
	if !ok {
		return nil
	}
	s := p.o.Sources[source]
	m := &member{source: source, text: r.texts[source].SQL}
	same := strings.EqualFold
	if s.Dialect.Name == "postgres" {
		same = func(a, b string) bool { return a == b }
	}
	for i, c := range columns {
		for _, other := range columns[:i] {
			if same(c.Name, other.Name) {
				p.refuse(source, fmt.Errorf("the logical table %s has two columns %q: give them names by AS", r, c.Name))
				return m
			}
		}
		m.columns = append(m.columns, describedColumn(s, c))
	}
	return m
}

// describedColumn returns what is known of a column that a source has described. The
// description does not say how texts are compared, so they are taken as compared in an
// unknown way. In PostgreSQL the collation is inspected.
func describedColumn(s Source, c row.Column) ownColumn {
	o := ownColumn{name: c.Name, declared: declaredAs(s.Dialect.Name, c), strict: s.Dialect.Name != "sqlite"}
	o.kind, o.known = ownType(s, o.declared)
	switch {
	case c.Type == row.Null:
		o.kind, o.known = of(row.Null), true
	case s.Dialect.Name == "postgres" && c.Type == row.Text:
		o.known, o.nondeterministic = true, true // the description shows the base type of a domain
		o.uncollated = o.declared == "text" || strings.HasPrefix(o.declared, "character")
	}
	return o
}

// describedTypes maps names of types in PostgreSQL's protocol to those in its catalog, if
// they differ.
var describedTypes = map[string]string{
	"bool": "boolean", "int2": "smallint", "int4": "integer", "int8": "bigint", "float4": "real", "float8": "double precision",
	"varchar": "character varying", "bpchar": "character", "varbit": "bit varying",
	"timestamp": "timestamp without time zone", "timestamptz": "timestamp with time zone",
	"time": "time without time zone", "timetz": "time with time zone",
}

// declaredAs spells the type of a described column as the source's catalog would.
func declaredAs(dialect string, c row.Column) string {
	spelled := strings.ToLower(c.Database)
	switch {
	case dialect == "postgres" && describedTypes[spelled] != "":
		return describedTypes[spelled]
	case c.Type == row.Decimal && c.Width > 0:
		return fmt.Sprintf("%s(%d,%d)", spelled, c.Width, c.Scale)
	case dialect != "mysql":
		return spelled
	case c.Type == row.Bool:
		return "bit(1)"
	case spelled == "bit":
		return "bit(64)"
	}
	if whole, unsigned := strings.CutPrefix(spelled, "unsigned "); unsigned {
		return whole + " unsigned"
	}
	return spelled
}
