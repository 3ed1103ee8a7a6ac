// The one rule of equality: union, order, distinct, diff and a simple reference agree,
// for columns of each type combined with a column without a type.

package compare

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// typedValues are canonical texts of values in columns with a type.
var typedValues = map[row.Kind][]string{
	row.Int:         {"0", "1", "7", "10"},
	row.Decimal:     {"0.00", "1", "1.10", "7.0", "10.5"},
	row.Date:        {"2026-01-31", "2026-02-01", "2026-12-31"},
	row.Timestamp:   {"2026-01-31T00:00:00", "2026-01-31T08:30:00", "2026-02-01T00:00:00.5"},
	row.TimestampTZ: {"2026-01-31T00:00:00Z", "2026-01-31T08:30:00Z", "2026-01-31T06:30:00Z"},
	row.Time:        {"00:00:00", "08:30:00", "23:59:59.5"},
}

// storedValues are further values that SQLite may store in such a column, in its own
// notation and in others.
var storedValues = map[row.Kind][]string{
	row.Int:         {"0", "1", "7", "10", "007", "x", ""},
	row.Decimal:     {"0", "1.1", "7", "10.50", "1e1", "+1", " 7"},
	row.Date:        {"2026-01-31", "2026-02-01 00:00", "2026-01-31 08:30", "2026-1-31", "soon"},
	row.Timestamp:   {"2026-01-31", "2026-01-31 08:30", "2026-02-01T00:00:00.500", "2026-01-31 08:30Z", "31.01.2026"},
	row.TimestampTZ: {"2026-01-31", "2026-01-31 08:30", "2026-01-31T08:30:00Z", "2026-01-31 08:30+02:00", "2026-01-31 08:30 +01:00", "2026-02-31"},
	row.Time:        {"00:00", "08:30", "08:30:00", "23:59:59.500", "8.30"},
}

// meant is a second implementation of reading a text as a value of a type. Equal values
// have equal keys, and keys sort like the values. ok is false if the text cannot be read.
func meant(kind row.Kind, text string) (key string, ok bool) {
	parsed := func(layouts ...string) (string, bool) {
		for _, layout := range layouts {
			if at, err := time.Parse(layout, text); err == nil {
				return at.UTC().Format("2006-01-02T15:04:05.000000"), true
			}
		}
		return "", false
	}
	times := []string{"2006-01-02", "2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02T15:04:05"}
	switch kind {
	case row.Int, row.Decimal:
		if strings.Trim(text, "0123456789.e") != "" || len(text) > 1 && text[0] == '0' && text[1] != '.' {
			return "", false
		}
		n, ok := new(big.Rat).SetString(text)
		if !ok {
			return "", false
		}
		return fmt.Sprintf("%020s", n.FloatString(6)), true
	case row.Date:
		key, ok := parsed(times...)
		return key, ok && strings.HasSuffix(key, "T00:00:00.000000")
	case row.Timestamp:
		return parsed(times...)
	case row.TimestampTZ:
		zoned := slices.Clone(times)
		for _, layout := range times[1:] {
			zoned = append(zoned, layout+"Z07:00", layout+" Z07:00")
		}
		return parsed(zoned...)
	}
	return parsed("15:04", "15:04:05")
}

func typedFill(kind row.Kind, text string) fill {
	switch kind {
	case row.Int:
		return func(b *row.Batch) {
			var n int64
			_, _ = fmt.Sscan(text, &n)
			b.Int(n)
		}
	case row.Decimal:
		return dec(text)
	case row.Date:
		return date(text)
	case row.Timestamp:
		return stamp(text)
	case row.TimestampTZ:
		return instant(text)
	}
	return clock(text)
}

// merged merges the tables with another strategy.
func merged(t interface{ Fatal(...any) }, s merge.Strategy, column string, budget *query.Budget, tables ...table) *diffed {
	d := &diffed{refused: map[int]string{}}
	run := merge.Run{SourceColumn: column, Notes: d}
	for _, tab := range tables {
		run.Sources = append(run.Sources, tab.name)
	}
	d.err = s.Merge(run, arrivals(t, budget, places(len(tables)), tables), d.take)
	if d.err != nil {
		t.Fatal(d.err)
	}
	return d
}

func TestAllMergesAgreeOnWhatIsEqual(t *testing.T) {
	unread, equal := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		kind := rapid.SampledFrom([]row.Kind{row.Int, row.Decimal, row.Date, row.Timestamp, row.TimestampTZ, row.Time}).Draw(rt, "kind")
		typed := rapid.SampledFrom(typedValues[kind]).Draw(rt, "typed")
		stored := rapid.SampledFrom(storedValues[kind]).Draw(rt, "stored")
		a := table{name: "typed", cols: cols("v", kind), rows: [][]fill{{typedFill(kind, typed)}}}
		b := table{name: "stored", cols: cols("v", row.Any), rows: [][]fill{{txt(stored)}}}
		x, _ := meant(kind, typed)
		y, readable := meant(kind, stored)
		same := readable && x == y
		if same {
			equal++
		}

		budget := query.NewBudget(1<<20, 2, t.TempDir())
		for _, turned := range []bool{false, true} {
			tables := []table{a, b}
			if turned {
				slices.Reverse(tables)
			}
			order := merged(rt, merge.Ordered{Order: keyOf("v")}, "s", budget, tables...)
			distinct := merged(rt, merge.Distinct{}, "s", budget, tables...)
			union := merged(rt, merge.InSourceOrder{}, "", budget, tables...)
			at := slices.IndexFunc(tables, func(t table) bool { return t.name == "stored" })
			if len(union.lines) != 3 || (len(union.notes) > 0) == readable {
				rt.Fatalf("%s %q and %q: the union is %q, with the warnings %q", kind, typed, stored, union.lines, union.notes)
			}
			if !readable {
				unread++
				for _, r := range []*diffed{order, distinct} {
					if !strings.Contains(r.refused[at], fmt.Sprintf("%q", stored)) || len(r.lines) != 2 {
						rt.Fatalf("%s %q and %q: %v: %q", kind, typed, stored, r.refused, r.lines)
					}
				}
				if !slices.Contains(union.lines, stored) {
					rt.Fatalf("%q is not printed as it is: %q", stored, union.lines)
				}
				continue
			}
			if (len(distinct.lines) == 2) != same {
				rt.Fatalf("%s %q and %q: distinct gives %q", kind, typed, stored, distinct.lines)
			}
			first := strings.HasPrefix(order.lines[1], tables[0].name)
			if want := map[bool]string{false: x, true: y}[at == 0] <= map[bool]string{false: y, true: x}[at == 0]; first != want {
				rt.Fatalf("%s %q and %q: in order %q", kind, typed, stored, order.lines)
			}
		}
		d := diff(rt, Diff{}, merge.Run{}, budget, []int{0, 1}, a, b)
		if c := d.compared[1]; len(d.compared) != 1 || c.Same() != same {
			rt.Fatalf("%s %q and %q: the diff is %q %v", kind, typed, stored, d.lines, d.refused)
		}
	})
	if unread == 0 || equal == 0 {
		t.Errorf("%d could not be read, %d were equal", unread, equal)
	}
}
