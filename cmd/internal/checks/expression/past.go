// Numbers of earlier runs: previous.n, and history("n", duration("7d")).median.

package expression

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"

	"github.com/fanql/fanql/sources/nearest"
)

// A Need describes the numbers of earlier runs that an expression uses: those of one column
// of their answers.
type Need struct {
	Column string // matched regardless of case, unless two columns differ only in case
	// Window is how far back the numbers go; 0 is the newest number, however old it is.
	Window    time.Duration
	Line, Col int // the place in the text, both from 1
}

// A Recall returns the needed numbers, oldest first, or an empty list if there are none.
// The caller must not change them.
type Recall func(Need) []*big.Rat

// A past is a number that is computed from those of earlier runs.
type past struct {
	Need
	text string
	of   string // a key of summaries
}

// summaries are the functions that summarize numbers. They get at least one number, except
// count.
var summaries = map[string]func([]*big.Rat) *big.Rat{
	"count":  func(v []*big.Rat) *big.Rat { return new(big.Rat).SetInt64(int64(len(v))) },
	"first":  func(v []*big.Rat) *big.Rat { return v[0] },
	"last":   func(v []*big.Rat) *big.Rat { return v[len(v)-1] },
	"max":    func(v []*big.Rat) *big.Rat { return slices.MaxFunc(v, (*big.Rat).Cmp) },
	"mean":   Mean,
	"median": Median,
	"min":    func(v []*big.Rat) *big.Rat { return slices.MinFunc(v, (*big.Rat).Cmp) },
	"sum":    sumOf,
}

// summaryNames are the keys of summaries, in their order in messages.
var summaryNames = []string{"median", "mean", "min", "max", "sum", "count", "first", "last"}

func sumOf(v []*big.Rat) *big.Rat {
	sum := new(big.Rat)
	for _, n := range v {
		sum.Add(sum, n)
	}
	return sum
}

// Mean returns the mean of numbers. There must be at least one.
func Mean(v []*big.Rat) *big.Rat {
	return new(big.Rat).Quo(sumOf(v), new(big.Rat).SetInt64(int64(len(v))))
}

// Median returns the median of numbers. There must be at least one. The median of an even
// count is the mean of the two in the middle.
func Median(v []*big.Rat) *big.Rat {
	v = slices.SortedFunc(slices.Values(v), (*big.Rat).Cmp)
	return Mean(v[(len(v)-1)/2 : len(v)/2+1])
}

// Number reads a number in the text of servers, exactly; ok is false for NaN and infinities.
func Number(text string) (n *big.Rat, ok bool) { return rational(text) }

// Past returns the numbers of earlier runs that the expression uses.
func (e *Expression) Past() (all []Need) {
	for _, p := range e.past {
		all = append(all, p.Need)
	}
	return all
}

// Recall gives the expression the numbers of earlier runs. Without this call there are
// none.
func (b *Bound) Recall(recall Recall) {
	for i, p := range b.expression.past {
		b.scope.past[i] = nil
		if numbers := recall(p.Need); len(numbers) > 0 || p.of == "count" {
			b.scope.past[i] = reduced(summaries[p.of](numbers))
		}
	}
}

// Unrecalled describes a number of earlier runs that is missing. ok is false if none is
// missing. An expression that is NULL because of a missing number cannot be judged yet.
func (b *Bound) Unrecalled() (text string, ok bool) {
	for i, p := range b.expression.past {
		if b.scope.past[i] != nil {
			continue
		}
		if p.Window == 0 {
			return fmt.Sprintf("%s: no earlier run has a number for it", p.text), true
		}
		return fmt.Sprintf("%s: no run of the last %s has a number for it", p.text, length(p.Window, 2)), true
	}
	return "", false
}

// member translates a member after a dot: a column of the previous run, or a summary of a
// history. Ok is false for other members.
func (t *translator) member(n *ast.MemberNode) (out *node, ok bool, err error) {
	property, named := n.Property.(*ast.StringNode)
	switch of := n.Node.(type) {
	case *ast.IdentifierNode:
		if of.Value != "previous" || !named {
			return nil, false, nil
		}
		out, err = t.recalled(n, past{Need: Need{Column: property.Value}, of: "last", text: "previous" + memberText(property.Value)})
		return out, true, err
	case *ast.CallNode:
		callee, isName := of.Callee.(*ast.IdentifierNode)
		if !isName || callee.Value != "history" {
			return nil, false, nil
		}
		p, err := t.history(of)
		if err != nil {
			return nil, true, err
		}
		if !named || summaries[property.Value] == nil {
			hint := "there are " + strings.Join(summaryNames, ", ")
			if named {
				if near, ok := nearest.Name(property.Value, summaryNames); ok {
					hint = "did you mean " + near + "?"
				}
			}
			return nil, true, t.fault(n.Location(), "a history has no such number: %s", hint)
		}
		p.of, p.text = property.Value, p.text+"."+property.Value
		out, err = t.recalled(n, p)
		return out, true, err
	}
	return nil, false, nil
}

// history reads the arguments of history("n", duration("7d")).
func (t *translator) history(n *ast.CallNode) (p past, err error) {
	const usage = `history takes a column and a time, as in history("n", duration("7d")).median`
	if len(n.Arguments) != 2 {
		return p, t.fault(n.Location(), usage)
	}
	name, ok := n.Arguments[0].(*ast.StringNode)
	if !ok {
		return p, t.fault(begin(n.Arguments[0]), "%s: the column stands in quotes", usage)
	}
	window, err := t.node(n.Arguments[1])
	if err != nil {
		return p, err
	}
	if !window.constant || window.kind != duration {
		return p, t.fault(begin(n.Arguments[1]), usage)
	}
	v, err := window.eval(nil)
	if err != nil {
		return p, t.fault(begin(n.Arguments[1]), "%v", err)
	}
	d, ok := v.(time.Duration)
	if !ok || d <= 0 {
		return p, t.fault(begin(n.Arguments[1]), "a history goes back: its time is more than 0")
	}
	p.Column, p.Window = name.Value, d
	p.text = fmt.Sprintf("history(%q, %s)", name.Value, window.text)
	return p, nil
}

// recalled returns a node for a number of earlier runs.
func (t *translator) recalled(n ast.Node, p past) (*node, error) {
	if t.merged {
		return nil, t.fault(begin(n), "%s is of answers of one row, and this is over many: it stands in expect, warn or fail, or in a check with over: all", p.text)
	}
	at := slices.IndexFunc(t.past, func(o past) bool { return o.text == p.text })
	if at < 0 {
		at = len(t.past)
		place := placed(t.source, begin(n).From, "")
		p.Line, p.Col = place.Line, place.Col
		t.past = append(t.past, p)
	}
	return &node{text: p.text, kind: number, form: column, eval: func(s *scope) (any, error) { return s.past[at], nil }}, nil
}

// memberText returns a column as it is written after previous.
func memberText(name string) string {
	if plain(name) {
		return "." + name
	}
	return fmt.Sprintf("[%q]", name)
}
