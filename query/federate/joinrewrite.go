// Rewriting a block over a join as a block over a single table.

package federate

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/row"
)

// errNames is the reason why a block over a join is not rewritten: it is not certain
// which column a name means.
var errNames = errors.New("what a name in it means is not sure")

// find returns the column that a name means among the columns of some parts. found is nil
// if there is none. It returns errNames if there are several.
func (j *joined) find(n engine.Node, scope []*part) (found *part, at int, err error) {
	parts := names(n)
	for _, p := range scope {
		if len(parts) == 0 || len(parts) > 1 && !p.called(parts[:len(parts)-1]) {
			continue
		}
		place, ok := j.plan.columnOf(p.reference.relation, parts[len(parts)-1])
		if !ok {
			continue
		}
		if found != nil {
			return nil, 0, errNames
		}
		found, at = p, place
	}
	return found, at, nil
}

// qualify qualifies the columns in an expression by their parts, and replaces columns that
// USING has merged by what they mean. It returns errNames if a name is not certain, or if
// the expression has a subquery, a star or the like.
func (j *joined) qualify(e engine.Node, scope []*part, merged map[string]engine.Node) (err error) {
	each(e, func(n engine.Node) bool {
		switch text(n, "class") {
		case "SUBQUERY", "STAR", "WINDOW", "LAMBDA", "POSITIONAL_REFERENCE":
			err = errNames
		case "COLUMN_REF":
			parts := names(n)
			if len(parts) == 1 && merged[strings.ToLower(parts[0])] != nil {
				become(n, clone(merged[strings.ToLower(parts[0])]).(engine.Node))
				return false
			}
			p, _, wrong := j.find(n, scope)
			if p == nil || wrong != nil {
				err = errNames
				return false
			}
			n["column_names"] = []any{p.alias, parts[len(parts)-1]}
		}
		return err == nil
	})
	return err
}

// column returns a node that names a part's column as a column of the join's relation. It
// adds the column to the relation if necessary.
func (j *joined) column(p *part, at int) engine.Node {
	if at == sourceColumn && !p.nullable {
		return columnNode(j.alias, j.plan.o.SourceColumn)
	}
	i := slices.Index(j.columns, partColumn{p, at})
	if i < 0 {
		c := column{name: p.alias + "." + j.plan.o.SourceColumn, kind: of(row.Text), needed: true}
		if at == sourceColumn {
			p.marked = true
		} else {
			own := p.reference.relation.columns[at]
			c.name, c.kind = p.alias+"."+own.name, own.kind
		}
		i = len(j.columns)
		j.columns, j.relation.columns = append(j.columns, partColumn{p, at}), append(j.relation.columns, c)
	}
	return columnNode(j.alias, j.relation.columns[i].name)
}

// change saves a node, so that its change can be undone.
func (j *joined) change(n engine.Node) {
	was := make(engine.Node, len(n))
	for key, v := range n {
		was[key] = v
	}
	j.undo = append(j.undo, func() { become(n, was) })
}

// takeBack undoes all changes of the statement.
func (j *joined) takeBack() {
	for _, undo := range slices.Backward(j.undo) {
		undo()
	}
}

// replace changes a node that names a column of a part so that it names the column of the
// join's relation. It leaves the node's alias, and names of anything else.
func (j *joined) replace(n engine.Node) error {
	parts, scope := names(n), j.root.visible()
	if merged := j.root.merged[strings.ToLower(parts[0])]; len(parts) == 1 && merged != nil {
		made := clone(merged).(engine.Node)
		if strings.EqualFold(parts[0], j.plan.o.SourceColumn) && j.root.certain && slices.Equal(j.partsIn(made), j.partsIn(j.root.source)) {
			made = columnNode(j.alias, j.plan.o.SourceColumn)
		} else {
			each(made, func(n engine.Node) bool {
				if isColumn(n) {
					p, at := j.qualified(n)
					become(n, j.column(p, at))
					return false
				}
				return true
			})
		}
		j.change(n)
		alias := text(n, "alias")
		become(n, made)
		n["alias"] = alias
		return nil
	}
	p, at, err := j.find(n, scope)
	if err != nil || p == nil {
		return err
	}
	j.change(n)
	n["column_names"] = j.column(p, at)["column_names"]
	return nil
}

// partsIn returns the parts whose columns are in an expression, in its order.
func (j *joined) partsIn(e engine.Node) (all []*part) {
	each(e, func(n engine.Node) bool {
		if isColumn(n) {
			p, _ := j.qualified(n)
			all = append(all, p)
		}
		return true
	})
	return all
}

// rewrite makes the block read one table instead of the join, and returns its node.
func (j *joined) rewrite(b *block) (engine.Node, error) {
	p := j.plan
	aliases := map[string]bool{}
	for _, item := range children(b.node, "select_list") {
		if alias := text(item, "alias"); alias != "" {
			aliases[strings.ToLower(alias)] = true
		}
	}
	j.change(b.node)
	if err := j.rewriteList(b); err != nil {
		return nil, err
	}
	w := &rewriter{joined: j, aliases: aliases}
	rest := slices.DeleteFunc(slices.Sorted(maps.Keys(b.node)), func(key string) bool {
		return key == "from_table" || key == "cte_map" || key == "select_list"
	})
	for _, key := range append([]string{"select_list"}, rest...) { // in a fixed order, so that plans are reproducible
		in := map[string]clause{"having": inHaving, "modifiers": inOrder, "qualify": inHaving}[key]
		if w.walk(b.node[key], in, false); w.err != nil {
			return nil, w.err
		}
	}
	n := clone(j.parts[0].reference.node).(engine.Node)
	n["alias"], n["catalog_name"], n["schema_name"], n["table_name"] = j.alias, "memory", "fanql internal", j.relation.name
	b.node["from_table"] = n
	return n, p.makeView(internal+"."+engine.Quote(j.relation.name), j.relation, nil)
}

