// Columns and cells: the driver's value for each type, and its conversion.

package mysql

import (
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"reflect"
	"strconv"

	"github.com/fanql/fanql/sources/row"
)

// A writer appends a value that is not NULL.
type writer func(*row.Batch, sqldriver.Value) error

type columnType struct {
	kind  row.Kind
	write writer
}

// columnTypes is keyed by the driver's names. Unsigned integers that fit into int64 are
// Int, so that they merge with signed ones of other sources without widening.
var columnTypes = map[string]columnType{
	"TINYINT":            {row.Int, integer},
	"SMALLINT":           {row.Int, integer},
	"MEDIUMINT":          {row.Int, integer},
	"INT":                {row.Int, integer},
	"BIGINT":             {row.Int, integer},
	"UNSIGNED TINYINT":   {row.Int, integer},
	"UNSIGNED SMALLINT":  {row.Int, integer},
	"UNSIGNED MEDIUMINT": {row.Int, integer},
	"UNSIGNED INT":       {row.Int, integer},
	"UNSIGNED BIGINT":    {row.Uint, unsigned},
	"YEAR":               {row.Int, year},
	"FLOAT":              {row.Float, single},
	"DOUBLE":             {row.Float, double},
	"DECIMAL":            {row.Decimal, octets(decimal)},
	"DATE":               {row.Date, octets((*row.Batch).DateText)},
	"DATETIME":           {row.Timestamp, octets(func(b *row.Batch, v []byte) { b.TimestampText(v, false) })},
	"TIMESTAMP":          {row.TimestampTZ, octets(func(b *row.Batch, v []byte) { b.TimestampText(v, true) })},
	"TIME":               {row.Time, octets(func(b *row.Batch, v []byte) { b.Exact(row.Time, v) })},
	"CHAR":               {row.Text, characters},
	"VARCHAR":            {row.Text, characters},
	"TINYTEXT":           {row.Text, characters},
	"TEXT":               {row.Text, characters},
	"MEDIUMTEXT":         {row.Text, characters},
	"LONGTEXT":           {row.Text, characters},
	"ENUM":               {row.Text, characters},
	"SET":                {row.Text, characters},
	"JSON":               {row.JSON, octets(func(b *row.Batch, v []byte) { b.JSON(v) })},
	"BIT":                {row.Uint, octets(bits)}, // BIT(1) is a Bool
	"BINARY":             {row.Bytes, octets((*row.Batch).Blob)},
	"VARBINARY":          {row.Bytes, octets((*row.Batch).Blob)},
	"TINYBLOB":           {row.Bytes, octets((*row.Batch).Blob)},
	"BLOB":               {row.Bytes, octets((*row.Batch).Blob)},
	"MEDIUMBLOB":         {row.Bytes, octets((*row.Batch).Blob)},
	"LONGBLOB":           {row.Bytes, octets((*row.Batch).Blob)},
	"GEOMETRY":           {row.Bytes, octets((*row.Batch).Blob)},
	"VECTOR":             {row.Bytes, octets((*row.Batch).Blob)},
	"NULL":               {row.Null, characters},
}

// columns reads the columns of a row set, and refuses those that the protocol cannot
// transfer exactly.
func columns(rows sqldriver.Rows, protocol protocol) (*row.Schema, []writer, error) {
	names := rows.Columns()
	if len(names) == 0 {
		return nil, nil, errors.New("the statement gives no row set: only queries can be sent")
	}
	schema := &row.Schema{Columns: make([]row.Column, len(names))}
	writers := make([]writer, len(names))
	for i, name := range names {
		database := rows.(sqldriver.RowsColumnTypeDatabaseTypeName).ColumnTypeDatabaseTypeName(i)
		t, ok := columnTypes[database]
		if !ok {
			return nil, nil, columnError(name, 0, "its type %q is not known: %s", database, Dialect.CastAdvice(name, row.Text.String()))
		}
		if err := exact(rows, i, name, database, protocol); err != nil {
			return nil, nil, columnError(name, 0, "%w", err)
		}
		if database == "BIT" && lengthOf(rows, i) == 1 {
			t = columnType{row.Bool, octets(bit)}
		}
		schema.Columns[i] = row.Column{Name: name, Type: t.kind, Database: database}
		if digits, ok := rows.(sqldriver.RowsColumnTypePrecisionScale); ok && t.kind == row.Decimal {
			width, scale, _ := digits.ColumnTypePrecisionScale(i)
			// The driver has subtracted a place for the sign, which an unsigned decimal
			// does not have.
			if length, flags := declaredOf(rows, i, "length"), declaredOf(rows, i, "flags"); length == 0 || flags&unsignedFlag != 0 {
				width++
			}
			schema.Columns[i].Width, schema.Columns[i].Scale = int(width), int(scale)
		}
		writers[i] = t.write
	}
	return schema, writers, nil
}

