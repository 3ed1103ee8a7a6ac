// Cells are converted to the type that a user names, exactly or not at all.

package columns

import (
	"math"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/row"
)

func TestCoercionHoldsEachValueOrRefusesIt(t *testing.T) {
	oslo, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	text := func(s string) func(*row.Batch) { return func(b *row.Batch) { b.TextString(s) } }
	number := func(n int64) func(*row.Batch) { return func(b *row.Batch) { b.Int(n) } }
	decimal := func(s string) func(*row.Batch) { return func(b *row.Batch) { b.Exact(row.Decimal, []byte(s)) } }
	float := func(f float64) func(*row.Batch) { return func(b *row.Batch) { b.Float(f) } }
	at := func(s string, zoned bool) func(*row.Batch) {
		return func(b *row.Batch) {
			when, err := time.Parse("2006-01-02 15:04:05", s)
			if err != nil {
				t.Fatal(err)
			}
			b.Timestamp(when.UnixMicro(), zoned)
		}
	}
	any := row.Column{Name: "c", Type: row.Any}
	zoned := row.Column{Name: "c", Type: row.Any, Zone: &row.Zone{Location: oslo}}
	typed := row.Column{Name: "c", Type: row.Text}
	for _, c := range []struct {
		to   string
		cell func(*row.Batch)
		col  row.Column
		want string // the text of the cell, or the error without its first words
		bad  bool
	}{
		{"int", number(7), any, "7", false},
		{"int", decimal("5.00"), any, "5", false},
		{"int", decimal("5.01"), any, "decimal 5.01 is no integer", true},
		{"int", text(" -12 "), typed, "-12", false},
		{"int", text("+12"), typed, "12", false},
		{"int", text("0012"), typed, `"0012" is no integer`, true},
		{"int", text("9223372036854775808"), typed, `"9223372036854775808" is no integer of 64 bits`, true},
		{"int", text("x"), typed, `"x" is no integer`, true},
		{"int", func(b *row.Batch) { b.Bool(true) }, any, "1", false},
		{"int", func(b *row.Batch) { b.Uint(math.MaxUint64) }, any, "unsigned integer 18446744073709551615 is no integer of 64 bits", true},
		{"int", func(b *row.Batch) { b.Null() }, any, "", false},
		{"decimal", number(7), any, "7", false},
		{"decimal", float(0.1), any, "0.1", false},
		{"decimal", float(math.NaN()), any, "float NaN is no decimal", true},
		{"decimal", text("30.50"), typed, "30.50", false},
		{"decimal", text("1,5"), typed, `"1,5" is no decimal`, true},
		{"numeric", at("2026-01-31 08:30:00", false), any, "timestamp 2026-01-31T08:30:00 is no decimal", true},
		{"float", number(1 << 52), any, "4.503599627370496e+15", false},
		{"float", number(1<<53 + 1), any, "integer 9007199254740993 is no float with all of its digits", true},
		{"float", decimal("0.10"), any, "0.1", false},
		{"text", number(7), any, "7", false},
		{"text", float(1.5), any, "1.5", false},
		{"text", at("2026-01-31 08:30:00", true), any, "2026-01-31T08:30:00Z", false},
		{"bool", number(1), any, "true", false},
		{"bool", number(2), any, "integer 2 is no boolean", true},
		{"bool", text("f"), typed, "false", false},
		{"bool", text("yes"), typed, `"yes" is no boolean`, true},
		{"date", text("2026-01-31"), typed, "2026-01-31", false},
		{"date", at("2026-01-31 00:00:00", false), any, "2026-01-31", false},
		{"date", at("2026-01-31 08:30:00", false), any, "timestamp 2026-01-31T08:30:00 is no date, since it has a time", true},
		{"date", number(20260131), any, "integer 20260131 is no date", true},
		{"timestamp", func(b *row.Batch) { b.Date(0) }, any, "1970-01-01T00:00:00", false},
		{"timestamp", func(b *row.Batch) { b.Exact(row.Date, []byte("infinity")) }, any, "infinity", false},
		{"timestamp", at("2026-01-31 08:30:00", true), any, "timestamp with time zone 2026-01-31T08:30:00Z is no timestamp, since it is an instant: cast it in the query, where the zone is known", true},
		{"timestamp", text("2026-01-31 08:30"), typed, "2026-01-31T08:30:00", false},
		{"instant", at("2026-01-31 08:30:00", false), any, "timestamp 2026-01-31T08:30:00 is no timestamp with time zone, since it has no zone: timestamps_in says which instants a source's timestamps are", true},
		{"instant", text("2026-01-31 08:30:00+01:00"), typed, "2026-01-31T07:30:00Z", false},
		{"instant", text("2026-01-31 08:30:00"), typed, `"2026-01-31 08:30:00" is no timestamp with time zone, since it has no zone: timestamps_in says which instants a source's timestamps are`, true},
		{"instant", text("2026-01-31 08:30:00"), zoned, "2026-01-31T07:30:00Z", false},
		{"instant", text("2026-01-31 08:30:00"), any, "2026-01-31T08:30:00Z", false},
		{"time", text("08:30"), typed, "08:30:00", false},
		{"time", text("soon"), typed, `"soon" is no time`, true},
		{"json", text(`{"a": 1}`), typed, `{"a": 1}`, false},
		{"json", text(`{`), typed, `"{" is no json`, true},
		{"json", number(7), any, "7", false},
	} {
		coercion, err := ParseCoercion("c=" + c.to)
		if err != nil {
			t.Fatal(err)
		}
		b := row.NewBatch(&row.Schema{Columns: []row.Column{c.col}})
		c.cell(b)
		b.EndRow()
		got, err := coercion.Cell(b, b.Cells[0], c.col)
		shown := string(b.AppendText(nil, got))
		if err != nil {
			shown = err.Error()
		}
		want := c.want
		if c.bad {
			want = `column "c": ` + want
		}
		if (err != nil) != c.bad || shown != want {
			t.Errorf("%s: got %s, want %s", c.to, shown, want)
		}
		if err == nil && got.Kind != row.Null && got.Kind != coercion.To {
			t.Errorf("%s: %s is of kind %s", c.to, shown, got.Kind)
		}
		b.Release()
	}
}

func TestCoercionsAreRead(t *testing.T) {
	for text, want := range map[string]Coercion{
		"amount=decimal":     {"amount", row.Decimal},
		" amount = Numeric ": {"amount", row.Decimal},
		"a=b=text":           {"a=b", row.Text},
		`"a ""b"""=int`:      {`a "b"`, row.Int},
	} {
		if got, err := ParseCoercion(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	s := &row.Schema{Columns: []row.Column{{Name: "Amount"}, {Name: "amount"}, {Name: "ID"}}}
	for name, want := range map[string]int{"amount": 1, "Amount": 0, "AMOUNT": 0, "id": 2, "x": -1} {
		if got := (Coercion{Column: name}).At(s); got != want {
			t.Errorf("%s is at %d, want %d", name, got, want)
		}
	}
}
