// Statements as trees: parsed by DuckDB, and printed by it.

package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// A Tree is SQL as parsed by DuckDB: one node for each statement, in the form of its
// json_serialize_sql. It may be changed, and printed by [Conn.Print].
//
// Numbers are [json.Number]; those beyond the range of a double are 1e999 and -1e999.
// DuckDB's parser normalises: count(*) is the function count_star, operators are
// functions, LIKE is ~~.
type Tree struct{ Statements []Node }

// A Node is a part of a statement. The kind of an expression is under "class", the kind
// of other nodes under "type".
type Node = map[string]any

// Location returns where a node begins in the text, in bytes; ok is false for a node
// that the parser generated.
func Location(n Node) (at int, ok bool) {
	number, _ := n["query_location"].(json.Number)
	at, err := strconv.Atoi(number.String()) // 2^64-1 is not a place
	return at, err == nil
}

// Walk calls visit for every node of the tree, for a node before those below it, and in
// the order of the keys. Visit may change the node.
func (t *Tree) Walk(visit func(Node)) {
	for _, s := range t.Statements {
		walk(s, visit)
	}
}

func walk(node any, visit func(Node)) {
	switch node := node.(type) {
	case []any:
		for _, child := range node {
			walk(child, visit)
		}
	case Node:
		visit(node)
		for _, key := range slices.Sorted(maps.Keys(node)) {
			walk(node[key], visit)
		}
	}
}

// Parse parses statements that return rows: SELECT and the statements that DuckDB
// converts to one, such as WITH, VALUES, FROM, DESCRIBE and SUMMARIZE. It does not
// check whether tables and columns exist. The error is an [Error]: of [KindParser],
// with its place, for an error of syntax, and of [KindNotImplemented] for statements
// without a tree. A text without statements is a tree without any.
func (c *Conn) Parse(sql string) (*Tree, error) {
	if strings.ContainsRune(sql, 0) {
		return nil, errors.New("it holds a zero byte")
	}
	text, err := c.Value("select json_serialize_sql(" + Literal(sql) + ")::varchar")
	if err != nil {
		return nil, err
	}
	var parsed struct {
		Error      bool   `json:"error"`
		Type       string `json:"error_type"`
		Message    string `json:"error_message"`
		Position   string `json:"position"`
		Statements []Node `json:"statements"`
	}
	d := json.NewDecoder(strings.NewReader(finite(text)))
	d.UseNumber()
	if err := d.Decode(&parsed); err != nil {
		return nil, fmt.Errorf("DuckDB's tree: %w", err)
	}
	if parsed.Error {
		e := &Error{Kind: KindNotImplemented, Text: oneLine(parsed.Message)}
		if parsed.Type == "parser" {
			e.Kind = KindParser
			if at, err := strconv.Atoi(parsed.Position); err == nil {
				e.place(sql, at)
			}
		}
		return nil, e
	}
	return &Tree{parsed.Statements}, nil
}

// bare finds the words that DuckDB writes for numbers beyond the range of a double,
// such as 1e400: they are not JSON. It matches strings as well, so that their content
// is skipped.
var bare = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`"(?:[^"\\]|\\.)*"|Infinity|NaN`) })

// finite converts DuckDB's output to JSON. Few trees have such a number, and to match all
// strings of a tree takes as long as to decode it.
func finite(text string) string {
	if !strings.Contains(text, "Infinity") && !strings.Contains(text, "NaN") {
		return text
	}
	return bare().ReplaceAllStringFunc(text, func(s string) string {
		if s[0] == '"' {
			return s
		}
		return "1e999"
	})
}
