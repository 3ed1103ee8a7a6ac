// Explains why an expression is not true: the actual value, the expected one, and their
// distance.

package expression

import (
	"fmt"
	"math/big"
	"strings"
	"time"
)

// why explains the row that was judged last, or the totals.
func (b *Bound) why() string {
	x := explanation{scope: &b.scope, now: b.expression.now}
	return x.why(b.expression.root, true)
}

type explanation struct {
	scope *scope
	now   time.Time
}

// opposite maps each comparison to its negation.
var opposite = map[string]string{"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}

// mirrored maps each comparison to the one with exchanged sides.
var mirrored = map[string]string{"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}

// why explains why a condition is not true, or, if want is false, why it is not false.
func (x explanation) why(n *node, want bool) string {
	v, err := n.eval(x.scope)
	if err != nil { // the error is reported elsewhere
		return n.text + ": " + err.Error()
	}
	switch n.form {
	case negation:
		return x.why(n.sides[0], !want)
	case both, either:
		return x.joined(n, want)
	case choice:
		if v, _ := n.sides[0].eval(x.scope); v == true {
			return x.why(n.sides[1], want)
		}
		return x.why(n.sides[2], want)
	}
	if v == nil {
		return x.unknown(n)
	}
	switch n.form {
	case comparing:
		return x.compared(n, want)
	case isNull, isNotNull:
		if (n.form == isNull) == want {
			return x.is(n.sides[0]) + ", expected NULL"
		}
		return n.sides[0].text + " is NULL, expected a value"
	case inList:
		words := "expected one of "
		if !want {
			words = "expected none of "
		}
		var members []string
		for _, m := range n.sides[1:] {
			members = append(members, x.shown(m))
		}
		return x.is(n.sides[0]) + ", " + words + strings.Join(members, ", ")
	case inRange:
		words := "expected "
		if !want {
			words = "expected not to be "
		}
		return x.is(n.sides[0]) + ", " + words + x.shown(n.sides[1]) + " to " + x.shown(n.sides[2]) + x.outside(n, want)
	case matching:
		_, pattern, _ := strings.Cut(n.text[len(n.sides[0].text):], " matches ")
		return x.is(n.sides[0]) + ", " + expectedTo(want) + "match " + pattern
	}
	return fmt.Sprintf("%s is %s", n.text, show(v))
}

func expectedTo(want bool) string {
	if want {
		return "expected to "
	}
	return "expected not to "
}

// joined explains the sides of && and || that matter. It ignores the right side of && if
// the left side is false, and the right side of || if the left side is true.
func (x explanation) joined(n *node, want bool) string {
	var parts []string
	for _, side := range n.sides {
		v, err := side.eval(x.scope)
		if err != nil {
			break
		}
		if v != want {
			parts = append(parts, x.why(side, want))
		}
		if v == (n.form == either) {
			break
		}
	}
	glue := "; "
	if (n.form == either) == want {
		glue = " and "
	}
	return strings.Join(parts, glue)
}

// unknown names the operands that make a node NULL.
func (x explanation) unknown(n *node) string {
	var names []string
	var look func(*node)
	look = func(n *node) {
		if v, err := n.eval(x.scope); err != nil || v != nil {
			return
		}
		if n.form == column {
			said := n.text + " is NULL"
			if len(names) == 0 || names[len(names)-1] != said {
				names = append(names, said)
			}
			return
		}
		for _, side := range n.sides {
			look(side)
		}
	}
	look(n)
	if len(names) == 0 {
		return n.text + " is NULL"
	}
	return strings.Join(names, ", ")
}

// is describes the value of an operand.
func (x explanation) is(n *node) string {
	v, _ := n.eval(x.scope)
	if n.form == literal {
		return n.text
	}
	return n.text + " is " + show(v)
}

// shown returns the expected value, with its origin.
func (x explanation) shown(n *node) string {
	v, _ := n.eval(x.scope)
	if n.constant {
		return show(v)
	}
	return n.text + ", which is " + show(v)
}

func (x explanation) compared(n *node, want bool) string {
	left, right, op := n.sides[0], n.sides[1], n.operator
	if !comparisons[op] {
		verb := map[string]string{"contains": "contain", "startsWith": "start with", "endsWith": "end with"}[op]
		return x.is(left) + ", " + expectedTo(want) + verb + " " + x.shown(right)
	}
	if !want {
		op = opposite[op]
	}
	if left.constant && !right.constant {
		left, right, op = right, left, mirrored[op]
	}
	if left.constant {
		return n.text + " is " + fmt.Sprint(!want)
	}
	a, _ := left.eval(x.scope)
	b, _ := right.eval(x.scope)
	a, b = readAs(a, b), readAs(b, a)
	if d, err := matchDuration(a, b); err == nil {
		a = d
	}
	if fresh := x.fresh(left, right, op, a, b); fresh != "" {
		return fresh
	}
	return fmt.Sprintf("%s, expected %s %s%s", x.is(left), op, x.shown(right), distance(a, b))
}

// fresh returns the age of an instant if the expression is about it: the instant is
// compared with a value that is computed from now(), or its age is compared with a
// duration.
func (x explanation) fresh(left, right *node, op string, a, b any) string {
	if op == "==" || op == "!=" || !right.constant {
		return ""
	}
	at, isInstant := a.(time.Time)
	limit, limited := b.(time.Time)
	switch {
	case isInstant && limited && strings.Contains(right.text, "now()"):
		return aged(left.text, x.now.Sub(at), x.now.Sub(limit), op == ">" || op == ">=")
	case left.operator == "-" && left.sides[0].text == "now()":
		age, ok1 := a.(time.Duration)
		most, ok2 := b.(time.Duration)
		if ok1 && ok2 {
			return aged(left.sides[1].text, age, most, op == "<" || op == "<=")
		}
	}
	return ""
}

// aged describes how old something is, and how old it may or must be.
func aged(name string, age, limit time.Duration, most bool) string {
	was, allowed := lengths(age.Abs(), limit.Abs())
	is := "is " + was + " old"
	if age < 0 {
		is = "is " + was + " in the future"
	}
	switch {
	case limit == 0 && most:
		return name + " " + is + ", and is to be in the future"
	case limit == 0:
		return name + " " + is + ", and the future is not allowed"
	case limit < 0 && most:
		return name + " " + is + ", at least " + allowed + " in the future is wanted"
	case limit < 0:
		return name + " " + is + ", at most " + allowed + " in the future is allowed"
	case most:
		return name + " " + is + ", at most " + allowed + " is allowed"
	}
	return name + " " + is + ", at least " + allowed + " is wanted"
}

// outside describes how far a value is from a range.
func (x explanation) outside(n *node, want bool) string {
	if !want {
		return ""
	}
	v, _ := n.sides[0].eval(x.scope)
	for i, end := range n.sides[1:] {
		b, _ := end.eval(x.scope)
		if b == nil {
			continue
		}
		if c, err := compare(v, b); err == nil && (i == 0 && c < 0 || i == 1 && c > 0) {
			v = readAs(v, b)
			if d, err := matchDuration(v, b); err == nil {
				v = d
			}
			return distance(v, readAs(b, v))
		}
	}
	return ""
}

// distance describes by how much the first value is more or less than the second. It is
// empty if they are equal or have no distance.
func distance(a, b any) string {
	p, ok1 := a.(bool)
	q, ok2 := b.(bool)
	if ok1 && ok2 || p && q {
		return ""
	}
	if x, y, ok := numbers(a, b); ok {
		d := new(big.Rat).Sub(x, y)
		if d.Sign() == 0 {
			return ""
		}
		return ": " + shorten(showNumber(new(big.Rat).Abs(d))) + map[bool]string{true: " more", false: " less"}[d.Sign() > 0]
	}
	late, early := " later", " earlier"
	d, err := subtract(a, b)
	if _, ok := a.(time.Duration); ok {
		late, early = " more", " less"
	}
	by, ok := d.(time.Duration)
	if _, text := a.(string); text || err != nil || !ok || by == 0 {
		return ""
	}
	length, _ := lengths(by.Abs(), 0)
	return ": " + length + map[bool]string{true: late, false: early}[by > 0]
}

// Distance describes by how much a value is more, less, earlier or later than another, such
// as "0.25 less". Both are numbers or instants as text. It is empty if they have no
// distance.
func Distance(v, than string) string {
	a, ok1 := rational(v)
	b, ok2 := rational(than)
	if ok1 && ok2 {
		return strings.TrimPrefix(distance(a, b), ": ")
	}
	at, ok1 := instantOf(v)
	other, ok2 := instantOf(than)
	if ok1 && ok2 {
		return strings.TrimPrefix(distance(at, other), ": ")
	}
	return ""
}

// lengths returns the texts of two durations, with enough units to distinguish them.
func lengths(a, b time.Duration) (string, string) {
	for units := 2; ; units++ {
		x, y := length(a, units), length(b, units)
		if x != y || a == b || units > 7 {
			return x, y
		}
	}
}

// length returns a duration in its largest units. Most is the largest number of units.
func length(d time.Duration, most int) string {
	var parts []string
	for _, u := range []struct {
		is   time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}, {time.Millisecond, "ms"}, {time.Microsecond, "µs"}, {time.Nanosecond, "ns"}} {
		n := d / u.is
		d -= n * u.is
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, u.name))
		}
		if len(parts) > 0 {
			if most--; most == 0 {
				break
			}
		}
	}
	if len(parts) == 0 {
		return "0 s"
	}
	return strings.Join(parts, " ")
}
