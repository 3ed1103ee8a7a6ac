// What may be sent: one statement, of a kind that reads. This is the first guard and not
// the last. A function may write, too, so there are also read-only connections and
// accounts.

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
	match   map[int]int // from an opening parenthesis or bracket to the closing one
	end     int         // the end of the text that is sent, which is before a ; at its end

	others     driver.Dialects // dialects whose verbs are known, for messages
	plansWrite bool            // the text explains a statement that writes; set by reads
}

// read tokenizes a text and cuts off the semicolon at its end. An empty text has no
// tokens.
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
			return nil, t.fault(tokens[i+rest].start, "two statements, and fanql sends one: run them one after the other")
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

// reads returns an error that says why the text is not sent, or nil.
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
	case verb != "SHOW": // SHOW only reads; any other verb is not known here
		err = t.refuse(first)
	}
	if err != nil {
		return err
	}
	return t.foreign(verb)
}

// refuse returns the error for a statement that begins at token i and is not known to only
// read.
func (t *parsed) refuse(i int) error {
	if i >= len(t.tokens) {
		return t.fault(t.end, "a query only reads: a statement is missing here")
	}
	at := t.tokens[i]
	verb := t.keyword(i)
	if first := t.text(at); first == `\` || first == "." {
		return t.fault(at.start, "a command of a client, and no SQL: fanql tables, fanql columns TABLE and fanql schema show what a database holds")
	}
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

// foreign returns an error for a placeholder or a variable that nothing sets. In SQLite and
// MySQL such a value would be NULL.
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

// text returns the token as the user wrote it.
func (t *parsed) text(x token) string { return t.source.text[x.start:x.end] }

// symbol returns token i if it is a symbol, else an empty string.
func (t *parsed) symbol(i int) string {
	if i < len(t.tokens) && t.tokens[i].kind == symbol {
		return t.text(t.tokens[i])
	}
	return ""
}

// word returns token i in upper case if it is a word, whether a keyword or a name.
func (t *parsed) word(i int) string {
	if i < len(t.tokens) && t.tokens[i].kind == word {
		return strings.ToUpper(t.text(t.tokens[i]))
	}
	return ""
}

// keyword returns token i in upper case if it may be a keyword.
func (t *parsed) keyword(i int) string {
	if i < len(t.tokens) && !t.tokens[i].label {
		return t.word(i)
	}
	return ""
}

// words reports whether these words begin at token i, and the first of them is a keyword.
func (t *parsed) words(i int, want ...string) bool {
	for n, w := range want {
		if t.word(i+n) != w {
			return false
		}
	}
	return t.keyword(i) == want[0]
}
