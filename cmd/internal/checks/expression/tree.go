// The tree of an expression, which evaluates itself. Only our own operators handle its
// values.

package expression

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// A scope has the values of names while an expression is evaluated.
type scope struct {
	columns []any // in the order of Expression.columns
	totals  []any // in the order of Expression.aggregates
	past    []any // in the order of Expression.past
}

// A node is a part of an expression. It may not evaluate all operands: the right side of &&
// is not evaluated if the left side decides.
type node struct {
	text     string // as a user would write it, with all digits of its numbers
	kind     kind
	form     form
	operator string  // the operator of a binary form, as written
	sides    []*node // operands
	constant bool    // the value is known: the node has neither columns nor aggregates
	extreme  *node   // the min or max of a column that the value may be
	place    int     // for a column of the row: its place in Expression.columns, from 1; 0 otherwise
	truth    bool    // the value has to be true, false or NULL, whatever its kind is
	pattern  *regexp.Regexp
	eval     func(*scope) (any, error)
}

// A form is the syntactic form of a node, for messages and for the fast path.
type form uint8

const (
	other     form = iota
	column         // or an aggregate
	literal        // a value that is written in the text
	comparing      // ==, <, contains and the like
	both           // &&
	either         // ||
	negation       // !
	isNull         // == nil
	isNotNull      // != nil
	inList
	inRange
	matching // matches; the pattern is not among the sides
	choice   // a ? b : c
	fallback // a ?? b, coalesce
)

// values evaluates sides in order, until one returns an error.
func values(sides []*node, s *scope) ([]any, error) {
	all := make([]any, len(sides))
	for i, n := range sides {
		v, err := n.eval(s)
		if err != nil {
			return nil, err
		}
		all[i] = v
	}
	return all, nil
}

func given(v any, k kind, text string) *node {
	return &node{text: text, kind: k, form: literal, constant: true, eval: func(*scope) (any, error) { return v, nil }}
}

// allConstant reports whether the values of all nodes are known.
func allConstant(nodes []*node) bool {
	for _, n := range nodes {
		if !n.constant {
			return false
		}
	}
	return true
}

// called returns a node that calls f with all its arguments.
func called(name string, k kind, f func([]any) (any, error), args ...*node) *node {
	texts := make([]string, len(args))
	for i, a := range args {
		texts[i] = a.text
	}
	return &node{
		text: name + "(" + strings.Join(texts, ", ") + ")", kind: k, sides: args, constant: allConstant(args),
		eval: func(s *scope) (any, error) {
			v, err := values(args, s)
			if err != nil {
				return nil, err
			}
			return f(v)
		},
	}
}

// infix returns a node for an operator with two sides. The result is NULL if one of them is
// NULL.
func infix(name string, o operator, k kind, a, b *node) *node {
	f := other
	if o.gives == boolean {
		f = comparing
	}
	return &node{
		text: a.operand(name, false) + " " + name + " " + b.operand(name, true), kind: k, form: f, operator: name, sides: []*node{a, b}, constant: a.constant && b.constant,
		eval: func(s *scope) (any, error) {
			x, err := a.eval(s)
			if err != nil {
				return nil, err
			}
			y, err := b.eval(s)
			if err != nil || x == nil || y == nil {
				return nil, err
			}
			return o.call(x, y)
		},
	}
}

// condition returns a node whose value must be true, false or NULL.
func condition(n *node) *node {
	if n.kind == boolean {
		return n
	}
	c := *n
	c.truth = true
	c.eval = func(s *scope) (any, error) {
		v, err := n.eval(s)
		if err != nil {
			return nil, err
		}
		return truth(v)
	}
	return &c
}

// joined returns a node for && (where false decides) or || (where true decides).
func joined(f form, a, b *node) *node {
	decides, name := f == either, "&&"
	if f == either {
		name = "||"
	}
	return &node{
		text: a.operand(name, false) + " " + name + " " + b.operand(name, true), kind: boolean, form: f, operator: name, sides: []*node{a, b}, constant: a.constant && b.constant,
		eval: func(s *scope) (any, error) {
			x, err := a.eval(s)
			if err != nil || x == decides {
				return x, err
			}
			y, err := b.eval(s)
			if err != nil || y == decides {
				return y, err
			}
			if x == nil {
				return nil, nil
			}
			return y, nil
		},
	}
}

func not(n *node) *node {
	return &node{
		text: "!" + n.wrapped(), kind: boolean, form: negation, operator: "!", sides: []*node{n}, constant: n.constant,
		eval: func(s *scope) (any, error) {
			v, err := n.eval(s)
			if err != nil || v == nil {
				return nil, err
			}
			return v == false, nil
		},
	}
}

