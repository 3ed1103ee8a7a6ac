// The quick way decides as the slow way does: for random expressions over random rows, row by row
// and in batches. It decides most expressions that users write.

package expression

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/row"
)

// value returns the value as the slow way represents it.
func (q *quick) value() any {
	switch q.is {
	case absent:
		return nil
	case words:
		return string(q.text)
	case instantly:
		return time.UnixMicro(q.n).Add(time.Duration(q.below)).UTC()
	}
	return q.boxed()
}

// quickly compares the results of the quick and the slow way for the only row of a batch. It
// reports whether the quick way decided.
func quickly(t *testing.T, text string, bound *Bound, b *row.Batch, want any, wantErr error) (decided bool) {
	t.Helper()
	read := compiler{bound.places}.value(bound.expression.root)
	if read == nil {
		return false
	}
	got := read(b, b.Row(0))
	if got.is == undecided {
		return false
	}
	if v := got.value(); wantErr != nil || canonicalText(v) != canonicalText(want) {
		t.Errorf("%s: the quick way says %s, the slow one %s, %v", text, canonicalText(v), canonicalText(want), wantErr)
	}
	return true
}

// numbers2 are numbers with different scales and signs, and numbers at the limits of integers and
// floats.
var numbers2 = []string{
	"0", "-0", "1", "-1", "0.1", "0.10", "-0.10", "10", "1.5", "99.99", "100.00", "-7.25", "1000000", "9223372036854775807", "-9223372036854775808", "922337203685477580.7",
	"9007199254740992", "9007199254740993", "0.000000000000000001", "-0.000000000000000001", "0.3", "0.30000000000000004", "123456789012345.6",
}

// someRow adds a row with every kind of cell, near the limits of what the quick way can decide.
func someRow(r *rand.Rand, b *row.Batch) {
	number := func() string { return numbers2[r.IntN(len(numbers2))] }
	float := func() float64 {
		v := 0.0
		if _, err := fmt.Sscan(number(), &v); err != nil || r.IntN(20) == 0 {
			return []float64{math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, 5e-324, 1e22}[r.IntN(6)]
		}
		return v
	}
	for _, put := range []func(){
		func() { b.Int([]int64{0, 1, -1, 5, 100, math.MaxInt64, math.MinInt64}[r.IntN(7)]) },
		func() { b.Decimal([]byte(number())) },
		func() { b.Float(float()) },
		func() {
			b.Cells = append(b.Cells, row.Cell{Kind: row.Float, Flags: row.Single, Bits: math.Float64bits(float64(float32(float())))})
		},
		func() { b.Uint([]uint64{0, 1, 100, math.MaxUint64}[r.IntN(4)]) },
		func() { b.Bool(r.IntN(2) == 0) },
		func() { b.TextString(texts2[r.IntN(len(texts2))]) },
		func() { b.TimestampText([]byte("2026-01-31 11:00:00.25"), r.IntN(2) == 0) },
		func() { b.DateText([]byte([]string{"2026-01-31", "2026-02-01", "0000-00-00"}[r.IntN(3)])) },
	} {
		if r.IntN(8) == 0 {
			b.Null()
			continue
		}
		put()
	}
	b.EndRow()
}

var someColumns = strings.Fields("n d f g u p s at day")

