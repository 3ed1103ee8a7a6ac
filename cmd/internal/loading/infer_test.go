package loading_test

import (
	"fmt"
	"testing"

	"github.com/fanql/fanql/cmd/internal/loading"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/testrow"
)

// If a column has no type, a new table gets the type that all its values have.
func TestTypesOfANewTable(t *testing.T) {
	for name, c := range map[string]struct {
		column row.Column
		values []testrow.Fill
		alone  bool
		zones  bool
		want   string
	}{
		"integers":                        {row.Column{Type: row.Any}, []testrow.Fill{testrow.Int(1), testrow.Null, testrow.Bool(true)}, false, false, "integer"},
		"integers and unsigned":           {row.Column{Type: row.Any}, []testrow.Fill{testrow.Int(-1), testrow.Uint(1 << 63)}, false, false, "decimal of 19 and 0 digits"},
		"booleans":                        {row.Column{Type: row.Any}, []testrow.Fill{testrow.Bool(true)}, false, false, "boolean"},
		"0 and 1 of booleans":             {row.Column{Type: row.Any, Database: "boolean"}, []testrow.Fill{testrow.Int(1), testrow.Int(0)}, false, false, "boolean"},
		"2 among booleans":                {row.Column{Type: row.Any, Database: "boolean"}, []testrow.Fill{testrow.Int(2)}, false, false, "integer"},
		"integers and floats":             {row.Column{Type: row.Any}, []testrow.Fill{testrow.Int(1), testrow.Float(1.5)}, false, false, "float"},
		"integers beyond doubles":         {row.Column{Type: row.Any}, []testrow.Fill{testrow.Int(1<<53 + 1), testrow.Float(1.5)}, false, false, "text"},
		"text and numbers":                {row.Column{Type: row.Any}, []testrow.Fill{testrow.Int(1), testrow.Text("x")}, false, false, "text"},
		"nothing but NULL":                {row.Column{Type: row.Any}, []testrow.Fill{testrow.Null}, false, false, "text"},
		"dates as text":                   {row.Column{Type: row.Any, Database: "date"}, []testrow.Fill{testrow.Text("2026-01-31")}, false, false, "date"},
		"timestamps as text":              {row.Column{Type: row.Any, Database: "timestamp"}, []testrow.Fill{testrow.Text("2026-01-31 10:00:00"), testrow.Text("2026-01-31")}, false, false, "timestamp"},
		"timestamps with a known zone":    {row.Column{Type: row.Any, Database: "timestamp"}, []testrow.Fill{testrow.Text("2026-01-31 10:00:00")}, false, true, "timestamp with time zone"},
		"instants as text":                {row.Column{Type: row.Any, Database: "timestamp"}, []testrow.Fill{testrow.Text("2026-01-31 10:00:00Z")}, false, false, "timestamp with time zone"},
		"some with a zone":                {row.Column{Type: row.Any, Database: "timestamp"}, []testrow.Fill{testrow.Text("2026-01-31 10:00:00Z"), testrow.Text("2026-01-31 10:00:00")}, false, false, "text"},
		"text that is not a date":         {row.Column{Type: row.Any, Database: "date"}, []testrow.Fill{testrow.Text("soon")}, false, false, "text"},
		"dates without a declaration":     {row.Column{Type: row.Any}, []testrow.Fill{testrow.Text("2026-01-31")}, false, false, "text"},
		"decimals as declared":            {row.Column{Type: row.Decimal, Width: 6, Scale: 2}, []testrow.Fill{testrow.Decimal("1.5")}, false, false, "decimal (6,2) of 1 and 1 digits"},
		"decimals beyond the declaration": {row.Column{Type: row.Decimal, Width: 6, Scale: 2}, []testrow.Fill{testrow.Decimal("123456.789")}, false, false, "decimal of 6 and 3 digits"},
		"decimals of many digits":         {row.Column{Type: row.Decimal}, []testrow.Fill{testrow.Decimal("-12345678901234567890.5"), testrow.Decimal("0.0025")}, false, false, "decimal of 20 and 4 digits"},
		"NaN among decimals":              {row.Column{Type: row.Decimal}, []testrow.Fill{testrow.Decimal("NaN")}, false, false, "decimal, special, of 0 and 0 digits"},
		"times with a zone":               {row.Column{Type: row.Time}, []testrow.Fill{testrow.Time("10:00:00+01")}, false, false, "time, zoned"},
		"times with and without":          {row.Column{Type: row.Time}, []testrow.Fill{testrow.Time("10:00:00+01"), testrow.Time("10:00:00")}, false, false, "text"},
		"a type of the source's own":      {row.Column{Type: row.Text, Database: "uuid"}, []testrow.Fill{testrow.Text("x")}, true, false, "text of uuid"},
		"types of several sources":        {row.Column{Type: row.Text, Database: "uuid"}, []testrow.Fill{testrow.Text("x")}, false, false, "text"},
	} {
		t.Run(name, func(t *testing.T) {
			c.column.Name = "c"
			s := &row.Schema{Columns: []row.Column{c.column}}
			o := loading.NewObserver()
			b := row.NewBatch(s)
			for _, v := range c.values {
				v(b)
				b.EndRow()
			}
			o.Look(b)
			b.Release()
			got := o.Columns(nil, c.alone, c.zones)[0]
			text := got.Kind.String()
			if got.Kind == row.Decimal {
				if got.Width > 0 {
					text += fmt.Sprintf(" (%d,%d)", got.Width, got.Scale)
				}
				if got.Special {
					text += ", special,"
				}
				text += fmt.Sprintf(" of %d and %d digits", got.Whole, got.Part)
			}
			if got.Kind == row.Time && got.Zoned {
				text += ", zoned"
			}
			if got.Source != "" {
				text += " of " + got.Source
			}
			if text != c.want {
				t.Errorf("got %s, want %s", text, c.want)
			}
		})
	}
}
