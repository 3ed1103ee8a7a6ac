// Patterns of LIKE.

package dialect

import "strings"

// anyText and anyOne stand for % and _ in a pattern. They are not valid characters.
const (
	anyText rune = -1
	anyOne  rune = -2
)

// pattern prints the pattern of LIKE with an explicit escape. DuckDB has no escape by
// default. The default of servers is the backslash, depending on their modes. For SQLite it
// prints the pattern of GLOB, since SQLite's LIKE ignores case.
func (p *printer) pattern(e *Call, c *Constant) string {
	escape := rune(-3)
	if strings.HasSuffix(e.Name, "like_escape") {
		escape = []rune(e.Args[2].(*Constant).Value)[0]
	}
	runes, ok := tokens(c.Value, escape)
	if !ok {
		return p.refuse(e.At, "the pattern ends with its escape")
	}
	var b strings.Builder
	if p.product == SQLite {
		for _, r := range runes {
			switch r {
			case anyText:
				b.WriteByte('*')
			case anyOne:
				b.WriteByte('?')
			case '*', '?', '[':
				b.WriteString("[" + string(r) + "]")
			default:
				b.WriteRune(r)
			}
		}
		said, why := p.text(b.String())
		return p.or(c.At, said, why)
	}
	for _, r := range runes {
		switch r {
		case anyText:
			b.WriteByte('%')
		case anyOne:
			b.WriteByte('_')
		case '%', '_', '|':
			b.WriteString("|" + string(r))
		default:
			b.WriteRune(r)
		}
	}
	said, why := p.text(b.String())
	if p.product != PostgreSQL {
		said += " collate utf8mb4_bin"
	}
	return p.or(c.At, said+" escape '|'", why)
}

// tokens splits a pattern into characters, anyText and anyOne. Ok is false if the pattern
// ends with its escape.
func tokens(pattern string, escape rune) (all []rune, ok bool) {
	escaped := false
	for _, r := range pattern {
		switch {
		case escaped:
			all, escaped = append(all, r), false
		case r == escape:
			escaped = true
		case r == '%':
			all = append(all, anyText)
		case r == '_':
			all = append(all, anyOne)
		default:
			all = append(all, r)
		}
	}
	return all, !escaped
}
