// The split: what each source is asked, and what is done here with what it gives.

package federate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fanql/fanql/query/dialect"
	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/row"
)

// A Fragment is one statement for one source.
type Fragment struct {
	Source int
	// SQL is in the source's dialect.
	SQL string
	// Pushed says that the source does more than give columns of a table: should it fail
	// with an error of a value, it may be that DuckDB would have none.
	Pushed bool
	// Why says, for people, why more of the statement's work is not done at the source.
	Why []string

	table   *table
	columns []fetched // in the order of the answer
	keyed   *keyed    // nil unless it waits for keys
}

// Logical is the name of the logical table that the fragment reads, the first of several;
// empty for one of the source's own.
func (f *Fragment) Logical() string {
	if f.table.relation.joined == nil {
		return f.table.relation.logical()
	}
	for _, p := range f.table.relation.joined.parts {
		if name := p.reference.relation.logical(); name != "" {
			return name
		}
	}
	return ""
}

// A table holds what the sources gave for one or more references.
type table struct {
	number   int
	relation *relation
	columns  []stored // c0, c1, ... behind the source
	partial  bool     // it holds groups, not rows of the relation
	// here are statements that give more of its rows, made of those of tables before it:
	// the source, and then the columns.
	here []string
	// keys are the columns that the statement groups by, and ranks those whose values are
	// ranked within such a group.
	keys  []int
	ranks []rank
}

// A stored column is one of a table.
type stored struct {
	engine.Column
	kind kind
	at   int    // the place in the relation's columns, of a table of rows
	name string // in the statement that finishes, of a table of groups
	sql  string // the type that it has there
}

// physical is the table's name in DuckDB.
func (t *table) physical() string { return fmt.Sprintf("%s.t%d", internal, t.number) }

// viewName is the name that finishing statements read it by.
func (t *table) viewName() string { return fmt.Sprintf("v%d", t.number) }

// Split decides what each source is asked, and gives that in source order.
func (p *Plan) Split() ([]*Fragment, error) {
	p.tables, p.fragments, p.final, p.printed, p.reasons = nil, nil, p.text, false, nil
	var err error
	if p.o.Gather {
		err = p.gather()
	} else {
		err = p.push()
	}
	slices.SortStableFunc(p.fragments, func(a, b *Fragment) int { return a.Source - b.Source })
	return p.fragments, err
}

// gather fetches the needed columns of all relations, and has the user's text as it is
// do the rest.
func (p *Plan) gather() error {
	for _, r := range p.relations {
		t := p.rowsTable(r)
		for i := range r.members {
			if err := p.fetch(t, i, dialect.Select{}); err != nil {
				return err
			}
		}
	}
	return nil
}

// rowsTable makes a table of the needed columns of a relation.
func (p *Plan) rowsTable(r *relation) *table {
	t := p.newTable(r)
	p.addTable(t)
	return t
}

// addTable has a table filled, behind those that it is made of.
func (p *Plan) addTable(t *table) {
	t.number = len(p.tables)
	p.tables = append(p.tables, t)
}

func (p *Plan) newTable(r *relation) *table {
	t := &table{relation: r}
	for at, c := range r.columns {
		if c.needed {
			t.columns = append(t.columns, stored{Column: c.kind.column(c.name), kind: c.kind, at: at})
		}
	}
	return t
}

// fetch adds the fragment that fetches the table's columns from a member, under the
// conditions, the order and the limit of a Select without a list.
func (p *Plan) fetch(t *table, member int, s dialect.Select) error {
	m := t.relation.members[member]
	f := &Fragment{Source: m.source, table: t, Pushed: s.Where != nil || s.Limit != nil || s.Distinct}
	var err error
	if f.SQL, f.columns, err = p.fragmentSQL(t, member, s); err == nil {
		p.fragments = append(p.fragments, f)
	}
	return err
}

