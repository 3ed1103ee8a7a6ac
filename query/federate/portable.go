// Portable text: the whole statement in a source's own dialect, or the reason why the
// dialect cannot express it.

package federate

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fanql/fanql/query/dialect"
	"github.com/fanql/fanql/sources/duckdb/engine"
)

// Portable prints the whole statement in the dialect of the plan's only source. It is
// called after [Plan.Bind] and instead of [Plan.Split]: the source does all of the work. If
// the dialect cannot express a part with the same meaning, the error is an
// *[Untranslatable] with the part's position.
func (p *Plan) Portable() (string, error) {
	w := &wholly{plan: p, product: p.product(0)}
	top := child(p.tree.Statements[0], "node")
	s, columns, err := w.node(top, nil, nil)
	if err != nil {
		return "", err
	}
	if len(columns) != len(p.headings) {
		return "", w.refuse(top, "its columns are not known")
	}
	for i := range s.List {
		s.List[i].As = p.headings[i]
	}
	_, s.Values = s.From.(dialect.Set) // the texts of a Set have another form
	text, err := s.SQL(w.product)
	return text, w.located(err)
}

// An Untranslatable is the error for a statement that a source's dialect cannot express
// with the same meaning.
type Untranslatable struct{ *Invalid }

func (e *Untranslatable) Unwrap() error { return e.Invalid }

// wholly prints a statement as a whole for one product.
type wholly struct {
	plan    *Plan
	product dialect.Product
	number  int // number of aliases created so far
	// correlated is the number of columns of outer SELECTs that were found in subqueries.
	correlated int
}

// refuse returns an error with the position of a node.
func (w *wholly) refuse(n engine.Node, format string, args ...any) error {
	err := w.plan.invalid(located(n), "%s cannot be asked this: %s", w.product, fmt.Sprintf(format, args...))
	if invalid, ok := errors.AsType[*Invalid](err); ok {
		return &Untranslatable{invalid}
	}
	return err
}

// located converts a refusal of package dialect to an error with the position in the user's
// text. It returns other errors as they are.
func (w *wholly) located(err error) error {
	r, ok := errors.AsType[*dialect.Refusal](err)
	if !ok {
		return err
	}
	e := &Invalid{Err: fmt.Errorf("%s cannot be asked this: %s", r.Product, r.Why)}
	if at, ok := r.At.Offset(); ok {
		e.Line, e.Column = w.plan.place(at)
	}
	return &Untranslatable{e}
}

// located returns a node with a location: the node itself, or otherwise the one below it
// that is first in the text.
func located(n engine.Node) engine.Node {
	if _, ok := engine.Location(n); ok {
		return n
	}
	first, least := n, -1
	each(n, func(n engine.Node) bool {
		if at, ok := engine.Location(n); ok && (least < 0 || at < least) {
			first, least = n, at
		}
		return true
	})
	return first
}

// A namedColumn is a column of a relation in FROM.
type namedColumn struct {
	name string
	expr dialect.Expr
}

// from is what a SELECT reads.
type from struct {
	aliases []string
	columns [][]namedColumn // for each alias
	merged  map[string]bool // names of USING, in lower case; each means the first of its columns
	node    engine.Node     // the FROM, for DuckDB to bind
	with    []engine.Node   // the entries of WITH that are in scope
	outer   *from           // the from of the SELECT around a subquery in an expression; else nil
}

