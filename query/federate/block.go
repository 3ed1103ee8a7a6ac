// Blocks: the SELECTs of a statement, the tables that each reads, and the conditions that
// concern only one of these tables.

package federate

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/fanql/fanql/sources/duckdb/engine"
)

func itoa(n int) string { return strconv.Itoa(n) }

// A block is a SELECT.
type block struct {
	node engine.Node
	uses []*use
	// alone means that its FROM is a single table.
	alone bool
	// top means that its columns are the columns of the result. Plan.headings has their
	// names.
	top bool
	// merged are the names, in lower case, of columns that USING has merged.
	merged map[string]bool
	closed bool // something in FROM has columns that the planner does not know
	// matches are the conditions of joins and of WHERE. filters are the conditions of joins
	// only.
	matches []match
	filters []match
	// around is the block that has this block as a subquery in an expression. It is nil if
	// there is none.
	around *block
	// nameless means that nothing refers to its columns by their names.
	nameless bool
}

// A use is a table in the FROM of a block.
type use struct {
	block     *block
	reference reference
	alias     string
	// inner means that each row of the block contains a row of the table: an outer join
	// never replaces it by NULLs.
	inner bool
	// plain means that FROM reads the table with its own columns and all of its rows.
	plain bool
	// conditions are conditions that every row of the table meets which affects the block.
	// exact means that the block has no other conditions.
	conditions []engine.Node
	exact      bool
	// required are the conditions that only the sources evaluate: see [scalar].
	required []engine.Node
	// unsure means that a condition on the source's name could not be evaluated.
	unsure bool

	// probed says that the table is on the right side of a semi join.
	probed bool

	table   *table // the table that holds its rows
	waits   *link  // the link by which it is fetched in the second round; nil if it is fetched in the first
	awaited bool   // another table waits for it
}

// blocks returns the SELECTs of the statement.
func (p *Plan) blocks() []*block {
	known := map[uintptr]reference{}
	for _, r := range p.names {
		known[identity(r.node)] = r
	}
	top := child(p.tree.Statements[0], "node")
	var all []*block
	each(top, func(n engine.Node) bool {
		if text(n, "type") == "SELECT_NODE" {
			b := &block{node: n, merged: map[string]bool{}, top: identity(n) == identity(top)}
			b.from(child(n, "from_table"), known, true)
			b.alone = len(b.uses) == 1 && text(child(n, "from_table"), "type") == "BASE_TABLE"
			p.divide(b)
			p.divideFilters(b)
			all = append(all, b)
		}
		return true
	})
	nest(all)
	return all
}

// from collects the tables of the FROM at n. inner means that no outer join above n
// replaces their rows by NULLs.
func (b *block) from(n engine.Node, known map[uintptr]reference, inner bool) {
	switch text(n, "type") {
	case "BASE_TABLE":
		r, ok := known[identity(n)]
		if !ok {
			b.closed = true // the name comes from a WITH
			return
		}
		u := &use{block: b, reference: r, alias: text(n, "alias"), inner: inner}
		if u.alias == "" {
			u.alias = text(n, "table_name")
		}
		u.plain = n["sample"] == nil && len(list(n, "column_name_alias")) == 0 && n["at_clause"] == nil
		b.uses = append(b.uses, u)
	case "JOIN":
		b.join(n, known, inner)
	case "EMPTY", "":
	default:
		b.closed = true
	}
}

func list(n engine.Node, key string) []any { l, _ := n[key].([]any); return l }

func (b *block) join(n engine.Node, known map[uintptr]reference, inner bool) {
	left, right := inner, inner
	plain := true
	switch text(n, "ref_type") {
	case "REGULAR", "CROSS", "NATURAL", "DEPENDENT":
	default: // ASOF, POSITIONAL
		left, right, plain = false, false, false
	}
	switch text(n, "join_type") {
	case "INNER":
	case "LEFT", "SEMI", "ANTI", "SINGLE", "MARK":
		right = false
	case "RIGHT":
		left = false
	default:
		left, right = false, false
	}
	for _, name := range list(n, "using_columns") {
		name, _ := name.(string)
		b.merged[strings.ToLower(name)] = true
	}
	if text(n, "ref_type") == "NATURAL" {
		plain = false
	}
	first := len(b.uses)
	b.from(child(n, "left"), known, left)
	middle := len(b.uses)
	b.from(child(n, "right"), known, right)
	kind := text(n, "join_type")
	kept := map[string][]*use{
		"INNER": b.uses[first:], "LEFT": b.uses[middle:], "SEMI": b.uses[first:], "ANTI": b.uses[middle:], "RIGHT": b.uses[first:middle],
	}[kind]
	var filtered []*use // tables whose rows are not NULLs of an outer join when the condition is evaluated
	for _, side := range []struct {
		key  string
		uses []*use
	}{{"left", b.uses[first:middle]}, {"right", b.uses[middle:]}} {
		if onlyInner(child(n, side.key)) {
			filtered = append(filtered, side.uses...)
		}
	}
	if text(n, "ref_type") == "REGULAR" {
		for _, c := range conjuncts(child(n, "condition")) {
			b.matches = append(b.matches, match{c, kept})
			b.filters = append(b.filters, match{c, slices.DeleteFunc(slices.Clone(kept), func(u *use) bool { return !slices.Contains(filtered, u) })})
		}
	}
	for _, u := range b.uses[middle:] {
		u.probed = kind == "SEMI" && slices.Contains(filtered, u)
	}
	if !plain {
		for _, u := range b.uses[first:] {
			u.plain = false
		}
	}
}

