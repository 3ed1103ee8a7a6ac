// Differences of random tables, compared with a map of all rows and a second
// implementation of equality.

package compare

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// A datum is a cell for the reference: a kind and its canonical text.
type datum struct {
	kind row.Kind
	text string
}

func (v datum) fill(b *row.Batch) {
	text := []byte(v.text)
	switch v.kind {
	case row.Null:
		b.Null()
	case row.Bool:
		b.Bool(v.text == "true")
	case row.Int:
		var n int64
		_, _ = fmt.Sscan(v.text, &n)
		b.Int(n)
	case row.Decimal:
		b.Decimal(text)
	case row.Date:
		b.DateText(text)
	case row.Timestamp:
		b.TimestampText(text, false)
	default:
		b.Text(text)
	}
}

// shown returns the value as a difference shows it. A text in a column without a type is
// shown as a value of the other side's type, if it can be read as one.
func (v datum) shown(mine, other row.Kind, exact bool) string {
	form := map[row.Kind]string{row.Date: "2006-01-02", row.Timestamp: "2006-01-02T15:04:05"}[other]
	if exact || mine != row.Any || v.kind != row.Text || form == "" {
		return v.String()
	}
	for _, layout := range []string{"2006-01-02", "2006-01-02T15:04:05"} {
		at, err := time.Parse(layout, v.text)
		if err == nil && (other == row.Timestamp || at.Equal(at.Truncate(24*time.Hour))) { // a date has no time of day
			return at.Format(form)
		}
	}
	return v.String()
}

func (v datum) String() string {
	if v.kind == row.Null {
		return "NULL"
	}
	return v.text
}

// domain has the values of each kind. They are few, so that equal values occur often, and
// some are similar.
var domain = map[row.Kind][]string{
	row.Bool:      {"true", "false"},
	row.Int:       {"0", "1", "2"},
	row.Decimal:   {"0.00", "1", "1.0", "1.10", "1.1", "2"},
	row.Date:      {"2026-01-31", "2026-02-01"},
	row.Timestamp: {"2026-01-31T00:00:00", "2026-01-31T08:30:00"},
	row.Text:      {"", "1", "1.1", "1.10", "true", "2026-01-31", "2026-01-31T00:00:00", "x"},
}

func anyValue(rt *rapid.T, column row.Kind) datum {
	kind := column
	if column == row.Any {
		kind = rapid.SampledFrom([]row.Kind{row.Int, row.Decimal, row.Text}).Draw(rt, "kind")
	}
	if kind == row.Null || rapid.IntRange(0, 4).Draw(rt, "null") == 0 {
		return datum{}
	}
	return datum{kind, rapid.SampledFrom(domain[kind]).Draw(rt, "value")}
}

// meets reports whether two columns can be compared.
func meets(a, b row.Kind) bool {
	loose := func(k row.Kind) bool { return k == row.Text || k == row.Any || k == row.Null }
	numbers := func(k row.Kind) bool { return k == row.Int || k == row.Decimal }
	either := func(x, y row.Kind) bool { return (a == x && b == y) || (a == y && b == x) }
	return a == b || loose(a) || loose(b) || (numbers(a) && numbers(b)) || either(row.Bool, row.Int) || either(row.Date, row.Timestamp)
}

// equal returns a key: two values are equal if their keys are. mine is the type of the
// value's own column, and other is the type of the column that it is compared with.
func (v datum) equal(mine, other row.Kind, exact bool) string {
	numeric := v.kind == row.Int || v.kind == row.Decimal
	switch {
	case v.kind == row.Null:
		return "NULL"
	case exact && numeric:
		return "number " + v.text
	case exact:
		return fmt.Sprint(v.kind, " ", v.text)
	case mine == row.Text || other == row.Text:
		return "text " + v.text
	}
	kind := v.kind
	if kind == row.Text { // of a column without a type
		switch _, isNumber := new(big.Rat).SetString(v.text); {
		case (mine == other || other == row.Null) && isNumber && v.text != "1.10":
			kind = row.Decimal
		case (other == row.Int || other == row.Decimal) && isNumber:
			kind = row.Decimal
		case (other == row.Int || other == row.Decimal || other == row.Bool) && v.text == "true":
			kind = row.Bool
		case other == row.Bool && (v.text == "0" || v.text == "1"): // no other number is read as a boolean
			kind = row.Decimal
		case other == row.Date || other == row.Timestamp:
			kind = row.Timestamp
		}
	}
	switch kind {
	case row.Bool:
		return "number " + new(big.Rat).SetInt64(map[string]int64{"true": 1}[v.text]).String()
	case row.Int, row.Decimal:
		r, _ := new(big.Rat).SetString(v.text)
		return "number " + r.String()
	case row.Date, row.Timestamp:
		for _, layout := range []string{"2006-01-02", "2006-01-02T15:04:05"} {
			if at, err := time.Parse(layout, v.text); err == nil {
				return "at " + at.String()
			}
		}
	}
	return "text " + v.text
}

// A sheet is a source and its values.
type sheet struct {
	name  string
	kinds []row.Kind
	rows  [][]datum
	lost  bool
}

func (s sheet) table() table {
	t := table{name: s.name}
	for i, k := range s.kinds {
		t.cols = append(t.cols, row.Column{Name: string(rune('a' + i)), Type: k})
	}
	for _, r := range s.rows {
		var c []fill
		for _, v := range r {
			c = append(c, v.fill)
		}
		t.rows = append(t.rows, c)
	}
	if s.lost {
		t.err = errors.New("lost")
	}
	return t
}

// reference returns the sorted lines of differences, or false if the two cannot be
// compared. Without a key, a baseline of one row is compared cell by cell, as with an
// empty key.
func reference(base, s sheet, key int, exact bool) (lines []string, ok bool) {
	for i := range base.kinds {
		if !exact && !meets(base.kinds[i], s.kinds[i]) {
			return nil, false
		}
	}
	id := func(mine, other sheet, r []datum, n int) string {
		var parts []string
		for i := range n {
			parts = append(parts, r[i].equal(mine.kinds[i], other.kinds[i], exact))
		}
		return strings.Join(parts, "|")
	}
	single := key == 0 && len(base.rows) == 1
	byCell := key > 0 || single && len(s.rows) == 1
	n := key
	if !byCell {
		n = len(base.kinds)
	}
	left, right := map[string][][]datum{}, map[string][][]datum{}
	for _, r := range base.rows {
		k := id(base, s, r, n)
		left[k] = append(left[k], r)
	}
	for _, r := range s.rows {
		k := id(s, base, r, n)
		right[k] = append(right[k], r)
	}
	for k, l := range left {
		r := right[k]
		switch {
		case !byCell && len(l) > len(r):
			lines = append(lines, whole(s.name, "removed", len(l)-len(r), k, single)...)
		case !byCell:
		case len(l) > 1 || len(r) > 1:
			return nil, false
		case len(r) == 0:
			lines = append(lines, fmt.Sprint(s.name, "|removed|", k))
		default:
			for i := key; i < len(base.kinds); i++ {
				if l[0][i].equal(base.kinds[i], s.kinds[i], exact) != r[0][i].equal(s.kinds[i], base.kinds[i], exact) {
					lines = append(lines, fmt.Sprint(s.name, "|changed|", k, "|", string(rune('a'+i)), "|",
						l[0][i].shown(base.kinds[i], s.kinds[i], exact), "|", r[0][i].shown(s.kinds[i], base.kinds[i], exact)))
				}
			}
		}
	}
	for k, r := range right {
		switch l := left[k]; {
		case !byCell && len(r) > len(l):
			lines = append(lines, whole(s.name, "added", len(r)-len(l), k, single)...)
		case !byCell:
		case len(r) > 1:
			return nil, false
		case len(l) == 0:
			lines = append(lines, fmt.Sprint(s.name, "|added|", k))
		}
	}
	sort.Strings(lines)
	return lines, true
}

// whole returns the lines for a row that one side has n times more often.
func whole(name, change string, n int, key string, single bool) []string {
	if !single {
		return []string{fmt.Sprint(name, "|", change, "|", n, "|", key)}
	}
	return slices.Repeat([]string{fmt.Sprint(name, "|", change, "|", key)}, n)
}

