// Nodes of DuckDB's trees: reading, comparing, creating and changing them.

package federate

import (
	"encoding/json"
	"reflect"
	"strings"

	"github.com/fanql/fanql/sources/duckdb/engine"
)

// text returns the text under a key, or an empty text.
func text(n engine.Node, key string) string { s, _ := n[key].(string); return s }

// child returns the node under a key, or nil.
func child(n engine.Node, key string) engine.Node { c, _ := n[key].(engine.Node); return c }

// children returns the nodes of the list under a key.
func children(n engine.Node, key string) (all []engine.Node) {
	list, _ := n[key].([]any)
	for _, c := range list {
		if c, ok := c.(engine.Node); ok {
			all = append(all, c)
		}
	}
	return all
}

// identity returns the identity of a node, which differs even between nodes with equal
// content.
func identity(n engine.Node) uintptr { return reflect.ValueOf(n).Pointer() }

// isColumn reports whether a node names a column.
func isColumn(n engine.Node) bool { return text(n, "class") == "COLUMN_REF" }

// names returns the qualifiers and the name of a column, in this order.
func names(n engine.Node) (all []string) {
	list, _ := n["column_names"].([]any)
	for _, name := range list {
		name, _ := name.(string)
		all = append(all, name)
	}
	return all
}

// each calls visit for a node and all nodes below it. If visit returns false, the nodes
// below are skipped.
func each(node any, visit func(engine.Node) (deeper bool)) {
	switch node := node.(type) {
	case []any:
		for _, c := range node {
			each(c, visit)
		}
	case engine.Node:
		if !visit(node) {
			return
		}
		for _, c := range node {
			each(c, visit)
		}
	}
}

// has reports whether is returns true for a node or one below it.
func has(node any, is func(engine.Node) bool) (found bool) {
	each(node, func(n engine.Node) bool {
		found = found || is(n)
		return !found
	})
	return found
}

// conjuncts splits a condition at AND. It returns nothing for nil.
func conjuncts(n engine.Node) (all []engine.Node) {
	switch {
	case n == nil:
		return nil
	case text(n, "type") != "CONJUNCTION_AND":
		return []engine.Node{n}
	}
	for _, c := range children(n, "children") {
		all = append(all, conjuncts(c)...)
	}
	return all
}

// form returns a text of a node by which nodes are compared. It has no positions, aliases
// and qualifiers, and names of columns in lower case.
func form(n any) string {
	text, _ := json.Marshal(bare(n)) // no error: the node was parsed from JSON
	return string(text)
}

func bare(n any) any {
	switch n := n.(type) {
	case []any:
		list := make([]any, len(n))
		for i, c := range n {
			list[i] = bare(c)
		}
		return list
	case engine.Node:
		if isColumn(n) {
			all := names(n)
			return strings.ToLower(all[len(all)-1])
		}
		m := engine.Node{}
		for key, c := range n {
			if key != "query_location" && key != "alias" {
				m[key] = bare(c)
			}
		}
		return m
	}
	return n
}

// clone copies a node and all nodes below it.
func clone(n any) any {
	switch n := n.(type) {
	case []any:
		list := make([]any, len(n))
		for i, c := range n {
			list[i] = clone(c)
		}
		return list
	case engine.Node:
		m := make(engine.Node, len(n))
		for key, c := range n {
			m[key] = clone(c)
		}
		return m
	}
	return n
}

// columnNode returns a node that names a column.
func columnNode(parts ...string) engine.Node {
	list := make([]any, len(parts))
	for i, part := range parts {
		list[i] = part
	}
	return engine.Node{"class": "COLUMN_REF", "type": "COLUMN_REF", "alias": "", "query_location": noPlace, "column_names": list}
}

// noPlace is the position of nodes that the user did not write.
const noPlace = json.Number("18446744073709551615")

// expression parses an internal expression.
func (p *Plan) expression(sql string) (engine.Node, error) {
	tree, err := p.db.Parse("select " + sql)
	if err != nil {
		return nil, err
	}
	return children(child(tree.Statements[0], "node"), "select_list")[0], nil
}

// filled parses an internal expression, and replaces the columns with these names by
// nodes of the statement.
func (p *Plan) filled(sql string, with map[string]engine.Node) (engine.Node, error) {
	made, err := p.expression(sql)
	if err != nil {
		return nil, err
	}
	each(made, func(n engine.Node) bool {
		if !isColumn(n) || len(names(n)) != 1 || with[names(n)[0]] == nil {
			return true
		}
		become(n, clone(with[names(n)[0]]).(engine.Node))
		return false
	})
	return made, nil
}

// become replaces the content of a node by that of another.
func become(n, other engine.Node) {
	clear(n)
	for key, v := range other {
		n[key] = v
	}
}

// selecting prints a SELECT of expressions from a FROM, which is a node of the tree or nil.
// The expressions get the names c0, c1 and so on.
func (p *Plan) selecting(expressions []engine.Node, from engine.Node) (string, error) {
	tree, err := p.selectOne()
	if err != nil {
		return "", err
	}
	node := child(tree.Statements[0], "node")
	node["select_list"] = numbered(expressions)
	if from != nil {
		node["from_table"] = from
	}
	return p.db.Print(tree)
}

// selectOne returns the tree of a SELECT. The caller replaces its parts.
func (p *Plan) selectOne() (*engine.Tree, error) {
	if p.one == nil {
		tree, err := p.db.Parse("select 1")
		if err != nil {
			return nil, err
		}
		p.one = tree.Statements[0]
	}
	return &engine.Tree{Statements: []engine.Node{clone(p.one).(engine.Node)}}, nil
}

// numbered returns copies of expressions with the aliases c0, c1 and so on.
func numbered(expressions []engine.Node) (list []any) {
	for i, e := range expressions {
		named := make(engine.Node, len(e))
		for key, c := range e {
			named[key] = c
		}
		named["alias"] = "c" + itoa(i)
		list = append(list, named)
	}
	return list
}

func itoaNumber(n int) json.Number { return json.Number(itoa(n)) }
