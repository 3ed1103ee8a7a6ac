// The types of a result, and how each of them is read.

package engine

import (
	"math"
	"unsafe"

	duckdb "github.com/duckdb/duckdb-go-bindings"

	"github.com/fanql/fanql/sources/row"
)

// A reader appends value r of a vector to a batch.
type reader func(b *row.Batch, data unsafe.Pointer, r int)

// An output is a column of a result. Read is nil for a type that DuckDB itself converts
// to text.
type output struct {
	row.Column
	read reader
}

// reader returns the reader of the column in the result.
func (o output) reader() reader {
	if o.read == nil {
		return readText
	}
	return o.read
}

// foreign reports whether DuckDB converts one of the columns to text.
func foreign(columns []output) bool {
	for _, c := range columns {
		if c.read == nil {
			return true
		}
	}
	return false
}

// outputOf returns how a type is read.
func outputOf(t duckdb.LogicalType) output {
	id := duckdb.GetTypeId(t)
	switch {
	case id == duckdb.TypeDecimal:
		scale := int(duckdb.DecimalScale(t))
		return output{row.Column{Type: row.Decimal, Database: "DECIMAL", Width: int(duckdb.DecimalWidth(t)), Scale: scale}, decimals[duckdb.DecimalInternalType(t)](scale)}
	case id == duckdb.TypeVarchar && duckdb.LogicalTypeGetAlias(t) == "JSON":
		return output{row.Column{Type: row.JSON, Database: "JSON"}, func(b *row.Batch, data unsafe.Pointer, r int) { b.JSON(bytesAt(data, r)) }}
	}
	if o, ok := outputs[id]; ok {
		return o
	}
	if id == duckdb.TypeUUID {
		return output{Column: row.Column{Type: row.Text, Database: "UUID"}}
	}
	return output{Column: row.Column{Type: row.Text}}
}

// outputs are the types with a kind of their own. All others (intervals, lists,
// structs, enums, UUIDs, nanoseconds, …) are text as DuckDB prints them.
var outputs = map[duckdb.Type]output{
	duckdb.TypeBoolean:   {row.Column{Type: row.Bool, Database: "BOOLEAN"}, func(b *row.Batch, data unsafe.Pointer, r int) { b.Bool(at[uint8](data, r) != 0) }},
	duckdb.TypeTinyInt:   {row.Column{Type: row.Int, Database: "TINYINT"}, readInt[int8]},
	duckdb.TypeSmallInt:  {row.Column{Type: row.Int, Database: "SMALLINT"}, readInt[int16]},
	duckdb.TypeInteger:   {row.Column{Type: row.Int, Database: "INTEGER"}, readInt[int32]},
	duckdb.TypeBigInt:    {row.Column{Type: row.Int, Database: "BIGINT"}, readInt[int64]},
	duckdb.TypeUTinyInt:  {row.Column{Type: row.Int, Database: "UTINYINT"}, readInt[uint8]},
	duckdb.TypeUSmallInt: {row.Column{Type: row.Int, Database: "USMALLINT"}, readInt[uint16]},
	duckdb.TypeUInteger:  {row.Column{Type: row.Int, Database: "UINTEGER"}, readInt[uint32]},
	duckdb.TypeUBigInt:   {row.Column{Type: row.Uint, Database: "UBIGINT"}, func(b *row.Batch, data unsafe.Pointer, r int) { b.Uint(at[uint64](data, r)) }},
	duckdb.TypeHugeInt:   {row.Column{Type: row.Decimal, Database: "HUGEINT"}, func(b *row.Batch, data unsafe.Pointer, r int) { wideDecimal(b, at[int128](data, r), 0) }},
	duckdb.TypeUHugeInt:  {row.Column{Type: row.Decimal, Database: "UHUGEINT"}, readUHuge},
	duckdb.TypeFloat:     {row.Column{Type: row.Float, Database: "FLOAT"}, func(b *row.Batch, data unsafe.Pointer, r int) { b.Float32(at[float32](data, r)) }},
	duckdb.TypeDouble:    {row.Column{Type: row.Float, Database: "DOUBLE"}, func(b *row.Batch, data unsafe.Pointer, r int) { b.Float(at[float64](data, r)) }},
	duckdb.TypeDate:      {row.Column{Type: row.Date, Database: "DATE"}, func(b *row.Batch, data unsafe.Pointer, r int) { date(b, at[int32](data, r)) }},
	duckdb.TypeTime:      {row.Column{Type: row.Time, Database: "TIME"}, func(b *row.Batch, data unsafe.Pointer, r int) { b.Exact(row.Time, appendTime(nil, at[int64](data, r))) }},
	duckdb.TypeTimeTZ: {row.Column{Type: row.Time, Database: "TIME WITH TIME ZONE"}, func(b *row.Batch, data unsafe.Pointer, r int) {
		b.Exact(row.Time, appendTimetz(nil, at[uint64](data, r)))
	}},
	duckdb.TypeTimestamp:   {row.Column{Type: row.Timestamp, Database: "TIMESTAMP"}, readInstant(micro, row.Timestamp)},
	duckdb.TypeTimestampS:  {row.Column{Type: row.Timestamp, Database: "TIMESTAMP_S"}, readInstant(1, row.Timestamp)},
	duckdb.TypeTimestampMS: {row.Column{Type: row.Timestamp, Database: "TIMESTAMP_MS"}, readInstant(1000, row.Timestamp)},
	duckdb.TypeTimestampTZ: {row.Column{Type: row.TimestampTZ, Database: "TIMESTAMP WITH TIME ZONE"}, readInstant(micro, row.TimestampTZ)},
	duckdb.TypeVarchar:     {row.Column{Type: row.Text, Database: "VARCHAR"}, readText},
	duckdb.TypeBlob:        {row.Column{Type: row.Bytes, Database: "BLOB"}, func(b *row.Batch, data unsafe.Pointer, r int) { b.Blob(bytesAt(data, r)) }},
}