func TestADiffFindsWhatAMapOfAllRowsFinds(t *testing.T) {
	dir := t.TempDir()
	compared, spilled := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		width := rapid.IntRange(1, 3).Draw(rt, "columns")
		key := rapid.IntRange(0, width).Draw(rt, "key")
		exact := rapid.Bool().Draw(rt, "exact")
		kinds := []row.Kind{row.Null, row.Bool, row.Int, row.Decimal, row.Date, row.Timestamp, row.Text, row.Any}
		var sheets []sheet
		var tables []table
		for n := range rapid.IntRange(2, 4).Draw(rt, "sources") {
			s := sheet{name: fmt.Sprint("s", n), lost: rapid.IntRange(0, 9).Draw(rt, "lost") == 0}
			for i := range width {
				k := rapid.SampledFrom(kinds).Draw(rt, "type")
				if n > 0 && rapid.IntRange(0, 2).Draw(rt, "other type") > 0 { // mostly types that can be compared
					k = sheets[0].kinds[i]
				}
				s.kinds = append(s.kinds, k)
			}
			for range rapid.IntRange(0, 12).Draw(rt, "rows") {
				var r []datum
				for _, k := range s.kinds {
					r = append(r, anyValue(rt, k))
				}
				s.rows = append(s.rows, r)
			}
			if key > 0 && rapid.IntRange(0, 3).Draw(rt, "duplicates") > 0 {
				seen := map[string]bool{}
				s.rows = slices.DeleteFunc(s.rows, func(r []datum) bool {
					k := fmt.Sprint(r[:key])
					was := seen[k]
					seen[k] = true
					return was
				})
			}
			sheets, tables = append(sheets, s), append(tables, s.table())
		}
		base := rapid.IntRange(0, len(sheets)-1).Draw(rt, "baseline")
		o := Diff{Baseline: base, Exact: exact}
		for i := range key {
			o.Key = append(o.Key, columns.Term{Name: string(rune('A' + i))})
		}
		budget := query.NewBudget(rapid.SampledFrom([]int64{0, 1 << 20, 6000}).Draw(rt, "memory"), len(sheets), dir)
		if budget.Limit() == 6000 {
			spilled++
		}
		order := rapid.Permutation(places(len(sheets))).Draw(rt, "order")
		got := diff(rt, o, merge.Run{}, budget, order, tables...)
		wantBudgetFree(rt, budget)
		if got.err != nil {
			rt.Fatal(got.err)
		}

		shown := map[string][]string{} // differences by source
		for _, l := range got.lines[min(1, len(got.lines)):] {
			name, _, _ := strings.Cut(l, "|")
			shown[name] = append(shown[name], l)
		}
		for i, s := range sheets {
			if i == base || s.lost || sheets[base].lost {
				continue
			}
			lines, ok := reference(sheets[base], s, key, exact)
			c, was := got.compared[i]
			if !was {
				if _, refused := got.refused[i]; ok && !refused && got.refused[base] == "" {
					rt.Fatalf("%s was not compared: %v", s.name, got.refused)
				}
				if ok && got.refused[i] != "" {
					rt.Fatalf("%s was refused: %s", s.name, got.refused[i])
				}
				continue
			}
			if !ok {
				rt.Fatalf("%s was compared", s.name)
			}
			compared++
			if want := summed(lines, key == 0 && len(sheets[base].rows) != 1); c.Added != want.Added || c.Removed != want.Removed || c.Changed != want.Changed {
				rt.Fatalf("%s: %+v, want %s", s.name, c, strings.Join(lines, "\n"))
			}
			if len(shown[s.name]) != len(lines) {
				rt.Fatalf("%s: shown\n%s\nwant\n%s", s.name, strings.Join(shown[s.name], "\n"), strings.Join(lines, "\n"))
			}
			for _, l := range lines { // sorted, so that cells can be compared as text
				if part := strings.Split(l, "|"); part[1] == "changed" && !slices.ContainsFunc(shown[s.name], func(got string) bool {
					return strings.HasSuffix(got, "|"+strings.Join(part[len(part)-3:], "|"))
				}) {
					rt.Fatalf("no %s in\n%s", l, strings.Join(shown[s.name], "\n"))
				}
			}
		}
	})
	if compared == 0 || spilled == 0 {
		t.Errorf("%d comparisons, %d with little memory", compared, spilled)
	}
}

// summed counts the changes in lines of the reference.
func summed(lines []string, counted bool) (c Comparison) {
	changed := map[string]bool{}
	for _, l := range lines {
		part := strings.SplitN(l, "|", 4)
		n := int64(1)
		if counted {
			_, _ = fmt.Sscan(part[2], &n)
		}
		switch part[1] {
		case "added":
			c.Added += n
		case "removed":
			c.Removed += n
		default:
			all := strings.Split(l, "|")
			changed[strings.Join(all[:len(all)-3], "|")] = true
		}
	}
	c.Changed = int64(len(changed))
	return c
}

// places returns the numbers from 0 to n-1.
func places(n int) (all []int) {
	for i := range n {
		all = append(all, i)
	}
	return all
}