// node converts a SELECT or a set operation, and returns its columns. with are the entries
// of WITH that are in scope.
func (w *wholly) node(n engine.Node, with []engine.Node, outer *from) (s dialect.Select, columns []namedColumn, err error) {
	switch {
	case text(n, "type") == "SET_OPERATION_NODE":
		return w.set(n, with, outer)
	case text(n, "type") != "SELECT_NODE":
		return s, nil, w.refuse(n, "a statement of this kind is DuckDB's own")
	case n["qualify"] != nil || n["sample"] != nil:
		return s, nil, w.refuse(n, "QUALIFY and samples are DuckDB's own")
	case len(list(n, "group_sets")) > 1:
		return s, nil, w.refuse(n, "GROUPING SETS, ROLLUP and CUBE are not said in all dialects alike")
	}
	with = append(slices.Clip(with), children(child(n, "cte_map"), "map")...)
	f := &from{merged: map[string]bool{}, node: child(n, "from_table"), with: with, outer: outer}
	if s.From, err = w.from(f, f.node, with); err != nil {
		return s, nil, err
	}
	b := &wholeBlock{w: w, n: n, f: f}
	if err := b.expand(); err != nil {
		return s, nil, err
	}
	if err := b.types(); err != nil {
		return s, nil, err
	}
	for i, item := range b.items {
		e, err := b.t.expr(item, 0)
		if err != nil {
			return s, nil, b.wrong(item, err)
		}
		name := b.names[i]
		s.List = append(s.List, dialect.Item{Expr: e, As: name})
		columns = append(columns, namedColumn{name, e})
	}
	for _, part := range []struct {
		n  engine.Node
		to *dialect.Expr
	}{{b.where, &s.Where}, {b.having, &s.Having}} {
		if part.n == nil {
			continue
		}
		b.filtering = part.to == &s.Where
		if *part.to, err = b.t.expr(part.n, 0); err != nil {
			return s, nil, b.wrong(part.n, err)
		}
	}
	for _, k := range b.keys {
		e, err := b.t.expr(k, 0)
		if err != nil {
			return s, nil, b.wrong(k, err)
		}
		s.Group = append(s.Group, e)
	}
	return s, columns, b.modify(&s)
}

// from converts what a SELECT reads.
func (w *wholly) from(f *from, n engine.Node, with []engine.Node) (dialect.Relation, error) {
	switch text(n, "type") {
	case "EMPTY", "":
		return nil, nil
	case "BASE_TABLE":
		return w.table(f, n, with)
	case "SUBQUERY":
		return w.subquery(f, n, child(child(n, "subquery"), "node"), text(n, "alias"), list(n, "column_name_alias"), with)
	case "JOIN":
		return w.join(f, n, with)
	}
	return nil, w.refuse(n, "only tables, subqueries and joins of them are read in all dialects")
}

func (w *wholly) table(f *from, n engine.Node, with []engine.Node) (dialect.Relation, error) {
	if n["sample"] != nil || n["at_clause"] != nil {
		return nil, w.refuse(n, "samples are DuckDB's own")
	}
	for i := len(with) - 1; i >= 0 && text(n, "schema_name") == ""; i-- {
		if !strings.EqualFold(text(with[i], "key"), text(n, "table_name")) {
			continue
		}
		entry := child(with[i], "value")
		if recursive(with[i]) {
			return nil, w.refuse(n, "WITH RECURSIVE is not said in all dialects alike")
		}
		return w.subquery(f, n, child(child(entry, "query"), "node"), aliasOf(n), list(entry, "aliases"), with[:i])
	}
	at := slices.IndexFunc(w.plan.names, func(r reference) bool { return identity(r.node) == identity(n) })
	if at < 0 || len(w.plan.names[at].relation.members) != 1 {
		return nil, w.refuse(n, "the table %s is not known", text(n, "table_name"))
	}
	r := w.plan.names[at].relation
	t := dialect.Table{Name: r.members[0].name, As: aliasOf(n), At: placeOf(n)}
	if r.own != "" {
		t.Schema = r.members[0].schema
	}
	var columns []namedColumn
	renamed := list(n, "column_name_alias")
	for i, c := range r.columns {
		e := w.plan.columnAt(r, i, 0, 0)
		if c, ok := e.(*dialect.Column); ok {
			c.Table = t.As
		}
		name := c.name
		if i < len(renamed) {
			name, _ = renamed[i].(string)
		}
		columns = append(columns, namedColumn{name, e})
	}
	f.aliases, f.columns = append(f.aliases, t.As), append(f.columns, columns)
	if text := r.members[0].text; text != "" {
		return dialect.Text{SQL: text, As: t.As, At: t.At}, nil
	}
	return t, nil
}

