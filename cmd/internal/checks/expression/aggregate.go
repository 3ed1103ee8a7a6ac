// Aggregates: the parts of an expression over many rows.

package expression

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"

	"github.com/fanql/fanql/sources/row"
)

var aggregateNames = []string{"sum", "count", "min", "max", "distinct"}

// An aggregate is a call in the text, such as sum(amount * n).
type aggregate struct {
	name     string
	text     string // as messages show it; aggregates with the same text are one
	argument *node  // over one row; nil for count()
}

func (t *translator) aggregate(n *ast.CallNode, name string) (*node, error) {
	switch {
	case !t.merged:
		return nil, t.fault(n.Location(), "%s is over many rows: it stands in all:", name)
	case t.within:
		return nil, t.fault(n.Location(), "%s within another of its kind", name)
	case len(n.Arguments) > 1 || len(n.Arguments) == 0 && name != "count":
		return nil, t.fault(n.Location(), "%s takes one value, such as a column", name)
	}
	gives := number
	a := aggregate{name: name, text: name + "()"}
	if len(n.Arguments) == 1 {
		t.within = true
		argument, err := t.node(n.Arguments[0])
		t.within = false
		switch {
		case err != nil:
			return nil, err
		case name == "sum" && !open(argument.kind) && argument.kind != number && argument.kind != boolean:
			return nil, t.fault(begin(n.Arguments[0]), "%s has no sum", argument.kind)
		}
		a.argument, a.text = argument, name+"("+argument.text+")"
		if name == "min" || name == "max" {
			gives = argument.kind
			if gives == text || gives == boolean { // or what such values mean next to others
				gives = unknown
			}
		}
	}
	at := slices.IndexFunc(t.aggregates, func(b aggregate) bool { return b.text == a.text })
	if at < 0 {
		at = len(t.aggregates)
		t.aggregates = append(t.aggregates, a)
	}
	out := &node{text: a.text, kind: gives, form: column, eval: func(s *scope) (any, error) { return s.totals[at], nil }}
	if (name == "min" || name == "max") && a.argument.form == column {
		out.extreme = out
	}
	return out, nil
}

// A total is the value of an aggregate over the rows so far.
type total struct {
	aggregate
	tally // the part that the fast path has counted
	n     int64
	sum   *big.Rat // nil before the first number
	best  any      // the result of min and max so far
	texts any      // the same of texts, which count as instants if any value is an instant
	bound any      // the best text as an instant
	wrong *string  // a text that is neither a number nor an instant; nil if there is none
	seen  map[string]struct{}
	size  int64 // the size of seen, in bytes
	// samples has a value of each class in seen.
	samples map[kind]any
}

// maxDistinct bounds the memory of distinct for the values that it has seen, in bytes.
const maxDistinct = 64 << 20

// errDistinct is the error if distinct exceeds maxDistinct.
var errDistinct = errors.New("distinct has seen more values than it can remember (64 MiB): let the databases count, or check fewer rows")

// add takes the value that the argument has in one row. NULL does not count, as in
// SQL.
func (t *total) add(v any) error {
	if v == nil {
		return nil
	}
	if err := t.flush(); err != nil {
		return err
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
		return t.extreme(v)
	case "distinct":
		return t.different(v)
	}
	return nil
}

// extreme adds a value to min or max. The values so far have the same class. Texts may also
// stand for instants, which is known only after the last value.
func (t *total) extreme(v any) error {
	s, isText := v.(string)
	other := t.best
	if !isText {
		other = t.texts
	}
	if other != nil && (class(v) != instant && class(other) != instant) {
		return fmt.Errorf("%s: %w", t.text, errIncomparable(v, other))
	}
	if !isText {
		return t.better(&t.best, v)
	}
	if t.wrong == nil {
		if at, ok := instantOf(s); !ok {
			wrong := s // the copy is kept instead of s
			t.wrong = &wrong
		} else if err := t.better(&t.bound, at); err != nil {
			return err
		}
	}
	return t.better(&t.texts, v)
}

// better keeps the smaller or the larger of two values.
func (t *total) better(best *any, v any) error {
	if *best == nil {
		*best = v
		return nil
	}
	c, err := compare(v, *best)
	if err != nil {
		return fmt.Errorf("%s: %w", t.text, err)
	}
	if c != 0 && c < 0 == (t.name == "min") {
		*best = v
	}
	return nil
}

