// The tokenizer: it splits a text into words, strings, parameters and so on, by the rules
// of its dialect. It accepts all tokens that it can separate. Whether they may be sent is
// decided later.

package statement

import (
	"strings"
	"unicode/utf8"

	"github.com/fanql/fanql/sources/driver"
)

type kind uint8

const (
	word        kind = iota // unquoted: a keyword or a name
	quoted                  // a quoted identifier
	str                     // a string, with its quotes
	number                  //
	param                   // :name
	placeholder             // a placeholder of the dialect: $1 in PostgreSQL, ? in MySQL, ?1 in SQLite
	variable                // @name and @@name in MySQL; @name, $name and #name in SQLite
	symbol                  // one character of anything else, or :: or :=
)

// A token is a piece of the text. White space and comments are not tokens.
type token struct {
	kind       kind
	start, end int
	// label means that a word is in the place of a name, after a dot or AS, so that it is
	// not a keyword.
	label bool
	// opener is the index of the innermost parenthesis or bracket around the token, or -1.
	opener int
}

// group is an open parenthesis or bracket.
type group struct {
	opener    int
	subscript bool // the bracket after an array, where a colon may mean a slice
	array     bool // the bracket of ARRAY[...], or one directly inside it
}

type scanner struct {
	source
	lexis  driver.Lexis
	pos    int
	tokens []token
	open   []group
}

// scan splits a text into tokens. It returns an error if a string or a comment has no end,
// if the input is not UTF-8 text, or if servers of the dialect would read it differently.
func scan(src source, l driver.Lexis) ([]token, error) {
	s := &scanner{source: src, lexis: l}
	if i := strings.IndexByte(s.text, 0); i >= 0 {
		return nil, s.fault(i, "the query holds a NUL byte")
	}
	for i, r := range s.text {
		if r == utf8.RuneError && !strings.HasPrefix(s.text[i:], "\uFFFD") {
			return nil, s.fault(i, "the query is not UTF-8")
		}
	}
	for {
		if err := s.skip(); err != nil {
			return nil, err
		}
		if s.pos == len(s.text) {
			return s.tokens, nil
		}
		if err := s.next(); err != nil {
			return nil, err
		}
	}
}

// next reads the token at pos and moves past it.
func (s *scanner) next() error {
	switch c := s.text[s.pos]; {
	case c == '\'' && s.lexis.EStrings && s.lexis.Backslash:
		return s.continuedString(s.pos, !s.afterBitPrefix())
	case c == '\'':
		return s.quote(str, s.lexis.Backslash)
	case c == '"' && s.lexis.DoubleString:
		return s.quote(str, s.lexis.Backslash)
	case c == '"', c == '`' && s.lexis.Backtick:
		return s.quote(quoted, false)
	case c == '[' && s.lexis.Bracket:
		i := strings.IndexByte(s.text[s.pos:], ']')
		if i < 0 {
			return s.fault(s.pos, "the identifier in [ ] has no end")
		}
		s.add(quoted, s.pos+i+1)
	case (c == 'e' || c == 'E') && s.lexis.EStrings && s.peek(1) == '\'':
		return s.continuedString(s.pos+1, true)
	case nameStart(c):
		s.add(word, s.wordEnd(s.pos))
	case digit(c), c == '.' && digit(s.peek(1)):
		s.add(number, numberEnd(s.text, s.pos))
	case c == '$':
		return s.dollar()
	case c == '?' && !s.lexis.OperatorMark:
		s.add(placeholder, s.digitsEnd(s.pos+1))
	case c == ':':
		return s.colon()
	case c == '@' && s.lexis.AtVariables:
		i := s.pos + 1
		for i < len(s.text) && (s.text[i] == '@' && i == s.pos+1 || s.text[i] == '.' || nameStart(s.text[i]) || inWord(s.text[i])) {
			i++
		}
		s.add(variable, i)
	case (c == '@' || c == '#') && s.lexis.NamedMarks && inWord(s.peek(1)):
		s.add(variable, s.wordEnd(s.pos+1))
	default:
		s.add(symbol, s.pos+1)
	}
	return nil
}

// add appends the token from pos to end, and moves pos to end.
func (s *scanner) add(k kind, end int) {
	t := token{kind: k, start: s.pos, end: end, opener: -1}
	if len(s.open) > 0 {
		t.opener = s.open[len(s.open)-1].opener
	}
	if k == word {
		t.label = s.after(".") || s.afterWord("AS")
	}
	switch text := s.text[s.pos:end]; {
	case k != symbol:
	case text == "(":
		s.open = append(s.open, group{opener: len(s.tokens)})
	case text == "[" && s.lexis.Subscripts:
		array := s.afterWord("ARRAY") || s.inGroup().array && (s.after("[") || s.after(","))
		s.open = append(s.open, group{opener: len(s.tokens), array: array, subscript: !array})
	case (text == ")" || text == "]") && len(s.open) > 0:
		s.open = s.open[:len(s.open)-1]
	}
	s.tokens = append(s.tokens, t)
	s.pos = end
}

// last returns the token before pos; ok is false if there is none.
func (s *scanner) last() (t token, ok bool) {
	if len(s.tokens) == 0 {
		return token{}, false
	}
	return s.tokens[len(s.tokens)-1], true
}

// after reports whether the token before pos is the symbol.
func (s *scanner) after(sym string) bool {
	t, ok := s.last()
	return ok && t.kind == symbol && s.text[t.start:t.end] == sym
}

// afterWord reports whether the token before pos is the keyword.
func (s *scanner) afterWord(keyword string) bool {
	t, ok := s.last()
	return ok && t.kind == word && !t.label && strings.EqualFold(s.text[t.start:t.end], keyword)
}

func (s *scanner) inGroup() group {
	if len(s.open) == 0 {
		return group{}
	}
	return s.open[len(s.open)-1]
}

// peek returns the byte n bytes after pos. It returns 0 past the end of the text, which
// contains no NUL.
func (s *scanner) peek(n int) byte {
	if s.pos+n < len(s.text) {
		return s.text[s.pos+n]
	}
	return 0
}

func (s *scanner) wordEnd(i int) int {
	for i < len(s.text) && inWord(s.text[i]) {
		i++
	}
	return i
}

func (s *scanner) digitsEnd(i int) int {
	for i < len(s.text) && digit(s.text[i]) {
		i++
	}
	return i
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

// nameStart reports whether a name may begin with the byte. In all three dialects, it may
// begin with any character beyond ASCII.
func nameStart(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c >= utf8.RuneSelf
}

// inName reports whether the name of a parameter may contain the byte. Unlike words,
// parameters have no $ in their names, so that they look the same in every dialect.
func inName(c byte) bool { return nameStart(c) || digit(c) }
func inWord(c byte) bool { return inName(c) || c == '$' }
