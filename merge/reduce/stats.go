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
	ints    uint64     // the largest integer, without its sign
	units   [19]uint64 // by scale: the largest decimal in value form, unscaled and without its sign
	whole   int        // for decimals in text form: the most digits before the point
	scale   int        // likewise: the most digits after the point
	long    string     // a decimal with more than engine.MaxDigits digits
	special string     // a decimal that is NaN or an infinity
	inexact bool       // there is an integer or decimal that perhaps no double equals
	odd     string     // a date, time or timestamp that no type of DuckDB holds
	plain   bool       // there is a time without a zone
	zoned   bool       // there is a time with a zone

	floats     bool // inspect the digits of floats, too
	floatWhole int
	floatScale int
	boundless  string // a float without digits: NaN, an infinity
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

// look adds the cells of one column of a batch to the statistics.
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

// fifteen is the first number with more than the fifteen digits that a double always keeps.
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

// need returns the largest numbers of digits before and after the point, of the integers
// and decimals, and of the floats if their digits were inspected.
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
