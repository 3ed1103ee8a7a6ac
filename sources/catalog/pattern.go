// Patterns that choose tables by name, in the syntax of psql.

package catalog

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/fanql/fanql/sources/driver"
)

// A Pattern chooses tables by name: orders, ord*, sales.*, "odd.name". The zero value
// chooses all tables that can be named without a schema.
type Pattern struct {
	text   string
	schema []glyph // nil where none is given
	name   []glyph
	dotted bool
}

// A glyph is a character of a pattern, or one of the two wildcards.
type glyph struct {
	r    rune
	wild bool // * and ?, outside of quotes
}

// ParsePattern reads a pattern: * stands for any characters, ? for one, and a dot
// separates the schema from the table's name. In double quotes all characters stand for
// themselves, and "" is a quote. Case does not matter.
func ParsePattern(text string) (Pattern, error) {
	p := Pattern{text: text}
	var part []glyph
	in := false
	runes := []rune(text)
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		switch {
		case r == '"' && in && i+1 < len(runes) && runes[i+1] == '"':
			part = append(part, glyph{r: '"'})
			i++
		case r == '"':
			in = !in
		case in:
			part = append(part, glyph{r: r})
		case r == '.':
			if p.dotted {
				return p, fmt.Errorf("pattern %q has a dot too many: it is NAME or SCHEMA.NAME; put a name with a dot in it into double quotes", text)
			}
			if len(part) == 0 {
				return p, fmt.Errorf("pattern %q has no schema before its dot: write NAME or SCHEMA.NAME", text)
			}
			p.schema, part, p.dotted = part, nil, true
		default:
			part = append(part, glyph{r: r, wild: r == '*' || r == '?'})
		}
	}
	switch {
	case in:
		return p, fmt.Errorf("pattern %q ends inside double quotes: close them", text)
	case len(part) == 0 && text == "":
		return p, errors.New("the pattern is empty: give a name, or leave it out for all tables")
	case len(part) == 0:
		return p, fmt.Errorf("pattern %q names no table: write NAME or SCHEMA.NAME", text)
	}
	p.name = part
	return p, nil
}

// ParsePatterns reads several patterns.
func ParsePatterns(texts []string) (all []Pattern, err error) {
	for _, text := range texts {
		p, err := ParsePattern(text)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// Exactly returns the pattern that matches one name, with its schema unless that is
// empty.
func Exactly(schema, name string) Pattern {
	p := Pattern{text: quoted(name), name: plain(name), dotted: schema != ""}
	if p.dotted {
		p.text, p.schema = quoted(schema)+"."+quoted(name), plain(schema)
	}
	return p
}

func plain(text string) (all []glyph) {
	for _, r := range text {
		all = append(all, glyph{r: r})
	}
	return all
}

// String returns the pattern as it was written.
func (p Pattern) String() string { return p.text }

// Dotted reports whether the pattern has a schema.
func (p Pattern) Dotted() bool { return p.dotted }

// Whole reports whether the pattern has no wildcard, and so means one name.
func (p Pattern) Whole() bool { return whole(p.schema) && whole(p.name) }

func whole(part []glyph) bool {
	return !slices.ContainsFunc(part, func(g glyph) bool { return g.wild })
}

// Match reports whether the pattern chooses the table. A pattern without a schema
// chooses only tables that can be named without one.
func (p Pattern) Match(t Table) bool {
	if !p.dotted {
		return t.Visible && (p.name == nil || matches(p.name, t.Name))
	}
	return matches(p.schema, t.Schema) && matches(p.name, t.Name)
}

// Anything is the pattern of all tables of all schemas: *.*.
var Anything = Pattern{text: "*.*", schema: []glyph{{'*', true}}, name: []glyph{{'*', true}}, dotted: true}

// Is reports whether the pattern, which must be whole, spells the table exactly,
// including its case.
func (p Pattern) Is(t Table) bool {
	return spelled(p.name) == t.Name && (!p.dotted || spelled(p.schema) == t.Schema)
}

func spelled(part []glyph) string {
	var b strings.Builder
	for _, g := range part {
		b.WriteRune(g.r)
	}
	return b.String()
}

// matches reports whether a part of a pattern matches a name, regardless of case.
func matches(part []glyph, name string) bool {
	runes := []rune(name)
	at, from, next := 0, -1, 0 // the place in the part, and the place of its last *
	for i := 0; i < len(runes); {
		switch {
		case at < len(part) && part[at].wild && part[at].r == '*':
			from, next = at, i
			at++
		case at < len(part) && (part[at].wild || same(part[at].r, runes[i])):
			at, i = at+1, i+1
		case from >= 0:
			next++
			at, i = from+1, next
		default:
			return false
		}
	}
	for at < len(part) && part[at].wild && part[at].r == '*' {
		at++
	}
	return at == len(part)
}

func same(a, b rune) bool {
	return a == b || unicode.ToLower(unicode.ToUpper(a)) == unicode.ToLower(unicode.ToUpper(b))
}

// like returns the pattern for the SQL: it matches everything that the pattern matches,
// and perhaps more.
func (p Pattern) like() driver.CatalogName {
	n := driver.CatalogName{Name: "%", Whole: p.Whole(), Named: whole(p.schema)}
	if p.name != nil {
		n.Name = like(p.name)
	}
	if p.dotted {
		n.Schema = like(p.schema)
	}
	return n
}

func like(part []glyph) string {
	var b strings.Builder
	for _, g := range part {
		r := unicode.ToLower(g.r)
		switch {
		case g.wild && g.r == '*', r >= unicode.MaxASCII: // which servers may spell in different ways
			b.WriteByte('%')
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			b.WriteRune(r)
		default:
			b.WriteByte('_')
		}
	}
	return b.String()
}

// quoted returns a name in the form of a pattern, in double quotes where necessary.
func quoted(name string) string {
	if name != "" && !strings.ContainsAny(name, `."*?`) {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}
