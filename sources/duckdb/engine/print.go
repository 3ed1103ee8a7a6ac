// Trees as text.

package engine

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// Print writes the statement of a tree as text with the same meaning, and does not
// change the tree. Constants keep their types, by casts where a literal would have
// another type. A column without an alias may get another name: [Conn.Columns] returns
// those of the parsed text. The error is an [Error] if DuckDB does not accept the tree.
func (c *Conn) Print(t *Tree) (string, error) {
	if len(t.Statements) != 1 {
		return "", fmt.Errorf("a text is printed of one statement, and the tree has %d", len(t.Statements))
	}
	text, err := json.Marshal(map[string]any{"error": false, "statements": []any{printable(t.Statements[0])}})
	if err != nil {
		return "", err
	}
	return c.Value("select json_deserialize_sql(" + Literal(string(text)) + "::json)")
}

// printable returns a copy of a node in which casts replace the constants that DuckDB
// would print as literals of other types.
func printable(node any) any {
	switch node := node.(type) {
	case []any:
		list := make([]any, len(node))
		for i, child := range node {
			list[i] = printable(child)
		}
		return list
	case Node:
		if n, ok := exact(node); ok {
			return n
		}
		n := make(Node, len(node))
		for key, child := range node {
			if isJoin(node) && node["ref_type"] != "CROSS" {
				child = conditional(child)
			}
			n[key] = printable(child)
		}
		return n
	}
	return node
}

func isJoin(n Node) bool { return n["type"] == "JOIN" && n["ref_type"] != nil }

// conditional returns a cross join as an inner join with a condition, and other nodes
// unchanged. DuckDB prints no parentheses, and the comma of a cross join binds more weakly
// than another join next to it.
func conditional(side any) any {
	join, ok := side.(Node)
	if !ok || !isJoin(join) || join["ref_type"] != "CROSS" {
		return side
	}
	inner := make(Node, len(join))
	for key, child := range join {
		inner[key] = child
	}
	inner["ref_type"], inner["join_type"] = "REGULAR", "INNER"
	inner["condition"] = Node{
		"class": "CONSTANT", "type": "VALUE_CONSTANT", "alias": "", "query_location": join["query_location"],
		"value": Node{"type": Node{"id": "BOOLEAN", "type_info": nil}, "is_null": false, "value": true},
	}
	return inner
}

// Printable reports whether the joins of a tree can be printed: NATURAL and POSITIONAL have no
// condition by which a join on their right would be recognized as nested.
func Printable(t *Tree) (is bool) {
	is = true
	t.Walk(func(n Node) {
		if right, _ := n["right"].(Node); isJoin(n) && isJoin(right) && (n["ref_type"] == "NATURAL" || n["ref_type"] == "POSITIONAL") {
			is = false
		}
	})
	return is
}

// exact returns the cast for such a constant: DuckDB prints 1e3 as 1000.0, which is a
// DECIMAL, 5. as 5, an INTEGER, 1e400 not at all, and integers without their types.
func exact(node Node) (cast Node, ok bool) {
	if node["class"] != "CONSTANT" {
		return nil, false
	}
	value, _ := node["value"].(Node)
	kind, _ := value["type"].(Node)
	number, ok := value["value"].(json.Number)
	if !ok {
		return nil, false
	}
	text := number.String()
	switch id := kind["id"]; id {
	case "DOUBLE", "FLOAT":
		v, _ := strconv.ParseFloat(text, 64) // beyond its range it returns an infinity
		text = strconv.FormatFloat(v, 'g', -1, 64)
		if math.IsInf(v, 0) {
			text = map[bool]string{true: "inf", false: "-inf"}[v > 0]
		}
	case "DECIMAL":
		info, _ := kind["type_info"].(Node)
		if info["scale"] != json.Number("0") {
			return nil, false
		}
	case "INTEGER", "BIGINT", "TINYINT", "SMALLINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT":
		natural := "BIGINT"
		switch v, err := strconv.ParseInt(text, 10, 64); {
		case err != nil:
			natural = "HUGEINT"
		case v >= math.MinInt32 && v <= math.MaxInt32:
			natural = "INTEGER"
		}
		if id == natural {
			return nil, false
		}
	default:
		return nil, false
	}
	return Node{
		"class": "CAST", "type": "OPERATOR_CAST", "alias": node["alias"], "query_location": node["query_location"],
		"cast_type": kind, "try_cast": false,
		"child": Node{
			"class": "CONSTANT", "type": "VALUE_CONSTANT", "alias": "", "query_location": node["query_location"],
			"value": Node{"type": Node{"id": "VARCHAR", "type_info": nil}, "is_null": false, "value": text},
		},
	}, true
}
