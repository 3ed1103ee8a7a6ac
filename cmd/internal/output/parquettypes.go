// The types of Parquet that columns are written as.

package output

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"

	"github.com/fanql/fanql/sources/row"
)

// A parquetColumn is a column, the node of its type, and the function that converts its
// cells; ok is false for a cell that the type cannot hold.
type parquetColumn struct {
	row.Column
	node   parquet.Node
	called string // the type, in errors
	value  func(e *parquetEncoder, b *row.Batch, c *row.Cell) (v parquet.Value, ok bool)
	why    string // why the column is written as text; empty if it has its own type
	// unsorted says that the library orders values in another way than the format defines,
	// so that their minimum and maximum must not be written.
	unsorted bool
}

// parquetDigits is the largest number of digits of a DECIMAL that all readers support.
const parquetDigits = 38

// parquetColumnOf returns how a column is written. It depends on its type alone.
func parquetColumnOf(c row.Column) parquetColumn {
	p := parquetColumn{Column: c, called: strings.ToUpper(c.Type.String())}
	switch c.Type {
	case row.Bool:
		p.node, p.value = parquet.Leaf(parquet.BooleanType), parquetBool
	case row.Int:
		p.node, p.value = parquet.Int(64), parquetInt
	case row.Uint:
		p.node, p.value = parquet.Uint(64), parquetUint
	case row.Float:
		p.node, p.value = parquet.Leaf(parquet.DoubleType), parquetDouble
		if single(c) {
			p.node, p.value = parquet.Leaf(parquet.FloatType), parquetFloat
		}
	case row.Decimal:
		return parquetDecimal(p)
	case row.Date:
		p.node, p.value = parquet.Date(), parquetDate
	case row.Time:
		if zoned(c) {
			return parquetText(p, "a time of day with a zone has no type in Parquet")
		}
		p.node, p.value = parquet.TimeAdjusted(parquet.Microsecond, false), parquetTime
	case row.Timestamp:
		p.node, p.value = parquet.TimestampAdjusted(parquet.Microsecond, false), parquetInstant(row.Timestamp)
	case row.TimestampTZ:
		p.node, p.value = parquet.TimestampAdjusted(parquet.Microsecond, true), parquetInstant(row.TimestampTZ)
	case row.JSON:
		p.node, p.value = parquet.JSON(), parquetBytes(row.JSON)
	case row.Bytes:
		p.node, p.value = parquet.Leaf(parquet.ByteArrayType), parquetBytes(row.Bytes)
	default:
		if c.Type == row.Text && strings.EqualFold(c.Database, "uuid") {
			p.node, p.value, p.called = parquet.UUID(), parquetUUID, "UUID"
			return p
		}
		return parquetText(p, "")
	}
	return p
}

// single reports whether a column holds floats of 32 bits.
func single(c row.Column) bool { return c.Database == "float4" || c.Database == "FLOAT" }

// zoned reports whether a column holds times of day with a zone.
func zoned(c row.Column) bool {
	return c.Database == "timetz" || c.Database == "TIME WITH TIME ZONE"
}

func parquetText(p parquetColumn, why string) parquetColumn {
	p.node = parquet.Encoded(parquet.String(), &parquet.RLEDictionary)
	if p.called = "TEXT"; why != "" {
		p.why = why + ": it is written as text"
	}
	p.value = func(e *parquetEncoder, b *row.Batch, c *row.Cell) (parquet.Value, bool) {
		if c.Flags&row.InArena != 0 && c.Kind != row.Bytes {
			return parquet.ByteArrayValue(b.Bytes(*c)), true
		}
		start := len(e.arena)
		e.arena = b.AppendText(e.arena, *c)
		return parquet.ByteArrayValue(e.arena[start:len(e.arena):len(e.arena)]), true
	}
	return p
}

func parquetBool(_ *parquetEncoder, _ *row.Batch, c *row.Cell) (parquet.Value, bool) {
	return parquet.BooleanValue(c.Bits != 0), c.Kind == row.Bool
}

func parquetInt(_ *parquetEncoder, _ *row.Batch, c *row.Cell) (parquet.Value, bool) {
	return parquet.Int64Value(int64(c.Bits)), (c.Kind == row.Int || c.Kind == row.Bool || c.Kind == row.Uint && c.Bits <= math.MaxInt64) && c.Flags&row.InArena == 0
}