// fragmentSQL is the text of such a fragment, and what it gives.
func (p *Plan) fragmentSQL(t *table, member int, s dialect.Select) (sql string, columns []fetched, err error) {
	m := t.relation.members[member]
	m.reads(&s)
	for i, c := range t.columns {
		col, ok := p.columnAt(t.relation, c.at, member, 0).(*dialect.Column)
		if !ok {
			continue
		}
		as := col.Name
		if t.relation.joined != nil { // of several tables
			as = c.Name
		}
		s.List = append(s.List, dialect.Item{Expr: col, As: as})
		columns = append(columns, fetched{name: col.Name, at: i, kind: c.kind, zone: p.zone(m.source)})
	}
	if len(s.List) == 0 { // rows are counted
		s.List = []dialect.Item{one}
		s.Distinct = false
	}
	s.Checked = append(s.Checked, p.checked(s)...)
	sql, err = s.SQL(p.product(m.source))
	return sql, columns, err
}

// one is what is asked for where rows are only counted.
var one = dialect.Item{Expr: &dialect.Constant{Type: dialect.Type{ID: dialect.Integer}, Value: "1"}, As: "one"}

// checked are the columns that the source computes with, whose cells have to be seen to
// be of their types.
func (p *Plan) checked(s dialect.Select) (all []*dialect.Column) {
	seen := map[string]bool{}
	add := func(e dialect.Expr) {
		for _, c := range columnsIn(e) {
			if key := c.Table + "\x00" + c.Name; !seen[key] && c.Name != markerName {
				seen[key] = true
				all = append(all, c)
			}
		}
	}
	if s.Where != nil {
		add(s.Where)
	}
	for _, e := range conditionsOf(s.From) {
		add(e)
	}
	for _, e := range s.Group {
		add(e)
	}
	for _, o := range s.Order {
		add(o.Expr)
	}
	if len(s.Group) > 0 || s.Distinct || s.NotEmpty {
		for _, item := range s.List {
			add(item.Expr)
		}
	}
	for _, item := range s.List {
		if _, bare := item.Expr.(*dialect.Column); !bare {
			add(item.Expr)
		}
	}
	return all
}

// columnsIn are those of an expression.
func columnsIn(e dialect.Expr) (all []*dialect.Column) {
	several := func(list []dialect.Expr) {
		for _, e := range list {
			all = append(all, columnsIn(e)...)
		}
	}
	switch e := e.(type) {
	case *dialect.Column:
		return []*dialect.Column{e}
	case *dialect.Call:
		several(e.Args)
	case *dialect.Cast:
		return columnsIn(e.Arg)
	case *dialect.Case:
		for _, w := range e.Whens {
			several([]dialect.Expr{w.If, w.Then})
		}
		if e.Else != nil {
			return append(all, columnsIn(e.Else)...)
		}
	case *dialect.In:
		several(append([]dialect.Expr{e.Arg}, e.List...))
	case *dialect.Keys:
		return []*dialect.Column{e.Arg}
	case *dialect.Exists:
		several(append(conditionsOf(e.From), e.Where))
	case *dialect.Aggregate:
		for _, e := range []dialect.Expr{e.Arg, e.Filter} {
			if e != nil {
				all = append(all, columnsIn(e)...)
			}
		}
	}
	return all
}

// conditionsOf are those of the joins that are read.
func conditionsOf(r dialect.Relation) (all []dialect.Expr) {
	j, ok := r.(dialect.Join)
	if !ok {
		return nil
	}
	all = append(conditionsOf(j.Left), conditionsOf(j.Right)...)
	if j.On != nil {
		all = append(all, j.On)
	}
	return all
}

// product is the kind of a source's server.
func (p *Plan) product(source int) dialect.Product {
	switch p.o.Sources[source].Dialect.Name {
	case "postgres":
		return dialect.PostgreSQL
	case "sqlite":
		return dialect.SQLite
	}
	if strings.Contains(p.servers[source], "MariaDB") {
		return dialect.MariaDB
	}
	return dialect.MySQL
}

// Server says what a source's server calls itself.
func (p *Plan) Server(source int, name string) { p.servers[source] = name }

// zone is that of a source's timestamps without one; nil where they have none.
func (p *Plan) zone(source int) *row.Zone { return p.o.Sources[source].Zone }

// Final is what is run over the fetched rows.
func (p *Plan) Final() string { return p.final }

// Reasons say, for people, why work that could be done at the sources is done here.
func (p *Plan) Reasons() []string { return p.reasons }

// Gather decides anew, without any work at the sources: for when a server ended its part
// with an error of a value, where DuckDB may have none. See [OfValue].
func (p *Plan) Gather() ([]*Fragment, error) {
	p.o.Gather = true
	return p.Split()
}
