// Texts that mean something else in another dialect: one function for each kind. No
// function reports a text that one of the dialects refuses, since that dialect's error
// does.

package statement

import (
	"sort"
	"strings"
)

// The names of the dialects that are compared. To compare another dialect, add it to the
// meanings below.
const inPostgres, inMySQL, inSQLite = "postgres", "mysql", "sqlite"

var ambiguities = []func(*comparison){
	doubleQuotes, pipes, backslashes, comments, divisions, carets, ampersands, brackets, adjacentStrings,
	casts, logarithms, jsonPaths, hexadecimals,
}

// doubleQuotes: "..." is a string in MySQL, and a name elsewhere. As an alias it means the
// same in all. As a table it is an error in MySQL.
func doubleQuotes(c *comparison) {
	t := c.by[inMySQL]
	if t == nil {
		return
	}
	for i, x := range t.tokens {
		if x.kind != str || c.text[x.start] != '"' {
			continue
		}
		switch {
		case i > 0 && (t.word(i-1) == "AS" || t.symbol(i-1) == "." || t.operandEnd(i-1)):
		case i > 1 && t.symbol(i-1) == ">" && t.symbol(i-2) == "-": // a path in a document
		case i > 2 && t.symbol(i-1) == ">" && t.symbol(i-2) == ">" && t.symbol(i-3) == "-":
		case t.symbol(i+1) == "." || t.symbol(i+1) == "(":
		case t.namesTables(i) || x.opener >= 0 && t.namesTables(x.opener) && t.inClause(i) == "":
		case x.opener > 0 && t.word(x.opener-1) == "USING":
		default:
			c.differ(`"`, x.start, c.short(x.start, x.end), "write a string in '...', or a name without quotes, or give a variant",
				meaning{[]string{inMySQL}, "a string"}, meaning{[]string{inPostgres, inSQLite}, "a name"})
			return
		}
	}
}

// namesTables reports whether token i is in a place for names of tables.
func (t *parsed) namesTables(i int) bool {
	switch t.inClause(i) {
	case "FROM", "JOIN", "WITH":
		return true
	}
	return false
}

// pipes: || is OR in MySQL, unless its sql_mode has PIPES_AS_CONCAT.
func pipes(c *comparison) {
	t := c.by[inMySQL]
	if t == nil {
		return
	}
	for i, x := range t.tokens {
		if t.symbol(i) == "|" && t.symbol(i+1) == "|" && t.tokens[i+1].start == x.end {
			c.differ("||", x.start, "||", "give mysql a variant with concat(...)",
				meaning{[]string{inMySQL}, "OR (unless its sql_mode has PIPES_AS_CONCAT)"}, meaning{[]string{inPostgres, inSQLite}, "concatenation"})
			return
		}
	}
}

