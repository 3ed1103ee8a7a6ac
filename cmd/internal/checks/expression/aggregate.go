// Aggregates: what an expression over many rows is made of.

package expression

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm"

	"github.com/fanql/fanql/sources/row"
)

var aggregateNames = []string{"sum", "count", "min", "max", "distinct"}

// An aggregate is one in the text, such as sum(amount * n).
type aggregate struct {
	name     string
	text     string
	variable string      // that stands for it in the rest of the expression
	argument *vm.Program // over one row; nil for count()
}

func (t *translator) aggregate(n *ast.CallNode, name string) (ast.Node, kind, error) {
	switch {
	case !t.merged:
		return n, unknown, t.fault(n.Location(), "%s is over many rows: it stands in all:", name)
	case t.within:
		return n, unknown, t.fault(n.Location(), "%s within another of its kind", name)
	case len(n.Arguments) > 1 || len(n.Arguments) == 0 && name != "count":
		return n, unknown, t.fault(n.Location(), "%s takes one value, such as a column", name)
	}
	gives := unknown
	a := aggregate{name: name, text: n.String(), variable: fmt.Sprintf("$%s%d", name, len(t.aggregates))}
	if len(n.Arguments) == 1 {
		t.within = true
		argument, k, err := t.node(n.Arguments[0])
		t.within = false
		switch {
		case err != nil:
			return n, unknown, err
		case name == "sum" && !open(k) && k != number && k != boolean:
			return n, unknown, t.fault(begin(n.Arguments[0]), "%s has no sum", k)
		}
		if a.argument, err = compile(argument, string(t.source)); err != nil {
			return n, unknown, err
		}
		if name == "min" || name == "max" {
			gives = k
		}
	}
	if name == "sum" || name == "count" || name == "distinct" {
		gives = number
	}
	if i := slices.IndexFunc(t.aggregates, func(b aggregate) bool { return b.text == a.text }); i >= 0 {
		a = t.aggregates[i]
	} else {
		t.aggregates = append(t.aggregates, a)
	}
	return placed(&ast.IdentifierNode{Value: a.variable}, n), gives, nil
}

// A total is what an aggregate has come to.
type total struct {
	aggregate
	n    int64
	sum  *big.Rat // nil before the first number
	best any      // of min and max
	seen map[string]struct{}
	size int64 // of seen, in bytes
}

// maxDistinct bounds what distinct remembers of the values it has seen, in bytes.
const maxDistinct = 64 << 20

// errDistinct is why distinct gives up.
var errDistinct = errors.New("distinct has seen more values than it can remember (64 MiB): let the databases count, or check fewer rows")

// add takes the value that the argument has in one row. NULL does not count, as in
// SQL.
func (t *total) add(v any) error {
	if v == nil {
		return nil
	}
	t.n++
	switch t.name {
	case "sum":
		x, ok := rat(v)
		if !ok {
			return fmt.Errorf("%s: %s, %s, has no sum", t.text, class(v), show(v))
		}
		if t.sum == nil {
			t.sum = new(big.Rat)
		}
		t.sum.Add(t.sum, x)
	case "min", "max":
		if t.best == nil {
			t.best = v
			return nil
		}
		c, err := compare(v, t.best)
		if err != nil {
			return fmt.Errorf("%s: %w", t.text, err)
		}
		if c < 0 == (t.name == "min") && c != 0 {
			t.best = v
		}
	case "distinct":
		k := string(key(v))
		if _, ok := t.seen[k]; ok {
			return nil
		}
		if t.size += int64(len(k)) + 32; t.size > maxDistinct {
			return errDistinct
		}
		if t.seen == nil {
			t.seen = map[string]struct{}{}
		}
		t.seen[k] = struct{}{}
	}
	return nil
}

// value is the total, NULL where there was nothing to take it of, as in SQL.
func (t *total) value() any {
	switch t.name {
	case "count":
		return t.n
	case "distinct":
		return int64(len(t.seen))
	case "sum":
		if t.sum == nil {
			return nil
		}
		return reduced(t.sum)
	}
	return t.best
}

// Add takes all rows of a batch into the totals.
func (b *Bound) Add(rows *row.Batch) error {
	for i := range rows.Rows() {
		b.load(rows, i)
		for n := range b.totals {
			t := &b.totals[n]
			if t.argument == nil {
				t.n++
				continue
			}
			v, err := run(&b.machine, t.argument, b.env)
			if err == nil {
				err = t.add(v)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// Total judges the totals, and says what they are.
func (b *Bound) Total() (t Truth, values string, _ error) {
	env := map[string]any{}
	var shown []string
	for n := range b.totals {
		v := b.totals[n].value()
		env[b.totals[n].variable] = v
		shown = append(shown, fmt.Sprintf("%s is %s", b.totals[n].text, show(v)))
	}
	v, err := run(&b.machine, b.expression.program, env)
	return truthOf(v), strings.Join(shown, ", "), err
}
