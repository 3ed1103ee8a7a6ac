// Expectations that are judged for each source separately.

package checks

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/fanql/fanql/cmd/internal/checks/expression"
	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// NoRows expects that there are no rows.
func NoRows() Expectation { return noRows{} }

type noRows struct{}

func (noRows) String() string { return "no rows" }

func (e noRows) judge(ctx context.Context, j *judging) {
	j.each(e, func(a query.Arrival, f *Finding) error {
		n := a.Rows.Rows()
		if n == 0 {
			return nil
		}
		err := scan(ctx, a, func(b *row.Batch, i int) error {
			if f.Rows >= int64(j.spec.Samples) {
				return errEnough
			}
			j.offends(f, b, i)
			return nil
		})
		if errors.Is(err, errEnough) {
			err = nil
		}
		f.Rows, f.Message = n, "there "+areRows(n)
		return err
	})
}

// errEnough ends a scan that only wants the first rows.
var errEnough = errors.New("there are enough samples")

func areRows(n int64) string {
	if n == 1 {
		return "is 1 row"
	}
	return "are " + report.CountRows(n)
}

// Rows expects a number of rows. The text is the number, or comparisons with numbers such
// as >= 1, or >= 1 and < 100.
func Rows(text string) (Expectation, error) {
	e := rowCount{text: strings.Join(strings.Fields(text), " ")}
	for part := range strings.SplitSeq(e.text, " and ") {
		m := countForm().FindStringSubmatch(part)
		if m == nil {
			return nil, fmt.Errorf("%q is no number of rows: write 0, >= 1, or >= 1 and < 100", text)
		}
		n, err := strconv.ParseInt(m[2], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: more rows than can be counted", m[2])
		}
		e.bounds = append(e.bounds, bound{m[1], n})
	}
	return e, nil
}

var countForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(==|=|!=|<>|<=|>=|<|>|) ?([0-9]+)$`) })

type rowCount struct {
	text   string
	bounds []bound
	not    bool // the bound must not hold
}

type bound struct {
	operator string
	n        int64
}

func (b bound) holds(rows int64) bool {
	switch b.operator {
	case "<":
		return rows < b.n
	case "<=":
		return rows <= b.n
	case ">":
		return rows > b.n
	case ">=":
		return rows >= b.n
	case "!=", "<>":
		return rows != b.n
	}
	return rows == b.n
}

// distance returns, in words, by how many rows a number is out of bounds.
func (b bound) distance(rows int64) string {
	switch by := rows - b.n; {
	case by > 0:
		return fmt.Sprintf(": %s too many", humanize.Comma(by))
	case by < 0:
		return fmt.Sprintf(": %s too few", humanize.Comma(-by))
	}
	return ""
}

func (e rowCount) String() string { return "rows " + e.text }

func (e rowCount) judge(ctx context.Context, j *judging) {
	j.each(e, func(a query.Arrival, f *Finding) error {
		n := a.Rows.Rows()
		if e.not {
			if !slices.ContainsFunc(e.bounds, func(b bound) bool { return !b.holds(n) }) {
				f.Message = fmt.Sprintf("there %s, expected not %s", areRows(n), e.text)
			}
			return nil
		}
		for _, b := range e.bounds {
			if !b.holds(n) {
				f.Message = fmt.Sprintf("there %s, expected %s%s", areRows(n), e.text, b.distance(n))
				return nil
			}
		}
		return nil
	})
}

// Row expects that an expression is true of the only row.
func Row(text string, now time.Time) (Expectation, error) {
	e, err := expression.Row(text, now)
	return single{e}, err
}

type single struct{ expression *expression.Expression }

func (e single) over() *expression.Expression { return e.expression }

func (e single) past() []expression.Need { return e.expression.Past() }

func (e single) String() string { return e.expression.String() }

func (e single) judge(ctx context.Context, j *judging) {
	j.each(e, func(a query.Arrival, f *Finding) error {
		bound, err := e.expression.Bind(a.Schema)
		if err != nil {
			return err
		}
		bound.Recall(j.recall)
		if n := a.Rows.Rows(); n != 1 {
			return fmt.Errorf("there %s, and the expression is over exactly one: each: is for every row", areRows(n))
		}
		return scan(ctx, a, func(b *row.Batch, i int) error {
			truth, err := bound.Row(b, i)
			if why, missing := bound.Unrecalled(); err == nil && missing && truth == expression.Unknown {
				return j.tooEarly(j.spec.atFirst, why)
			}
			if err == nil && truth != expression.True {
				f.Message, err = bound.Why()
				j.offends(f, b, i)
			}
			return err
		})
	})
}

// Each expects that an expression is true of every row. It also holds if there are no rows.
func Each(text string, now time.Time) (Expectation, error) {
	e, err := manyRows(text, now)
	return each{expression: e}, err
}

// manyRows reads an expression over each of many rows.
func manyRows(text string, now time.Time) (*expression.Expression, error) {
	e, err := expression.Row(text, now)
	if err != nil {
		return nil, err
	}
	if past := e.Past(); len(past) > 0 {
		return nil, &expression.Error{Line: past[0].Line, Col: past[0].Col, Text: "earlier runs have numbers of answers of one row, and each: is about any number of rows"}
	}
	return e, nil
}

// Mostly expects that an expression is true of at least a share of the rows, such as 99% or
// 99.5%. It also holds if there are no rows.
func Mostly(text, share string, now time.Time) (Expectation, error) {
	e, err := manyRows(text, now)
	if err != nil {
		return nil, err
	}
	number, ok := strings.CutSuffix(share, "%")
	if !ok || !shareForm().MatchString(number) {
		return nil, errShare(share)
	}
	least, ok := new(big.Rat).SetString(number)
	if !ok || least.Sign() <= 0 || least.Cmp(hundred) > 0 {
		return nil, errShare(share)
	}
	return each{expression: e, least: least, share: share}, nil
}

var (
	shareForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9]{1,3}(\.[0-9]{1,9})?$`) })
	hundred   = big.NewRat(100, 1)
)