// backslashes: in a string, a backslash is an escape in MySQL, and a character elsewhere.
func backslashes(c *comparison) {
	t := c.by[inMySQL]
	if t == nil {
		return
	}
	for i, x := range t.tokens {
		if x.kind != str || c.text[x.start] != '\'' || i > 0 && t.keyword(i-1) == "ESCAPE" {
			continue
		}
		if i > 0 && t.tokens[i-1].end == x.start && strings.EqualFold(t.text(t.tokens[i-1]), "e") {
			continue // PostgreSQL's E'...', which is an error in MySQL
		}
		rest := strings.NewReplacer(`\%`, "", `\_`, "").Replace(c.text[x.start:x.end]) // MySQL keeps these as they are, for LIKE
		if strings.Contains(rest, `\`) {
			c.differ(`\`, x.start, `the backslash in `+c.short(x.start, x.end), "give mysql a variant in which it is doubled",
				meaning{[]string{inMySQL}, "an escape"}, meaning{[]string{inPostgres, inSQLite}, "a character"})
			return
		}
	}
}

// comments: # begins a comment in MySQL only, and --x begins one in all dialects except
// MySQL. In PostgreSQL a carriage return ends a comment, too. Only PostgreSQL's comments
// nest; in the others, the rest of a nested comment is an error.
func comments(c *comparison) {
	if my := c.by[inMySQL]; my != nil {
		if pg := c.by[inPostgres]; pg != nil {
			for i, x := range pg.tokens {
				if pg.symbol(i) == "#" && !my.covers(x.start) && pg.operandEnd(i-1) && pg.computes(i+1) {
					c.differ("#", x.start, "#", "write -- for a comment, or give mysql a variant",
						meaning{[]string{inMySQL}, "the start of a comment"}, meaning{[]string{inPostgres}, "an operator"})
				}
			}
		}
		for i, x := range my.tokens {
			if my.symbol(i) == "-" && my.symbol(i+1) == "-" && my.tokens[i+1].start == x.end && my.computes(i+2) {
				c.differ("--", x.start, "-- without a space after it", "put a space after it, or between the two",
					meaning{[]string{inMySQL}, "two minus signs"}, meaning{[]string{inPostgres, inSQLite}, "a comment"})
			}
		}
	}
	pg := c.by[inPostgres]
	for _, d := range []string{inMySQL, inSQLite} {
		other := c.by[d]
		if pg == nil || other == nil || !strings.Contains(c.text, "\r") {
			continue
		}
		for _, pair := range [][2]*parsed{{pg, other}, {other, pg}} {
			for _, x := range pair[0].tokens {
				if at, in := pair[1].commentAt(x.start); in && strings.HasPrefix(c.text[at:], "--") && strings.ContainsRune(c.text[at:x.start], '\r') {
					c.differ("\r", at, "the carriage return in this comment", "end the line by a newline",
						meaning{[]string{inPostgres}, "its end"}, meaning{[]string{inMySQL, inSQLite}, "a part of it"})
				}
			}
		}
	}
}

// covers reports whether the byte at this offset is part of a token.
func (t *parsed) covers(at int) bool {
	n := t.upTo(at)
	return n > 0 && at < t.tokens[n-1].end
}

// upTo returns the number of tokens that begin at this offset or before it.
func (t *parsed) upTo(at int) int {
	return sort.Search(len(t.tokens), func(i int) bool { return t.tokens[i].start > at })
}

// commentAt reports whether the byte at this offset is in a comment, and returns where the
// comment begins.
func (t *parsed) commentAt(at int) (start int, ok bool) {
	if at >= t.end || t.covers(at) {
		return 0, false
	}
	after := 0
	if n := t.upTo(at); n > 0 {
		after = t.tokens[n-1].end
	}
	s := &scanner{source: source{text: t.source.text}, lexis: t.dialect.Lexis, pos: after}
	for s.pos <= at {
		for s.pos < len(s.text) && space(s.text[s.pos]) {
			s.pos++
		}
		start = s.pos
		if start > at {
			return 0, false
		}
		if strings.HasPrefix(s.text[start:], "/*") {
			end, err := s.comment()
			if err != nil {
				return 0, false
			}
			s.pos = end
		} else {
			s.pos = s.lineEnd(start)
		}
		if at < s.pos {
			return start, true
		}
	}
	return 0, false
}

// computes reports whether token i is a value in a computation, as opposed to a word of a
// sentence in a comment.
func (t *parsed) computes(i int) bool {
	if i >= len(t.tokens) {
		return false
	}
	switch x := t.tokens[i]; x.kind {
	case number, param, quoted, str:
		return true
	case word:
		if i+1 == len(t.tokens) || t.tokens[i+1].kind != word {
			return t.symbol(i+1) != ":"
		}
		between := t.source.text[x.end:t.tokens[i+1].start]
		return strings.ContainsAny(between, "\n\r") || clauses[t.word(i+1)]
	case symbol:
		return strings.Contains("(-+>", t.text(x))
	}
	return false
}

// clauses are the keywords that may follow a value.
var clauses = map[string]bool{
	"FROM": true, "AS": true, "AND": true, "OR": true, "WHERE": true, "THEN": true, "ELSE": true, "END": true, "WHEN": true,
	"GROUP": true, "ORDER": true, "HAVING": true, "LIMIT": true, "IS": true, "IN": true, "BETWEEN": true, "UNION": true,
}

// divisions of integers return an integer in PostgreSQL and SQLite, and a decimal in
// MySQL. Only literals and count(...) are certain to be integers.
func divisions(c *comparison) {
	for _, d := range []string{inMySQL, inPostgres, inSQLite} {
		t := c.by[d]
		if t == nil {
			continue
		}
		for i := 0; i < len(t.tokens); i++ {
			if i > 0 && (strings.Contains("*/%.^", t.symbol(i-1)) && t.symbol(i-1) != "" || t.symbol(i-1) == "::") {
				continue
			}
			end, whole := t.wholeOperand(i)
			for whole && end < len(t.tokens) {
				operator := t.symbol(end)
				if operator != "*" && operator != "/" {
					break
				}
				at := end
				if end, whole = t.wholeOperand(end + 1); whole && operator == "/" && t.symbol(end) != "::" && t.symbol(end) != "." {
					c.differ("/", t.tokens[at].start, "/ between integers", "write one of them as a decimal, as in 100.0, or give a variant",
						meaning{[]string{inMySQL}, "a division that keeps the fraction"}, meaning{[]string{inPostgres, inSQLite}, "one that drops it"})
				}
			}
		}
		return
	}
}

// wholeOperand reports whether an operand that is an integer in every dialect begins at
// token i, and returns the token after it.
func (t *parsed) wholeOperand(i int) (end int, whole bool) {
	switch {
	case i >= len(t.tokens):
	case t.tokens[i].kind == number && !strings.ContainsAny(t.text(t.tokens[i]), ".eExX_"):
		return i + 1, t.symbol(i+1) != "::"
	case t.word(i) == "COUNT" && t.symbol(i+1) == "(":
		end = t.past(i + 1)
		return end, t.symbol(end) != "::"
	}
	return i + 1, false
}

// carets: ^ is a power in PostgreSQL, and XOR in MySQL.
func carets(c *comparison) {
	t := c.by[inPostgres]
	for i := 0; t != nil && i < len(t.tokens); i++ {
		if t.symbol(i) == "^" {
			c.differ("^", t.tokens[i].start, "^", "write power(a, b)",
				meaning{[]string{inMySQL}, "XOR"}, meaning{[]string{inPostgres}, "a power"})
		}
	}
}

// ampersands: && is AND in MySQL. In PostgreSQL it tests whether two arrays or ranges
// overlap. Between two conditions it is an error there.
func ampersands(c *comparison) {
	t := c.by[inPostgres]
	for i := 1; t != nil && i+2 < len(t.tokens); i++ {
		if t.symbol(i) != "&" || t.symbol(i+1) != "&" || t.tokens[i+1].start != t.tokens[i].end {
			continue
		}
		from, to := i-1, i+2
		for from > 1 && t.symbol(from-1) == "." {
			from -= 2
		}
		for t.symbol(to+1) == "." {
			to += 2
		}
		name := func(n int) bool { return t.tokens[n].kind == word || t.tokens[n].kind == quoted }
		before, after := "", t.symbol(to+1)
		if from > 0 {
			before = t.symbol(from - 1)
		}
		if name(i-1) && to < len(t.tokens) && name(to) && (before == "" || before == "(" || before == ",") && (after == "" || after == ")" || after == ",") && !t.compared(from) {
			c.differ("&&", t.tokens[i].start, "&&", "write and, or give a variant",
				meaning{[]string{inMySQL}, "AND"}, meaning{[]string{inPostgres}, "whether two arrays or ranges overlap"})
		}
	}
}

// compared reports whether the operand that begins with token i ends a condition, such as a
// like b, is null, or between 1 and 2.
func (t *parsed) compared(i int) bool {
	switch t.keyword(i - 1) {
	case "", "WHERE", "AND", "OR", "ON", "HAVING", "SELECT", "WHEN", "NOT":
		return t.word(i) == "NULL" || t.word(i) == "TRUE" || t.word(i) == "FALSE"
	}
	return true
}

// brackets: a[1] is an element of an array in PostgreSQL, and the column a with the
// alias 1 in SQLite.
func brackets(c *comparison) {
	t := c.by[inSQLite]
	if t == nil || c.by[inPostgres] == nil {
		return
	}
	for i, x := range t.tokens {
		if i > 0 && x.kind == quoted && c.text[x.start] == '[' && t.operandEnd(i-1) && t.word(i-1) != "ARRAY" && t.inClause(i) == "SELECT" && t.endsItem(i+1) {
			c.differ("[", x.start, c.short(x.start, x.end), "give a variant",
				meaning{[]string{inSQLite}, "an alias"}, meaning{[]string{inPostgres}, "an element of an array"})
		}
	}
}

// adjacentStrings: 'a' 'b' is one string in MySQL, and also in PostgreSQL if there is a
// newline between the two. In SQLite the second is an alias.
func adjacentStrings(c *comparison) {
	t := c.by[inSQLite]
	for i := 1; t != nil && i < len(t.tokens); i++ {
		a, b := t.tokens[i-1], t.tokens[i]
		if a.kind != str || b.kind != str || t.inClause(i) != "SELECT" || !t.endsItem(i+1) {
			continue
		}
		joined := []string{inMySQL}
		if strings.ContainsAny(c.text[a.end:b.start], "\n\r") {
			joined = append(joined, inPostgres)
		}
		c.differ("''", b.start, c.short(b.start, b.end), "write one string, or AS before the alias",
			meaning{joined, "the end of one string"}, meaning{[]string{inSQLite}, "an alias"})
	}
}

// casts: CHAR has one character in PostgreSQL. A cast to a date or a time is a cast to a
// number in SQLite, which has no such types.
func casts(c *comparison) {
	for _, t := range c.by {
		for i := range t.tokens {
			if t.keyword(i) != "AS" || t.symbol(i+2) != ")" || t.tokens[i].opener < 1 || t.word(t.tokens[i].opener-1) != "CAST" {
				continue
			}
			at := t.tokens[i+1].start
			switch t.word(i + 1) {
			case "CHAR":
				c.differ("char", at, "cast(... as char)", "write char(n) with a length",
					meaning{[]string{inPostgres}, "the first character"}, meaning{[]string{inMySQL, inSQLite}, "the whole text"})
			case "DATE":
				c.differ("date", at, "cast(... as date)", "write date(...)",
					meaning{[]string{inSQLite}, "the number that a date begins with"}, meaning{[]string{inPostgres, inMySQL}, "a date"})
			case "TIME":
				c.differ("time", at, "cast(... as time)", "give sqlite a variant with time(...)",
					meaning{[]string{inSQLite}, "the number that a time begins with"}, meaning{[]string{inPostgres, inMySQL}, "a time"})
			}
		}
	}
}

// logarithms: log(x) is the natural logarithm in MySQL.
func logarithms(c *comparison) {
	t := c.by[inMySQL]
	for i := 0; t != nil && i+1 < len(t.tokens); i++ {
		if t.word(i) != "LOG" || t.symbol(i+1) != "(" || i > 0 && t.symbol(i-1) == "." {
			continue
		}
		one := true
		for n := i + 2; n < t.past(i+1)-1; n++ {
			one = one && (t.symbol(n) != "," || t.tokens[n].opener != i+1)
		}
		if one {
			c.differ("log", t.tokens[i].start, "log(x)", "write ln(x) or log10(x)",
				meaning{[]string{inMySQL}, "the natural logarithm"}, meaning{[]string{inPostgres, inSQLite}, "the decimal one"})
		}
	}
}

// jsonPaths: a -> '$.x' follows a path in MySQL and SQLite. In PostgreSQL it looks up the
// key '$.x'.
func jsonPaths(c *comparison) {
	t := c.by[inPostgres]
	for i := 2; t != nil && i < len(t.tokens); i++ {
		x := t.tokens[i]
		if x.kind == str && strings.HasPrefix(c.text[x.start:], "'$") && t.symbol(i-1) == ">" && (t.symbol(i-2) == "-" || i > 2 && t.symbol(i-2) == ">" && t.symbol(i-3) == "-") {
			c.differ("->", x.start, c.short(x.start, x.end), "give postgres a variant with the key alone",
				meaning{[]string{inPostgres}, "a key"}, meaning{[]string{inMySQL, inSQLite}, "a path"})
		}
	}
}

// hexadecimals: x'41' is a string of bits in PostgreSQL, and a string of bytes elsewhere.
// 0x41 is a string of bytes in MySQL, and a number elsewhere.
func hexadecimals(c *comparison) {
	for _, t := range c.by {
		for i, x := range t.tokens {
			switch {
			case x.kind == number && strings.HasPrefix(strings.ToLower(t.text(x)), "0x"):
				c.differ("0x", x.start, t.text(x), "write the number in decimal",
					meaning{[]string{inMySQL}, "a string of bytes"}, meaning{[]string{inPostgres, inSQLite}, "a number"})
			case t.word(i) == "X" && i+1 < len(t.tokens) && t.tokens[i+1].kind == str && t.tokens[i+1].start == x.end:
				c.differ("x'", x.start, c.short(x.start, t.tokens[i+1].end), "give postgres a variant",
					meaning{[]string{inPostgres}, "a string of bits"}, meaning{[]string{inMySQL, inSQLite}, "one of bytes"})
			}
		}
	}
}
