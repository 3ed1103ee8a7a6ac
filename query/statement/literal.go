// The longer tokens: strings, quoted identifiers, numbers, and those that begin with a
// dollar sign or a colon; also comments.

package statement

import "strings"

// skip moves past white space and comments.
func (s *scanner) skip() error {
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; {
		case space(c):
			s.pos++
		case c == '#' && s.lexis.Hash, c == '-' && s.peek(1) == '-' && s.dashesComment():
			s.pos = s.lineEnd(s.pos)
		case c == '/' && s.peek(1) == '*':
			end, err := s.comment()
			if err != nil {
				return err
			}
			s.pos = end
		default:
			return nil
		}
	}
	return nil
}

// dashesComment reports whether the two dashes at pos begin a comment. MySQL requires white
// space, a control character or the end of the text after them.
func (s *scanner) dashesComment() bool {
	c := s.peek(2)
	return !s.lexis.DashSpace || c <= ' ' || c == 0x7f
}

// lineEnd returns where the line comment at i ends.
func (s *scanner) lineEnd(i int) int {
	ends := "\n"
	if s.lexis.ReturnEnds {
		ends = "\n\r"
	}
	if n := strings.IndexAny(s.text[i:], ends); n >= 0 {
		return i + n
	}
	return len(s.text)
}

// comment returns the end of the comment that begins at pos.
func (s *scanner) comment() (int, error) {
	if s.lexis.Executable && (s.peek(2) == '!' || s.peek(2) == 'M' && s.peek(3) == '!') {
		return 0, s.fault(s.pos, "a comment of the form /*! ... */ is code to the server: write it out, or leave it out")
	}
	depth := 1
	for i := s.pos + 2; i+1 < len(s.text); i++ {
		switch s.text[i : i+2] {
		case "*/":
			i++
			if depth--; depth == 0 {
				return i + 1, nil
			}
		case "/*":
			if s.lexis.Nested {
				depth++
				i++
			}
		}
	}
	return 0, s.fault(s.pos, "the comment has no end")
}

// quote reads the string or the identifier whose opening quote is at pos.
func (s *scanner) quote(k kind, backslash bool) error {
	end := quoteEnd(s.text, s.pos, backslash)
	if end < 0 {
		return s.fault(s.pos, "the %s has no end", map[kind]string{str: "string", quoted: "quoted identifier"}[k])
	}
	s.add(k, end)
	return nil
}

// quoteEnd returns the end of the quoted text that begins at i, or -1. A doubled quote
// stands for one quote.
func quoteEnd(text string, i int, backslash bool) int {
	quote := text[i]
	for i++; i < len(text); i++ {
		switch {
		case backslash && text[i] == '\\':
			i++
		case text[i] != quote:
		case i+1 < len(text) && text[i+1] == quote:
			i++
		default:
			return i + 1
		}
	}
	return -1
}

// continuedString reads a PostgreSQL string, whose first quote is at quote, with all of its
// continuations. A string in single quotes on a later line continues it, with the same
// rules for escapes.
func (s *scanner) continuedString(quote int, backslash bool) error {
	end := quote
	for ; quote >= 0; quote = s.continuation(end) {
		if end = quoteEnd(s.text, quote, backslash); end < 0 {
			return s.fault(s.pos, "the string has no end")
		}
	}
	s.add(str, end)
	return nil
}

// afterBitPrefix reports whether the quote at pos opens one of PostgreSQL's bit
// strings, b'...' or x'...', in which a backslash never escapes.
func (s *scanner) afterBitPrefix() bool {
	t, ok := s.last()
	return ok && t.kind == word && t.end == s.pos && t.end == t.start+1 && strings.ContainsAny(s.text[t.start:t.end], "bBxX")
}

// continuation returns the place of the quote that continues the string that ended at i, or
// -1. Only white space with a newline in it, and -- comments, may be between them.
func (s *scanner) continuation(i int) int {
	newline := false
	for i < len(s.text) {
		switch c := s.text[i]; {
		case space(c):
			newline = newline || c == '\n' || c == '\r'
			i++
		case strings.HasPrefix(s.text[i:], "--"):
			i = s.lineEnd(i)
		case c == '\'' && newline:
			return i
		default:
			return -1
		}
	}
	return -1
}

// dollar reads a token that begins with a dollar sign: $1, $tag$ ... $tag$, or SQLite's
// $name.
func (s *scanner) dollar() error {
	i := s.pos + 1
	switch {
	case s.lexis.NamedMarks && inWord(s.peek(1)):
		s.add(variable, s.wordEnd(i))
		return nil
	case digit(s.peek(1)):
		s.add(placeholder, s.digitsEnd(i))
		return nil
	case s.lexis.DollarQuotes:
		for i < len(s.text) && inName(s.text[i]) {
			i++
		}
		if i == len(s.text) || s.text[i] != '$' {
			break
		}
		tag := s.text[s.pos : i+1]
		end := strings.Index(s.text[i+1:], tag)
		if end < 0 {
			return s.fault(s.pos, "the string that begins with %s has no end", tag)
		}
		s.add(str, i+1+end+len(tag))
		return nil
	}
	if s.lexis.DollarVaries {
		return s.fault(s.pos, "servers differ on what $ begins: put a name that starts with $ between backticks")
	}
	return s.fault(s.pos, "a $ that begins nothing")
}

// colon reads a token that begins with a colon: a parameter, a cast, an assignment, or a
// colon between two operands. The latter is in a PostgreSQL slice such as a[1:n], or in
// json_object('k':v).
func (s *scanner) colon() error {
	switch c := s.peek(1); {
	case c == ':' || c == '=':
		s.add(symbol, s.pos+2)
		return nil
	case !nameStart(c) || s.afterOperand():
		s.add(symbol, s.pos+1)
		return nil
	}
	end := s.pos + 1
	for end < len(s.text) && inName(s.text[end]) {
		end++
	}
	if s.inGroup().subscript && s.after("[") {
		name := s.text[s.pos+1 : end]
		return s.fault(s.pos, "[:%s may be a parameter or a slice: write [(:%s) for the parameter, [ : %s for the slice", name, name, name)
	}
	s.add(param, end)
	return nil
}

// afterOperand reports whether a value has just ended, so that no parameter can begin.
// A word may be a keyword, such as LIMIT, except in a subscript.
func (s *scanner) afterOperand() bool {
	t, ok := s.last()
	if !ok {
		return false
	}
	switch t.kind {
	case word:
		return s.inGroup().subscript
	case symbol:
		return s.after(")") || s.after("]")
	}
	return true
}

// numberEnd returns the end of the number at i. Letters that do not belong to it become a
// separate word, as in PostgreSQL before version 15. That is also safer: select 1into t has
// an INTO.
func numberEnd(text string, i int) int {
	digits := func() {
		for i < len(text) && (digit(text[i]) || text[i] == '_' && i+1 < len(text) && digit(text[i+1]) && digit(text[i-1])) {
			i++
		}
	}
	at := func(n int) byte {
		if i+n < len(text) {
			return text[i+n]
		}
		return 0
	}
	if at(0) == '0' && (at(1)|0x20 == 'x') && hexDigit(at(2)) {
		for i += 2; hexDigit(at(0)); i++ {
		}
		return i
	}
	digits()
	if at(0) == '.' && at(1) != '.' {
		i++
		digits()
	}
	if at(0)|0x20 == 'e' && (digit(at(1)) || (at(1) == '+' || at(1) == '-') && digit(at(2))) {
		i += 2
		digits()
	}
	return i
}

func hexDigit(c byte) bool { return digit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

func space(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }
