// Trends: a number of an answer compared with those of earlier runs.

package checks

import (
	"cmp"
	"context"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/fanql/fanql/cmd/internal/checks/expression"
	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/row"
)

const (
	week = 7 * 24 * time.Hour
	// sameTime is how far from the same time of an earlier week a run may be. In a zone
	// with summer time, a scheduled run moves by an hour.
	sameTime = 90 * time.Minute
	// fewest is how many earlier numbers a median or a mean needs by default.
	fewest = 5
)

// A trend expects that a number is near to the numbers of earlier runs.
type trend struct {
	column    string
	of        string
	window    time.Duration // 0 is any time
	tolerance *big.Rat
	share     bool // the tolerance is a percentage of the expected number
	written   string
	atLeast   int
	atFirst   string
	now       time.Time
	place     string // in the config
}

// readTrend reads an entry of trend. Now is the time of the run.
func readTrend(c config.Check, t config.Trend, now time.Time) (Expectation, error) {
	e := trend{column: t.Column.Value, of: t.Of, written: t.Tolerance.Value, atLeast: 1, atFirst: cmp.Or(t.AtFirst, c.AtFirst), now: now, place: t.Column.Pos.String()}
	switch t.Of {
	case "median", "mean":
		e.window, e.atLeast = week, fewest
	case "same_time_last_week":
		e.window = week
	}
	if t.Against != nil {
		e.window = *t.Against
	}
	if t.AtLeast != nil {
		e.atLeast = *t.AtLeast
	}
	if weeks := int(e.window / week); t.Of == "same_time_last_week" && e.atLeast > weeks {
		return nil, &misplaced{fmt.Errorf("at_least: %d, and there are %d weeks in %s", e.atLeast, weeks, span(e.window)), t.Column.Pos}
	}
	if t.Tolerance.Value == "" { // the reader of the config reports that
		return e, nil
	}
	number, share := strings.CutSuffix(t.Tolerance.Value, "%")
	by, ok := new(big.Rat).SetString(number)
	if !ok || strings.Trim(number, "0123456789.") != "" || len(number) > 40 {
		return nil, &misplaced{fmt.Errorf("tolerance: %q is neither a share such as 20%% nor a number such as 5", t.Tolerance.Value), t.Tolerance.Pos}
	}
	e.tolerance, e.share = by, share
	return e, nil
}

// baseline describes what the number is compared with.
func (e trend) baseline() string {
	switch e.of {
	case "previous":
		if e.window > 0 {
			return "the previous one of " + span(e.window)
		}
		return "the previous one"
	case "same_time_last_week":
		if e.window > week {
			return fmt.Sprintf("the median of the same time in the last %d weeks", e.window/week)
		}
		return "the same time last week"
	}
	return "the " + e.of + " of the last " + span(e.window)
}

func (e trend) String() string { return e.column + " within " + e.written + " of " + e.baseline() }

// past returns the needed numbers. The window is a little longer than whole weeks, because
// a run may have been a little earlier than the same time of an earlier week.
func (e trend) past() []expression.Need {
	n := expression.Need{Column: e.column, Window: e.window}
	if e.of == "same_time_last_week" {
		n.Window += sameTime
	}
	return []expression.Need{n}
}

// expected computes the expected number from earlier numbers. If there are too few, why
// says so.
func (e trend) expected(list []sample) (v *big.Rat, why string) {
	var values []*big.Rat
	for _, s := range e.chosen(list) {
		values = append(values, s.value)
	}
	if len(values) < e.atLeast {
		return nil, fmt.Sprintf("%s: there %s for %s, and at least %d %s needed", e.column, found(len(values)), e.baseline(), e.atLeast, isOrAre(e.atLeast))
	}
	switch e.of {
	case "mean":
		return expression.Mean(values), ""
	case "previous":
		return values[len(values)-1], ""
	}
	return expression.Median(values), ""
}

// chosen returns the earlier numbers that count.
func (e trend) chosen(list []sample) []sample {
	if e.of != "same_time_last_week" {
		return list
	}
	var same []sample
	for ago := week; ago <= e.window; ago += week {
		var nearest sample
		best := sameTime + 1
		for _, s := range list {
			if off := e.now.Add(-ago).Sub(s.at).Abs(); off < best {
				nearest, best = s, off
			}
		}
		if best <= sameTime {
			same = append(same, nearest)
		}
	}
	return same
}

func found(n int) string {
	switch n {
	case 0:
		return "is no earlier number"
	case 1:
		return "is 1 earlier number"
	}
	return fmt.Sprintf("are %d earlier numbers", n)
}

func isOrAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func (e trend) judge(ctx context.Context, j *judging) {
	j.each(e, func(a query.Arrival, f *Finding) error {
		at, err := e.find(a.Schema)
		if err != nil {
			return err
		}
		if n := a.Rows.Rows(); n != 1 {
			return fmt.Errorf("there %s, and a trend is over exactly one", areRows(n))
		}
		want, why := e.expected(j.samples(e.past()[0]))
		if want == nil {
			return j.tooEarly(e.atFirst, why)
		}
		return scan(ctx, a, func(b *row.Batch, i int) error {
			cell := b.Row(i)[at]
			switch {
			case cell.Kind == row.Null:
				f.Message = fmt.Sprintf("%s is NULL, and %s is %s", e.column, e.baseline(), shortNumber(want))
				j.offends(f, b, i)
				return nil
			case !cell.Kind.Numeric():
				return fmt.Errorf("%s is %s, and a trend is about numbers", e.column, cell.Kind)
			}
			text := string(b.AppendText(nil, cell))
			v, ok := expression.Number(text)
			if !ok {
				return fmt.Errorf("%s is %s, which cannot be calculated with", e.column, text)
			}
			if f.Message = e.compare(v, text, want); f.Message != "" {
				j.offends(f, b, i)
			}
			return nil
		})
	})
}

// find returns the index of the column in an answer.
func (e trend) find(s *row.Schema) (int, error) {
	var names []string
	for _, c := range columns.UniqueNames(s) {
		names = append(names, c.Name)
	}
	at, err := expression.Find(e.column, names)
	if err != nil {
		return 0, fmt.Errorf("%w (trend at %s)", err, e.place)
	}
	return at, nil
}

// compare describes how far a number is from the expected one. It returns an empty text if
// it is near enough.
func (e trend) compare(v *big.Rat, text string, want *big.Rat) string {
	by := e.tolerance
	if e.share {
		by = new(big.Rat).Mul(new(big.Rat).Abs(want), new(big.Rat).Quo(by, hundred))
	}
	low, high := new(big.Rat).Sub(want, by), new(big.Rat).Add(want, by)
	off := ""
	switch {
	case v.Cmp(low) < 0:
		off = shortNumber(new(big.Rat).Sub(low, v)) + " less"
	case v.Cmp(high) > 0:
		off = shortNumber(new(big.Rat).Sub(v, high)) + " more"
	default:
		return ""
	}
	return fmt.Sprintf("%s is %s, expected %s to %s: %s; %s is %s", e.column, text, shortNumber(low), shortNumber(high), off, e.baseline(), shortNumber(want))
}

// columnsIn returns an error if an answer lacks the column.
func (e trend) columnsIn(s *row.Schema) error {
	_, err := e.find(s)
	return err
}

// shortNumber returns a calculated number for a message: exact if it has few digits, and
// otherwise with six digits after the point.
func shortNumber(r *big.Rat) string {
	if digits, exact := r.FloatPrec(); exact && digits <= 6 {
		return r.FloatString(digits)
	}
	return "about " + r.FloatString(6)
}

// span returns a duration as it is written in a config.
func span(d time.Duration) string {
	switch {
	case d%week == 0 && d > week:
		return fmt.Sprintf("%dw", d/week)
	case d%(24*time.Hour) == 0:
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	case d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	}
	return d.String()
}
