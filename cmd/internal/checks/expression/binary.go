// Translation of operators with two sides.

package expression

import (
	"strings"

	"github.com/expr-lang/expr/ast"
)

func (t *translator) binary(n *ast.BinaryNode) (*node, error) {
	switch n.Operator {
	case "&&", "and":
		return t.both(n, both)
	case "||", "or":
		return t.both(n, either)
	case "in":
		return t.in(n)
	}
	left, err := t.node(n.Left)
	if err != nil {
		return nil, err
	}
	if n.Operator == "matches" {
		re, err := t.pattern(n.Right)
		if err != nil {
			return nil, err
		}
		return matches(left, re), nil
	}
	right, err := t.node(n.Right)
	if err != nil {
		return nil, err
	}
	if n.Operator == "??" {
		return firstOf(left.operand("??", false)+" ?? "+right.operand("??", true), "??", shared(left, right), left, right), nil
	}
	op, ok := operators[n.Operator]
	if !ok {
		return nil, t.fault(n.Location(), "%s is not for expressions over rows", n.Operator)
	}
	a, b := left.kind, right.kind
	if (a == null || b == null) && (n.Operator == "==" || n.Operator == "!=") {
		f := isNull
		if n.Operator == "!=" {
			f = isNotNull
		}
		if a == null {
			return nullTest(f, right, left.text), nil
		}
		return nullTest(f, left, right.text), nil
	}
	gives := op.gives
	switch {
	case comparisons[n.Operator]:
		if err := t.comparable(n, left, right); err != nil {
			return nil, err
		}
	case gives == boolean: // operators of text
		for _, side := range []*node{left, right} {
			if !open(side.kind) && side.kind != text {
				return nil, t.fault(n.Location(), "%s is for text, not %s", n.Operator, side.kind)
			}
		}
	default:
		if gives, ok = calculated(n.Operator, a, b); !ok {
			return nil, t.fault(n.Location(), "%s %s %s: there is no such thing", a, n.Operator, b)
		}
	}
	return infix(n.Operator, op, gives, left, right), nil
}

// comparable returns an error if the operands cannot be compared, whatever their values
// are.
func (t *translator) comparable(n *ast.BinaryNode, left, right *node) error {
	if err := t.ordered(n, left, right); err != nil {
		return err
	}
	if !comparable(left.kind, right.kind) {
		return t.fault(n.Location(), "%s and %s cannot be compared%s", left.kind, right.kind, unquoted(left, right))
	}
	if left.kind == text && left.form == literal && right.kind == text && right.form == literal {
		return t.fault(n.Location(), "two texts that stand here are compared, and no column: a column is written without quotes, or as $env[%s]", left.text)
	}
	return nil
}

// ordered returns an error if the min or max of texts is compared with a duration: 9
// minutes are PT9M, which is greater than PT10M as a text.
func (t *translator) ordered(n *ast.BinaryNode, left, right *node) error {
	for _, sides := range [][2]*node{{left, right}, {right, left}} {
		if x := sides[0].extreme; x != nil && sides[1].kind == duration {
			name, argument, _ := strings.Cut(x.text, "(")
			return t.fault(n.Location(), "%s of a column is that of its texts: write %s(duration(%s)", name, name, argument)
		}
	}
	return nil
}

// unquoted returns a hint for a column that is written in quotes, as in SQL.
func unquoted(sides ...*node) string {
	for _, n := range sides {
		if n.form != literal || n.kind != text {
			continue
		}
		if v, err := n.eval(nil); err == nil && plain(v.(string)) {
			return ": column " + v.(string) + " would stand without quotes"
		}
	}
	return ""
}

// comparable reports whether values of two kinds may be compared. Text may be
// compared with an instant that it stands for, and a boolean with 0 and 1.
func comparable(a, b kind) bool {
	switch {
	case open(a) || open(b) || a == b:
		return true
	case a == text || b == text:
		return a == instant || b == instant
	}
	return (a == number || a == boolean) && (b == number || b == boolean)
}

// open reports whether a value may turn out to be of several kinds.
func open(k kind) bool { return k == unknown || k == reckoned || k == null }

// both translates && and ||.
func (t *translator) both(n *ast.BinaryNode, f form) (*node, error) {
	left, err := t.condition(n.Left)
	if err != nil {
		return nil, t.or(n, err)
	}
	right, err := t.condition(n.Right)
	if err != nil {
		return nil, t.or(n, err)
	}
	return joined(f, left, right), nil
}

// or returns the error for || between texts, which does not join them in this language.
func (t *translator) or(n *ast.BinaryNode, err error) error {
	if n.Operator != "||" {
		return err
	}
	for _, side := range []ast.Node{n.Left, n.Right} {
		if _, ok := side.(*ast.StringNode); ok {
			return t.fault(n.Location(), "|| is or here: write + to join texts")
		}
	}
	return err
}

// in translates membership in a list of values, or in a range that includes both ends.
func (t *translator) in(n *ast.BinaryNode) (*node, error) {
	left, err := t.node(n.Left)
	if err != nil {
		return nil, err
	}
	members, f := []ast.Node(nil), inList
	switch right := n.Right.(type) {
	case *ast.ArrayNode:
		members = right.Nodes
		if len(members) == 0 {
			return nil, t.fault(right.Location(), "the list is empty: nothing is in it")
		}
	case *ast.BinaryNode:
		if right.Operator == ".." {
			members, f = []ast.Node{right.Left, right.Right}, inRange
		}
	}
	if members == nil {
		if habit := t.habit(); habit != nil {
			return nil, habit
		}
		return nil, t.fault(begin(n.Right), "in wants a list, as in status in [\"new\", \"paid\"], or a range, as in n in 1..5")
	}
	sides := []*node{left}
	for _, m := range members {
		out, err := t.node(m)
		if err != nil {
			return nil, err
		}
		if !comparable(left.kind, out.kind) {
			return nil, t.fault(begin(m), "%s and %s cannot be compared", left.kind, out.kind)
		}
		if err := t.ordered(n, left, out); err != nil {
			return nil, err
		}
		sides = append(sides, out)
	}
	return member(f, sides), nil
}
