// Semi joins: EXISTS, NOT EXISTS and IN with a subquery are rewritten as semi and anti
// joins. Then a source can join its own tables, and the keys of few rows can be sent to the
// other side.

package federate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fanql/fanql/sources/duckdb/engine"
)

// semiJoins rewrites those subqueries in WHERE that are semi or anti joins by an equality,
// inner ones first. A subquery whose rows may be of another source is rewritten last, and
// only if FROM has one table. Otherwise it would keep sources from joining the other tables
// of FROM.
func (p *Plan) semiJoins() error {
	if !has(child(p.tree.Statements[0], "node"), func(n engine.Node) bool { return text(n, "class") == "SUBQUERY" }) {
		return nil
	}
	template, err := p.db.Parse("select 1 from a semi join b on true")
	if err != nil {
		return err
	}
	join := child(child(template.Statements[0], "node"), "from_table")
	known := map[uintptr]reference{}
	for _, r := range p.names {
		known[identity(r.node)] = r
	}
	var selects []engine.Node
	each(child(p.tree.Statements[0], "node"), func(n engine.Node) bool {
		if text(n, "type") == "SELECT_NODE" {
			selects = append(selects, n)
		}
		return true
	})
	for i := len(selects) - 1; i >= 0; i-- {
		n := selects[i]
		for _, inside := range []bool{true, false} {
			var rest []engine.Node
			all := conjuncts(child(n, "where_clause"))
			for _, c := range all {
				s := &semiJoin{plan: p, known: known, outer: n}
				on := s.read(c)
				if on == nil || s.inside != inside || !inside && len(s.around.uses) > 1 {
					rest = append(rest, c)
					continue
				}
				for _, u := range s.within.uses {
					u.reference.node["alias"] = s.alias(u)
				}
				made := clone(join).(engine.Node)
				made["join_type"], made["left"], made["right"], made["condition"] = s.kind, n["from_table"], s.from, allNodes(on)
				n["from_table"] = made
			}
			if len(rest) < len(all) {
				n["where_clause"] = allNodes(rest)
			}
		}
	}
	return nil
}

// allNodes returns the conjunction of conditions, or nil if there are none.
func allNodes(all []engine.Node) any {
	var whole any
	for _, c := range all {
		if whole == nil {
			whole = c
			continue
		}
		whole = engine.Node{"class": "CONJUNCTION", "type": "CONJUNCTION_AND", "alias": "", "query_location": noPlace, "children": []any{whole, c}}
	}
	return whole
}

// A semiJoin is a condition in WHERE that may be a semi or an anti join.
type semiJoin struct {
	plan  *Plan
	known map[uintptr]reference
	outer engine.Node // the SELECT around

	kind string      // SEMI or ANTI
	from engine.Node // the FROM of the subquery

	around, within *block // the tables of both SELECTs
	renamed        map[string]string
	linked         bool // an equality has columns of both SELECTs
	inside         bool // the joined rows are of the same source
}

// read returns the conditions of the join, or nil if the condition in WHERE is not such a
// join.
func (s *semiJoin) read(c engine.Node) []engine.Node {
	s.kind = "SEMI"
	if text(c, "type") == "OPERATOR_NOT" && len(children(c, "children")) == 1 {
		s.kind, c = "ANTI", children(c, "children")[0]
	}
	if text(c, "class") != "SUBQUERY" {
		return nil
	}
	inner := child(child(c, "subquery"), "node")
	kind := text(c, "subquery_type")
	if !s.isPlain(inner, kind != "ANY") || !s.scopes(inner) {
		return nil
	}
	all := conjuncts(child(inner, "where_clause"))
	switch kind {
	case "EXISTS":
	case "NOT_EXISTS":
		if s.kind == "ANTI" {
			return nil
		}
		s.kind = "ANTI"
	case "ANY": // NOT IN is no anti join: it is never true if one of the values is NULL
		selected := children(inner, "select_list")
		if s.kind == "ANTI" || text(c, "comparison_type") != "COMPARE_EQUAL" || child(c, "child") == nil || len(selected) != 1 {
			return nil
		}
		left := clone(child(c, "child")).(engine.Node)
		right := clone(selected[0]).(engine.Node)
		if !s.qualify(left, false) || !s.qualify(right, true) {
			return nil
		}
		left["alias"], right["alias"] = "", ""
		s.linked = s.linked || has(left, isColumn) && has(right, isColumn)
		return s.conditions(all, engine.Node{
			"class": "COMPARISON", "type": "COMPARE_EQUAL", "alias": "", "query_location": c["query_location"], "left": left, "right": right,
		})
	default:
		return nil
	}
	return s.conditions(all)
}

// conditions qualifies the conditions of the subquery and adds them to those in made. It
// returns nil if that is not possible, or if no equality links the two SELECTs.
func (s *semiJoin) conditions(all []engine.Node, made ...engine.Node) []engine.Node {
	s.inside = s.ofOneSource()
	for _, c := range all {
		c := clone(c).(engine.Node)
		sides, sources := map[bool]bool{}, 0
		if text(c, "type") == "COMPARE_EQUAL" {
			for _, key := range []string{"left", "right"} {
				of, at, is := s.sideOf(child(c, key))
				if is {
					sides[of] = true
				}
				if is && at == sourceColumn {
					sources++
				}
			}
		}
		s.linked = s.linked || len(sides) == 2
		s.inside = s.inside || len(sides) == 2 && sources == 2
		if !s.qualify(c, true) {
			return nil
		}
		made = append(made, c)
	}
	if !s.linked {
		return nil
	}
	return made
}

