// Joins that the sources execute. If each row of a join can only consist of rows of one
// source, each source joins its own tables.

package federate

import (
	"errors"
	"strings"

	"github.com/fanql/fanql/sources/duckdb/engine"
)

// joined is the FROM of a block as one table, whose rows are the rows of the join.
type joined struct {
	plan  *Plan
	node  engine.Node // the JOIN in the text
	root  *joint
	parts []*part
	// where are the conditions of WHERE that use only columns of the parts, with qualified
	// names.
	where []engine.Node
	// columns has, for each column of the relation, the part's column that it is.
	columns  []partColumn
	relation *relation
	alias    string
	undo     []func()
}

// A part is a table of a join.
type part struct {
	*use
	table string // its alias in the sources' statements
	// nullable means that an outer join may replace its rows by NULLs.
	nullable bool
	// marked means that the sources' statements need the source's name as a column of the
	// table. It is NULL where an outer join has no row of the table.
	marked bool
}

// A partColumn is a column of a part; at is its index or sourceColumn.
type partColumn struct {
	part *part
	at   int
}

// A joint is a JOIN, or a table in one.
type joint struct {
	part        *part // set if it is a table
	kind        string
	node        engine.Node
	left, right *joint
	// on are the conditions, with USING written out and all columns qualified. A condition
	// that two rows have the same source is left out if it always holds within one source.
	on    []engine.Node
	typed []*typed
	// links are pairs of parts whose rows have the same source if the joint joins them.
	links [][2]*part
	// merged are the columns that USING has merged, by their names in lower case.
	merged map[string]engine.Node
	// source is the expression for the source of a row. certain means that it is never
	// NULL.
	source  engine.Node
	certain bool
}

// errSeveralSources is the reason why a join is not sent. Users do not see it, since they
// would not expect that such a join is sent.
var errSeveralSources = errors.New("its rows may be of several sources")

// joinKinds maps DuckDB's names of joins to the planner's.
var joinKinds = map[string]string{"INNER": "inner", "LEFT": "left", "RIGHT": "right", "FULL": "full", "OUTER": "full", "SEMI": "semi", "ANTI": "anti"}

// joinOf reads the join of a block. It returns nil if the block has no join that sources
// could execute.
func (p *Plan) joinOf(b *block) (*joined, error) {
	if b.closed || len(b.uses) < 2 || b.node["sample"] != nil {
		return nil, nil
	}
	j := &joined{plan: p, node: child(b.node, "from_table"), alias: "fanql join"}
	taken := map[string]bool{}
	for i, u := range b.uses {
		if !u.plain || taken[strings.ToLower(u.alias)] {
			return nil, nil
		}
		taken[strings.ToLower(u.alias)] = true
		j.parts = append(j.parts, &part{use: u, table: "t" + itoa(i+1)})
	}
	left := j.parts
	root, ok := j.read(j.node, &left)
	if !ok {
		return nil, nil
	}
	j.root = root
	root.makeNullable(false)
	for _, c := range conjuncts(child(b.node, "where_clause")) {
		c := clone(c).(engine.Node)
		if j.qualify(c, root.visible(), root.merged) == nil {
			j.where = append(j.where, c)
		}
	}
	var links [][2]*part
	for _, c := range j.where {
		if a, b := j.sources(c); a != nil {
			links = append(links, [2]*part{a, b})
		}
	}
	if !j.ofOneSource() && !root.isLinked(links) {
		return nil, errSeveralSources
	}
	return j, nil
}

// read converts the FROM at n to joints. left are the parts that have not been used yet. It
// returns false if sources cannot execute the join.
func (j *joined) read(n engine.Node, left *[]*part) (*joint, bool) {
	if text(n, "type") == "BASE_TABLE" {
		p := (*left)[0]
		*left = (*left)[1:]
		return &joint{part: p, source: columnNode(p.alias, j.plan.o.SourceColumn), certain: true}, true
	}
	t := &joint{kind: joinKinds[text(n, "join_type")], node: n, merged: map[string]engine.Node{}}
	switch text(n, "ref_type") {
	case "REGULAR":
	case "CROSS":
		t.kind = "cross"
	default:
		return nil, false
	}
	if t.kind == "" || n["sample"] != nil {
		return nil, false
	}
	var ok bool
	if t.left, ok = j.read(child(n, "left"), left); !ok {
		return nil, false
	}
	if t.right, ok = j.read(child(n, "right"), left); !ok {
		return nil, false
	}
	t.source, t.certain = t.left.source, t.left.certain
	switch t.kind {
	case "right":
		t.source, t.certain = t.right.source, t.right.certain
	case "full":
		t.source, t.certain = j.coalesced(t.left.source, t.right.source), t.left.certain && t.right.certain
	}
	for name, n := range t.left.merged {
		t.merged[name] = n
	}
	if t.kind != "semi" && t.kind != "anti" {
		for name, n := range t.right.merged {
			t.merged[name] = n
		}
	}
	return t, j.using(t, list(n, "using_columns")) && j.conditions(t, child(n, "condition"))
}

// coalesced returns the node for the first of two expressions that is not NULL.
func (j *joined) coalesced(a, b engine.Node) engine.Node {
	return engine.Node{
		"class": "OPERATOR", "type": "OPERATOR_COALESCE", "alias": "", "query_location": noPlace, "children": []any{clone(a), clone(b)},
	}
}

