package loading_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/cmd/internal/loading"
	"github.com/fanql/fanql/sources/load"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/testrow"
)

// fitted returns the text that a column holds for a value of a source.
func fitted(t *testing.T, c load.Column, value testrow.Fill, o loading.Options) (string, error) {
	t.Helper()
	c.Name, c.Type = "c", "TYPE"
	merged := &row.Schema{Columns: []row.Column{{Name: "source", Type: row.Text}, {Name: "c", Type: row.Any}}}
	o.Hidden = true
	f, _, err := loading.Match(load.Table{Name: "t", Columns: []load.Column{c}}, merged, o)
	if err != nil {
		t.Fatal(err)
	}
	b := row.NewBatch(merged)
	b.TextString("eu")
	value(b)
	b.EndRow()
	if b, err = f.Fit(b); err != nil {
		return "", err
	}
	defer b.Release()
	if kind := b.Row(0)[0].Kind; kind != c.Kind && kind != row.Null && c.Kind != row.Any {
		t.Errorf("the cell is %v, and the column %v", kind, c.Kind)
	}
	if b.Row(0)[0].Kind == row.Null {
		return "NULL", nil
	}
	return string(b.AppendText(nil, b.Row(0)[0])), nil
}

func TestValuesAreHeldAsTheyAreOrRefused(t *testing.T) {
	kind := func(k row.Kind) load.Column { return load.Column{Kind: k, Fraction: 6} }
	with := func(c load.Column, change func(*load.Column)) load.Column { change(&c); return c }
	small := with(kind(row.Int), func(c *load.Column) { c.Bits = 16 })
	byt := with(kind(row.Uint), func(c *load.Column) { c.Bits = 8 })
	money := with(kind(row.Decimal), func(c *load.Column) { c.Width, c.Scale = 6, 2 })
	single := with(kind(row.Float), func(c *load.Column) { c.Single, c.Finite = true, true })
	seconds := with(kind(row.Timestamp), func(c *load.Column) { c.Fraction = 0 })
	short := with(kind(row.Text), func(c *load.Column) { c.Length = 3 })
	failing := errors.New("the check's own")
	checked := func(k row.Kind) load.Column {
		return with(kind(k), func(c *load.Column) {
			c.Check = func(text []byte) error {
				if string(text) == "7" {
					return failing
				}
				return nil
			}
		})
	}
	for _, c := range []struct {
		column load.Column
		value  testrow.Fill
		want   string // the text that is held, or ! and the reason why the value is rejected
	}{
		{small, testrow.Int(32767), "32767"},
		{small, testrow.Int(-32768), "-32768"},
		{small, testrow.Int(32768), "!out of range"},
		{small, testrow.Int(-32769), "!out of range"},
		{small, testrow.Uint(math.MaxUint64), "!out of range"},
		{small, testrow.Bool(true), "1"},
		{small, testrow.Decimal("12.00"), "12"},
		{small, testrow.Decimal("12.01"), "!digits after its point would be lost"},
		{small, testrow.Float(1e3), "1000"},
		{small, testrow.Text("-5"), "-5"},
		{small, testrow.Text("five"), "!it is no integer"},
		{small, testrow.Blob("5"), "!it is no integer"},
		{checked(row.Int), testrow.Int(7), "!the check's own"},
		{checked(row.Int), testrow.Int(8), "8"},
		{byt, testrow.Int(255), "255"},
		{byt, testrow.Int(256), "!out of range"},
		{byt, testrow.Int(-1), "!out of range"},
		{byt, testrow.Text("-1"), "!out of range"},
		{kind(row.Uint), testrow.Uint(math.MaxUint64), "18446744073709551615"},
		{kind(row.Bool), testrow.Int(1), "true"},
		{kind(row.Bool), testrow.Int(2), "!it is no boolean"},
		{kind(row.Bool), testrow.Text("false"), "false"},
		{kind(row.Float), testrow.Int(1 << 53), "9.007199254740992e+15"},
		{kind(row.Float), testrow.Int(1<<53 + 1), "!a float cannot hold all of its digits"},
		{kind(row.Float), testrow.Decimal("0.1"), "0.1"},
		{kind(row.Float), testrow.Decimal("0.10000000000000000001"), "!a float cannot hold all of its digits"},
		{kind(row.Float), testrow.Text("NaN"), "NaN"},
		{single, testrow.Float(0.5), "0.5"},
		{single, testrow.Float(0.1), "!a float cannot hold all of its digits"},
		{single, testrow.Float32(0.1), "0.1"},
		{single, testrow.Float(math.Inf(1)), "!it holds no NaN and no infinity"},
		{money, testrow.Decimal("-9999.99"), "-9999.99"},
		{money, testrow.Decimal("10000"), "!it has too many digits"},
		{money, testrow.Decimal("1.230"), "1.230"},
		{money, testrow.Decimal("1.231"), "!it has too many digits"},
		{money, testrow.Float(1e2), "100"},
		{money, testrow.Text("1e2"), "100"},
		{money, testrow.Decimal("NaN"), "!it holds no NaN and no infinity"},
		{kind(row.Decimal), testrow.Text("1.5.2"), "!it is no decimal"},
		{short, testrow.Text("äöü"), "äöü"},
		{short, testrow.Text("äöü "), "!it is too long"},
		{short, testrow.Int(123), "123"},
		{with(short, func(c *load.Column) { c.Sized = true }), testrow.Text("äö"), "!it is too long"},
		{with(short, func(c *load.Column) { c.Padded = true }), testrow.Text("a "), "!blanks at its end would be lost"},
		{with(short, func(c *load.Column) { c.Plain = true }), testrow.Text("𝄞"), "!it holds no characters beyond U+FFFF"},
		{with(short, func(c *load.Column) { c.NoNUL = true }), testrow.Text("a\x00"), "!it holds no character U+0000"},
		{short, testrow.Text("\xff"), "!the source's text is not UTF-8, and its bytes are not known here"},
		{with(kind(row.Bytes), func(c *load.Column) { c.Length = 2 }), testrow.Blob("\x00\xff"), `\x00ff`},
		{with(kind(row.Bytes), func(c *load.Column) { c.Length = 2 }), testrow.Blob("abc"), "!it is too long"},
		{kind(row.Bytes), testrow.Int(1), "!it is no bytes"},
		{kind(row.Date), testrow.Date("2026-01-31"), "2026-01-31"},
		{kind(row.Date), testrow.Text("2026-02-30"), "!it is no date"},
		{kind(row.Date), testrow.Timestamp("2026-01-31 00:00:00"), "2026-01-31"},
		{kind(row.Date), testrow.Timestamp("2026-01-31 00:00:01"), "!its time would be lost"},
		{kind(row.Date), testrow.Date("infinity"), "!it holds no such date"},
		{kind(row.Timestamp), testrow.Date("2026-01-31"), "2026-01-31T00:00:00"},
		{kind(row.Timestamp), testrow.TimestampTZ("2026-01-31 00:00:00+00"), "!one has a zone, and the other does not"},
		{kind(row.TimestampTZ), testrow.Timestamp("2026-01-31 00:00:00"), "!one has a zone, and the other does not"},
		{seconds, testrow.Timestamp("2026-01-31 10:00:00"), "2026-01-31T10:00:00"},
		{seconds, testrow.Timestamp("2026-01-31 10:00:00.5"), "!its fraction of a second would be cut"},
		{with(kind(row.Timestamp), func(c *load.Column) { c.First, c.Last = 1, 2 }), testrow.Timestamp("2026-01-31 10:00:00"), "!out of range"},
		{kind(row.Time), testrow.Time("10:00:00.25"), "10:00:00.25"},
		{kind(row.Time), testrow.Time("10:00:00+01"), "!one has a zone, and the other does not"},
		{with(kind(row.Time), func(c *load.Column) { c.Fraction = 1 }), testrow.Time("10:00:00.25"), "!its fraction of a second would be cut"},
		{kind(row.JSON), testrow.Text(`{"a": 1}`), `{"a": 1}`},
		{kind(row.JSON), testrow.Text(`{"a": `), "!it is no json"},
		{checked(row.JSON), testrow.JSON("7"), "!the check's own"},
		{kind(row.Any), testrow.Text("as it is"), "as it is"},
		{kind(row.Int), testrow.Null, "NULL"},
		{with(kind(row.Int), func(c *load.Column) { c.NotNull = true }), testrow.Null, "!it holds no NULL"},
	} {
		got, err := fitted(t, c.column, c.value, loading.Options{})
		reason, refused := strings.CutPrefix(c.want, "!")
		switch {
		case !refused && (err != nil || got != c.want):
			t.Errorf("%v: got %q, %v, want %q", c.column.Kind, got, err, c.want)
		case refused && (err == nil || !strings.Contains(err.Error(), reason)):
			t.Errorf("%v: got %q, %v, want it to be rejected: %s", c.column.Kind, got, err, reason)
		case refused && !strings.HasPrefix(err.Error(), `source eu: column "c": `):
			t.Errorf("the error does not name source and column: %v", err)
		}
	}
}

func TestARefusalNamesTheValue(t *testing.T) {
	_, err := fitted(t, load.Column{Kind: row.Text, Length: 3}, testrow.Text(strings.Repeat("long", 30)), loading.Options{})
	want := `source eu: column "c": "` + strings.Repeat("long", 15) + `"… cannot be held by t (TYPE): it is too long`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	_, err = fitted(t, load.Column{Kind: row.Int}, testrow.Null, loading.Options{Key: []string{"c"}})
	if err == nil || !strings.Contains(err.Error(), "NULL in the key finds no row") {
		t.Errorf("NULL in the key: %v", err)
	}
}

// If the zone of a source is known, its timestamps in text are instants.
func TestTimestampsOfASourceWithAZoneAreInstants(t *testing.T) {
	zone := &row.Zone{Location: time.FixedZone("", 3600)}
	o := loading.Options{Zones: map[string]*row.Zone{"eu": zone}}
	got, err := fitted(t, load.Column{Kind: row.TimestampTZ, Fraction: 6}, testrow.Text("2026-01-31 10:00:00"), o)
	if err != nil || got != "2026-01-31T09:00:00Z" {
		t.Errorf("got %s, %v", got, err)
	}
}
