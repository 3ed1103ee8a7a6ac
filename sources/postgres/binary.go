// Values in the server's binary form, for types where that form is exact, and cheaper
// for the server to write and for us to read.

package postgres

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/fanql/fanql/sources/row"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// binaries are the plain types that are requested in binary. Types whose text depends
// on settings (see containers.go) are requested in binary as well: no setting of a
// session is changed for the sake of their text, because casts in the query would
// change with it. All other types come as text, the one form that is defined for every
// type. A numeric is not faster in binary, and a boolean takes the server a quarter
// longer, since it allocates a KiB for each value.
var binaries = map[uint32]reader{
	20:   fixed(8, func(b *row.Batch, v []byte) { b.Int(int64(binary.BigEndian.Uint64(v))) }),
	21:   fixed(2, func(b *row.Batch, v []byte) { b.Int(int64(int16(binary.BigEndian.Uint16(v)))) }),
	23:   fixed(4, func(b *row.Batch, v []byte) { b.Int(int64(int32(binary.BigEndian.Uint32(v)))) }),
	26:   fixed(4, func(b *row.Batch, v []byte) { b.Int(int64(binary.BigEndian.Uint32(v))) }),
	700:  fixed(4, func(b *row.Batch, v []byte) { b.Float32(math.Float32frombits(binary.BigEndian.Uint32(v))) }),
	701:  fixed(8, func(b *row.Batch, v []byte) { b.Float(math.Float64frombits(binary.BigEndian.Uint64(v))) }),
	1082: fixed(4, binaryDate),
	1114: fixed(8, func(b *row.Batch, v []byte) { binaryTimestamp(b, v, false) }),
	1184: fixed(8, func(b *row.Batch, v []byte) { binaryTimestamp(b, v, true) }),
	17:   func(b *row.Batch, v []byte) verdict { b.Blob(v); return sound },
}

// binaryOf returns the reader of a type that is requested in binary, or nil.
func binaryOf(oid uint32) reader {
	if read := binaries[oid]; read != nil {
		return read
	}
	if e := elementOf(oid); e != nil {
		return readElement(e)
	}
	return nil
}

// near is the round trip up to which a server is queried in two steps: first for the
// types of the columns, then for the rows, in the form that fits each column. Over a
// longer distance, or to thousands of servers at once ([driver.Request.FewTrips]), the
// second round trip would cost more than text does.
const near = 2 * time.Millisecond

// formats returns the format requested for each column, or nil to request all as text.
func formats(fields []pgconn.FieldDescription) []int16 {
	all := make([]int16, len(fields))
	some := false
	for i, f := range fields {
		if binaryOf(f.DataTypeOID) != nil {
			all[i], some = pgproto3.BinaryFormat, true
		}
	}
	if !some {
		return nil
	}
	return all
}

// fixed returns a reader of values that all have one size.
func fixed(size int, read func(*row.Batch, []byte)) reader {
	return func(b *row.Batch, v []byte) verdict {
		if len(v) != size {
			return malformed
		}
		read(b, v)
		return sound
	}
}

// epoch is 2000-01-01, from which PostgreSQL counts. Timestamps from firstPlain up to
// afterPlain are in the range of a row.Timestamp.
const (
	epoch      = 10957
	firstPlain = (row.FirstDay - epoch) * row.MicrosPerDay
	afterPlain = (row.LastDay + 1 - epoch) * row.MicrosPerDay
)

func binaryDate(b *row.Batch, v []byte) {
	days := int64(int32(binary.BigEndian.Uint32(v))) + epoch
	if days >= row.FirstDay && days <= row.LastDay {
		b.Date(days)
		return
	}
	b.Exact(row.Date, appendBinaryDate(nil, v))
}

func binaryTimestamp(b *row.Batch, v []byte, zoned bool) {
	n := int64(binary.BigEndian.Uint64(v))
	if n >= firstPlain && n < afterPlain {
		b.Timestamp(n+epoch*row.MicrosPerDay, zoned)
		return
	}
	if zoned {
		b.Exact(row.TimestampTZ, appendBinaryTimestamp(nil, v, "+00"))
	} else {
		b.Exact(row.Timestamp, appendBinaryTimestamp(nil, v, ""))
	}
}

// appendBinaryDate writes a day as the server prints it.
func appendBinaryDate(dst, v []byte) []byte {
	switch n := int32(binary.BigEndian.Uint32(v)); n {
	case math.MaxInt32:
		return append(dst, "infinity"...)
	case math.MinInt32:
		return append(dst, "-infinity"...)
	default:
		dst, era := appendDay(dst, int64(n)+epoch)
		return append(dst, era...)
	}
}

// appendBinaryTimestamp writes a timestamp as the server prints it, with the zone
// before the era.
func appendBinaryTimestamp(dst, v []byte, zone string) []byte {
	n := int64(binary.BigEndian.Uint64(v))
	switch n {
	case math.MaxInt64:
		return append(dst, "infinity"...)
	case math.MinInt64:
		return append(dst, "-infinity"...)
	}
	days, micros := n/row.MicrosPerDay, n%row.MicrosPerDay
	if micros < 0 {
		days, micros = days-1, micros+row.MicrosPerDay
	}
	dst, era := appendDay(dst, days+epoch)
	seconds := micros / 1e6
	dst = fmt.Appendf(dst, " %02d:%02d:", seconds/3600, seconds/60%60)
	if seconds%60 < 10 {
		dst = append(dst, '0')
	}
	dst = appendSeconds(dst, micros%60e6)
	return append(append(dst, zone...), era...)
}

// appendDay writes a day as the server prints it. The caller appends the era after
// everything else.
func appendDay(dst []byte, days int64) (text []byte, era string) {
	y, m, d := row.Civil(days)
	if y <= 0 {
		y, era = 1-y, " BC"
	}
	return fmt.Appendf(dst, "%04d-%02d-%02d", y, m, d), era
}
