// Statistics of a source's rows, for columns whose types do not say enough.

package reduce

import (
	"bytes"
	"math/bits"

	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/row"
)

// stats are the statistics of the cells in one column of one source.
type stats struct {
	kinds   kinds
	ints    uint64     // the largest, without its sign
	units   [19]uint64 // the largest decimal in value form by its scale, unscaled and without its sign
	whole   int        // most digits of a decimal before the point, in text form
	scale   int        // and after it
	long    string     // a decimal of more than engine.MaxDigits digits
	special string     // a decimal that is not a number: NaN, Infinity
	inexact bool       // an integer or decimal that no double equals
	odd     string     // a date, time or timestamp that no type of DuckDB holds
	plain   bool       // a time without a zone
	zoned   bool       // a time with one

	floats     bool // inspect the digits of floats as well
	floatWhole int
	floatScale int
	boundless  string // a float that has no digits: NaN, Infinity
}

// kinds is a set of kinds.
type kinds uint16

func (k kinds) has(kind row.Kind) bool { return k&(1<<kind) != 0 }

// only reports whether the set has no other kinds than these.
func (k kinds) only(list ...row.Kind) bool {
	for _, kind := range list {
		k &^= 1 << kind
	}
	return k == 0
}

// look adds the cells of a batch in one column.
func (p *stats) look(b *row.Batch, at int) {
	width := b.Schema.Width()
	for i := at; i < len(b.Cells); i += width {
		c := b.Cells[i]
		if c.Kind == row.Null {
			continue
		}
		p.kinds |= 1 << c.Kind
		switch c.Kind {
		case row.Int:
			u := c.Bits
			if int64(u) < 0 {
				u = -u
			}
			p.integer(u)
		case row.Bool, row.Uint:
			p.integer(c.Bits)
		case row.Decimal:
			p.decimal(b, c)
		case row.Float:
			if p.floats {
				p.float(b, c)
			}
		case row.Date, row.Time, row.Timestamp, row.TimestampTZ:
			if c.Kind == row.Time {
				zoned := bytes.LastIndexAny(b.Bytes(c), "+-") > 0
				p.zoned, p.plain = p.zoned || zoned, p.plain || !zoned
			}
			if c.Flags&row.InArena != 0 && p.odd == "" && !engine.Holds(c.Kind, b.Bytes(c)) {
				p.odd = string(b.Bytes(c))
			}
		}
	}
}

func (p *stats) integer(u uint64) {
	p.ints = max(p.ints, u)
	if bits.Len64(u)-bits.TrailingZeros64(u) > 53 {
		p.inexact = true
	}
}

// fifteen is the first number with more digits than a double always keeps.
const fifteen = 1_000_000_000_000_000

func (p *stats) decimal(b *row.Batch, c row.Cell) {
	if c.Flags&row.InArena == 0 {
		u := c.Bits
		if int64(u) < 0 {
			u = -u
		}
		p.units[c.Scale] = max(p.units[c.Scale], u)
		p.inexact = p.inexact || u >= fifteen
		return
	}
	n, ok := engine.ParseNumber(b.Bytes(c))
	switch {
	case !ok:
		p.special = string(b.Bytes(c))
		return
	case len(n.Whole)+len(n.Fraction) > engine.MaxDigits:
		p.long = string(b.Bytes(c))
	}
	p.whole, p.scale = max(p.whole, len(n.Whole)), max(p.scale, len(n.Fraction))
	p.inexact = p.inexact || len(n.Whole)+len(n.Fraction) > 15
}

func (p *stats) float(b *row.Batch, c row.Cell) {
	n, ok := engine.FloatDigits(b, c)
	if !ok {
		p.boundless = string(b.AppendText(nil, c))
		return
	}
	p.floatWhole, p.floatScale = max(p.floatWhole, len(n.Whole)), max(p.floatScale, len(n.Fraction))
}

// need returns the largest numbers of digits of the integers and decimals before and
// after the point.
func (p *stats) need() (whole, scale int) {
	whole, scale = max(p.whole, engine.Digits(p.ints)), p.scale
	for s, u := range p.units {
		if u > 0 {
			whole, scale = max(whole, engine.Digits(u)-s), max(scale, s)
		}
	}
	if p.floats {
		whole, scale = max(whole, p.floatWhole), max(scale, p.floatScale)
	}
	return whole, scale
}