// onlyInner reports whether a FROM clause has inner joins only.
func onlyInner(n engine.Node) bool {
	if text(n, "type") == "JOIN" {
		return text(n, "join_type") == "INNER" && onlyInner(child(n, "left")) && onlyInner(child(n, "right"))
	}
	return text(n, "type") == "BASE_TABLE"
}

// divide assigns to each table the conditions of the block that concern it alone, unless
// an outer join may replace its rows by NULLs.
func (p *Plan) divide(b *block) {
	whole := conjuncts(child(b.node, "where_clause"))
	for _, u := range b.uses {
		u.exact = true
	}
	for _, c := range whole {
		b.matches = append(b.matches, match{c, b.inner()})
		u := p.about(b, c)
		for _, other := range b.uses {
			other.exact = other.exact && other == u
		}
		if u != nil && u.inner && u.plain {
			u.conditions = append(u.conditions, c)
		} else if u != nil {
			u.exact = false
		}
	}
}

// divideFilters assigns to each table the conditions of joins that concern it alone, if the
// join drops the rows that do not meet them.
func (p *Plan) divideFilters(b *block) {
	for _, f := range b.filters {
		if u := p.about(b, f.condition); u != nil && u.plain && slices.Contains(f.kept, u) {
			u.conditions = append(u.conditions, f.condition)
		}
	}
}

// inner returns the tables whose rows are never replaced by NULLs of an outer join.
func (b *block) inner() (all []*use) {
	for _, u := range b.uses {
		if u.inner {
			all = append(all, u)
		}
	}
	return all
}

// about returns the table whose columns an expression uses, if it uses those of one table
// only. It returns nil if there is no such table, or if a part of the expression depends on
// more than the table's columns.
func (p *Plan) about(b *block, e engine.Node) *use {
	var only *use
	good := true
	each(e, func(n engine.Node) bool {
		switch text(n, "class") {
		case "SUBQUERY", "STAR", "WINDOW", "LAMBDA", "POSITIONAL_REFERENCE":
			good = false
		case "COLUMN_REF":
			u, _ := p.resolve(b, n)
			if u == nil || only != nil && u != only {
				good = false
				return false
			}
			only = u
		}
		return good
	})
	if !good {
		return nil
	}
	return only
}

// resolve finds the table and the column that a node of a block names. at is the index of
// the column in the relation, or sourceColumn. u is nil if it is not certain which column
// the name means.
func (p *Plan) resolve(b *block, n engine.Node) (u *use, at int) {
	parts := names(n)
	if len(parts) == 0 {
		return nil, 0
	}
	name := parts[len(parts)-1]
	if len(parts) == 1 && b.merged[strings.ToLower(name)] && (len(b.uses) > 1 || b.closed) {
		return nil, 0
	}
	for _, candidate := range b.uses {
		if len(parts) > 1 && !candidate.called(parts[:len(parts)-1]) {
			continue
		}
		place, ok := p.columnOf(candidate.reference.relation, name)
		if !ok || !candidate.plain {
			continue
		}
		if u != nil {
			return nil, 0
		}
		u, at = candidate, place
	}
	return u, at
}

// called reports whether the qualifier of a column names this table.
func (u *use) called(parts []string) bool {
	last := parts[len(parts)-1]
	if len(parts) == 1 {
		return strings.EqualFold(last, u.alias)
	}
	r := u.reference.relation
	whole := []string{r.schema, r.name}
	if r.catalog != "" {
		whole = []string{r.catalog, r.schema, r.name}
	}
	return text(u.reference.node, "alias") == "" && strings.EqualFold(strings.Join(parts, "\x00"), strings.Join(whole, "\x00"))
}

// columnOf finds a column of a relation by its name. It returns its index, or sourceColumn.
func (p *Plan) columnOf(r *relation, name string) (at int, ok bool) {
	if strings.EqualFold(name, p.o.SourceColumn) {
		return sourceColumn, true
	}
	for i, c := range r.columns {
		if strings.EqualFold(c.name, name) {
			return i, true
		}
	}
	return 0, false
}

// integer returns the value of a node that is an integer constant; ok is false for any
// other.
func integer(n engine.Node) (v int64, ok bool) {
	if text(n, "class") != "CONSTANT" {
		return 0, false
	}
	number, is := child(n, "value")["value"].(json.Number)
	if !is || strings.ContainsAny(number.String(), ".eE") {
		return 0, false
	}
	v, err := number.Int64()
	return v, err == nil
}