// nullTest returns a node that tests whether a value is NULL, or whether it is not.
func nullTest(f form, n *node, word string) *node {
	op := map[form]string{isNull: " == ", isNotNull: " != "}[f]
	return &node{
		text: n.operand("==", false) + op + word, operator: "==", kind: boolean, form: f, sides: []*node{n}, constant: n.constant,
		eval: func(s *scope) (any, error) {
			v, err := n.eval(s)
			return (v == nil) == (f == isNull), err
		},
	}
}

// chosen returns a node for the first of two values if the condition is true, else for the
// second.
func chosen(cond, yes, no *node, k kind) *node {
	sides := []*node{cond, yes, no}
	return &node{
		extreme: extremeOf(yes, no),
		text:    cond.operand("?", true) + " ? " + yes.operand("?", true) + " : " + no.operand("?", true), kind: k, form: choice, operator: "?", sides: sides, constant: allConstant(sides),
		eval: func(s *scope) (any, error) {
			v, err := cond.eval(s)
			switch {
			case err != nil:
				return nil, err
			case v == true:
				return yes.eval(s)
			}
			return no.eval(s)
		},
	}
}

// firstOf returns a node for the first value that is not NULL. Later values are not
// evaluated.
func firstOf(text, operator string, k kind, sides ...*node) *node {
	return &node{
		extreme: extremeOf(sides...),
		text:    text, kind: k, form: fallback, operator: operator, sides: sides, constant: allConstant(sides),
		eval: func(s *scope) (any, error) {
			for _, n := range sides {
				if v, err := n.eval(s); err != nil || v != nil {
					return v, err
				}
			}
			return nil, nil
		},
	}
}

// extremeOf returns the first min or max that one of the nodes may be.
func extremeOf(nodes ...*node) *node {
	for _, n := range nodes {
		if n.extreme != nil {
			return n.extreme
		}
	}
	return nil
}

// member returns a node that tests whether a value is in a list, or in a range that
// includes both ends.
func member(f form, sides []*node) *node {
	texts := make([]string, len(sides))
	for i, n := range sides {
		texts[i] = n.text
		if f == inRange {
			texts[i] = n.operand("..", true)
		}
	}
	test, list := in, "["+strings.Join(texts[1:], ", ")+"]"
	if f == inRange {
		test, list = between, strings.Join(texts[1:], "..")
	}
	n := called("", boolean, test, sides...)
	n.text, n.form, n.operator = sides[0].operand("in", false)+" in "+list, f, "in"
	return n
}

func matches(n *node, re *regexp.Regexp) *node {
	return &node{
		text: n.operand("matches", false) + " matches " + strconv.Quote(re.String()), kind: boolean, form: matching, operator: "matches", sides: []*node{n}, constant: n.constant, pattern: re,
		eval: func(sc *scope) (any, error) {
			v, err := n.eval(sc)
			if err != nil || v == nil {
				return nil, err
			}
			s, ok := v.(string)
			if !ok {
				return nil, fmt.Errorf("matches is for text, not %s, %s", class(v), show(v))
			}
			return re.MatchString(s), nil
		},
	}
}

func negated(n *node) *node {
	return &node{
		text: "-" + n.wrapped(), operator: "sign", kind: n.kind, sides: []*node{n}, constant: n.constant, form: map[bool]form{true: literal}[n.form == literal],
		eval: func(s *scope) (any, error) {
			v, err := n.eval(s)
			if err != nil || v == nil {
				return nil, err
			}
			return negative(v)
		},
	}
}

// precedence has the precedence of operators in the library. Other operators have that of
// comparisons.
var precedence = map[string]int{"?": 0, "||": 10, "&&": 15, "..": 25, "+": 30, "-": 30, "*": 60, "/": 60, "%": 60, "**": 100, "^": 100, "!": 50, "sign": 90}

func binds(operator string) int {
	if p, ok := precedence[operator]; ok {
		return p
	}
	return 20
}

// operand returns the text as a side of an operator, in brackets if it needs them.
func (n *node) operand(operator string, right bool) string {
	if operator == "??" || n.operator == "??" { // the library accepts no other operator next to it without brackets
		if n.operator == "" || n.operator == operator && !right || operator == "?" {
			return n.text
		}
		return n.wrapped()
	}
	if n.operator == "" || binds(n.operator) > binds(operator) || !right && binds(n.operator) == binds(operator) && binds(operator) > 20 && binds(operator) < 100 {
		return n.text
	}
	return n.wrapped()
}

// wrapped returns the text after a sign, in brackets if it needs them.
func (n *node) wrapped() string {
	if n.operator != "" {
		return "(" + n.text + ")"
	}
	return n.text
}
