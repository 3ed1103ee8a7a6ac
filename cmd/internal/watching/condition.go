// The condition to stop: an expression over the rows of a round, in the language of checks.

package watching

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/fanql/fanql/cmd/internal/checks/expression"
	"github.com/fanql/fanql/sources/row"
)

// A Condition is an expression over the rows of a round. With sum, count, min, max or
// distinct it is over all rows together; otherwise it holds if there are rows, and it is
// true of each.
type Condition struct {
	text   string
	merged bool
}

// An InvalidCondition is an error in the text of a condition: it cannot be parsed, or names
// a missing column.
type InvalidCondition struct {
	Line, Col int // both from 1, columns in characters
	Text      string
}

func (e *InvalidCondition) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Col, e.Text)
}

var aggregated = regexp.MustCompile(`(?i)\b(sum|count|min|max|distinct)\s*\(`)

// ParseCondition reads a condition. Its error is an [InvalidCondition].
func ParseCondition(text string) (*Condition, error) {
	c := &Condition{text: text, merged: aggregated.MatchString(text)}
	e, err := c.compile(time.Now())
	if err != nil && c.merged { // the word may be part of a string
		alone := &Condition{text: text}
		if _, other := alone.compile(time.Now()); other == nil {
			return alone, nil
		}
	}
	if err != nil {
		return nil, err
	}
	if len(e.Past()) > 0 {
		return nil, &InvalidCondition{1, 1, "previous and history go with checks: a round is judged by itself"}
	}
	return c, nil
}

// String returns the text as it was given, in one line.
func (c *Condition) String() string { return strings.Join(strings.Fields(c.text), " ") }

func (c *Condition) compile(now time.Time) (*expression.Expression, error) {
	read := expression.Row
	if c.merged {
		read = expression.Merged
	}
	e, err := read(c.text, now)
	return e, invalid(err)
}

// invalid converts an error about the text of an expression to an [InvalidCondition].
func invalid(err error) error {
	if at, ok := errors.AsType[*expression.Error](err); ok {
		return &InvalidCondition{at.Line, at.Col, at.Text}
	}
	return err
}

// A Judge judges the rows of one round. Only one goroutine may use it at a time.
type Judge struct {
	condition *Condition
	read      *expression.Expression
	bound     *expression.Bound
	schema    *row.Schema
	rows      int64
	not       bool  // the condition is not true of some row
	err       error // the first error of a value
}

// Judge returns a Judge for a round. Now is the value of now().
func (c *Condition) Judge(now time.Time) *Judge {
	e, err := c.compile(now)
	return &Judge{condition: c, read: e, err: err}
}

// Add judges rows, which it borrows. Its error is an [InvalidCondition] about a missing
// column. Errors about values are returned by [Judge.End].
func (j *Judge) Add(b *row.Batch) error {
	if j.err != nil {
		return nil
	}
	if err := j.bind(b.Schema); err != nil {
		return invalid(err)
	}
	j.rows += int64(b.Rows())
	if j.condition.merged {
		j.err = j.bound.Add(b)
		return nil
	}
	for i := range b.Rows() {
		if j.not {
			break
		}
		truth, err := j.bound.Row(b, i)
		j.not, j.err = truth != expression.True, err
		if err != nil {
			break
		}
	}
	return nil
}

func (j *Judge) bind(s *row.Schema) (err error) {
	switch {
	case s == j.schema:
		return nil
	case j.bound == nil:
		j.bound, err = j.read.Bind(s)
	default:
		err = j.bound.Rebind(s)
	}
	j.schema = s
	return err
}

// End returns whether the condition holds for the round.
func (j *Judge) End() (met bool, err error) {
	switch {
	case j.err != nil:
		return false, j.err
	case j.bound == nil: // no source sent any columns
		return false, nil
	case !j.condition.merged:
		return j.rows > 0 && !j.not, nil
	}
	truth, _, err := j.bound.Total()
	return err == nil && truth == expression.True, err
}
