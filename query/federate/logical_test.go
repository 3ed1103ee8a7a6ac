// Logical tables: columns that a source describes have the types that its catalog would
// show.

package federate

import (
	"testing"

	"github.com/fanql/fanql/sources/row"
)

func TestDescribedColumnsHaveTheTypesOfTheCatalogue(t *testing.T) {
	for _, want := range []struct {
		source   int // index in fleetOfThree: PostgreSQL, MySQL, SQLite
		column   row.Column
		declared string
		kind     kind
		known    bool
	}{
		{0, row.Column{Type: row.Int, Database: "int4"}, "integer", of(row.Int), true},
		{0, row.Column{Type: row.Decimal, Database: "numeric"}, "numeric", of(row.Decimal), false},
		{0, row.Column{Type: row.Decimal, Database: "numeric", Width: 12, Scale: 2}, "numeric(12,2)", kind{Kind: row.Decimal, scale: 2}, true},
		{0, row.Column{Type: row.Text, Database: "oid 16397"}, "oid 16397", of(row.Text), true},
		{0, row.Column{Type: row.Text, Database: "bpchar"}, "character", of(row.Text), true},
		{0, row.Column{Type: row.TimestampTZ, Database: "timestamptz"}, "timestamp with time zone", of(row.TimestampTZ), true},
		{0, row.Column{Type: row.Time, Database: "timetz"}, "time with time zone", kind{Kind: row.Time, zoned: true}, true},
		{1, row.Column{Type: row.Uint, Database: "UNSIGNED BIGINT"}, "bigint unsigned", of(row.Uint), true},
		{1, row.Column{Type: row.Decimal, Database: "DECIMAL", Width: 12, Scale: 3}, "decimal(12,3)", kind{Kind: row.Decimal, scale: 3}, true},
		{1, row.Column{Type: row.Bool, Database: "BIT"}, "bit(1)", of(row.Bool), true},
		{1, row.Column{Type: row.Uint, Database: "BIT"}, "bit(64)", of(row.Uint), true},
		{1, row.Column{Type: row.TimestampTZ, Database: "TIMESTAMP"}, "timestamp", of(row.TimestampTZ), true},
		{1, row.Column{Type: row.Null, Database: "NULL"}, "null", of(row.Null), true},
		{2, row.Column{Type: row.Any, Database: "decimal(10,2)"}, "decimal(10,2)", kind{Kind: row.Decimal, scale: 2}, true},
		{2, row.Column{Type: row.Any}, "", of(row.Any), false},
	} {
		o := describedColumn(fleetOfThree[want.source], want.column)
		if o.declared != want.declared || o.kind != want.kind || o.known != want.known {
			t.Errorf("%s %+v is described as %+v", fleetOfThree[want.source].Dialect.Name, want.column, o)
		}
		if wanted := want.source == 0 && want.declared == "character"; o.uncollated != wanted {
			t.Errorf("%+v: its collation is inspected: %v", want.column, o.uncollated)
		}
		if postgres := want.source == 0 && want.column.Type == row.Text; o.nondeterministic != postgres {
			t.Errorf("%+v: nondeterministic is %v", want.column, o.nondeterministic)
		}
	}
}
