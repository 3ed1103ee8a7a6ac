// Finds the columns that the SQL needs: those that it names, unless a part of it refers to
// columns without naming them.

package engine

import (
	"reflect"
	"slices"
	"strings"
)

// Needs are the names, in lower case, of all columns that a statement could refer to;
// nil means all columns. A name that is missing here does not occur in the SQL, so
// leaving such a column out changes nothing.
type Needs map[string]bool

// Has reports whether a column is needed.
func (n Needs) Has(name string) bool { return n == nil || n[strings.ToLower(name)] }

// transparent are the parts of a statement that refer to the columns that they name and
// to no others. Any other part (a star, SUMMARIZE, PIVOT, a table function, and
// additions of later versions) may refer to any column.
var transparent = map[string]bool{
	"SELECT_NODE": true, "SET_OPERATION_NODE": true,
	"BASE_TABLE": true, "JOIN": true, "SUBQUERY": true, "EMPTY": true,
	"ORDER_MODIFIER": true, "LIMIT_MODIFIER": true, "DISTINCT_MODIFIER": true,
	"ORDER_DEFAULT": true, "ASCENDING": true, "DESCENDING": true,
	"COLUMN_REF": true, "CONSTANT": true, "FUNCTION": true, "COMPARISON": true, "CONJUNCTION": true, "OPERATOR": true,
	"DECIMAL_TYPE_INFO": true, "LIST_TYPE_INFO": true,
	"CAST": true, "CASE": true, "BETWEEN": true, "WINDOW": true, "LAMBDA": true, "COLLATE": true,
}

// NeedsOf finds the needs of a statement.
func NeedsOf(statement Node) Needs {
	f := finder{named: Needs{}, tables: map[string]bool{}, listed: map[uintptr]bool{}}
	f.walk(statement)
	// A table's name in the place of a column means its whole row.
	if f.all || slices.ContainsFunc(f.last, func(name string) bool { return f.tables[name] }) {
		return nil
	}
	return f.named
}

type finder struct {
	named  Needs
	tables map[string]bool  // and their aliases
	last   []string         // the last parts of columns' names, without qualifiers
	listed map[uintptr]bool // stars that stand for the list: those of ORDER BY ALL
	all    bool
}

func (f *finder) walk(node any) {
	switch node := node.(type) {
	case []any:
		for _, child := range node {
			f.walk(child)
		}
	case string:
		name := strings.ToLower(node)
		f.named[name] = true
		// id_2 may be a source's second id, or its only one together with the source
		// column.
		if base := strings.TrimRight(name, "0123456789"); strings.HasSuffix(base, "_") {
			f.named[strings.TrimSuffix(base, "_")] = true
		}
	case map[string]any:
		f.part(node)
		for _, child := range node {
			f.walk(child)
		}
	}
}

// part inspects a part of the statement.
func (f *finder) part(node map[string]any) {
	kind, is := node["class"].(string)
	if !is {
		kind, is = node["type"].(string)
	}
	if !is {
		return // a list or a value
	}
	if !transparent[kind] && !f.listed[reflect.ValueOf(node).Pointer()] {
		f.all = true
	}
	if renamed, ok := node["column_name_alias"].([]any); ok && len(renamed) > 0 { // by position
		f.all = true
	}
	switch kind {
	case "ORDER_MODIFIER":
		orders, _ := node["orders"].([]any)
		for _, o := range orders {
			o, _ := o.(map[string]any)
			if by, _ := o["expression"].(map[string]any); isWholeStar(by) {
				f.listed[reflect.ValueOf(by).Pointer()] = true
			}
		}
	case "BASE_TABLE", "SUBQUERY":
		for _, key := range []string{"alias", "table_name"} {
			if name, ok := node[key].(string); ok {
				f.tables[strings.ToLower(name)] = true
			}
		}
	case "JOIN":
		if how := node["ref_type"]; how != "REGULAR" && how != "CROSS" { // NATURAL, …
			f.all = true
		}
	case "COLUMN_REF":
		if names, ok := node["column_names"].([]any); ok && len(names) > 0 {
			if name, ok := names[len(names)-1].(string); ok {
				f.last = append(f.last, strings.ToLower(name))
			}
		}
	}
}

// isWholeStar reports whether a node is a star of all tables without any change.
func isWholeStar(n map[string]any) bool {
	if n["class"] != "STAR" || n["expr"] != nil || n["relation_name"] != "" {
		return false
	}
	for _, key := range []string{"exclude_list", "replace_list", "rename_list", "qualified_exclude_list"} {
		if list, _ := n[key].([]any); len(list) > 0 {
			return false
		}
	}
	return true
}
