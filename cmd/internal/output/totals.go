// The last line of a table: the exact sums of its columns of numbers.

package output

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/fanql/fanql/sources/row"
)

// totals are the sums of the columns of a table, by index. Columns that a later source adds
// are at the end.
type totals struct {
	rows  int64
	sums  []sum
	known []row.Kind // the declared types of the columns; Any if there is none
}

// A sum is exact and does not depend on the order: integers and decimals are added exactly,
// and floats by their exact values, which are rounded once at the end.
type sum struct {
	values  int64 // the count of added numbers
	others  bool  // there were values other than numbers
	integer int64 // the part that fits into an int64: units of 10^-scale
	scale   int
	exact   *big.Rat   // the rest; nil is 0
	places  int        // the most digits after the point
	floats  *big.Float // nil if there was no float
	special float64    // the sum of NaN and infinities
	unusual bool       // there was a NaN or an infinity
}

// precision is the number of bits that hold the sum of 2^40 doubles without rounding.
const precision = 2200

// longest is the largest number of characters of an added decimal, and mostExponent its
// largest exponent: larger ones could use up the memory.
const longest, mostExponent = 1000, 400

// columns adds the columns of a schema.
func (t *totals) columns(s *row.Schema) {
	t.known = t.known[:0]
	for _, c := range s.Columns {
		t.known = append(t.known, c.Type)
	}
	for len(t.sums) < len(s.Columns) {
		t.sums = append(t.sums, sum{})
	}
}

// add adds a cell of a column. The cells of a row must be added in order.
func (t *totals) add(b *row.Batch, column int, c row.Cell) {
	if column == 0 {
		t.rows++
	}
	for len(t.sums) <= column {
		t.sums = append(t.sums, sum{})
	}
	s := &t.sums[column]
	switch {
	case c.Kind == row.Null:
		return
	case !c.Kind.Numeric():
		s.others = true
		return
	}
	s.values++
	switch {
	case c.Kind == row.Float:
		s.float(row.DoubleOf(c))
	case c.Flags&row.InArena != 0:
		s.text(string(b.Bytes(c)))
	case c.Kind == row.Uint && c.Bits > math.MaxInt64:
		s.add(new(big.Rat).SetFrac(new(big.Int).SetUint64(c.Bits), big.NewInt(1)))
	case c.Kind == row.Decimal:
		s.units(int64(c.Bits), int(c.Scale))
	default:
		s.units(int64(c.Bits), 0)
	}
}

// units adds a number of units of 10^-scale.
func (s *sum) units(n int64, scale int) {
	s.places = max(s.places, scale)
	next := s.integer + n
	if scale != s.scale || (next > s.integer) != (n > 0) && n != 0 {
		s.carry()
		s.scale, next = scale, n
	}
	s.integer = next
}

// carry adds the int64 part to the rest.
func (s *sum) carry() {
	if s.integer != 0 {
		s.add(new(big.Rat).SetFrac(big.NewInt(s.integer), pow10(s.scale)))
		s.integer = 0
	}
}

func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

func (s *sum) add(r *big.Rat) {
	if s.exact == nil {
		s.exact = new(big.Rat)
	}
	s.exact.Add(s.exact, r)
}

func (s *sum) float(v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		s.special, s.unusual = s.special+v, true
		return
	}
	if s.floats == nil {
		s.floats = new(big.Float).SetPrec(precision)
	}
	s.floats.Add(s.floats, new(big.Float).SetFloat64(v))
}

// text adds a decimal that is stored as text.
func (s *sum) text(v string) {
	digits, exponent, _ := strings.Cut(strings.ToLower(v), "e")
	shift := 0
	if exponent != "" {
		if _, err := fmt.Sscanf(exponent, "%d", &shift); err != nil {
			s.special, s.unusual = math.NaN(), true
			return
		}
	}
	_, fraction, _ := strings.Cut(digits, ".")
	r, ok := new(big.Rat), len(v) <= longest && shift <= mostExponent && shift >= -mostExponent
	if ok {
		r, ok = r.SetString(v)
	}
	switch {
	case ok:
		s.add(r)
		s.places = max(s.places, len(fraction)-shift)
	case strings.HasPrefix(digits, "inf"), strings.HasPrefix(digits, "+inf"):
		s.float(math.Inf(1))
	case strings.HasPrefix(digits, "-inf"):
		s.float(math.Inf(-1))
	default:
		s.special, s.unusual = math.NaN(), true
	}
}