// someCondition returns a condition in one of the forms that the quick way can decide.
func someCondition(r *rand.Rand, depth int) string {
	column := func(from ...string) string { return from[r.IntN(len(from))] }
	number := func() string {
		if r.IntN(2) == 0 {
			return strings.TrimPrefix(numbers2[r.IntN(len(numbers2))], "-")
		}
		return column("n", "d", "f", "g", "u", "p")
	}
	value := number
	if r.IntN(3) == 0 {
		value = func() string {
			return "(" + number() + " " + column("+", "-", "*", "??") + " " + number() + ")"
		}
	}
	compares := column("==", "!=", "<", "<=", ">", ">=")
	if depth > 0 && r.IntN(2) == 0 {
		left, right := someCondition(r, depth-1), someCondition(r, depth-1)
		return column("("+left+" && "+right+")", "("+left+" || "+right+")", "!("+left+")", "("+left+" ? "+right+" : p)")
	}
	switch r.IntN(8) {
	case 0:
		return column(someColumns...) + column(" == nil", " != nil")
	case 1:
		return value() + " in [" + numbers2[r.IntN(2)] + ", 0.1, 100" + column("", ", nil") + "]"
	case 2:
		return value() + " in (" + value() + ")..(" + value() + ")"
	case 3:
		return `s ` + column(`contains "a"`, `startsWith "2026"`, `matches "^.t"`, `== "a"`, `< "b"`, `in ["a", "B"]`)
	case 4:
		return column("at", "day", "s") + " " + compares + " " + column(`instant("2026-01-31 11:00:00.25")`, `instant("2026-01-31")`, "at", "day", "now()")
	}
	return value() + " " + compares + " " + value()
}

func TestTheQuickWayIsTheSlowWay(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 2))
	schema := &row.Schema{}
	for _, name := range someColumns {
		schema.Columns = append(schema.Columns, row.Column{Name: name})
	}
	decided, all := 0, 0
	for range 400 {
		text := someCondition(r, 3)
		e, err := Row(text, now)
		if err != nil {
			continue // such as a comparison of text with a number
		}
		b := row.NewBatch(schema)
		for range 20 {
			someRow(r, b)
		}
		fast, err := e.Bind(schema)
		if err != nil {
			t.Fatal(err)
		}
		slow, err := e.Bind(schema)
		if err != nil {
			t.Fatal(err)
		}
		slow.quick = nil
		for i := range b.Rows() {
			got, err := fast.Row(b, i)
			want, wantErr := slow.Row(b, i)
			if got != want || errText(err) != errText(wantErr) {
				t.Fatalf("seed %d: %s of row %d is %v, %v, want %v, %v", seed, text, i, got, err, want, wantErr)
			}
			if why, want := whyOf(t, fast), whyOf(t, slow); why != want {
				t.Fatalf("seed %d: %s: %q, want %q", seed, text, why, want)
			}
			if all++; fast.quick != nil && fast.quick(b, b.Row(i)) != unsettled {
				decided++
			}
		}
		b.Release()
	}
	if t.Logf("%d of %d rows are decided by the quick way", decided, all); decided < all/2 {
		t.Error("too few expressions were decided")
	}
}

// Totals over many rows are the same by both ways, even if only the slow way can decide some
// values.
func TestQuickTotalsAreTheSlowOnes(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 3))
	schema := &row.Schema{}
	for _, name := range someColumns {
		schema.Columns = append(schema.Columns, row.Column{Name: name})
	}
	for range 300 {
		name := aggregateNames[r.IntN(len(aggregateNames))]
		argument := someColumns[r.IntN(len(someColumns))]
		if r.IntN(3) == 0 {
			argument = []string{"n + d", "d * 3", "coalesce(d, n)", "n > 0 ? d : f", "d - n"}[r.IntN(5)]
		}
		e, err := Merged(fmt.Sprintf("%s(%s) == nil", name, argument), now)
		if err != nil {
			continue
		}
		b := row.NewBatch(schema)
		for range r.IntN(60) {
			someRow(r, b)
		}
		var got [2]string
		for way := range got {
			bound, err := e.Bind(schema)
			if err != nil {
				t.Fatal(err)
			}
			if way == 1 {
				bound.totals[0].quick = nil
			}
			if err = bound.Add(b); err == nil {
				_, _, err = bound.Total()
			}
			got[way] = errText(err)
			if err == nil {
				v := bound.scope.totals[0]
				if p, ok := v.(bool); ok { // true and 1 are equal, and the result may be either, depending on which is found first
					v = numeral(p)
				}
				got[way] = canonicalText(v)
			}
		}
		if got[0] != got[1] {
			t.Fatalf("seed %d: %s(%s) is %s, want %s", seed, name, argument, got[0], got[1])
		}
		b.Release()
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func whyOf(t *testing.T, b *Bound) string {
	t.Helper()
	why, err := b.Why()
	if err != nil {
		t.Fatal(err)
	}
	return why
}

// If the quick way reads a text as an instant, the slow way reads the same instant.
func TestQuickInstantsAreTheSlowOnes(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 4))
	read := 0
	for range 20_000 {
		text := []byte("2024-02-29 23:59:59.123456")[:[]int{10, 19, 21, 26, r.IntN(27)}[r.IntN(5)]]
		for range r.IntN(4) {
			if len(text) > 0 {
				text[r.IntN(len(text))] = "0123456789-: T.Z+"[r.IntN(17)]
			}
		}
		at := quickInstant(text)
		if at.is != instantly {
			continue
		}
		read++
		if want, ok := parsedInstant(string(text)); !ok || !want.Equal(time.UnixMicro(at.n)) {
			t.Fatalf("seed %d: %s is %s, want %s, %v", seed, text, time.UnixMicro(at.n).UTC(), want, ok)
		}
	}
	if read < 1000 {
		t.Errorf("only %d texts were read as instants", read)
	}
}