func (w *wholly) subquery(f *from, n, query engine.Node, alias string, renamed []any, with []engine.Node) (dialect.Relation, error) {
	s, columns, err := w.node(query, with, nil)
	if err != nil {
		return nil, err
	}
	if w.number++; alias == "" {
		alias = fmt.Sprintf("unnamed %d", w.number)
	}
	s.Values = true
	used := map[string]bool{}
	for i := range columns {
		name := columns[i].name
		if i < len(renamed) {
			name, _ = renamed[i].(string)
		}
		if used[strings.ToLower(name)] {
			return nil, w.refuse(n, "two columns of a subquery are called %q", name)
		}
		used[strings.ToLower(name)] = true
		s.List[i].As = name
		columns[i] = namedColumn{name, &dialect.Column{Table: alias, Name: name, Type: columns[i].expr.Of(), Strict: true}}
	}
	f.aliases, f.columns = append(f.aliases, alias), append(f.columns, columns)
	return dialect.Sub{Select: s, As: alias, At: placeOf(n)}, nil
}

func (w *wholly) join(f *from, n engine.Node, with []engine.Node) (dialect.Relation, error) {
	kind, ok := map[string]string{"INNER": "inner", "LEFT": "left", "RIGHT": "right", "OUTER": "full", "FULL": "full"}[text(n, "join_type")]
	switch text(n, "ref_type") {
	case "REGULAR":
	case "CROSS":
		kind, ok = "cross", true
	default:
		ok = false
	}
	if !ok {
		return nil, w.refuse(n, "a join of this kind is DuckDB's own")
	}
	before := len(f.aliases)
	left, err := w.from(f, child(n, "left"), with)
	if err != nil {
		return nil, err
	}
	middle := len(f.aliases)
	right, err := w.from(f, child(n, "right"), with)
	if err != nil {
		return nil, err
	}
	j := dialect.Join{Kind: kind, Left: left, Right: right, At: placeOf(n)}
	using := list(n, "using_columns")
	switch {
	case len(using) > 0 && kind != "inner" && kind != "left":
		return nil, w.refuse(n, "USING of a %s join: write ON", kind)
	case len(using) > 0:
		var all []dialect.Expr
		for _, name := range using {
			name, _ := name.(string)
			a, b := f.find(before, middle, name), f.find(middle, len(f.aliases), name)
			if a == nil || b == nil {
				return nil, w.refuse(n, "the column %s of USING is not that of one table on each side", name)
			}
			if a.Of() != b.Of() {
				return nil, w.refuse(n, "the columns %s of USING are %s and %s", name, a.Of(), b.Of())
			}
			f.merged[strings.ToLower(name)] = true
			all = append(all, &dialect.Call{Name: "=", Args: []dialect.Expr{a, b}, Type: dialect.Type{ID: dialect.Boolean}, At: placeOf(n)})
		}
		if j.On = all[0]; len(all) > 1 {
			j.On = &dialect.Call{Name: "and", Args: all, Type: dialect.Type{ID: dialect.Boolean}}
		}
	case kind != "cross":
		b := &wholeBlock{w: w, n: n, f: &from{aliases: f.aliases, columns: f.columns, merged: f.merged, node: n, with: with, outer: f.outer}}
		condition := child(n, "condition")
		b.where = condition
		if err := b.types(); err != nil {
			return nil, err
		}
		if j.On, err = b.t.expr(condition, 0); err != nil {
			return nil, b.wrong(condition, err)
		}
	}
	return j, nil
}

// find returns the only column with a name, regardless of case, among the relations from
// begin to before end. It returns nil if there is none, or if there are several.
func (f *from) find(begin, end int, name string) (found dialect.Expr) {
	for _, columns := range f.columns[begin:end] {
		for _, c := range columns {
			if !strings.EqualFold(c.name, name) {
				continue
			}
			if found != nil {
				return nil
			}
			found = c.expr
		}
	}
	return found
}

// resolve returns the column that a node names, or nil if that is not exactly one.
func (f *from) resolve(n engine.Node) dialect.Expr {
	parts := names(n)
	name := parts[len(parts)-1]
	if len(parts) == 1 {
		if f.merged[strings.ToLower(name)] { // it means the first of the columns that USING merges
			for i := range f.columns {
				if e := f.find(i, i+1, name); e != nil {
					return e
				}
			}
		}
		return f.find(0, len(f.columns), name)
	}
	for i, alias := range f.aliases {
		if strings.EqualFold(alias, parts[len(parts)-2]) {
			return f.find(i, i+1, name)
		}
	}
	return nil
}

func placeOf(n engine.Node) dialect.Place {
	if at, ok := engine.Location(n); ok {
		return dialect.At(at)
	}
	return 0
}
