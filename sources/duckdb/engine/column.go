// The types of a table's columns.

package engine

import (
	"fmt"
	"strings"

	"github.com/fanql/fanql/sources/row"
)

// A Type is a type of DuckDB into which cells are converted.
type Type uint8

const (
	// Untyped is for columns with NULL only, which get any type that the SQL needs. No
	// column of a table has it.
	Untyped Type = iota
	Boolean
	BigInt
	UBigInt
	Double
	Decimal // of MaxDigits digits, Column.Scale of them after the point
	Date
	Time
	TimeTZ
	Timestamp
	TimestampTZ
	Varchar
	JSON
	Blob
	Enum // of Column.Values
)

// TypeOf returns the type for cells of one kind, [Untyped] for [row.Null]. Each kind
// has one type, except that times of day with a zone are [TimeTZ].
func TypeOf(k row.Kind) Type { return types[min(k, row.Bytes)] }

var types = [...]Type{
	row.Null: Untyped, row.Bool: Boolean, row.Int: BigInt, row.Uint: UBigInt, row.Float: Double, row.Decimal: Decimal,
	row.Date: Date, row.Time: Time, row.Timestamp: Timestamp, row.TimestampTZ: TimestampTZ,
	row.Text: Varchar, row.JSON: JSON, row.Bytes: Blob,
}

// A Column is a column of a table.
type Column struct {
	Name   string // for messages; it may have another name in the table
	Type   Type
	Scale  int      // of Decimal
	Values []string // of Enum
}

// SQL returns the name of the column's type.
func (c Column) SQL() string {
	switch c.Type {
	case Decimal:
		return fmt.Sprintf("DECIMAL(%d, %d)", MaxDigits, c.Scale)
	case Enum:
		values := make([]string, len(c.Values))
		for i, v := range c.Values {
			values[i] = Literal(v)
		}
		return "ENUM(" + strings.Join(values, ", ") + ")"
	}
	return [...]string{
		Boolean: "BOOLEAN", BigInt: "BIGINT", UBigInt: "UBIGINT", Double: "DOUBLE", Date: "DATE", Time: "TIME", TimeTZ: "TIMETZ",
		Timestamp: "TIMESTAMP", TimestampTZ: "TIMESTAMPTZ", Varchar: "VARCHAR", JSON: "JSON", Blob: "BLOB",
	}[c.Type]
}

// Unheld returns the error for a value that the column cannot hold.
func (c Column) Unheld(value string) error {
	return fmt.Errorf("column %q holds %q, which is no %s of DuckDB's: cast it in the query, such as to text", c.Name, value, c.SQL())
}

// Holds reports whether DuckDB has a value for the text of a date or time.
func Holds(kind row.Kind, text []byte) (ok bool) {
	switch kind {
	case row.Date:
		_, ok = dateOf(text)
	case row.Time:
		if _, ok = timeOf(text); !ok {
			_, ok = timetzOf(text)
		}
	default:
		_, ok = instantOf(text)
	}
	return ok
}
