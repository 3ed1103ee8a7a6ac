// Groups: a block's aggregates are computed from partial aggregates, which the sources
// compute for their groups.

package federate

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fanql/fanql/query/dialect"
	"github.com/fanql/fanql/sources/duckdb/engine"
)

// A grouping is a block that is being rewritten to read the groups of the sources.
type grouping struct {
	plan  *Plan
	block *block
	use   *use
	table *table
	alias string
	keys  []engine.Node // the expressions that the block groups by
	// outer are the conditions that also depend on rows around the block. The sources group
	// by the table's sides of these, too.
	outer  []outerMatch
	key    map[string]int
	sends  []sent
	byForm map[string]int // the index of a sent column, by its content
	// aliases are the aliases of the list, in lower case.
	aliases map[string]bool
}

// sent is a column of a fragment with groups.
type sent struct {
	node      engine.Node // the group or the argument; nil for count(*)
	typed     *typed
	aggregate string      // empty for a group
	filter    engine.Node // nil if there is none
	filtered  *typed
	of        dialect.Type // the column's type in the table
	few       bool         // the column must have few different values
}

// errUnsplit is the general reason why a block's aggregates are not computed from partial
// ones.
var errUnsplit = errors.New("it is made here of the rows")

// pushGroups lets the sources compute partial aggregates, and the block combine them. done
// is false if this is not possible, or if the result might differ.
func (p *Plan) pushGroups(b *block) (done bool) {
	if !b.alone || b.node["sample"] != nil || b.node["qualify"] != nil || !b.uses[0].plain || !p.isGrouped(b) {
		return false
	}
	outer, ok := p.outerMatches(b)
	if !ok {
		return false
	}
	g := &grouping{plan: p, block: b, outer: outer, use: b.uses[0], table: &table{}, alias: b.uses[0].alias, key: map[string]int{}, byForm: map[string]int{}, aliases: map[string]bool{}}
	fragments, err := g.split()
	if err != nil {
		p.reasons = append(p.reasons, fmt.Sprintf("the groups of %s are made here: %v", b.uses[0].reference.relation, reason(err)))
		return false
	}
	p.addTable(g.table)
	p.fragments = append(p.fragments, fragments...)
	p.read(g.use, g.table)
	return true
}

// isGrouped reports whether the block has groups or aggregates.
func (p *Plan) isGrouped(b *block) bool {
	if text(b.node, "aggregate_handling") == "FORCE_AGGREGATES" || len(children(b.node, "group_expressions")) > 0 {
		return true
	}
	return p.hasOwn(b.node["select_list"], isAggregation) || p.hasOwn(b.node["having"], isAggregation)
}

// split rewrites the block, and returns the statements for the sources.
func (g *grouping) split() ([]*Fragment, error) {
	p, b := g.plan, g.block
	if err := g.readKeys(); err != nil {
		return nil, err
	}
	in := p.chosen(g.use)
	if g.use.unsure {
		return nil, errUnsplit
	}
	for _, item := range children(b.node, "select_list") {
		if !b.top && !b.nameless && text(item, "alias") == "" {
			if !isColumn(item) {
				return nil, errors.New("a column has no name")
			}
			all := names(item)
			item["alias"] = all[len(all)-1]
		}
	}
	for _, item := range children(b.node, "select_list") {
		g.aliases[strings.ToLower(text(item, "alias"))] = true
	}
	delete(g.aliases, "")
	where, err := g.outerWhere()
	if err != nil {
		return nil, err
	}
	changed := engine.Node{"where_clause": where}
	for _, part := range []struct {
		key string
		in  clause
	}{{"select_list", inList}, {"having", inHaving}, {"modifiers", inOrder}} {
		rewritten, err := g.rewrite(b.node[part.key], part.in)
		if err != nil {
			return nil, err
		}
		changed[part.key] = rewritten
	}
	g.makeTable()
	if err := g.regroup(changed); err != nil {
		return nil, err
	}
	fragments, err := g.request(in)
	if err != nil {
		return nil, err
	}
	for key, v := range changed {
		b.node[key] = v
	}
	return fragments, nil
}

// request returns the statements for the selected members. A member that cannot compute
// groups sends the rows instead, and fanql computes the groups from them. It returns an
// error if no member can compute groups.
func (g *grouping) request(in []bool) (fragments []*Fragment, err error) {
	var not []unable
	for i := range g.use.reference.relation.members {
		if !in[i] {
			continue
		}
		f, why := g.fragment(i)
		if why != nil {
			not = append(not, unable{i, why})
			continue
		}
		fragments = append(fragments, f)
	}
	if len(not) == 0 {
		return fragments, nil
	}
	if len(fragments) == 0 || len(g.use.required) > 0 {
		return nil, not[0].why
	}
	rows, err := g.plan.rowsOf(g.use, not)
	if err != nil {
		return nil, err
	}
	here, err := g.made(rows)
	g.table.here = append(g.table.here, here)
	return fragments, err
}

// A clause is the place of an expression. It decides whether a name is first looked up as
// a column or as an alias.
type clause uint8

const (
	inList       clause = iota
	inHaving            // an alias takes precedence over a column
	inOrder             // likewise, if the term is a single name
	inExpression        // within an expression of ORDER BY, where a column takes precedence
)

// isAlias reports whether a node names an alias of the list.
func (g *grouping) isAlias(n engine.Node, in clause) bool {
	if !isColumn(n) || len(names(n)) != 1 || !g.aliases[strings.ToLower(names(n)[0])] {
		return false
	}
	if in == inExpression {
		u, _ := g.plan.resolve(g.block, n)
		return u == nil
	}
	return in != inList
}