// rewriteList expands the stars of the list, and gives its columns aliases so that they
// keep their names.
func (j *joined) rewriteList(b *block) error {
	var all []any
	for _, item := range children(b.node, "select_list") {
		if text(item, "class") == "STAR" {
			expanded, err := j.star(item)
			if err != nil {
				return err
			}
			all = append(all, expanded...)
			continue
		}
		if parts := names(item); isColumn(item) && text(item, "alias") == "" && !b.top {
			j.change(item)
			item["alias"] = parts[len(parts)-1]
		}
		all = append(all, item)
	}
	b.node["select_list"] = all
	return nil
}

// star returns the columns that a star stands for. It returns errNames for a star with
// other clauses.
func (j *joined) star(n engine.Node) (all []any, err error) {
	for _, key := range []string{"exclude_list", "replace_list", "rename_list", "qualified_exclude_list"} {
		if len(list(n, key)) > 0 {
			return nil, errNames
		}
	}
	if n["columns"] == true || n["expr"] != nil {
		return nil, errNames
	}
	of, seen := text(n, "relation_name"), map[string]bool{}
	for _, p := range j.root.visible() {
		if of != "" && !strings.EqualFold(of, p.alias) {
			continue
		}
		own := []string{j.plan.o.SourceColumn}
		for _, c := range p.reference.relation.columns {
			own = append(own, c.name)
		}
		for _, name := range own {
			c := columnNode(p.alias, name)
			if low := strings.ToLower(name); of == "" && j.root.merged[low] != nil {
				if seen[low] {
					continue
				}
				seen[low] = true
				c = columnNode(name)
			}
			c["alias"] = name
			all = append(all, c)
		}
	}
	if len(all) == 0 {
		return nil, errNames
	}
	return all, nil
}

// A rewriter replaces the names of columns in a block, except for aliases.
type rewriter struct {
	*joined
	aliases map[string]bool
	inner   []*block // the subqueries around the current node
	err     error
}

func (w *rewriter) walk(v any, in clause, within bool) {
	switch v := v.(type) {
	case []any:
		for _, c := range v {
			w.walk(c, in, within)
		}
	case engine.Node:
		if w.err == nil {
			w.node(v, in, within)
		}
	}
}

// node rewrites the names in a node. within means that the node is part of an expression.
// Aliases have no effect within an expression of ORDER BY, nor within an aggregate of
// HAVING.
func (w *rewriter) node(n engine.Node, in clause, within bool) {
	switch class := text(n, "class"); {
	case class == "STAR" || class == "LAMBDA" || class == "POSITIONAL_REFERENCE":
		w.err = errNames
		return
	case isColumn(n):
		w.name(n, in, within)
		return
	case text(n, "type") == "SELECT_NODE":
		w.subquery(n)
		return
	case isAggregation(n):
		in = inList
	case class != "" && in == inOrder:
		within = true
	}
	for _, key := range slices.Sorted(maps.Keys(n)) {
		w.walk(n[key], in, within)
	}
}

func (w *rewriter) name(n engine.Node, in clause, within bool) {
	parts := names(n)
	if len(parts) == 1 && w.aliases[strings.ToLower(parts[0])] && len(w.inner) == 0 && (in == inHaving || in == inOrder && !within) {
		return
	}
	for _, b := range w.inner {
		switch own, err := w.owns(b, parts); {
		case err != nil:
			w.err = err
			return
		case own:
			return
		}
	}
	w.err = w.replace(n)
}

// owns reports whether a name in a subquery belongs to the subquery. It returns errNames if
// that is not known and the name could also belong to the join.
func (w *rewriter) owns(b *block, parts []string) (bool, error) {
	last := parts[len(parts)-1]
	if len(parts) > 1 {
		for _, u := range b.uses {
			if u.called(parts[:len(parts)-1]) {
				return true, nil
			}
		}
	} else {
		for _, u := range b.uses {
			if _, ok := w.plan.columnOf(u.reference.relation, last); ok {
				return true, nil
			}
		}
		for _, item := range children(b.node, "select_list") {
			if strings.EqualFold(text(item, "alias"), last) {
				return true, nil
			}
		}
	}
	if p, _, err := w.find(columnNode(parts...), w.root.visible()); b.closed && (p != nil || err != nil) {
		return false, errNames
	}
	return false, nil
}

// subquery rewrites those names in a subquery that belong to the block around it.
func (w *rewriter) subquery(n engine.Node) {
	known := map[uintptr]reference{}
	for _, r := range w.plan.names {
		known[identity(r.node)] = r
	}
	b := &block{node: n, merged: map[string]bool{}}
	b.from(child(n, "from_table"), known, true)
	if len(children(child(n, "cte_map"), "map")) > 0 {
		b.closed = true
	}
	w.inner = append(w.inner, b)
	for _, c := range n {
		w.walk(c, inList, true)
	}
	w.inner = w.inner[:len(w.inner)-1]
}

// String lists the tables of the join, for the reasons of a plan.
func (j *joined) String() string {
	var all []string
	for _, p := range j.parts {
		all = append(all, p.reference.relation.String())
	}
	return fmt.Sprintf("%s and %s", strings.Join(all[:len(all)-1], ", "), all[len(all)-1])
}