// unsignedFlag is among the flags that the server declares for a column.
const unsignedFlag = 0x20

// lengthOf returns the length that the server declares for a column, in bits for a BIT;
// 0 if it is not available.
func lengthOf(rows sqldriver.Rows, i int) uint64 { return declaredOf(rows, i, "length") }

// declaredOf returns a number that the server declares for a column; 0 if it is not
// available. The driver does not export it.
func declaredOf(rows sqldriver.Rows, i int, what string) uint64 {
	v := reflect.ValueOf(rows)
	for _, name := range []string{"rs", "columns"} {
		if v = reflect.Indirect(v); v.Kind() != reflect.Struct {
			return 0
		}
		if v = v.FieldByName(name); !v.IsValid() {
			return 0
		}
	}
	if v.Kind() != reflect.Slice || i >= v.Len() || v.Index(i).Kind() != reflect.Struct {
		return 0
	}
	n := v.Index(i).FieldByName(what)
	if !n.IsValid() || !n.CanUint() {
		return 0
	}
	return n.Uint()
}

// exact refuses two traps. The server prints a FLOAT with six digits when it answers in
// text. And if the server does not declare the number of fractional digits (it sends
// 31, or in MariaDB 39, as for FROM_UNIXTIME of a text), the driver cuts the fraction
// off or fails.
func exact(rows sqldriver.Rows, i int, name, database string, protocol protocol) error {
	switch database {
	case "FLOAT":
		if protocol == textual {
			return fmt.Errorf("a FLOAT comes rounded from a statement that cannot be prepared: write %s", Dialect.Cast(name, row.Float.String()))
		}
	case "DATETIME", "TIMESTAMP", "TIME":
		_, digits, _ := rows.(sqldriver.RowsColumnTypePrecisionScale).ColumnTypePrecisionScale(i)
		if protocol == prepared && digits > 6 {
			return fmt.Errorf("the server does not declare its fractional digits: write cast(%s as %s(6))", Dialect.Quoted(name), castable(database))
		}
	}
	return nil
}

// castable returns the type's name in CAST.
func castable(database string) string {
	if database == "TIME" {
		return "time"
	}
	return "datetime"
}

func integer(b *row.Batch, v sqldriver.Value) error {
	n, ok := v.(int64)
	if !ok {
		return unexpected(v)
	}
	b.Int(n)
	return nil
}

// year appends a year. 0000 is not a year of the calendar, and is kept as the server prints
// it.
func year(b *row.Batch, v sqldriver.Value) error {
	if v == int64(0) {
		b.Exact(row.Decimal, []byte(zeroYear))
		return nil
	}
	return integer(b, v)
}

const zeroYear = "0000"

// decimal appends a decimal without the leading zeros of ZEROFILL.
func decimal(b *row.Batch, v []byte) {
	for len(v) > 1 && v[0] == '0' && v[1] != '.' {
		v = v[1:]
	}
	b.Decimal(v)
}

// bit and bits append a BIT, whose bytes are a number, the highest byte first.
func bit(b *row.Batch, v []byte)  { b.Bool(bitValue(v) != 0) }
func bits(b *row.Batch, v []byte) { b.Uint(bitValue(v)) }

func bitValue(v []byte) (n uint64) {
	for _, octet := range v {
		n = n<<8 | uint64(octet)
	}
	return n
}

// unsigned handles the driver's values for one type: int64 up to 2^63-1, digits beyond
// that from the binary protocol, and uint64 from the text protocol.
func unsigned(b *row.Batch, v sqldriver.Value) error {
	switch v := v.(type) {
	case int64:
		b.Uint(uint64(v))
	case uint64:
		b.Uint(v)
	case []byte:
		n, err := strconv.ParseUint(string(v), 10, 64)
		if err != nil {
			return err
		}
		b.Uint(n)
	default:
		return unexpected(v)
	}
	return nil
}

func single(b *row.Batch, v sqldriver.Value) error {
	f, ok := v.(float32)
	if !ok {
		return unexpected(v)
	}
	b.Float32(f)
	return nil
}

func double(b *row.Batch, v sqldriver.Value) error {
	f, ok := v.(float64)
	if !ok {
		return unexpected(v)
	}
	b.Float(f)
	return nil
}

func characters(b *row.Batch, v sqldriver.Value) error {
	t, ok := v.([]byte)
	if !ok {
		return unexpected(v)
	}
	b.Text(t)
	return nil
}

func octets(write func(*row.Batch, []byte)) writer {
	return func(b *row.Batch, v sqldriver.Value) error {
		t, ok := v.([]byte)
		if !ok {
			return unexpected(v)
		}
		write(b, t)
		return nil
	}
}

func unexpected(v sqldriver.Value) error { return fmt.Errorf("the driver gives a %T", v) }