// readKeys collects the expressions that the block groups by.
func (g *grouping) readKeys() error {
	b := g.block
	if sets := list(b.node, "group_sets"); len(sets) > 1 {
		return errors.New("there are several grouping sets")
	}
	keys := children(b.node, "group_expressions")
	if text(b.node, "aggregate_handling") == "FORCE_AGGREGATES" {
		keys = nil
		for _, item := range children(b.node, "select_list") {
			if !has(item, isAggregation) {
				keys = append(keys, item)
			}
		}
	}
	for _, k := range keys {
		meant := k
		u, _ := g.plan.resolve(b, k)
		if !isColumn(k) || u == nil { // a column takes precedence over an alias
			meant = b.meant(k)
		}
		if meant == nil || text(meant, "class") == "STAR" {
			return errUnsplit
		}
		meant = clone(meant).(engine.Node)
		if g.plan.about(b, meant) != g.use {
			return fmt.Errorf("a group is of more than one table's columns")
		}
		g.keys = append(g.keys, meant)
	}
	for _, k := range g.keys {
		if _, err := g.send(sent{node: k}); err != nil {
			return err
		}
	}
	return nil
}

// send adds a column to those that the sources send, unless it is there already, and
// returns its index.
func (g *grouping) send(s sent) (int, error) {
	f := s.aggregate + "\x00"
	if s.node != nil {
		f += form(s.node)
	}
	if s.filter != nil {
		f += "\x00" + form(s.filter)
	}
	if at, ok := g.byForm[f]; ok {
		return at, nil
	}
	var err error
	if s.node != nil {
		if s.typed, err = g.plan.typed(g.use, s.node); err != nil {
			return 0, err
		}
		s.of = s.typed.typeOf(s.node)
	}
	if s.filter != nil {
		if s.filtered, err = g.plan.typed(g.use, s.filter); err != nil {
			return 0, err
		}
	}
	if s.of, err = partType(s.aggregate, s.of); err != nil {
		return 0, err
	}
	g.sends = append(g.sends, s)
	g.byForm[f] = len(g.sends) - 1
	if s.aggregate == "" {
		g.key[form(s.node)] = len(g.sends) - 1
	}
	return len(g.sends) - 1, nil
}

// partType returns the type of a partial aggregate.
func partType(aggregate string, of dialect.Type) (dialect.Type, error) {
	switch aggregate {
	case "count_star", "count":
		return dialect.Type{ID: dialect.BigInt}, nil
	case "mean", "squares":
		return dialect.Type{ID: dialect.Double}, nil
	case "sum":
		switch {
		case of.ID == dialect.Double:
			return of, nil
		case of.ID == dialect.Decimal:
			return dialect.Type{ID: dialect.Decimal, Width: 38, Scale: of.Scale}, nil
		case slices.Contains(exact, of.ID) && of.ID != dialect.HugeInt && of.ID != dialect.UBigInt:
			return dialect.Type{ID: dialect.Decimal, Width: 38}, nil
		}
		return of, fmt.Errorf("a sum of %s is made here", of)
	}
	return of, nil
}

// typeOf returns the type of a part of the expression.
func (t *typed) typeOf(n engine.Node) dialect.Type {
	if c := t.constants[identity(n)]; c != nil {
		return c.Type
	}
	return t.types[identity(n)]
}

// name returns the name of a sent column in the block.
func (g *grouping) name(at int) string { return fmt.Sprintf("fanql %d", at) }

func (g *grouping) column(at int) engine.Node { return columnNode(g.alias, g.name(at)) }

// rewrite returns a copy of a part of the block, in which expressions over the sent columns
// replace groups and aggregates.
func (g *grouping) rewrite(v any, in clause) (any, error) {
	switch v := v.(type) {
	case []any:
		all := make([]any, len(v))
		for i, c := range v {
			changed, err := g.rewrite(c, in)
			if err != nil {
				return nil, err
			}
			all[i] = changed
		}
		return all, nil
	case engine.Node:
		return g.rewriteNode(v, in)
	}
	return v, nil
}

func (g *grouping) rewriteNode(n engine.Node, in clause) (any, error) {
	class := text(n, "class")
	if g.isAlias(n, in) {
		return n, nil
	}
	if class != "" && class != "CONSTANT" {
		if at, ok := g.key[form(n)]; ok && g.plan.about(g.block, n) == g.use {
			return named(g.column(at), n), nil
		}
	}
	switch class {
	case "COLUMN_REF":
		return nil, fmt.Errorf("column %s is not grouped by", strings.Join(names(n), "."))
	case "SUBQUERY", "STAR", "LAMBDA":
		return nil, errUnsplit
	case "FUNCTION":
		if name := strings.ToLower(text(n, "function_name")); isAggregate(name) {
			whole, err := g.aggregate(name, n)
			if err != nil {
				return nil, err
			}
			return named(whole, n), nil
		}
	}
	changed := make(engine.Node, len(n))
	for key, c := range n {
		below := in
		if term := text(n, "type"); in == inOrder && class != "" && term != "" { // below this node is within an expression
			below = inExpression
		}
		rewritten, err := g.rewrite(c, below)
		if err != nil {
			return nil, err
		}
		changed[key] = rewritten
	}
	return changed, nil
}

// named gives a node the alias of the node that it replaces.
func named(n, was engine.Node) engine.Node {
	n["alias"] = text(was, "alias")
	return n
}
