// Pushing: sources do work if it has the same result there. They evaluate conditions, and
// compute the first rows of an order, distinct rows and partial aggregates.

package federate

import (
	"fmt"
	"strings"

	"github.com/fanql/fanql/query/dialect"
	"github.com/fanql/fanql/sources/duckdb/engine"
)

// push determines the statements for the sources, so that each source sends as little as
// possible. The final statement reads a view for each reference.
func (p *Plan) push() error {
	used := map[uintptr]bool{}
	whole := map[*relation]*table{}
	if err := p.semiJoins(); err != nil {
		return err
	}
	blocks := p.blocks()
	p.outerLinks(blocks)
	for i, b := range blocks { // before any table is replaced, since inside binds the statement again
		if made := p.inside(b); made != nil {
			for _, u := range b.uses {
				used[identity(u.reference.node)] = true
			}
			blocks[i] = made
		}
	}
	blocks = p.scalars(blocks, used)
	for _, b := range blocks {
		if p.pushGroups(b) {
			used[identity(b.uses[0].reference.node)] = true
			continue
		}
		p.ordered(b)
		for _, u := range b.uses {
			used[identity(u.reference.node)] = true
			if err := p.pushRows(u, whole); err != nil {
				return err
			}
		}
	}
	for _, r := range p.names {
		if used[identity(r.node)] {
			continue
		}
		if err := p.pushRows(&use{reference: r, alias: aliasOf(r.node)}, whole); err != nil {
			return err
		}
	}
	p.letGo()
	p.requalify(p.tree)
	final, err := p.db.Print(p.tree)
	if err != nil {
		return err
	}
	p.final, p.printed = final, true
	return nil
}

func aliasOf(n engine.Node) string {
	if alias := text(n, "alias"); alias != "" {
		return alias
	}
	return text(n, "table_name")
}

// pushRows adds the fragments that fetch the rows which a reference needs. References that
// need all rows of a relation share a table.
func (p *Plan) pushRows(u *use, whole map[*relation]*table) error {
	r := u.reference.relation
	in := p.chosen(u)
	if r.joined != nil {
		t, err := p.joinedRows(u, in, func(member int) (dialect.Select, []string) { return p.restrict(u, member) })
		if err == nil {
			p.read(u, t)
		}
		return err
	}
	selects := make([]dialect.Select, len(r.members))
	why := make([][]string, len(r.members))
	restricted := false
	for i := range r.members {
		if !in[i] {
			restricted = true
			continue
		}
		selects[i], why[i] = p.restrict(u, i)
		restricted = restricted || selects[i].Where != nil || selects[i].Limit != nil || selects[i].Distinct
	}
	t := whole[r]
	restricted = restricted || u.waits != nil || u.awaited
	if restricted || t == nil {
		t = p.rowsTable(r)
		for i := range r.members {
			if !in[i] {
				continue
			}
			rest := dialect.Select{}
			if len(u.required) > 0 {
				rest.Where = selects[i].Where
			}
			if err := p.fetchOrRest(t, i, selects[i], rest, why[i]); err != nil {
				return err
			}
			p.wait(u, i, selects[i])
		}
	}
	if u.table = t; !restricted {
		whole[r] = t
	}
	p.read(u, t)
	return nil
}

// fetchOrAll adds the fragment that fetches rows from a member. If the member's dialect
// cannot express the statement, it fetches all rows. why are the reasons why the member
// does not do more.
func (p *Plan) fetchOrAll(t *table, member int, s dialect.Select, why []string) error {
	return p.fetchOrRest(t, member, s, dialect.Select{}, why)
}

// fetchOrRest is fetchOrAll, except that it falls back to the statement rest.
func (p *Plan) fetchOrRest(t *table, member int, s, rest dialect.Select, why []string) error {
	err := p.fetch(t, member, s)
	if err != nil {
		why = append(why, reason(err))
		err = p.fetch(t, member, rest)
	}
	if err == nil {
		p.fragments[len(p.fragments)-1].Why = why
	}
	return err
}

// read makes the statement read a reference from the view of a table.
func (p *Plan) read(u *use, t *table) { t.readBy(u.reference.node) }

// readBy changes a node that names a table so that it reads the view of this table.
func (t *table) readBy(n engine.Node) {
	n["alias"] = aliasOf(n)
	n["catalog_name"], n["schema_name"], n["table_name"] = "memory", "fanql internal", t.viewName()
}

// requalify removes the sources and schemas from names of columns, since their tables are
// now views.
func (p *Plan) requalify(tree *engine.Tree) {
	tree.Walk(func(n engine.Node) {
		parts := names(n)
		if !isColumn(n) || len(parts) < 3 {
			return
		}
		for _, r := range p.relations {
			whole := []string{r.schema, r.name}
			if r.catalog != "" {
				whole = []string{r.catalog, r.schema, r.name}
			}
			if len(parts) > len(whole) && strings.EqualFold(strings.Join(parts[:len(whole)], "\x00"), strings.Join(whole, "\x00")) {
				list := list(n, "column_names")
				n["column_names"] = append([]any{r.name}, list[len(whole):]...)
				return
			}
		}
	})
}

