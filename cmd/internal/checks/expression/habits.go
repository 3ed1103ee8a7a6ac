// Hints for SQL syntax in expressions: how the same is written in this language.

package expression

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// functionsOfSQL are functions of SQL that people try, with the equivalent in this
// language.
var functionsOfSQL = map[string]string{
	"avg": "write sum(x) / count(x)", "mean": "write sum(x) / count(x)", "length": "write len(x)", "char_length": "write len(x)",
	"ifnull": "write x ?? y", "nvl": "write x ?? y", "isnull": "write x == nil", "nullif": "write x == y ? nil : x",
	"cast": "write number(x), or cast in the query", "convert": "cast in the query", "to_number": "write number(x)", "mod": "write x % y", "power": "write x ** y", "pow": "write x ** y",
	"date": `write instant("2026-01-31")`, "timestamp": `write instant("2026-01-31 08:30:00")`, "datetime": `write instant("2026-01-31 08:30:00")`, "interval": `write duration("2h")`,
	"curdate": "write now()", "current_date": "write now()", "current_timestamp": "write now()", "getdate": "write now()", "sysdate": "write now()", "localtimestamp": "write now()",
	"concat": "write x + y", "lcase": "write lower(x)", "ucase": "write upper(x)", "least": "write x < y ? x : y", "greatest": "write x > y ? x : y", "exists": "write the query in sql:, and expect its rows",
	"regexp_like": `write x matches "pattern"`, "iif": "write condition ? x : y",
}

// A word is a token of an expression: a name, a number, a text or a sign.
type word struct {
	text string
	at   int // its position in characters
	name bool
}

// is reports whether the word is the given name, regardless of case.
func (w word) is(name string) bool { return w.name && strings.EqualFold(w.text, name) }

// signs are the operators with more than one character, including those of SQL.
var signs = []string{"<>", "==", "!=", "<=>", "<=", ">=", ":=", "!~*", "!~", "~*", "::", "||", "&&", "--", "..", "??", "**", "(+)"}

// split splits the text into words. It accepts any text, because its result is only for
// hints.
func split(source []rune) (words []word) {
	for i := 0; i < len(source); {
		r, from := source[i], i
		switch {
		case unicode.IsSpace(r):
			i++
			continue
		case r == '\'' || r == '"' || r == '`':
			for i++; i < len(source) && source[i] != r; i++ {
				if source[i] == '\\' && r != '`' {
					i++
				}
			}
			i = min(i+1, len(source))
		case unicode.IsLetter(r) || r == '_' || unicode.IsDigit(r):
			for i < len(source) && (unicode.IsLetter(source[i]) || unicode.IsDigit(source[i]) || source[i] == '_' || source[i] == '.' && unicode.IsDigit(r)) {
				i++
			}
		default:
			i++
			for _, s := range signs {
				if strings.HasPrefix(string(source[from:min(from+4, len(source))]), s) {
					i = from + len(s)
					break
				}
			}
		}
		words = append(words, word{string(source[from:i]), from, unicode.IsLetter(r) || r == '_'})
	}
	return words
}

// habit finds the first SQL syntax in the text that this language writes in another way,
// and returns it as an error. It is called if the text cannot be parsed.
func (t *translator) habit() error {
	words := split(t.source)
	w := func(i int) word {
		if i < 0 || i >= len(words) {
			return word{}
		}
		return words[i]
	}
	for i := range words {
		if says := sqlHabit(w, i); says != "" {
			return placed(t.source, words[i].at, says)
		}
	}
	return nil
}

