// Values in the server's binary form, where that is exact, cheaper for the server
// to make, and for us to read.

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

// binaries are the types that are asked for in binary. All else comes as text, the
// one form that is defined for every type: a numeric is no faster in binary, and a
// boolean takes the server a quarter longer, since it sets a KiB aside for each value.
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
}

// near is how soon a server answers that is asked in two steps: first for the types
// of the columns, then for the rows, in the form that fits each. Over a longer way
// the second round trip would cost more than text does.
const near = 2 * time.Millisecond

// formats gives what is asked for each column, or nil: everything as text.
func formats(fields []pgconn.FieldDescription) []int16 {
	all := make([]int16, len(fields))
	some := false
	for i, f := range fields {
		if binaries[f.DataTypeOID] != nil {
			all[i], some = pgproto3.BinaryFormat, true
		}
	}
	if !some {
		return nil
	}
	return all
}

// fixed reads values that all have one size.
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
// afterPlain are of the years that a row.Timestamp has.
const (
	epoch      = 10957
	firstPlain = (row.FirstDay - epoch) * row.MicrosPerDay
	afterPlain = (row.LastDay + 1 - epoch) * row.MicrosPerDay
)

func binaryDate(b *row.Batch, v []byte) {
	n := int32(binary.BigEndian.Uint32(v))
	days := int64(n) + epoch
	switch {
	case n == math.MaxInt32:
		b.Exact(row.Date, []byte("infinity"))
	case n == math.MinInt32:
		b.Exact(row.Date, []byte("-infinity"))
	case days >= row.FirstDay && days <= row.LastDay:
		b.Date(days)
	default:
		date, era := printed(days)
		b.Exact(row.Date, append(date, era...))
	}
}

func binaryTimestamp(b *row.Batch, v []byte, zoned bool) {
	n := int64(binary.BigEndian.Uint64(v))
	kind, zone := row.Timestamp, ""
	if zoned {
		kind, zone = row.TimestampTZ, "+00"
	}
	switch n {
	case math.MaxInt64:
		b.Exact(kind, []byte("infinity"))
		return
	case math.MinInt64:
		b.Exact(kind, []byte("-infinity"))
		return
	}
	if n >= firstPlain && n < afterPlain {
		b.Timestamp(n+epoch*row.MicrosPerDay, zoned)
		return
	}
	days, micros := n/row.MicrosPerDay, n%row.MicrosPerDay
	if micros < 0 {
		days, micros = days-1, micros+row.MicrosPerDay
	}
	text, era := printed(days + epoch)
	second := micros / 1e6
	text = fmt.Appendf(text, " %02d:%02d:%02d", second/3600, second/60%60, second%60)
	if micros %= 1e6; micros > 0 {
		text = fmt.Appendf(text, ".%06d", micros)
		for text[len(text)-1] == '0' {
			text = text[:len(text)-1]
		}
	}
	b.Exact(kind, append(append(text, zone...), era...))
}

// printed is a day beyond the years 1 to 9999 as the server prints it; the era
// stands behind everything.
func printed(days int64) (date []byte, era string) {
	y, m, d := row.Civil(days)
	if y <= 0 {
		y, era = 1-y, " BC"
	}
	return fmt.Appendf(nil, "%04d-%02d-%02d", y, m, d), era
}
