// The rows of a join: some sources join their own tables, and fanql joins the tables of the
// others.

package federate

import (
	"errors"
	"slices"

	"github.com/fanql/fanql/query/dialect"
	"github.com/fanql/fanql/sources/duckdb/engine"
)

// errPairs is the reason why fanql joins a source's tables although the source could do it.
var errPairs = errors.New("it would give every pair of their rows")

// joinedRows fetches the rows of a join from the selected members. request returns the
// statement for a member, and the reasons why it does not do more.
func (p *Plan) joinedRows(u *use, in []bool, request func(member int) (dialect.Select, []string)) (*table, error) {
	r := u.reference.relation
	t := p.newTable(r)
	var fragments []*Fragment
	var not []unable
	for i, m := range r.members {
		if !in[i] {
			continue
		}
		err := m.cannot
		if err == nil && !r.joined.isJoined(u, i) {
			err = errPairs
		}
		f := &Fragment{Source: m.source, table: t, Pushed: true}
		if err == nil {
			var s dialect.Select
			s, f.Why = request(i)
			f.SQL, f.columns, err = p.fragmentSQL(t, i, s)
		}
		if err != nil {
			not = append(not, unable{i, err})
			continue
		}
		fragments = append(fragments, f)
	}
	if len(not) > 0 {
		here, err := r.joined.made(not)
		if err != nil {
			return nil, err
		}
		t.here = append(t.here, here)
	}
	p.addTable(t)
	p.fragments = append(p.fragments, fragments...)
	return t, nil
}

// isJoined reports whether equalities connect all parts of a member. Otherwise its join
// would be a cross product, with more rows than its tables.
func (j *joined) isJoined(u *use, member int) bool {
	m := j.relation.members[member]
	places := map[*part]int{}
	for _, p := range j.root.visible() {
		if m.has[p] {
			places[p] = len(places)
		}
	}
	var pairs [][2]int
	for _, pair := range j.equal(u, member) {
		a, inA := places[pair[0]]
		b, inB := places[pair[1]]
		if inA && inB {
			pairs = append(pairs, [2]int{a, b})
		}
	}
	return connected(len(places), pairs)
}

// equal returns the pairs of parts that an equality connects in a member's join.
func (j *joined) equal(u *use, member int) (all [][2]*part) {
	pair := func(c engine.Node, of func(engine.Node) *part) {
		if text(c, "type") != "COMPARE_EQUAL" {
			return
		}
		if a, b := of(child(c, "left")), of(child(c, "right")); a != nil && b != nil {
			all = append(all, [2]*part{a, b})
		}
	}
	var each func(t *joint)
	each = func(t *joint) {
		if t.part != nil {
			return
		}
		for _, c := range t.on {
			pair(c, func(n engine.Node) *part {
				if p, at := j.qualified(j.onlyColumn(n)); at != sourceColumn {
					return p
				}
				return nil
			})
		}
		each(t.left)
		each(t.right)
	}
	each(j.root)
	product := j.plan.product(j.relation.members[member].source)
	for _, c := range u.conditions {
		if slices.ContainsFunc(u.required, func(r engine.Node) bool { return identity(r) == identity(c) }) {
			continue // it depends on more than columns of the parts
		}
		if _, err := j.plan.condition(u, c, member, product); err != nil {
			continue
		}
		pair(c, func(n engine.Node) *part {
			n = j.onlyColumn(n)
			if n == nil {
				return nil
			}
			if _, at := j.plan.resolve(u.block, n); at >= 0 && at < len(j.columns) && j.columns[at].at != sourceColumn {
				return j.columns[at].part
			}
			return nil
		})
	}
	return all
}

// onlyColumn returns the column in an expression, or nil unless it has exactly one.
func (j *joined) onlyColumn(e engine.Node) (only engine.Node) {
	count := 0
	each(e, func(n engine.Node) bool {
		if isColumn(n) {
			only = n
			count++
		}
		return true
	})
	if count != 1 {
		return nil
	}
	return only
}

// made fetches the rows of the parts from the members that do not join them, and returns
// the statement by which fanql joins them.
func (j *joined) made(not []unable) (string, error) {
	p := j.plan
	views := make([]*table, len(j.parts))
	for i, part := range j.parts {
		views[i] = p.rowsTable(part.reference.relation)
		for _, n := range not {
			source := j.relation.members[n.member].source
			at := part.at(source)
			if at < 0 {
				continue
			}
			var s dialect.Select
			var why []string
			s.Where, why = p.where(part.use, at, p.product(source))
			if err := p.fetchOrAll(views[i], at, s, append([]string{"its tables are joined here: " + reason(n.why)}, why...)); err != nil {
				return "", err
			}
		}
	}
	tree, err := p.selectOne()
	if err != nil {
		return "", err
	}
	from := clone(j.node).(engine.Node)
	readParts(from, &views)
	source := j.root.source
	if !j.root.certain {
		source = j.anySource()
	}
	list := []engine.Node{clone(source).(engine.Node)}
	for _, c := range j.columns {
		name := p.o.SourceColumn
		if c.at != sourceColumn {
			name = c.part.reference.relation.columns[c.at].name
		}
		list = append(list, columnNode(c.part.alias, name))
	}
	var where any
	for _, c := range j.where {
		if where == nil {
			where = clone(c)
			continue
		}
		where = engine.Node{"class": "CONJUNCTION", "type": "CONJUNCTION_AND", "alias": "", "query_location": noPlace, "children": []any{where, clone(c)}}
	}
	node := child(tree.Statements[0], "node")
	node["select_list"], node["from_table"], node["where_clause"] = numbered(list), from, where
	p.requalify(tree)
	return p.db.Print(tree)
}

// anySource returns the expression for the source of a row in which any of the parts may be
// NULL.
func (j *joined) anySource() engine.Node {
	var all []any
	for _, p := range j.root.visible() {
		all = append(all, columnNode(p.alias, j.plan.o.SourceColumn))
	}
	return engine.Node{"class": "OPERATOR", "type": "OPERATOR_COALESCE", "alias": "", "query_location": noPlace, "children": all}
}

// readParts makes the tables in a FROM read these tables, in their order.
func readParts(n engine.Node, views *[]*table) {
	if text(n, "type") == "JOIN" {
		readParts(child(n, "left"), views)
		readParts(child(n, "right"), views)
		return
	}
	(*views)[0].readBy(n)
	*views = (*views)[1:]
}
