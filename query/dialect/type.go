// DuckDB's types, and the classes of types for which a spelling is valid.

package dialect

import (
	"fmt"
	"math/bits"
	"strings"
)

// A TypeID is the name of a type of DuckDB without its parameters. DuckDB's trees and
// typeof use it.
type TypeID string

const (
	SQLNull     TypeID = "NULL" // the type of a bare NULL
	Boolean     TypeID = "BOOLEAN"
	TinyInt     TypeID = "TINYINT"
	SmallInt    TypeID = "SMALLINT"
	Integer     TypeID = "INTEGER"
	BigInt      TypeID = "BIGINT"
	HugeInt     TypeID = "HUGEINT"
	UTinyInt    TypeID = "UTINYINT"
	USmallInt   TypeID = "USMALLINT"
	UInteger    TypeID = "UINTEGER"
	UBigInt     TypeID = "UBIGINT"
	Float       TypeID = "FLOAT"
	Double      TypeID = "DOUBLE"
	Decimal     TypeID = "DECIMAL"
	Varchar     TypeID = "VARCHAR"
	Date        TypeID = "DATE"
	Time        TypeID = "TIME"
	Timestamp   TypeID = "TIMESTAMP"
	TimestampTZ TypeID = "TIMESTAMP WITH TIME ZONE"
	Interval    TypeID = "INTERVAL"
	Blob        TypeID = "BLOB"
	JSON        TypeID = "JSON"
	UUID        TypeID = "UUID"
)

// A Type is a type of DuckDB. A tree may have types whose ID has no constant here. For
// these, only IS NULL and count can be printed.
type Type struct {
	ID TypeID
	// Width and Scale are those of Decimal: its digits in total, and those after the point.
	Width, Scale int
}

// String returns the type's name in SQL.
func (t Type) String() string {
	if t.ID == Decimal {
		return fmt.Sprintf("DECIMAL(%d,%d)", t.Width, t.Scale)
	}
	return string(t.ID)
}

// A class is a set of types, or a union of such sets. A product computes with the values of
// all types of a set in the same way.
type class uint16

const (
	null class = 1 << iota
	boolean
	integer // signed, of up to 64 bits
	huge    // larger integers
	decimal
	double
	text
	date
	timestamp
	instant // a timestamp with time zone
	interval
	other

	number   = integer | decimal | double
	day      = date | timestamp
	anything = boolean | integer | huge | decimal | double | text | date | timestamp | instant
)

var classes = map[TypeID]class{
	SQLNull: null, Boolean: boolean,
	TinyInt: integer, SmallInt: integer, Integer: integer, BigInt: integer, UTinyInt: integer, USmallInt: integer, UInteger: integer,
	HugeInt: huge, UBigInt: huge, Decimal: decimal, Double: double, Varchar: text, UUID: other, JSON: other, Blob: other,
	Date: date, Timestamp: timestamp, TimestampTZ: instant, Interval: interval,
}

func (t Type) class() class {
	if c, ok := classes[t.ID]; ok {
		return c
	}
	return other
}

// in reports whether the set includes the whole class.
func (c class) in(set class) bool { return c != 0 && c&^set == 0 }

// String lists the classes of a set, for the reason of a refusal.
func (c class) String() string {
	names := [...]string{"NULL", "boolean", "integer", "large integer", "decimal", "double", "text", "date", "timestamp", "timestamp with time zone", "interval", "another type"}
	var all []string
	for i, name := range names[:bits.Len16(uint16(c))] {
		if c>>i&1 == 1 {
			all = append(all, name)
		}
	}
	return strings.Join(all, ", ")
}