func parquetUint(_ *parquetEncoder, _ *row.Batch, c *row.Cell) (parquet.Value, bool) {
	return parquet.Int64Value(int64(c.Bits)), (c.Kind == row.Uint || c.Kind == row.Bool || c.Kind == row.Int && int64(c.Bits) >= 0) && c.Flags&row.InArena == 0
}

// parquetDouble writes floats, and numbers of other kinds that are floats exactly. A
// 32-bit float becomes the double that is printed for it.
func parquetDouble(e *parquetEncoder, b *row.Batch, c *row.Cell) (parquet.Value, bool) {
	v, ok := doubleOf(e, b, c)
	return parquet.DoubleValue(v), ok
}

func doubleOf(e *parquetEncoder, b *row.Batch, c *row.Cell) (float64, bool) {
	inArena := c.Flags&row.InArena != 0
	switch {
	case !c.Kind.Numeric():
		return 0, false
	case c.Kind == row.Float && !inArena && c.Flags&row.Single == 0:
		return math.Float64frombits(c.Bits), true
	case c.Kind == row.Int:
		v := float64(int64(c.Bits))
		return v, v != 1<<63 && int64(v) == int64(c.Bits)
	case c.Kind == row.Uint:
		v := float64(c.Bits)
		return v, v < 1<<64 && uint64(v) == c.Bits
	}
	start := len(e.arena)
	e.arena = b.AppendText(e.arena, *c)
	text := string(e.arena[start:])
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || c.Kind == row.Float {
		return v, err == nil
	}
	exact, ok := new(big.Rat).SetString(text) // a decimal, which may differ from the nearest double
	shortest, _ := new(big.Rat).SetString(strconv.FormatFloat(v, 'f', -1, 64))
	return v, ok && shortest != nil && exact.Cmp(shortest) == 0
}

func parquetFloat(_ *parquetEncoder, _ *row.Batch, c *row.Cell) (parquet.Value, bool) {
	v := math.Float64frombits(c.Bits)
	single := float32(v)
	return parquet.FloatValue(single), c.Kind == row.Float && c.Flags&row.InArena == 0 && (float64(single) == v || math.IsNaN(v))
}

func parquetDate(_ *parquetEncoder, b *row.Batch, c *row.Cell) (parquet.Value, bool) {
	micros, ok := b.Moment(*c)
	days := micros / row.MicrosPerDay
	return parquet.Int32Value(int32(days)), ok && c.Kind == row.Date && int64(int32(days)) == days
}

// parquetTime writes times of day. It refuses durations.
func parquetTime(_ *parquetEncoder, b *row.Batch, c *row.Cell) (parquet.Value, bool) {
	if c.Kind != row.Time || bytes.ContainsAny(b.Bytes(*c), "+-Z") {
		return parquet.Value{}, false
	}
	micros, ok := b.Moment(*c)
	return parquet.Int64Value(micros), ok && micros >= 0 && micros < row.MicrosPerDay
}

func parquetInstant(kind row.Kind) func(*parquetEncoder, *row.Batch, *row.Cell) (parquet.Value, bool) {
	return func(_ *parquetEncoder, b *row.Batch, c *row.Cell) (parquet.Value, bool) {
		if c.Kind != kind {
			return parquet.Value{}, false
		}
		micros, ok := b.Moment(*c)
		return parquet.Int64Value(micros), ok
	}
}

func parquetBytes(kind row.Kind) func(*parquetEncoder, *row.Batch, *row.Cell) (parquet.Value, bool) {
	return func(_ *parquetEncoder, b *row.Batch, c *row.Cell) (parquet.Value, bool) {
		if c.Kind != kind {
			return parquet.Value{}, false
		}
		return parquet.ByteArrayValue(b.Bytes(*c)), true
	}
}

func parquetUUID(e *parquetEncoder, b *row.Batch, c *row.Cell) (parquet.Value, bool) {
	if c.Kind != row.Text {
		return parquet.Value{}, false
	}
	digits := bytes.ReplaceAll(b.Bytes(*c), []byte("-"), nil)
	start := len(e.arena)
	e.arena = append(e.arena, make([]byte, 16)...)
	id := e.arena[start : start+16 : start+16]
	if len(digits) != 32 {
		return parquet.Value{}, false
	}
	_, err := hex.Decode(id, digits)
	return parquet.FixedLenByteArrayValue(id), err == nil
}

