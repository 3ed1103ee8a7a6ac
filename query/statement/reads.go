// What may be sent: one statement, of a class that reads. This is the first
// guard, not the last: a function may write as well, and read-only connections
// and accounts stand behind it.

package statement

import (
	"slices"
	"strings"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/nearest"
)

// parsed is a tokenized text of one dialect.
type parsed struct {
	source
	dialect *driver.Dialect
	tokens  []token
	match   map[int]int // an opening parenthesis or bracket: its closing one
	end     int         // of what is sent: a ; and what follows it is not

	others     driver.Dialects // whose verbs are known, for messages
	plansWrite bool            // it explains a statement that writes; reads finds it out
}

// read tokenizes a text and cuts the semicolon at its end. A text that says
// nothing has no tokens.
func read(src source, d *driver.Dialect, m driver.Modes) (*parsed, error) {
	tokens, err := scan(src, d.LexisIn(m))
	if err != nil {
		return nil, err
	}
	t := &parsed{source: src, dialect: d, tokens: tokens, match: map[int]int{}, end: len(src.text)}
	for i := range tokens {
		if t.symbol(i) != ";" {
			continue
		}
		rest := slices.IndexFunc(tokens[i:], func(x token) bool { return t.text(x) != ";" })
		switch {
		case i == 0 && rest >= 0:
			return nil, t.fault(tokens[i].start, "no statement stands before the semicolon")
		case rest >= 0:
			return nil, t.fault(tokens[i+rest].start, "two statements: fanql sends one")
		}
		t.tokens, t.end = tokens[:i], tokens[i].start
		break
	}
	var open []int
	for i := range t.tokens {
		switch t.symbol(i) {
		case "(", "[":
			open = append(open, i)
		case ")", "]":
			if len(open) > 0 {
				t.match[open[len(open)-1]] = i
				open = open[:len(open)-1]
			}
		}
	}
	return t, nil
}

// reads reports in its error why the text is not sent.
func (t *parsed) reads() error {
	first := 0
	for t.symbol(first) == "(" {
		first++
	}
	verb := t.keyword(first)
	var err error
	switch {
	case !slices.Contains(t.dialect.Verbs, verb) || first > 0 && !t.queryVerb(verb):
		err = t.refuse(first)
	case t.queryVerb(verb):
		err = t.queryAt(0)
	case verb == "PRAGMA":
		err = t.pragma()
	case verb == "EXPLAIN" || verb == "DESCRIBE" || verb == "DESC":
		err = t.explain()
	case verb != "SHOW": // nothing is known of it
		err = t.refuse(first)
	}
	if err != nil {
		return err
	}
	return t.foreign(verb)
}

// refuse is the error for a statement that begins at token i and does not read,
// as far as is known.
func (t *parsed) refuse(i int) error {
	if i >= len(t.tokens) {
		return t.fault(t.end, "a query only reads: a statement is missing here")
	}
	at := t.tokens[i]
	verb := t.keyword(i)
	if verb == "" {
		return t.fault(at.start, "a query only reads: no statement that reads begins with %s", t.text(at))
	}
	for _, other := range t.others {
		if slices.Contains(other.Verbs, verb) && !slices.Contains(t.dialect.Verbs, verb) {
			return t.fault(at.start, "%s has no %s: give it a variant of its own", t.dialect, verb)
		}
	}
	if meant, ok := nearest.Name(verb, t.dialect.Verbs); ok && meant != verb {
		return t.fault(at.start, "a query only reads: %s is not sent; did you mean %s?", verb, meant)
	}
	return t.fault(at.start, "a query only reads: %s is not sent", verb)
}

// foreign finds what would be a value from nowhere: placeholders and variables
// that nobody has set are NULL to SQLite and MySQL.
func (t *parsed) foreign(verb string) error {
	for i, x := range t.tokens {
		s := t.text(x)
		switch {
		case x.kind == placeholder:
			return t.fault(x.start, "%s is a placeholder without a name: write a parameter such as :since", s)
		case x.kind == variable && t.symbol(i+1) == ":=":
			return t.fault(x.start, "a query only reads: an assignment is not sent")
		case x.kind == symbol && strings.HasPrefix(s, ":") && !t.dialect.Casts:
			return t.fault(x.start, "%s", map[string]string{
				":":  "a : that begins no parameter: its name starts with a letter, right after the colon",
				"::": t.dialect.Name + " has no ::, write cast(... as ...)",
				":=": "a query only reads: an assignment is not sent",
			}[s])
		case x.kind != variable || strings.HasPrefix(s, "@@"):
		case t.dialect.NamedMarks:
			return t.fault(x.start, "%s is a placeholder of %s's own: write a parameter, :%s", s, t.dialect.Products[0], s[1:])
		case verb == "SHOW" && i > 0 && t.tokens[i-1].end == x.start: // user@host
		default:
			return t.fault(x.start, "%s has no value in a session of fanql's: write a parameter such as :since", s)
		}
	}
	return nil
}

// text is the token as it is written.
func (t *parsed) text(x token) string { return t.source.text[x.start:x.end] }

// symbol is token i where it is a symbol, else empty.
func (t *parsed) symbol(i int) string {
	if i < len(t.tokens) && t.tokens[i].kind == symbol {
		return t.text(t.tokens[i])
	}
	return ""
}

// word is token i in upper case where it is a word, be it a keyword or a name.
func (t *parsed) word(i int) string {
	if i < len(t.tokens) && t.tokens[i].kind == word {
		return strings.ToUpper(t.text(t.tokens[i]))
	}
	return ""
}

// keyword is token i in upper case where it may be a keyword.
func (t *parsed) keyword(i int) string {
	if i < len(t.tokens) && !t.tokens[i].label {
		return t.word(i)
	}
	return ""
}

// words reports whether the words stand at i, the first of them as a keyword.
func (t *parsed) words(i int, want ...string) bool {
	for n, w := range want {
		if t.word(i+n) != w {
			return false
		}
	}
	return t.keyword(i) == want[0]
}
