// The names of a result's columns, as far as they follow from the text alone.

package statement

import (
	"slices"
	"strings"

	"github.com/fanql/fanql/sources/driver"
)

// ResultColumns returns the names that a query gives the columns of its result, in their
// order. They are the names in its first SELECT; expressions without an alias are left out.
// For a star, it calls of with the name of the one table after FROM, and adds the columns
// that of returns; of may be nil. The names are for suggestions: nothing is checked, and a
// text that cannot be read gives none.
func ResultColumns(text string, d *driver.Dialect, of func(table string) []string) []string {
	t, err := read(source{text: text}, d, driver.Modes{})
	if err != nil {
		return nil
	}
	at := 0
	for t.symbol(at) == "(" {
		at++
	}
	if t.keyword(at) == "WITH" {
		at = t.afterBodies(at)
	}
	for t.symbol(at) == "(" {
		at++
	}
	if t.keyword(at) != "SELECT" {
		return nil
	}
	return t.listed(at, of)
}

// afterBodies returns the token where the main statement of the WITH at token i begins: the
// first verb that is in no body.
func (t *parsed) afterBodies(i int) int {
	for n := i + 1; n < len(t.tokens); n++ {
		verb := t.keyword(n)
		if t.tokens[n].opener == t.tokens[i].opener && t.queryVerb(verb) && verb != "WITH" {
			return n
		}
	}
	return len(t.tokens)
}

// listed returns the names of the items in the list of the SELECT at token i.
func (t *parsed) listed(i int, of func(table string) []string) (names []string) {
	opener := t.tokens[i].opener
	for i++; t.keyword(i) == "DISTINCT" || t.keyword(i) == "ALL" || t.keyword(i) == "ON"; i++ {
		if t.symbol(i+1) == "(" && t.keyword(i) == "ON" {
			i = t.past(i+1) - 1
		}
	}
	begin := i
	for ; ; i++ {
		end := i >= len(t.tokens) || opener >= 0 && i == t.match[opener]
		if !end && t.tokens[i].opener != opener {
			continue
		}
		end = end || t.endsList(i)
		if !end && t.symbol(i) != "," {
			continue
		}
		switch name := t.itemName(begin, i); {
		case name == "*" && of != nil:
			names = append(names, of(t.onlyTable(i))...)
		case name != "" && name != "*":
			names = append(names, name)
		}
		if begin = i + 1; end {
			return names
		}
	}
}

// endsList reports whether token i is a keyword that ends a select list.
func (t *parsed) endsList(i int) bool {
	return slices.Contains([]string{"FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "UNION", "INTERSECT", "EXCEPT", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR"}, t.keyword(i))
}

// itemName returns the name of the item between two tokens. It returns an empty string if
// the text does not give the item a name.
func (t *parsed) itemName(begin, end int) string {
	if end <= begin {
		return ""
	}
	last := t.tokens[end-1]
	if t.symbol(end-1) == "*" && (end-1 == begin || t.symbol(end-2) == ".") {
		return "*"
	}
	if last.kind != word && last.kind != quoted || end-begin > 1 && !t.namesItem(end-1) {
		return ""
	}
	name := t.text(last)
	if last.kind == quoted {
		mark := name[len(name)-1:]
		name = strings.ReplaceAll(name[1:len(name)-1], mark+mark, mark)
	}
	return name
}

// namesItem reports whether token i, the last of an item with several tokens, is the item's
// name. It is after a dot, after AS, and after the end of an expression.
func (t *parsed) namesItem(i int) bool {
	if t.tokens[i].kind == word && (t.keyword(i) == "END" || t.keyword(i) == "NULL" || t.keyword(i) == "TRUE" || t.keyword(i) == "FALSE") {
		return false
	}
	before := t.tokens[i-1]
	switch before.kind {
	case symbol:
		return t.symbol(i-1) == "." || t.symbol(i-1) == ")" || t.symbol(i-1) == "]"
	case word:
		if t.tokens[i].label {
			return true
		}
		return !slices.Contains([]string{"AND", "OR", "NOT", "IS", "LIKE", "IN", "BETWEEN", "CASE", "WHEN", "THEN", "ELSE", "DIV", "MOD", "COLLATE"}, t.keyword(i-1))
	}
	return true
}

// onlyTable returns the name of the table after the FROM of the select list that token i is
// in. It returns an empty string if there are several tables, or if the table has a schema.
func (t *parsed) onlyTable(i int) string {
	if i >= len(t.tokens) {
		return ""
	}
	for opener := t.tokens[i].opener; t.keyword(i) != "FROM" || t.tokens[i].opener != opener; i++ {
		if i+1 >= len(t.tokens) {
			return ""
		}
	}
	if i+1 >= len(t.tokens) {
		return ""
	}
	switch t.symbol(i + 2) {
	case ".", ",", "(":
		return ""
	}
	for n := i + 2; n < len(t.tokens); n++ {
		if t.tokens[n].opener == t.tokens[i].opener && t.keyword(n) == "JOIN" {
			return ""
		}
	}
	return t.itemName(i+1, i+2)
}