// sqlHabit returns how to write the SQL syntax at word i, or an empty text if there is
// none.
func sqlHabit(w func(int) word, i int) string {
	this, next := w(i), w(i+1)
	before, behind := operand(w(i-1)), operand(next)
	x := shownOr(w(i-1), "x")
	switch {
	case this.text == "=":
		return fmt.Sprintf("= is SQL: write == here, as in %s == %s", x, shownOr(next, "1"))
	case this.text == "<>":
		return fmt.Sprintf("<> is SQL: write != here, as in %s != %s", x, shownOr(next, "1"))
	case this.text == "<=>" && before:
		return "<=> is SQL: write == here, and x == nil to ask for NULL"
	case this.text == "~" || this.text == "~*" || this.text == "!~" || this.text == "!~*":
		return `a pattern is asked for with matches here, as in ` + x + ` matches "^a.*z$"`
	case this.text == "::" && next.name:
		return ":: is SQL: write number(" + x + ") or instant(" + x + ") here, or cast in the query"
	case this.text == "--":
		return "-- begins no comment here: write // or #"
	case this.text == ":" && !before && w(i-1).text != "" && w(i-1).text != "?" && next.name && next.at == this.at+1:
		return "a parameter stands in the query, and not in what is expected of its rows"
	case this.is("is") && before:
		return isHabit(w, i, x)
	case this.is("between") && before:
		return betweenHabit(w, i, x)
	case this.is("not") && w(i+1).is("like"), this.is("not") && w(i+1).is("ilike"):
		return likeHabit(w, i+1, x, "not ")
	case this.is("like") && before && behind, this.is("ilike") && before && behind:
		return likeHabit(w, i, x, "")
	case (this.is("rlike") || this.is("regexp") || this.is("similar")) && before && (behind || next.is("to")):
		return this.text + " is SQL: write " + x + ` matches "^a.*z$" here`
	case this.is("in") && next.text == "(":
		if w(i + 2).is("select") {
			return "a query stands in sql:, and not in what is expected of its rows"
		}
		return "a list stands in brackets here: write in [" + list(w, i+2) + "]"
	case this.is("count") && next.text == "(" && w(i+2).text == "*":
		return "count(*) is SQL: write count() here, which all: has; the column of a query is $env[\"count(*)\"], or give it a name, as in count(*) as n"
	case this.is("count") && next.text == "(" && w(i+2).is("distinct"):
		return "count(distinct x) is SQL: write distinct(" + shownOr(w(i+3), "x") + ") here"
	case this.is("case") && (next.is("when") || behind):
		return "case is SQL: write condition ? a : b here"
	case this.is("select") && behind:
		return "a query stands in sql:, and not in what is expected of its rows"
	case (this.is("interval") || this.is("date") || this.is("timestamp")) && quoted(next):
		if this.is("interval") {
			return this.text + ` is SQL: write duration("2h") here; units are s, m, h, d, w`
		}
		return this.text + " is SQL: write instant(" + next.text + ") here"
	case (this.is("and") || this.is("or") || this.is("in")) && this.text != strings.ToLower(this.text) && before && (behind || next.text == "[" || next.text == "!" || next.text == "-"):
		return this.text + " is written " + strings.ToLower(this.text) + " here"
	case this.is("not") && this.text != "not" && (behind || next.is("in")):
		return this.text + " is written not here"
	case quoted(this) && quoted(next) && next.at == this.at+len([]rune(this.text)) && this.text[0] == next.text[0]:
		return `a quote within quotes is doubled in SQL: write \` + this.text[:1] + ` here`
	}
	return ""
}

// operand reports whether a word may be an operand, or its beginning or end.
func operand(w word) bool {
	if w.text == "" || slices.ContainsFunc([]string{"and", "or", "not", "in", "is"}, w.is) {
		return w.is("not")
	}
	r := []rune(w.text)[0]
	return w.name || quoted(w) || unicode.IsDigit(r) || r == '(' || r == ')' || r == ']' || r == '$'
}

func quoted(w word) bool { return w.text != "" && strings.ContainsRune("'\"`", rune(w.text[0])) }

// shownOr returns a word as an example shows it, or any if the word cannot be shown.
func shownOr(w word, any string) string {
	switch {
	case w.text != "" && !quoted(w) && !strings.ContainsAny(w.text, "()[]$"):
		return w.text
	case quoted(w) && len(w.text) > 1:
		return strconv.Quote(strings.Trim(w.text, w.text[:1]))
	}
	return any
}

func isHabit(w func(int) word, i int, x string) string {
	equals, at := "==", i+1
	if w(at).is("not") {
		equals, at = "!=", at+1
	}
	said := "is"
	for j := i + 1; j <= at && w(j).text != ""; j++ {
		said += " " + w(j).text
	}
	switch {
	case w(at).is("null") || w(at).is("unknown"):
		return fmt.Sprintf("%s is SQL: write %s %s nil here", said, x, equals)
	case w(at).is("true") || w(at).is("false"):
		return fmt.Sprintf("%s is SQL: write %s %s %s here", said, x, equals, strings.ToLower(w(at).text))
	case w(at).is("distinct"):
		return "is distinct from is SQL: write " + x + " != y here, and " + x + " == nil to ask for NULL"
	}
	return ""
}

func betweenHabit(w func(int) word, i int, x string) string {
	low, high := shownOr(w(i+1), "a"), "b"
	if w(i + 2).is("and") {
		high = shownOr(w(i+3), "b")
	} else {
		low = "a"
	}
	if w(i - 1).is("not") {
		x = shownOr(w(i-2), "x")
		return fmt.Sprintf("not between is SQL: write %s < %s || %s > %s here", x, low, x, high)
	}
	return fmt.Sprintf("between is SQL: write %s >= %s && %s <= %s here", x, low, x, high)
}

func likeHabit(w func(int) word, i int, x, not string) string {
	pattern := w(i + 1)
	does := "matches " + strconv.Quote("^a.*z$")
	if quoted(pattern) && len(pattern.text) > 1 {
		s := pattern.text[1 : len(pattern.text)-1]
		begins, ends := strings.HasSuffix(s, "%"), strings.HasPrefix(s, "%")
		plain := strings.Trim(s, "%")
		switch {
		case strings.ContainsAny(plain, "%_\\"):
		case begins && ends:
			does = "contains " + strconv.Quote(plain)
		case begins:
			does = "startsWith " + strconv.Quote(plain)
		case ends:
			does = "endsWith " + strconv.Quote(plain)
		default:
			does = "== " + strconv.Quote(plain)
		}
	}
	does = not + does
	if plain, ok := strings.CutPrefix(does, "not =="); ok {
		does = "!=" + plain
	}
	if w(i).is("ilike") {
		x = "lower(" + x + ")"
	}
	return fmt.Sprintf("%slike is SQL: write %s %s here", not, x, does)
}

// list returns the content of a list of SQL, up to its end.
func list(w func(int) word, i int) string {
	var members []string
	for ; w(i).text != "" && w(i).text != ")"; i++ {
		if w(i).text == "," {
			continue
		}
		if len(members) == 4 {
			return strings.Join(members, ", ") + ", ..."
		}
		members = append(members, shownOr(w(i), "x"))
	}
	return strings.Join(members, ", ")
}