// parquetDecimal chooses the type for a decimal by the digits that are declared.
func parquetDecimal(p parquetColumn) parquetColumn {
	width, scale := p.Width, p.Scale
	if p.Database == "HUGEINT" { // DuckDB's sums of integers, which rarely have more digits
		width = parquetDigits
	}
	if scale < 0 {
		width, scale = width-scale, 0
	}
	width = max(width, scale)
	switch {
	case p.Width == 0 && width == 0:
		return parquetText(p, "its digits are not declared, so that a DECIMAL of Parquet could not hold all of them; with a cast such as numeric(20,2) it is one")
	case width > parquetDigits:
		return parquetText(p, fmt.Sprintf("it has up to %d digits, and a DECIMAL of Parquet has %d", width, parquetDigits))
	}
	p.called = fmt.Sprintf("DECIMAL(%d,%d)", width, scale)
	switch {
	case width <= 9:
		p.node = parquet.Decimal(scale, width, parquet.Int32Type)
		p.value = smallDecimal(width, scale, func(v int64) parquet.Value { return parquet.Int32Value(int32(v)) })
	case width <= 18:
		p.node = parquet.Decimal(scale, width, parquet.Int64Type)
		p.value = smallDecimal(width, scale, parquet.Int64Value)
	default:
		size := sizeOf(width)
		p.node, p.unsorted = parquet.Decimal(scale, width, parquet.FixedLenByteArrayType(size)), true
		p.value = wideDecimal(width, scale, size)
	}
	return p
}

// sizeOf returns how many bytes an integer takes that has this number of digits and a sign.
func sizeOf(digits int) int {
	return (new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil).BitLen() + 1 + 7) / 8
}

// smallDecimal writes decimals that fit into 64 bits.
func smallDecimal(width, scale int, made func(int64) parquet.Value) func(*parquetEncoder, *row.Batch, *row.Cell) (parquet.Value, bool) {
	most := int64(math.Pow10(width)) // exactly, up to 18
	return func(e *parquetEncoder, b *row.Batch, c *row.Cell) (parquet.Value, bool) {
		if c.Kind == row.Decimal && c.Flags&row.InArena == 0 && int(c.Scale) == scale {
			v := int64(c.Bits)
			return made(v), v > -most && v < most
		}
		n, ok := unscaled(e, b, c, scale)
		if !ok || !n.IsInt64() {
			return parquet.Value{}, false
		}
		v := n.Int64()
		return made(v), v > -most && v < most
	}
}

// wideDecimal writes decimals as big-endian integers in two's complement.
func wideDecimal(width, scale, size int) func(*parquetEncoder, *row.Batch, *row.Cell) (parquet.Value, bool) {
	most := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(width)), nil)
	return func(e *parquetEncoder, b *row.Batch, c *row.Cell) (parquet.Value, bool) {
		start := len(e.arena)
		if c.Kind == row.Decimal && c.Flags&row.InArena == 0 && int(c.Scale) == scale { // 18 digits at most
			v := int64(c.Bits)
			for i := range size {
				shift := min(8*(size-1-i), 63)
				e.arena = append(e.arena, byte(v>>shift))
			}
			return parquet.FixedLenByteArrayValue(e.arena[start : start+size : start+size]), true
		}
		n, ok := unscaled(e, b, c, scale)
		if !ok || n.CmpAbs(most) >= 0 {
			return parquet.Value{}, false
		}
		start = len(e.arena)
		e.arena = append(e.arena, make([]byte, size)...)
		to := e.arena[start : start+size : start+size]
		if n.Sign() < 0 { // 2^bits + n
			n = new(big.Int).Add(n, new(big.Int).Lsh(big.NewInt(1), uint(8*size)))
		}
		n.FillBytes(to)
		return parquet.FixedLenByteArrayValue(to), true
	}
}

// unscaled returns a number times 10 to the power of scale, if that is whole.
func unscaled(e *parquetEncoder, b *row.Batch, c *row.Cell, scale int) (*big.Int, bool) {
	switch c.Kind {
	case row.Decimal, row.Int, row.Uint:
	default:
		return nil, false
	}
	start := len(e.arena)
	e.arena = b.AppendText(e.arena, *c)
	whole, fraction, _ := strings.Cut(string(e.arena[start:]), ".")
	if len(fraction) > scale {
		if strings.Trim(fraction[scale:], "0") != "" {
			return nil, false
		}
		fraction = fraction[:scale]
	}
	digits := whole + fraction + strings.Repeat("0", scale-len(fraction))
	if len(digits) > 3*parquetDigits { // too long in any case
		return nil, false
	}
	return new(big.Int).SetString(digits, 10)
}