// ofOneSource reports whether all tables are of one source alone.
func (s *semiJoin) ofOneSource() bool {
	seen := map[int]bool{}
	for _, u := range slices.Concat(s.around.uses, s.within.uses) {
		for _, m := range u.reference.relation.members {
			seen[m.source] = true
		}
	}
	return len(seen) <= 1
}

// isPlain reports whether the rows of a subquery are the rows of its FROM that its WHERE
// keeps. For EXISTS, it is enough that the subquery has rows if there are such rows.
func (s *semiJoin) isPlain(n engine.Node, exists bool) bool {
	if text(n, "type") != "SELECT_NODE" || len(children(child(n, "cte_map"), "map")) > 0 || !s.plan.rowByRow(&block{node: n}) {
		return false
	}
	for _, m := range children(n, "modifiers") {
		switch text(m, "type") {
		case "ORDER_MODIFIER":
		case "DISTINCT_MODIFIER":
			if len(list(m, "distinct_on_targets")) > 0 {
				return false
			}
		case "LIMIT_MODIFIER":
			if most, ok := integer(child(m, "limit")); !exists || !ok || most < 1 || m["offset"] != nil {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// scopes finds the tables of the outer and the inner SELECT. It returns false if some of
// them are not known, or if their names would clash in the join.
func (s *semiJoin) scopes(inner engine.Node) bool {
	s.from = child(inner, "from_table")
	s.around, s.within = &block{merged: map[string]bool{}}, &block{merged: map[string]bool{}}
	s.around.from(child(s.outer, "from_table"), s.known, true)
	s.within.from(s.from, s.known, true)
	s.renamed = map[string]string{}
	if s.around.closed || s.within.closed || len(s.around.uses) == 0 || len(s.within.uses) == 0 || s.outer["sample"] != nil {
		return false
	}
	taken := map[string]bool{}
	for _, u := range s.around.uses {
		low := strings.ToLower(u.alias)
		if !u.plain || taken[low] {
			return false
		}
		taken[low] = true
	}
	for _, u := range s.within.uses {
		low := strings.ToLower(u.alias)
		if !u.plain || s.renamed[low] != "" {
			return false
		}
		s.renamed[low] = u.alias
		if taken[low] {
			if len(s.within.uses) > 1 {
				return false // the conditions of its joins have the name, too
			}
			s.plan.semi++
			s.renamed[low] = fmt.Sprintf("fanql semi %d", s.plan.semi)
		}
	}
	return len(s.within.uses) == 1 || !has(s.from, func(n engine.Node) bool { return s.isOutside(n) })
}

// isOutside reports whether a node in the FROM of a subquery may refer to the outer SELECT.
func (s *semiJoin) isOutside(n engine.Node) bool {
	if text(n, "class") == "SUBQUERY" {
		return true
	}
	if !isColumn(n) {
		return false
	}
	u, _ := s.plan.resolve(s.within, n)
	return u == nil
}

// alias returns the alias of a table of the subquery in the join.
func (s *semiJoin) alias(u *use) string { return s.renamed[strings.ToLower(u.alias)] }

// find returns the table and the column that a name refers to. If within is set, the tables
// of the subquery take precedence. inside reports whether the table is one of these.
func (s *semiJoin) find(n engine.Node, within bool) (u *use, at int, inside bool) {
	if within {
		if u, at := s.plan.resolve(s.within, n); u != nil {
			return u, at, true
		}
		parts := names(n)
		for _, u := range s.within.uses { // it is not certain which column is meant
			_, is := s.plan.columnOf(u.reference.relation, parts[len(parts)-1])
			if is && (len(parts) == 1 || u.called(parts[:len(parts)-1])) {
				return nil, 0, false
			}
			if len(parts) > 1 && strings.EqualFold(parts[0], u.alias) {
				return nil, 0, false
			}
		}
	}
	u, at = s.plan.resolve(s.around, n)
	return u, at, false
}

// sideOf reports whether a column belongs to the subquery's tables, and returns its index.
// ok is false for any other expression.
func (s *semiJoin) sideOf(n engine.Node) (inside bool, at int, ok bool) {
	if !isColumn(n) {
		return false, 0, false
	}
	u, at, inside := s.find(n, true)
	return inside, at, u != nil
}

// qualify qualifies the columns in an expression. It returns false if the expression has
// something whose meaning is not certain.
func (s *semiJoin) qualify(e engine.Node, within bool) bool {
	good := true
	each(e, func(n engine.Node) bool {
		switch class := text(n, "class"); {
		case class == "SUBQUERY", class == "STAR", class == "WINDOW", class == "LAMBDA", class == "POSITIONAL_REFERENCE",
			isAggregation(n):
			good = false
		case isColumn(n):
			u, _, inside := s.find(n, within)
			if u == nil {
				good = false
				return false
			}
			alias, parts := u.alias, names(n)
			if inside {
				alias = s.alias(u)
			}
			n["column_names"] = []any{alias, parts[len(parts)-1]}
		}
		return good
	})
	return good
}