// append appends the sum as a cell of the column's type is printed.
func (s *sum) append(dst []byte) []byte {
	s.carry()
	exact := s.exact
	if exact == nil {
		exact = new(big.Rat)
	}
	if s.unusual || s.floats != nil {
		v := s.special
		if !s.unusual {
			whole, _ := new(big.Float).SetPrec(precision).Add(s.floats, new(big.Float).SetPrec(precision).SetRat(exact)).Float64()
			v = whole
		}
		return row.AppendValue(dst, row.Cell{Bits: math.Float64bits(v), Kind: row.Float})
	}
	return append(dst, exact.FloatString(s.places)...)
}

// numeric reports whether a column with a declared type has numbers only.
func (s *sum) numeric(declared row.Kind) bool {
	return s.values > 0 && !s.others && (declared.Numeric() || untyped(declared))
}

// cells returns the cells of the line. Their text is in to.scratch. If a column has fewer
// numbers than the table has rows, the count follows the sum.
func (t *totals) cells(to *table) []shown {
	to.scratch = to.scratch[:0]
	line := make([]shown, len(to.layout.names))
	for i := range line {
		c := &line[i]
		c.start, c.number = len(to.scratch), to.layout.numbers[i]
		if s := &t.sums[i]; s.numeric(t.known[i]) {
			c.number = true
			to.scratch = s.append(to.scratch)
			if to.o.Thousands {
				to.scratch = group(to.scratch, c.start)
			}
			if s.values != t.rows {
				to.scratch = fmt.Appendf(to.scratch, " (%s)", humanize.Comma(s.values))
			}
		}
		c.end = len(to.scratch)
		c.width = c.end - c.start
	}
	return line
}

// total writes the last line. Its title is in the rule above it, or in Markdown in the
// first cell.
func (t *table) total() {
	t.totals.columns(t.schema)
	label := "total of " + humanize.Comma(t.totals.rows) + " rows"
	if t.totals.rows == 1 {
		label = "total of 1 row"
	}
	cells := t.totals.cells(t)
	if len(cells) == 0 {
		return
	}
	if t.markup {
		first := &cells[0]
		text := append([]byte(nil), t.scratch[first.start:first.end]...)
		value := strings.TrimSuffix("**"+label+":** "+string(text), ":** ")
		if len(text) == 0 {
			value += "**"
		}
		first.start = len(t.scratch)
		t.scratch = append(t.scratch, value...)
		first.end, first.width = len(t.scratch), len(value)
		t.line(t.scratch, cells)
		return
	}
	above := []rune(t.style.middle.line(t.layout.widths))
	at := min(len([]rune(t.style.middle.left)), len(above))
	named := []rune(label)
	if len(above) > 0 {
		named = []rune(" " + label + " ")
	}
	for i, r := range named {
		if at+i < len(above)-1 {
			above[at+i] = r
		} else {
			above = append(above[:min(at+i, len(above))], named[i:]...)
			break
		}
	}
	t.buf = append(append(t.buf, strings.TrimRight(string(above), " ")...), '\n')
	t.line(t.scratch, cells)
}

// group puts a comma between each three digits before the point of the number that is
// dst[from:]. It leaves other texts and numbers with an exponent unchanged.
func group(dst []byte, from int) []byte {
	number := dst[from:]
	sign := 0
	if len(number) > 0 && (number[0] == '-' || number[0] == '+') {
		sign = 1
	}
	digits := 0
	for digits < len(number)-sign && number[sign+digits] >= '0' && number[sign+digits] <= '9' {
		digits++
	}
	if rest := number[sign+digits:]; digits <= 3 || len(rest) > 0 && rest[0] != '.' || bytes.ContainsAny(rest, "eE") {
		return dst
	}
	fraction := bytes.Clone(number[sign+digits:])
	grouped := bytes.Clone(number[:sign])
	for i := range digits {
		if i > 0 && (digits-i)%3 == 0 {
			grouped = append(grouped, ',')
		}
		grouped = append(grouped, number[sign+i])
	}
	return append(append(dst[:from], grouped...), fraction...)
}
