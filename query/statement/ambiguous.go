// Ambiguous texts: they mean different things in different dialects, without an error in
// any of them.

package statement

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fanql/fanql/sources/driver"
)

// Ambiguous finds texts that several sources get, and that mean one thing to some of them
// and another to others, without an error. An example is "region", a column in PostgreSQL
// and a string in MySQL. It leaves texts that a dialect cannot read to [Query.Bind]. It
// does not detect differences that depend on the values of a column. Each error is an
// [*Error] that names the sources and suggests what to write instead.
//
// Servers are assumed to be in their usual modes.
func (q Query) Ambiguous(sources map[string]*driver.Dialect) []Finding {
	var texts []source
	keys := map[source]string{}
	readers := map[source]map[*driver.Dialect][]string{} // by text and dialect: the names of the sources
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		d := sources[name]
		key, text, err := q.variant(name, d)
		if err != nil || d == nil {
			continue
		}
		if readers[text] == nil {
			readers[text] = map[*driver.Dialect][]string{}
			texts, keys[text] = append(texts, text), key
		}
		readers[text][d] = append(readers[text][d], name)
	}
	var found []Finding
	for _, text := range texts {
		part := DefaultText
		if keys[text] != "" {
			part = VariantText
		}
		for _, e := range text.ambiguous(readers[text]) {
			found = append(found, Finding{Err: e, Part: part, Name: keys[text]})
		}
	}
	return found
}

// A comparison is a text as several dialects read it.
type comparison struct {
	source
	by    map[string]*parsed  // by the dialect's name
	names map[string][]string // likewise: the names of the sources
	found []*Error
	said  map[string]bool
}

// ambiguous compares how the dialects read the text.
func (s source) ambiguous(readers map[*driver.Dialect][]string) []*Error {
	c := &comparison{source: s, by: map[string]*parsed{}, names: map[string][]string{}, said: map[string]bool{}}
	for d, names := range readers {
		t, err := read(s, d, driver.Modes{})
		if err != nil || t.reads() != nil {
			continue
		}
		c.by[d.Name], c.names[d.Name] = t, names
	}
	if len(c.by) < 2 {
		return nil
	}
	for _, find := range ambiguities {
		find(c)
	}
	slices.SortStableFunc(c.found, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return c.found
}

// A meaning is how some dialects read a text.
type meaning struct {
	dialects []string
	what     string
}

// differ reports a place with several meanings, unless all dialects that get the text share
// one meaning. It reports each kind once for a text.
func (c *comparison) differ(kind string, offset int, what, cure string, meanings ...meaning) {
	if c.said[kind] {
		return
	}
	var parts []string
	for _, m := range meanings {
		var of []string
		for _, d := range m.dialects {
			if c.by[d] != nil {
				of = append(of, fmt.Sprintf("%s (%s)", d, some(c.names[d])))
			}
		}
		if len(of) > 0 {
			parts = append(parts, m.what+" to "+strings.Join(of, " and "))
		}
	}
	if len(parts) < 2 {
		return
	}
	c.said[kind] = true
	c.found = append(c.found, c.placed(offset, fmt.Sprintf("%s is %s: %s", what, strings.Join(parts, ", and "), cure)))
}

// short returns a piece of the text, shortened if it is long.
func (c *comparison) short(start, end int) string {
	text := strings.Join(strings.Fields(c.text[start:end]), " ")
	if r := []rune(text); len(r) > 40 {
		return string(r[:39]) + "…"
	}
	return text
}

// inClause returns the keyword of the clause that token i is in, on the token's own level
// of parentheses. It is empty if there is no such clause.
func (t *parsed) inClause(i int) string {
	for n := i - 1; n >= 0; n-- {
		if t.tokens[n].opener != t.tokens[i].opener {
			continue
		}
		switch word := t.keyword(n); word {
		case "SELECT", "FROM", "JOIN", "WHERE", "GROUP", "ORDER", "HAVING", "ON", "USING", "WITH", "VALUES", "LIMIT":
			return word
		}
	}
	return ""
}

// endsItem reports whether an item of a select list ends before token i. The token before
// it may then be an alias.
func (t *parsed) endsItem(i int) bool {
	return i >= len(t.tokens) || t.symbol(i) == "," || t.keyword(i) == "FROM"
}

// operandEnd reports whether a value ends with token i, so that a name after it is an
// alias.
func (t *parsed) operandEnd(i int) bool {
	if i < 0 {
		return false
	}
	switch t.tokens[i].kind {
	case word:
		return t.tokens[i].label || !opens[t.word(i)]
	case symbol:
		return t.symbol(i) == ")" || t.symbol(i) == "]"
	}
	return true
}

// opens are the keywords after which a value begins.
var opens = map[string]bool{
	"SELECT": true, "DISTINCT": true, "ALL": true, "WHERE": true, "AND": true, "OR": true, "NOT": true, "XOR": true,
	"ON": true, "BY": true, "HAVING": true, "WHEN": true, "THEN": true, "ELSE": true, "CASE": true, "IN": true,
	"LIKE": true, "ILIKE": true, "RLIKE": true, "REGEXP": true, "GLOB": true, "ESCAPE": true, "BETWEEN": true, "IS": true,
	"LIMIT": true, "OFFSET": true, "DIV": true, "MOD": true, "ANY": true, "SOME": true, "BINARY": true, "SEPARATOR": true,
}
