// Own types: types as servers spell them.

package dialect

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// own is a type that a server declares for a column, split into its parts.
type own struct {
	base     string // in lower case, without parameters, such as timestamp without time zone
	args     []int  // parameters that are numbers
	unsigned bool
}

var parameters = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\s*\([^)]*\)`) })

// parseOwn parses a type as a server spells it.
func parseOwn(s string) (o own) {
	s = strings.ToLower(s)
	if open, end := strings.IndexByte(s, '('), strings.IndexByte(s, ')'); 0 <= open && open < end {
		for arg := range strings.SplitSeq(s[open+1:end], ",") {
			if n, err := strconv.Atoi(strings.TrimSpace(arg)); err == nil {
				o.args = append(o.args, n)
			}
		}
	}
	words := strings.Fields(parameters().ReplaceAllString(s, " "))
	for i, w := range words {
		if w == "unsigned" || w == "signed" || w == "zerofill" {
			o.unsigned = o.unsigned || w != "signed"
			words[i] = ""
		}
	}
	o.base = strings.Join(strings.Fields(strings.Join(words, " ")), " ")
	return o
}

// digits returns the largest number of digits that a value of an expression can have, and
// how many of them are after the point. Ok is false if that is not known. Beyond 38 digits,
// DuckDB's arithmetic with decimals fails, and that of servers does not.
func digits(e Expr) (width, scale int, ok bool) {
	switch e := e.(type) {
	case *Column:
		o := parseOwn(e.Own)
		switch {
		case e.Own == "" || e.Own == binaryText:
			return e.Type.Width, e.Type.Scale, e.Type.ID == Decimal
		case e.Type.class() == integer:
			return 19, 0, true
		case len(o.args) == 2:
			return o.args[0], o.args[1], true
		case len(o.args) == 1:
			return o.args[0], 0, true
		}
		return 0, 0, false
	case *Constant:
		whole, fraction, _ := strings.Cut(strings.TrimPrefix(e.Value, "-"), ".")
		return len(whole) + len(fraction), len(fraction), true
	case *Cast:
		if from := e.Arg.Of().class(); e.Type.class() == decimal && (from == decimal || from == integer) {
			return digits(e.Arg)
		}
	case *Call:
		if len(e.Args) == 1 && (e.Name == "-" || e.Name == "abs" || e.Name == "@") {
			return digits(e.Args[0])
		}
		if len(e.Args) != 2 {
			break
		}
		w1, s1, ok1 := digits(e.Args[0])
		w2, s2, ok2 := digits(e.Args[1])
		if !ok1 || !ok2 {
			break
		}
		switch e.Name {
		case "+", "-":
			scale = max(s1, s2)
			return max(w1-s1, w2-s2) + scale + 1, scale, true
		case "*":
			return w1 + w2, s1 + s2, true
		}
	}
	if e.Of().class() == integer {
		return 19, 0, true
	}
	return 0, 0, false
}

// exactDouble reports whether the decimals of an expression have so few digits that all
// products convert them to the same double.
func exactDouble(e Expr) bool {
	width, _, ok := digits(e)
	return ok && width <= 15
}

// fits reports whether every value of an expression fits a decimal type, so that DuckDB
// neither rounds it nor fails.
func fits(e Expr, t Type) bool {
	if e.Of().class() != decimal {
		return true
	}
	width, scale, ok := digits(e)
	return ok && scale <= t.Scale && width-scale <= t.Width-t.Scale
}