// different adds a value to distinct. Values that are equal by == count once.
func (t *total) different(v any) error {
	k := class(v)
	if k == boolean {
		k = number
	}
	id := identity(v)
	if _, ok := t.seen[id]; ok {
		return nil
	}
	for other, sample := range t.samples {
		if other != k && !comparable(other, k) {
			return fmt.Errorf("%s: %w", t.text, errIncomparable(v, sample))
		}
	}
	if t.size += int64(len(id)) + 32; t.size > maxDistinct {
		return errDistinct
	}
	if t.seen == nil {
		t.seen, t.samples = map[string]struct{}{}, map[kind]any{}
	}
	if _, ok := t.samples[k]; !ok {
		t.samples[k] = v
	}
	t.seen[id] = struct{}{}
	return nil
}

// textMark begins the identity of a text, and of no other value.
const textMark = "t"

// identity returns the same text for equal values of one class, also for values of the fast
// path. A boolean counts as a number.
func identity(v any) string {
	switch x := v.(type) {
	case string:
		return textMark + x
	case time.Duration:
		return "d" + strconv.FormatInt(int64(x), 10)
	case time.Time:
		if x.Nanosecond()%1000 != 0 {
			return "i" + x.Format(time.RFC3339Nano)
		}
	case bool, int64, *big.Rat:
		r, _ := rat(x)
		return "n" + showNumber(r)
	}
	return "k" + string(key(v))
}

// value returns the total. It is NULL if there was no value, as in SQL.
func (t *total) value() (any, error) {
	if err := t.flush(); err != nil {
		return nil, err
	}
	switch t.name {
	case "count":
		return t.n, nil
	case "distinct":
		return t.distinct()
	case "sum":
		if t.sum == nil {
			return nil, nil
		}
		return reduced(t.sum), nil
	}
	switch {
	case t.best == nil:
		return t.texts, nil
	case t.texts == nil:
		return t.best, nil
	case t.wrong != nil:
		return nil, fmt.Errorf("%s: %w", t.text, errIncomparable(*t.wrong, t.best))
	}
	best := t.best
	err := t.better(&best, t.bound)
	return best, err
}

// distinct returns the number of different values. Text is read as an instant if there are
// instants.
func (t *total) distinct() (any, error) {
	instants, both := t.samples[instant]
	if _, texts := t.samples[text]; !both || !texts {
		return int64(len(t.seen)), nil
	}
	all := map[string]struct{}{}
	for id := range t.seen {
		if s, ok := strings.CutPrefix(id, textMark); ok {
			at, ok := instantOf(s)
			if !ok {
				return nil, fmt.Errorf("%s: %w", t.text, errIncomparable(s, instants))
			}
			id = identity(at)
		}
		all[id] = struct{}{}
	}
	return int64(len(all)), nil
}

// Add adds all rows of a batch to the totals.
func (b *Bound) Add(rows *row.Batch) (err error) {
	defer Contain(b.expression, &err)
	for i := range rows.Rows() {
		cells, loaded := rows.Row(i), false
		for n := range b.totals {
			t := &b.totals[n]
			switch {
			case t.argument == nil:
				t.n++
				continue
			case t.quick != nil && t.take(t.quick(rows, cells)):
				continue
			case !loaded:
				b.load(rows, i)
				loaded = true
			}
			v, err := t.argument.eval(&b.scope)
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

// Total judges the totals and describes them. If they are not as expected, the text also
// says what was expected.
func (b *Bound) Total() (t Truth, what string, err error) {
	defer Contain(b.expression, &err)
	b.scope.totals = make([]any, len(b.totals))
	for n := range b.totals {
		if b.scope.totals[n], err = b.totals[n].value(); err != nil {
			return Unknown, "", err
		}
	}
	v, err := b.expression.root.eval(&b.scope)
	if err != nil {
		return Unknown, "", err
	}
	var said []string
	if t = truthOf(v); t != True {
		what = b.why()
		said = append(said, what)
	}
	for n, v := range b.scope.totals {
		if !strings.Contains(what, b.totals[n].text) {
			said = append(said, fmt.Sprintf("%s is %s", b.totals[n].text, show(v)))
		}
	}
	return t, strings.Join(said, ", "), nil
}