// decimals are the readers of decimals by the integer that holds them.
var decimals = map[duckdb.Type]func(scale int) reader{
	duckdb.TypeSmallInt: readDecimal[int16],
	duckdb.TypeInteger:  readDecimal[int32],
	duckdb.TypeBigInt:   readDecimal[int64],
	duckdb.TypeHugeInt: func(scale int) reader {
		return func(b *row.Batch, data unsafe.Pointer, r int) { wideDecimal(b, at[int128](data, r), scale) }
	},
}

// at returns value r of a vector's data.
func at[T any](data unsafe.Pointer, r int) T {
	return *(*T)(unsafe.Add(data, uintptr(r)*unsafe.Sizeof(*new(T))))
}

// bytesAt returns text r of a vector's data, which belongs to the vector. The pointer
// is read only where there is one.
func bytesAt(data unsafe.Pointer, r int) []byte {
	s := unsafe.Add(data, uintptr(r)*unsafe.Sizeof(stringRef{}))
	n := *(*uint32)(s)
	if n <= inPlace {
		return unsafe.Slice((*byte)(unsafe.Add(s, 4)), n)
	}
	return unsafe.Slice(*(**byte)(unsafe.Add(s, 8)), n)
}

func readText(b *row.Batch, data unsafe.Pointer, r int) { b.Text(bytesAt(data, r)) }

func readInt[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32](b *row.Batch, data unsafe.Pointer, r int) {
	b.Int(int64(at[T](data, r)))
}

func readInstant(perSecond int64, kind row.Kind) reader {
	return func(b *row.Batch, data unsafe.Pointer, r int) { instant(b, at[int64](data, r), perSecond, kind) }
}

// readDecimal appends decimals of at most 18 digits in value form.
func readDecimal[T int16 | int32 | int64](scale int) reader {
	return func(b *row.Batch, data unsafe.Pointer, r int) {
		b.Cells = append(b.Cells, row.Cell{Kind: row.Decimal, Scale: uint8(scale), Bits: uint64(at[T](data, r))})
	}
}

// wideDecimal appends in value form if that can hold the number.
func wideDecimal(b *row.Batch, n int128, scale int) {
	small := n.hi == 0 && n.lo <= math.MaxInt64 || n.hi == -1 && n.lo > math.MaxInt64
	if v := int64(n.lo); small && scale <= 18 && v > -int64(pow10[18]) && v < int64(pow10[18]) {
		b.Cells = append(b.Cells, row.Cell{Kind: row.Decimal, Scale: uint8(scale), Bits: uint64(v)})
		return
	}
	b.Exact(row.Decimal, formatInt128(n, scale))
}

func readUHuge(b *row.Batch, data unsafe.Pointer, r int) {
	n := at[int128](data, r)
	if n.hi == 0 && n.lo <= math.MaxInt64 {
		wideDecimal(b, n, 0)
		return
	}
	b.Exact(row.Decimal, appendWide(nil, uint64(n.hi), n.lo, 0))
}