// The quick way decides the expressions that users write.
func TestCommonFormsAreQuick(t *testing.T) {
	schema := &row.Schema{}
	for _, name := range []string{"id", "amount", "paid", "note", "placed_at", "n"} {
		schema.Columns = append(schema.Columns, row.Column{Name: name})
	}
	for _, text := range []string{
		"amount >= 0 && (paid || amount < 10000)", "n > 5", "id == n", "note != nil", "not (n in [1, 2, 3]) or amount * n < 100", `placed_at > now() - duration("2h")`,
		`note matches "^É" ? n in 1..3 : (n ?? 2) == 2`, "paid", `note contains "x"`, "0 <= amount",
	} {
		e, err := Row(text, now)
		if err != nil {
			t.Fatal(err)
		}
		bound, err := e.Bind(schema)
		if err != nil || bound.quick == nil {
			t.Errorf("%s is judged by the slow way (%v)", text, err)
		}
	}
}

// BenchmarkRows measures the cost of a row by both ways.
func BenchmarkRows(b *testing.B) {
	schema := &row.Schema{Columns: []row.Column{{Name: "id"}, {Name: "amount"}, {Name: "paid"}, {Name: "score"}}}
	rows := row.NewBatch(schema)
	for i := range 256 {
		rows.Int(int64(i))
		rows.Decimal(fmt.Appendf(nil, "%d.%02d", i*37%9999, i%100))
		rows.Bool(i%2 == 0)
		rows.Float(float64(i) / 7)
		rows.EndRow()
	}
	for _, quick := range []bool{true, false} {
		name := map[bool]string{true: "quick", false: "slow"}[quick]
		b.Run("each/"+name, func(b *testing.B) {
			e, err := Row("amount >= 0 && (paid || amount < 10000) && score <= 100", now)
			if err != nil {
				b.Fatal(err)
			}
			bound, err := e.Bind(schema)
			if err != nil {
				b.Fatal(err)
			}
			if !quick {
				bound.quick = nil
			}
			for b.Loop() {
				for i := range rows.Rows() {
					if truth, err := bound.Row(rows, i); truth != True || err != nil {
						b.Fatal(truth, err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows.Rows()), "ns/row")
		})
		b.Run("all/"+name, func(b *testing.B) {
			e, err := Merged("sum(amount) >= 0 && max(score) < 100 && count(id) > 0 && distinct(id) > 0", now)
			if err != nil {
				b.Fatal(err)
			}
			bound, err := e.Bind(schema)
			if err != nil {
				b.Fatal(err)
			}
			for n := range bound.totals {
				if !quick {
					bound.totals[n].quick = nil
				}
			}
			for b.Loop() {
				if err := bound.Add(rows); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows.Rows()), "ns/row")
		})
	}
}
