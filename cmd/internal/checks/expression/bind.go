// An expression over the rows of one answer.

package expression

import (
	"fmt"
	"strings"

	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/sources/nearest"
	"github.com/fanql/fanql/sources/row"
)

// A Truth is the result of an expression: true, false or unknown.
type Truth uint8

const (
	False Truth = iota
	True
	Unknown // NULL
)

// String returns the truth in words.
func (t Truth) String() string { return [...]string{"false", "true", "NULL"}[t] }

func truthOf(v any) Truth {
	switch v {
	case nil:
		return Unknown
	case true:
		return True
	}
	return False
}

// A Bound expression has found its columns in an answer. Only one goroutine may use it at a
// time.
type Bound struct {
	expression *Expression
	places     []int // the indexes of its columns
	scope      scope
	totals     []total // the totals of its aggregates
	quick      judge   // nil if only the tree can judge

	judged *row.Batch // the last judged row, if scope does not have it; nil otherwise
	at     int
}

// Bind finds the columns in an answer, without regard to case, or returns an [Error] that
// lists the columns. A name that occurs twice in the answer has a suffix there: id, id_2.
func (e *Expression) Bind(s *row.Schema) (*Bound, error) {
	b := &Bound{expression: e, scope: scope{columns: make([]any, len(e.columns)), totals: make([]any, len(e.aggregates)), past: make([]any, len(e.past))}}
	var names []string
	for _, c := range columns.UniqueNames(s) {
		names = append(names, c.Name)
	}
	for i, c := range e.columns {
		at, err := Find(c, names)
		if err != nil {
			return nil, &Error{e.places[i].Line, e.places[i].Col, err.Error()}
		}
		b.places = append(b.places, at)
	}
	compiler := compiler{b.places}
	for _, a := range e.aggregates {
		t := total{aggregate: a}
		if a.argument != nil {
			t.quick = compiler.value(a.argument)
		}
		b.totals = append(b.totals, t)
	}
	if len(e.aggregates) == 0 {
		b.quick = compiler.condition(e.root)
	}
	return b, nil
}

// Rebind finds the columns in other rows of the same answer, which may have more columns.
func (b *Bound) Rebind(s *row.Schema) error {
	other, err := b.expression.Bind(s)
	if err != nil {
		return err
	}
	b.places, b.quick, b.judged = other.places, other.quick, nil
	for i := range b.totals {
		b.totals[i].quick = other.totals[i].quick
	}
	return nil
}

// Find returns the index of a column among the names of an answer. It matches names
// exactly, or else regardless of case. Its error lists the names.
func Find(column string, names []string) (int, error) {
	at := -1
	for i, name := range names {
		if name == column {
			return i, nil
		}
		if at < 0 && strings.EqualFold(name, column) {
			at = i
		}
	}
	if at < 0 {
		return 0, fmt.Errorf("the answer has no column %s: %s", column, there(column, names))
	}
	return at, nil
}

// there returns the error text that lists the columns.
func there(name string, names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = columnText(n)
	}
	if len(names) == 0 {
		return "it has none"
	}
	if near, ok := nearest.Name(name, names); ok {
		return fmt.Sprintf("did you mean %s? It has %s", near, strings.Join(quoted, ", "))
	}
	return "it has " + strings.Join(quoted, ", ")
}

// plain reports whether a column can be named without quotes.
func plain(name string) bool {
	for i, r := range name {
		if r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != ""
}

// load copies the columns of a row into the scope.
func (b *Bound) load(rows *row.Batch, i int) {
	b.judged = nil
	cells := rows.Row(i)
	for n, at := range b.places {
		b.scope.columns[n] = valueOf(rows, cells[at])
	}
}

// Row judges row i of a batch.
func (b *Bound) Row(rows *row.Batch, i int) (t Truth, err error) {
	defer Contain(b.expression, &err)
	if b.quick != nil {
		if t = b.quick(rows, rows.Row(i)); t != unsettled {
			b.judged, b.at = rows, i
			return t, nil
		}
	}
	b.load(rows, i)
	v, err := b.expression.root.eval(&b.scope)
	return truthOf(v), err
}

// Why explains why the last judged row is not as expected. The batch of that row must still
// be valid.
func (b *Bound) Why() (why string, err error) {
	defer Contain(b.expression, &err)
	if b.judged != nil {
		b.load(b.judged, b.at)
	}
	return b.why(), nil
}