// using writes out USING as conditions. It returns false if a name is not certain.
func (j *joined) using(t *joint, columns []any) bool {
	for _, name := range columns {
		name, _ := name.(string)
		low := strings.ToLower(name)
		left, right := j.named(t.left, name), j.named(t.right, name)
		if left == nil || right == nil {
			return false
		}
		switch t.kind {
		case "right":
			t.merged[low] = right
		case "full":
			t.merged[low] = j.coalesced(left, right)
		default:
			t.merged[low] = left
		}
		if strings.EqualFold(name, j.plan.o.SourceColumn) {
			t.links = append(t.links, [2]*part{j.partIn(left), j.partIn(right)})
			if t.left.certain && t.right.certain {
				continue
			}
		}
		t.on = append(t.on, engine.Node{
			"class": "COMPARISON", "type": "COMPARE_EQUAL", "alias": "", "query_location": t.node["query_location"], "left": clone(left), "right": clone(right),
		})
	}
	return true
}

// named returns the column that USING means on one side, or nil if there is not exactly
// one.
func (j *joined) named(t *joint, name string) engine.Node {
	if n := t.merged[strings.ToLower(name)]; n != nil {
		return n
	}
	var found *part
	for _, p := range t.visible() {
		if _, ok := j.plan.columnOf(p.reference.relation, name); ok {
			if found != nil {
				return nil
			}
			found = p
		}
	}
	if found == nil {
		return nil
	}
	return columnNode(found.alias, name)
}

// conditions reads the conditions of ON. It returns false if a name is not certain.
func (j *joined) conditions(t *joint, on engine.Node) bool {
	scope := append(append([]*part{}, t.left.visible()...), t.right.visible()...)
	merged := map[string]engine.Node{}
	for _, side := range []*joint{t.left, t.right} {
		for name, n := range side.merged {
			merged[name] = n
		}
	}
	for _, c := range conjuncts(on) {
		c := clone(c).(engine.Node)
		if j.qualify(c, scope, merged) != nil {
			return false
		}
		if a, b := j.sources(c); a != nil {
			t.links = append(t.links, [2]*part{a, b})
			if !t.left.makes(a) && !t.right.makes(a) && !t.left.makes(b) && !t.right.makes(b) {
				continue
			}
		}
		t.on = append(t.on, c)
	}
	return true
}

// sources returns the two parts that must have the same source by a condition. It returns
// nil for any other condition.
func (j *joined) sources(c engine.Node) (a, b *part) {
	if text(c, "type") != "COMPARE_EQUAL" || !isColumn(child(c, "left")) || !isColumn(child(c, "right")) {
		return nil, nil
	}
	a, at := j.qualified(child(c, "left"))
	b, from := j.qualified(child(c, "right"))
	if a == nil || b == nil || at != sourceColumn || from != sourceColumn {
		return nil, nil
	}
	return a, b
}

// qualified returns the part and the index of the column that a qualified name means. The
// part is nil if there is none.
func (j *joined) qualified(n engine.Node) (*part, int) {
	all := names(n)
	for _, p := range j.parts {
		if len(all) == 2 && all[0] == p.alias {
			if at, ok := j.plan.columnOf(p.reference.relation, all[1]); ok {
				return p, at
			}
		}
	}
	return nil, 0
}

// partIn returns the first part that an expression with qualified columns names.
func (j *joined) partIn(n engine.Node) (first *part) {
	each(n, func(n engine.Node) bool {
		if first == nil && isColumn(n) {
			first, _ = j.qualified(n)
		}
		return first == nil
	})
	return first
}

// across reports whether the two parts are on different sides of the joint.
func (t *joint) across(pair [2]*part) bool {
	return t.left.has(pair[0]) && t.right.has(pair[1]) || t.left.has(pair[1]) && t.right.has(pair[0])
}

// has reports whether the joint contains a part.
func (t *joint) has(p *part) bool {
	if t.part != nil {
		return t.part == p
	}
	return t.left.has(p) || t.right.has(p)
}

// makes reports whether an outer join in the joint may replace rows of the part by NULLs.
func (t *joint) makes(p *part) bool {
	if t.part != nil || !t.has(p) {
		return false
	}
	side, other := t.left, "right"
	if t.right.has(p) {
		side, other = t.right, "left"
	}
	return t.kind == "full" || t.kind == other || side.makes(p)
}

// visible returns the parts whose columns can be named outside of the joint.
func (t *joint) visible() []*part {
	switch {
	case t.part != nil:
		return []*part{t.part}
	case t.kind == "semi" || t.kind == "anti":
		return t.left.visible()
	}
	return append(append([]*part{}, t.left.visible()...), t.right.visible()...)
}

// makeNullable sets nullable of each part. made means that an outer join may replace rows
// of the whole joint by NULLs.
func (t *joint) makeNullable(made bool) {
	if t.part != nil {
		t.part.nullable = made
		return
	}
	t.left.makeNullable(made || t.kind == "right" || t.kind == "full")
	t.right.makeNullable(made || t.kind == "left" || t.kind == "full")
}