func errShare(share string) error {
	return fmt.Errorf("mostly: %q is no share of the rows such as 99%% or 99.5%%", share)
}

type each struct {
	expression *expression.Expression
	least      *big.Rat // the least share of rows, in percent, for which the expression must be true; nil is all rows
	share      string   // as written
}

// enough reports whether the expression is true of enough rows. If not, it returns the
// share of rows for which it is true.
func (e each) enough(good, n int64) (enough bool, share string) {
	if e.least == nil {
		return good == n, ""
	}
	r := big.NewRat(100*good, n)
	if r.Cmp(e.least) >= 0 {
		return true, ""
	}
	const places = 10_000 // the share is cut and not rounded, so that it never looks like the expected share
	cut := new(big.Int).Quo(new(big.Int).Mul(r.Num(), big.NewInt(places)), r.Denom())
	text := new(big.Rat).SetFrac(cut, big.NewInt(places)).FloatString(4)
	return false, strings.TrimRight(strings.TrimRight(text, "0"), ".") + "%"
}

func (e each) over() *expression.Expression { return e.expression }

func (e each) String() string {
	if e.least != nil {
		return "each row, of at least " + e.share + ": " + e.expression.String()
	}
	return "each row: " + e.expression.String()
}

func (e each) judge(ctx context.Context, j *judging) {
	j.each(e, func(a query.Arrival, f *Finding) error {
		bound, err := e.expression.Bind(a.Schema)
		if err != nil {
			return err
		}
		n, unknown, why := int64(0), int64(0), ""
		err = scan(ctx, a, func(b *row.Batch, i int) error {
			n++
			truth, err := bound.Row(b, i)
			switch {
			case err != nil:
				return fmt.Errorf("row %d: %w", n, err)
			case truth == expression.Unknown:
				unknown++
			}
			if truth == expression.True {
				return nil
			}
			if f.Rows == 0 {
				if why, err = bound.Why(); err != nil {
					return err
				}
				why = fmt.Sprintf("; row %s: %s", humanize.Comma(n), why)
			}
			j.offends(f, b, i)
			return nil
		})
		enough, share := true, ""
		if n > 0 {
			enough, share = e.enough(n-f.Rows, n)
		}
		if !enough {
			f.Message = fmt.Sprintf("it is not true of %s of %s", humanize.Comma(f.Rows), report.CountRows(n))
			if unknown > 0 {
				f.Message += fmt.Sprintf(" (NULL for %s)", humanize.Comma(unknown))
			}
			if share != "" {
				f.Message += fmt.Sprintf(", but of %s, and %s is expected", share, e.share)
			}
			f.Message += why
		}
		return err
	})
}

// scan calls look for each row of an arrival, until look returns an error.
func scan(ctx context.Context, a query.Arrival, look func(b *row.Batch, i int) error) error {
	return a.Rows.Scan(func(b *row.Batch) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		for i := range b.Rows() {
			if err := look(b, i); err != nil {
				return err
			}
		}
		return nil
	})
}
