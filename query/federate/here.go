// If some sources cannot do a part of the work, fanql does that part on their rows. The
// other sources still do it.

package federate

import (
	"fmt"
	"strings"

	"github.com/fanql/fanql/query/dialect"
	"github.com/fanql/fanql/sources/duckdb/engine"
)

// unable is a member that cannot do what the others do, and the reason.
type unable struct {
	member int
	why    error
}

// rowsOf fetches the rows of the unable members into a separate table, with the conditions
// that each can evaluate.
func (p *Plan) rowsOf(u *use, unable []unable) (*table, error) {
	r := u.reference.relation
	in, whys := make([]bool, len(r.members)), make([]error, len(r.members))
	for _, not := range unable {
		in[not.member], whys[not.member] = true, not.why
	}
	request := func(member int) (s dialect.Select, why []string) {
		s.Where, why = p.where(u, member, p.product(r.members[member].source))
		return s, append([]string{"it gives rows, and the groups are made of them here: " + reason(whys[member])}, why...)
	}
	if r.joined != nil {
		return p.joinedRows(u, in, request)
	}
	t := p.rowsTable(r)
	for _, not := range unable {
		s, why := request(not.member)
		if err := p.fetchOrAll(t, not.member, s, why); err != nil {
			return nil, err
		}
		p.wait(u, not.member, s)
	}
	return t, nil
}

// Names in an internal text that nodes of the statement replace: see filled.
const (
	theArgument = "fanql argument"
	theFilter   = "fanql filter"
)

// madeHere maps a partial aggregate to the expression by which fanql computes it as a
// source would.
var madeHere = map[string]string{
	"count_star": "count(*){filter}", "count": "count({x}){filter}", "sum": "sum({x}){filter}", "min": "min({x}){filter}", "max": "max({x}){filter}",
	"mean": "avg({x}){filter}", "squares": "var_pop({x}){filter} * count({x}){filter}", "bool_and": "bool_and({x}){filter}", "bool_or": "bool_or({x}){filter}",
}

// made returns the statement by which fanql computes the groups from a table of rows.
func (g *grouping) made(rows *table) (string, error) {
	p := g.plan
	tree, err := p.selectOne()
	if err != nil {
		return "", err
	}
	node := child(tree.Statements[0], "node")
	source, err := p.expression("null::varchar")
	if err != nil {
		return "", err
	}
	list := []engine.Node{source}
	var groups, set []any
	for _, s := range g.sends {
		e, err := g.madePart(s)
		if err != nil {
			return "", err
		}
		list = append(list, e)
		if s.aggregate == "" {
			set = append(set, itoaNumber(len(groups)))
			groups = append(groups, named(clone(s.node).(engine.Node), engine.Node{}))
		}
	}
	from := clone(g.use.reference.node).(engine.Node)
	rows.readBy(from)
	node["select_list"], node["from_table"], node["where_clause"] = numbered(list), from, clone(allNodes(g.use.conditions))
	if len(groups) > 0 {
		node["group_expressions"], node["group_sets"] = groups, []any{set}
	}
	p.requalify(tree)
	return p.db.Print(tree)
}

// madePart returns a column of the groups that fanql computes.
func (g *grouping) madePart(s sent) (engine.Node, error) {
	sql, with := engine.Quote(theArgument), map[string]engine.Node{theArgument: s.node}
	if s.aggregate != "" {
		filter := ""
		if s.filter != nil {
			filter, with[theFilter] = " filter (where "+engine.Quote(theFilter)+")", s.filter
		}
		sql = strings.NewReplacer("{x}", sql, "{filter}", filter).Replace(madeHere[s.aggregate])
	}
	return g.plan.filled(fmt.Sprintf("cast(%s as %s)", sql, sqlOf(s.of)), with)
}
