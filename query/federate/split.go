// The split: the statement for each source, and the final statement over the rows.

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
	Source int // the index in Options.Sources
	// SQL is in the source's dialect.
	SQL string
	// Pushed means that the source does more than return columns of a table. If it fails
	// with an error about a value, DuckDB might not have that error: see [Plan.Gather].
	Pushed bool
	// Why has the reasons, for people, why the source does not do more of the work.
	Why []string

	table   *table
	columns []fetched // in the order of the source's result
	keyed   *keyed    // set if the fragment waits for keys
}

// Logical returns the name of the first logical table that the fragment reads, or an
// empty text.
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

// A table holds the rows of the sources for one or more references.
type table struct {
	number   int
	relation *relation
	columns  []stored // c0, c1, ... after the source
	partial  bool     // it holds groups, not rows of the relation
	// here are statements by which fanql computes further rows of the table from tables
	// before it. Their first column is the source, and the others are the columns.
	here []string
	// keys are the columns by which the final statement groups. ranks are the columns whose
	// values are ranked within such a group.
	keys  []int
	ranks []rank
}

// A stored column is a column of a table.
type stored struct {
	engine.Column
	kind kind
	at   int    // in a table of rows: the index in the relation's columns
	name string // in a table of groups: the name in the final statement
	sql  string // in a table of groups: the type in the final statement
}

// physical returns the table's name in DuckDB.
func (t *table) physical() string { return fmt.Sprintf("%s.t%d", internal, t.number) }

// viewName returns the name of the view that the final statement reads.
func (t *table) viewName() string { return fmt.Sprintf("v%d", t.number) }

// Split decides what each source does, and returns the fragments in source order.
func (p *Plan) Split() ([]*Fragment, error) {
	p.tables, p.fragments, p.final, p.printed, p.reasons = nil, nil, p.text, false, nil
	var err error
	printable := engine.Printable(p.tree)
	if !printable {
		p.reasons = append(p.reasons, "all work is done here: a NATURAL or POSITIONAL join of a join in parentheses is not taken apart")
	}
	if p.o.Gather || !printable {
		err = p.gather()
	} else {
		err = p.push()
	}
	slices.SortStableFunc(p.fragments, func(a, b *Fragment) int { return a.Source - b.Source })
	return p.fragments, err
}

// gather fetches the needed columns of all relations, so that the user's text can run on
// them unchanged.
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

// rowsTable adds a table for the needed columns of a relation.
func (p *Plan) rowsTable(r *relation) *table {
	t := p.newTable(r)
	p.addTable(t)
	return t
}

// addTable adds a table after those from which its rows are computed.
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

// fetch adds the fragment that fetches the table's columns from a member. s is the
// statement without its list and its FROM.
func (p *Plan) fetch(t *table, member int, s dialect.Select) error {
	m := t.relation.members[member]
	f := &Fragment{Source: m.source, table: t, Pushed: s.Where != nil || s.Limit != nil || s.Distinct}
	var err error
	if f.SQL, f.columns, err = p.fragmentSQL(t, member, s); err == nil {
		p.fragments = append(p.fragments, f)
	}
	return err
}

// fragmentSQL returns the SQL of such a fragment, and its columns.
func (p *Plan) fragmentSQL(t *table, member int, s dialect.Select) (sql string, columns []fetched, err error) {
	m := t.relation.members[member]
	m.reads(&s)
	for i, c := range t.columns {
		col, ok := p.columnAt(t.relation, c.at, member, 0).(*dialect.Column)
		if !ok {
			continue
		}
		as := col.Name
		if t.relation.joined != nil { // the parts of a join may have columns with the same name
			as = c.Name
		}
		s.List = append(s.List, dialect.Item{Expr: col, As: as})
		columns = append(columns, fetched{name: col.Name, at: i, kind: c.kind, zone: p.zone(m.source)})
	}
	if len(s.List) == 0 { // only the number of rows is needed
		s.List = []dialect.Item{one}
		s.Distinct = false
	}
	s.Checked = append(s.Checked, p.checked(s)...)
	sql, err = s.SQL(p.product(m.source))
	return sql, columns, err
}

// one is the only item of the list if only the number of rows is needed.
var one = dialect.Item{Expr: &dialect.Constant{Type: dialect.Type{ID: dialect.Integer}, Value: "1"}, As: "one"}

// checked returns the columns with which the source computes. The statement must check that
// their cells have the declared types: see [dialect.Select].
func (p *Plan) checked(s dialect.Select) (all []*dialect.Column) {
	seen := map[string]bool{}
	add := func(e dialect.Expr) {
		for _, c := range columnsIn(e) {
			if key := fmt.Sprint(c.Table, "\x00", c.Name, "\x00", c.Ranked); !seen[key] && !isMade(c.Name) {
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

// columnsIn returns the columns in an expression.
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
		if groups, ok := e.From.(dialect.Sub); ok && groups.Select.Values { // of a scalar
			several(append(slices.Clip(groups.Select.Group), groups.Select.Where))
			for _, item := range groups.Select.List {
				all = append(all, columnsIn(item.Expr)...)
			}
		}
	case *dialect.Aggregate:
		c, bare := e.Arg.(*dialect.Column)
		switch {
		case bare && (e.Name == "min" || e.Name == "max"):
			ranked := *c
			ranked.Ranked = true
			all = append(all, &ranked)
		case e.Arg != nil:
			all = append(all, columnsIn(e.Arg)...)
		}
		if e.Filter != nil {
			all = append(all, columnsIn(e.Filter)...)
		}
	}
	return all
}

// conditionsOf returns the conditions of the joins in a relation.
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

// product returns the product of a source's server. A server that has not reported its name
// is taken for MySQL, not MariaDB.
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

// Server records the name that a source's server reports for itself, which tells MariaDB
// from MySQL.
func (p *Plan) Server(source int, name string) { p.servers[source] = name }

// zone returns the zone of a source's timestamps without a zone, or nil if they are not to
// be read as instants.
func (p *Plan) zone(source int) *row.Zone { return p.o.Sources[source].Zone }

// Final returns the statement over the fetched rows.
func (p *Plan) Final() string { return p.final }

// Reasons returns the reasons, for people, why fanql does work that the sources could do.
func (p *Plan) Reasons() []string { return p.reasons }

// Gather plans the statement once more, without any work at the sources. It is for a server
// that has failed with an error about a value, which DuckDB might not have: see [OfValue].
func (p *Plan) Gather() ([]*Fragment, error) {
	p.o.Gather = true
	return p.Split()
}
