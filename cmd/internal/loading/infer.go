// The types of a new table: those of the rows' columns or, if these have no type, as in
// SQLite, the types that fit all values.

package loading

import (
	"bytes"
	"math/bits"
	"strings"

	"github.com/fanql/fanql/sources/load"
	"github.com/fanql/fanql/sources/row"
)

// An Observer inspects the values of merged rows. Only one goroutine may use it at a time.
type Observer struct {
	schema  *row.Schema
	columns []observed
}

// observed is what is known about the values of a column.
type observed struct {
	kinds         uint16 // a bit for each kind
	whole, scale  int    // the most digits of a decimal, before and after the point
	units         [19]uint64
	special       bool // NaN or infinity among decimals
	zoned, plain  bool // times with and without a zone
	most          uint64
	inexact       bool // an integer that a double cannot hold
	dates, clocks bool // texts that are dates, and dates with a time
	instants      bool // texts that are instants, with a zone
	texts         bool // texts that are neither
}

// NewObserver returns an observer that has seen nothing.
func NewObserver() *Observer { return &Observer{} }

// Look looks at a batch of merged rows. A later batch may have more columns.
func (o *Observer) Look(b *row.Batch) {
	o.schema = b.Schema
	width := b.Schema.Width()
	for len(o.columns) < width {
		o.columns = append(o.columns, observed{})
	}
	for at, c := range b.Schema.Columns {
		switch c.Type {
		case row.Any, row.Null, row.Decimal, row.Time, row.Int, row.Uint, row.Bool:
		default:
			continue // the declared type decides
		}
		seen := &o.columns[at]
		declared := momentWord(c.Database)
		for i := at; i < len(b.Cells); i += width {
			if cell := b.Cells[i]; cell.Kind != row.Null {
				seen.look(b, cell, declared)
			}
		}
	}
}

// momentWord reports whether a declared type of SQLite is one of dates or timestamps.
func momentWord(declared string) bool {
	return strings.HasPrefix(declared, "date") || strings.HasPrefix(declared, "timestamp")
}

func (s *observed) look(b *row.Batch, c row.Cell, declared bool) {
	s.kinds |= 1 << c.Kind
	switch c.Kind {
	case row.Bool, row.Int, row.Uint:
		u := c.Bits
		if c.Kind == row.Int && int64(u) < 0 {
			u = -u
		}
		s.most = max(s.most, u)
		if bits.Len64(u)-bits.TrailingZeros64(u) > 53 {
			s.inexact = true
		}
	case row.Decimal:
		if c.Flags&row.InArena == 0 {
			u := c.Bits
			if int64(u) < 0 {
				u = -u
			}
			s.units[c.Scale] = max(s.units[c.Scale], u)
			return
		}
		plain, ok := plainDigits(b.Bytes(c))
		if !ok {
			s.special = true
			return
		}
		whole, part, _ := bytes.Cut(bytes.TrimPrefix(plain, []byte{'-'}), []byte{'.'})
		s.whole, s.scale = max(s.whole, len(bytes.TrimLeft(whole, "0"))), max(s.scale, len(part))
	case row.Time:
		zoned := bytes.LastIndexAny(b.Bytes(c), "+-") > 0
		s.zoned, s.plain = s.zoned || zoned, s.plain || !zoned
	case row.Text:
		m, ok := row.Moment{}, false
		if declared {
			m, ok = row.ParseMoment(b.Bytes(c))
		}
		switch {
		case !ok:
			s.texts = true
		case m.Zoned:
			s.instants = true
		case m.Clock:
			s.clocks = true
		default:
			s.dates = true
		}
	}
}

// digits returns how many digits decimals and integers need.
func (s *observed) digits() (whole, scale int) {
	whole, scale = max(s.whole, digitsOf(s.most)), s.scale
	for at, u := range s.units {
		if u > 0 {
			whole, scale = max(whole, digitsOf(u)-at), max(scale, at)
		}
	}
	return whole, scale
}

func digitsOf(u uint64) (n int) {
	for ; u > 0; u /= 10 {
		n++
	}
	return n
}

func (s *observed) only(kinds ...row.Kind) bool {
	left := s.kinds
	for _, k := range kinds {
		left &^= 1 << k
	}
	return left == 0
}

func (s *observed) has(k row.Kind) bool { return s.kinds&(1<<k) != 0 }

// Columns returns the columns for a new table. Schema may be nil if Look has seen a batch.
// Alone says that all rows are from one source, so that its own types count. Zones says
// that timestamps without a zone are instants.
func (o *Observer) Columns(schema *row.Schema, alone, zones bool) []load.Column {
	if schema == nil {
		schema = o.schema
	}
	var all []load.Column
	for at, c := range schema.Columns {
		var seen observed
		if at < len(o.columns) {
			seen = o.columns[at]
		}
		col := load.Column{Name: c.Name, Kind: c.Type, Width: c.Width, Scale: c.Scale}
		if alone && c.Type != row.Any {
			col.Source = c.Database
		}
		infer(&col, c, &seen, zones)
		all = append(all, col)
	}
	return all
}

// infer sets the kind of a column.
func infer(col *load.Column, c row.Column, s *observed, zones bool) {
	switch c.Type {
	case row.Any, row.Null:
		if col.Kind = s.kind(c); col.Kind == row.Timestamp && zones && s.has(row.Text) {
			col.Kind = row.TimestampTZ
		}
	case row.Int, row.Uint, row.Bool: // sources without types may have other numbers
		if s.kinds != 0 && !s.only(c.Type, row.Bool) {
			col.Kind = s.kind(c)
		}
	case row.Time:
		if s.zoned && s.plain {
			col.Kind = row.Text
		}
	}
	switch col.Kind {
	case row.Time:
		col.Zoned = s.zoned
	case row.Decimal:
		col.Special = s.special
		col.Whole, col.Part = s.digits()
		if col.Whole > col.Width-col.Scale || col.Part > col.Scale { // a second source's values are larger
			col.Width = 0
		}
	}
}

// kind returns the kind that fits all values of a column without a type.
func (s *observed) kind(c row.Column) row.Kind {
	switch {
	case s.kinds == 0:
		return row.Text
	case s.only(row.Text) && !s.texts:
		switch {
		case s.instants && !s.clocks && !s.dates:
			return row.TimestampTZ
		case s.clocks && !s.instants:
			return row.Timestamp
		case s.dates && !s.instants:
			if c.Database == "date" {
				return row.Date
			}
			return row.Timestamp
		}
		return row.Text
	case s.only(row.Bool), s.only(row.Int, row.Bool) && s.most < 2 && strings.HasPrefix(c.Database, "bool"):
		return row.Bool
	case s.only(row.Int, row.Bool):
		return row.Int
	case s.only(row.Uint, row.Bool):
		return row.Uint
	case s.only(row.Int, row.Uint, row.Decimal, row.Bool):
		return row.Decimal
	case s.only(row.Int, row.Uint, row.Float, row.Bool):
		if !s.inexact {
			return row.Float
		}
		return row.Text
	case s.only(row.Date, row.Timestamp):
		return row.Timestamp
	}
	for k := row.Bool; k <= row.Bytes; k++ {
		if s.has(k) && s.only(k) {
			return k
		}
	}
	return row.Text
}