// chosen returns, for each member of a reference, whether it meets the conditions on the
// source's name.
func (p *Plan) chosen(u *use) []bool {
	r := u.reference.relation
	in := make([]bool, len(r.members))
	for i := range in {
		in[i] = true
	}
	for _, c := range u.conditions {
		if !p.onlySource(u, c) {
			continue
		}
		kept, err := p.keeps(u, c)
		if err != nil {
			u.unsure = true // the final statement reports the error
			continue
		}
		for i, m := range r.members {
			in[i] = in[i] && kept[p.name(m)]
		}
	}
	return in
}

// onlySource reports whether a condition uses no column except the column of source names.
func (p *Plan) onlySource(u *use, c engine.Node) bool {
	return !has(c, func(n engine.Node) bool {
		if volatile[strings.ToLower(text(n, "function_name"))] || text(n, "class") == "SUBQUERY" {
			return true
		}
		if !isColumn(n) {
			return false
		}
		_, at := p.resolve(u.block, n)
		return at != sourceColumn
	})
}

// keeps returns the sources for whose names a condition holds.
func (p *Plan) keeps(u *use, c engine.Node) (map[string]bool, error) {
	var values []string
	for _, s := range p.o.Sources {
		values = append(values, "("+engine.Literal(s.Name)+")")
	}
	from := fmt.Sprintf("select 1 from (values %s) as %s(%s)", strings.Join(values, ", "), engine.Quote(u.alias), engine.Quote(p.o.SourceColumn))
	tree, err := p.db.Parse(from)
	if err != nil {
		return nil, err
	}
	condition := clone(c).(engine.Node)
	each(condition, func(n engine.Node) bool {
		if isColumn(n) {
			n["column_names"] = []any{p.o.SourceColumn}
		}
		return true
	})
	sql, err := p.selecting([]engine.Node{columnNode(p.o.SourceColumn), condition}, child(child(tree.Statements[0], "node"), "from_table"))
	if err != nil {
		return nil, err
	}
	rows, err := p.rows("select c0, coalesce(c1::boolean, false)::varchar from (" + sql + ")")
	if err != nil {
		return nil, err
	}
	kept := map[string]bool{}
	for _, row := range rows {
		kept[row[0]] = row[1] == "true"
	}
	return kept, nil
}

// restrict returns a statement by which a member sends only those rows of a reference that
// the final statement needs, as far as the member can decide this with the same result. why
// are the reasons why it does not do more.
func (p *Plan) restrict(u *use, member int) (s dialect.Select, why []string) {
	product := p.product(u.reference.relation.members[member].source)
	s.Where, why = p.where(u, member, product)
	if u.block == nil || !u.block.alone || !u.plain {
		return s, why
	}
	p.first(u, member, product, u.exact && !u.unsure && len(why) == 0, &s)
	p.distinctRows(u, member, product, &s)
	return s, why
}

// where returns the conjunction of the conditions on a reference that a member can
// evaluate, or nil. why are the reasons why fanql evaluates the others.
func (p *Plan) where(u *use, member int, product dialect.Product) (condition dialect.Expr, why []string) {
	var all []dialect.Expr
	for _, c := range u.conditions {
		if p.onlySource(u, c) {
			continue
		}
		e, err := p.condition(u, c, member, product)
		if err != nil {
			why = append(why, fmt.Sprintf("the condition %s is looked at here: %v", p.shown(c), reason(err)))
			continue
		}
		all = append(all, e)
	}
	switch len(all) {
	case 0:
		return nil, why
	case 1:
		return all[0], why
	}
	return &dialect.Call{Name: "and", Args: all, Type: dialect.Type{ID: dialect.Boolean}}, why
}

// sendable converts a condition or a value for a member. It returns an error if the
// member's dialect cannot express it.
func (p *Plan) sendable(u *use, e engine.Node, member int, product dialect.Product) (dialect.Expr, error) {
	t, err := p.typed(u, e)
	if err != nil {
		return nil, err
	}
	made, err := t.expr(e, member)
	if err != nil {
		return nil, err
	}
	_, err = dialect.Print(product, made)
	return made, err
}

// condition is sendable for expressions that must be boolean.
func (p *Plan) condition(u *use, e engine.Node, member int, product dialect.Product) (dialect.Expr, error) {
	made, err := p.sendable(u, e, member, product)
	if err == nil && made.Of().ID != dialect.Boolean {
		err = fmt.Errorf("it is %s, and no condition", made.Of())
	}
	return made, err
}

// reason returns why something is not sent. It leaves out the product, which follows from
// the source.
func reason(err error) string {
	if r, ok := err.(*dialect.Refusal); ok { //nolint:errorlint // it is never wrapped
		return r.Why
	}
	return err.Error()
}

// shown returns a part of the statement as DuckDB prints it.
func (p *Plan) shown(n engine.Node) string {
	sql, err := p.selecting([]engine.Node{n}, nil)
	if err != nil {
		return "of the statement"
	}
	sql = strings.TrimSuffix(strings.TrimPrefix(sql, "SELECT "), " AS c0")
	return sql
}
