// Random expressions over random rows. The tests compare the evaluator with the reference on them.

package expression

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/fanql/fanql/sources/row"
)

// A generator builds an expression by choices. Each choice is one byte of data. After the last byte
// every choice is the first one. So a fuzzer that changes bytes changes the expression.
type generator struct {
	data    []byte
	columns []cell
	odd     bool // operands of a wrong type are allowed
	mixed   bool // the expression has such an operand
	// past has the numbers of earlier runs by column, with the oldest first. If it is not nil,
	// expressions use some of them.
	past map[string][]former
}

// A cell is a column of the test row: how it is written into a batch, and its value for the
// reference.
type cell struct {
	name string
	kind byte // b, n, t, i, l: boolean, number, text, instant, text that is a length of time
	put  func(*row.Batch)
	v    any
}

func (g *generator) choose(n int) int {
	if len(g.data) == 0 {
		return 0
	}
	b := int(g.data[0])
	g.data = g.data[1:]
	return b % n
}

func ratio(s string) *big.Rat {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		panic(s)
	}
	return r
}

func nanoseconds(s int64, ns int64) point {
	return point{new(big.Int).Add(seconds(s), big.NewInt(ns))}
}

var (
	decimals = []string{"0", "1", "-1", "0.1", "-0.10", "3", "0.5", "-7.25", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "123456789012345678901234567890.123456789", "0.00000000000000000001", "1000000"}
	floats   = []float64{0, 1, 0.1, -2.5, 1e20, 1e-300, 1.7976931348623157e308, 5e-324, math.Inf(1), math.Inf(-1), math.NaN(), math.Copysign(0, -1)}
	texts2   = []string{"", "a", "B", "Été", " x y ", "%_'\"\\", "2026-01-31", "2026-01-31 11:00:00", "1969-12-31 23:59:59", "2026-02-01", "PT9M", "08:30:00"}
)

// row generates the columns. There is one of each kind of cell, and each may be NULL.
func (g *generator) row() {
	add := func(name string, kind byte, put func(*row.Batch), v any) {
		if g.choose(5) == 4 {
			put, v = (*row.Batch).Null, nil
		}
		g.columns = append(g.columns, cell{name, kind, put, v})
	}
	n := []int64{3, 0, 1, -4, math.MaxInt64, math.MinInt64}[g.choose(6)]
	add("n", 'n', func(b *row.Batch) { b.Int(n) }, new(big.Rat).SetInt64(n))
	u := []uint64{math.MaxUint64, 2, math.MaxInt64 + 1}[g.choose(3)]
	add("u", 'n', func(b *row.Batch) { b.Uint(u) }, new(big.Rat).SetInt(new(big.Int).SetUint64(u)))
	d := decimals[g.choose(len(decimals))]
	add("d", 'n', func(b *row.Batch) { b.Decimal([]byte(d)) }, ratio(d))
	f := floats[g.choose(len(floats))]
	fv := any(nil)
	switch {
	case math.IsNaN(f):
		fv = beyond{"number", 2}
	case math.IsInf(f, 0):
		fv = beyond{"number", int(math.Copysign(1, f))}
	default:
		fv = ratio(strconv.FormatFloat(f, 'g', -1, 64))
	}
	add("f", 'n', func(b *row.Batch) { b.Float(f) }, fv)
	p := g.choose(2) == 0
	add("p", 'b', func(b *row.Batch) { b.Bool(p) }, p)
	bit := int64(g.choose(2))
	add("bit", 'b', func(b *row.Batch) { b.Int(bit) }, new(big.Rat).SetInt64(bit))
	s := texts2[g.choose(len(texts2))]
	add("s", 't', func(b *row.Batch) { b.TextString(s) }, s)
	w := []string{"2026-01-31", "2026-01-31 11:00:00", "1969-12-31 23:59:59"}[g.choose(3)]
	add("w", 'i', func(b *row.Batch) { b.TextString(w) }, w)
	day := int64(g.choose(40000)) - 100
	add("day", 'i', func(b *row.Batch) { b.DateText([]byte(time.Unix(day*86400, 0).UTC().Format("2006-01-02"))) }, nanoseconds(day*86400, 0))
	at := []string{"2026-01-31 11:00:00.25", "1969-12-31 23:59:59.999999", "9999-12-31 23:59:59", "0001-01-01 00:00:00", "infinity", "-infinity"}[g.choose(6)]
	av := any(beyond{"instant", 1})
	switch at {
	case "-infinity":
		av = beyond{"instant", -1}
	case "infinity":
	default:
		t, err := time.Parse("2006-01-02 15:04:05", at)
		if err != nil {
			panic(err)
		}
		av = nanoseconds(t.Unix(), int64(t.Nanosecond()))
	}
	add("at", 'i', func(b *row.Batch) { b.TimestampText([]byte(at), true) }, av)
	g.rowOfLengths(add)
}

// batch returns the row as a batch.
func (g *generator) batch() *row.Batch {
	s := &row.Schema{}
	for _, c := range g.columns {
		s.Columns = append(s.Columns, row.Column{Name: c.name})
	}
	b := row.NewBatch(s)
	g.fill(b)
	return b
}

func (g *generator) fill(b *row.Batch) {
	for _, c := range g.columns {
		c.put(b)
	}
	b.EndRow()
}

const kinds = "bntid" // boolean, number, text, instant, duration; only columns have the kind l

func literally(text string, v any) *formula { return &formula{op: "literal", v: v, text: text} }

// columnOf returns one of the columns of a kind, or nil if there is none.
func (g *generator) columnOf(kind byte) *formula {
	var own []cell
	for _, c := range g.columns {
		if c.kind == kind {
			own = append(own, c)
		}
	}
	if len(own) == 0 {
		return nil
	}
	c := own[g.choose(len(own))]
	return &formula{op: "column", v: c.v, text: c.name}
}

func (g *generator) leaf(kind byte) *formula {
	if kind == 'n' && g.past != nil && g.choose(3) == 0 {
		return g.formerly()
	}
	if kind == 'l' || g.choose(3) < 2 {
		if c := g.columnOf(kind); c != nil {
			return c
		}
	}
	switch kind {
	case 'b':
		if g.choose(2) == 0 {
			return literally("true", true)
		}
		return literally("false", false)
	case 'n':
		s := []string{"0", "1", "2", "0.1", "3", "1.0", "1e3", "1_000.5", "9223372036854775807", "9223372036854775808", "340282366920938463463374607431768211456", "0x10", "0xFFFFFFFFFFFFFFFFFF", "1e400", "0.00000000000000000001"}[g.choose(15)]
		return literally(s, ratio(map[bool]string{true: s, false: strings.ReplaceAll(s, "_", "")}[strings.HasPrefix(s, "0x")]))
	case 't':
		s := texts2[g.choose(len(texts2))]
		return literally(strconv.Quote(s), s)
	case 'i':
		if g.choose(3) == 0 {
			return literally("now()", nanoseconds(now.Unix(), 0))
		}
		s := []string{"2026-01-31", "2026-01-31T13:00:00+02:00", "1969-12-31 23:59:59"}[g.choose(3)]
		return literally(fmt.Sprintf("instant(%q)", s), point{seconds(dates[s])})
	}
	if g.choose(2) == 0 {
		return &formula{op: "duration", kids: []*formula{g.leaf('l')}}
	}
	d := []struct {
		text string
		ns   int64
	}{{"PT1H-30M", 1800e9}, {"08:30", 30600e9}, {"P1DT0.5S", 864005e8}, {"2h", 7200e9}, {"0s", 0}, {"-1d12h", -129600e9}, {"0.3d", 25920e9}, {"1w", 604800e9}, {"1ns", 1}, {"106751d", 9223286400e9}, {"1.5s", 15e8}, {"-106751d23h47m16.854775808s", math.MinInt64}}[g.choose(12)]
	return literally(fmt.Sprintf("duration(%q)", d.text), span{big.NewInt(d.ns)})
}

// any generates an expression of a kind. If wrong types are allowed, it may be of any kind.
func (g *generator) any(kind byte, depth int) *formula {
	if g.odd && g.choose(12) == 11 {
		if other := kinds[g.choose(len(kinds))]; other != kind {
			g.mixed, kind = true, other
		}
	}
	if depth <= 0 {
		return g.leaf(kind)
	}
	sub := func(k byte) *formula { return g.any(k, depth-1) }
	switch g.choose(8) { // these expressions exist for every kind
	case 0:
		return g.leaf(kind)
	case 1:
		return &formula{op: "??", kids: []*formula{g.orNil(kind, depth), sub(kind)}}
	case 2:
		return &formula{op: "?", kids: []*formula{sub('b'), g.orNil(kind, depth), sub(kind)}, alt: g.choose(2) == 0}
	case 3:
		return &formula{op: "coalesce", kids: []*formula{g.orNil(kind, depth), g.orNil(kind, depth), sub(kind)}}
	}
	two := func(op string, a, b byte) *formula { return &formula{op: op, kids: []*formula{sub(a), sub(b)}} }
	one := func(op string, a byte) *formula { return &formula{op: op, kids: []*formula{sub(a)}} }
	switch kind {
	case 'b':
		return g.boolean(depth)
	case 'n':
		switch g.choose(10) {
		case 0:
			return one("-", 'n')
		case 1:
			return one("abs", 'n')
		case 2:
			return one("len", 't')
		case 3:
			return two("/", 'd', 'd')
		case 4:
			return one("number", 'b')
		case 5:
			return two("**", 'n', 'n')
		case 6:
			return two("*", 'b', 'n')
		}
		return two([]string{"+", "-", "*", "/", "%"}[g.choose(5)], 'n', 'n')
	case 't':
		if g.choose(2) == 0 {
			return two("+", 't', 't')
		}
		return one([]string{"lower", "upper", "trim"}[g.choose(3)], 't')
	case 'i':
		switch g.choose(4) {
		case 0:
			return two("+", 'd', 'i')
		case 1:
			return one("instant", 'i')
		}
		return two([]string{"+", "-"}[g.choose(2)], 'i', 'd')
	}
	switch g.choose(7) {
	case 0:
		return two("-", 'i', 'i')
	case 1:
		return one("-", 'd')
	case 2:
		return one("abs", 'd')
	case 3:
		return two("*", 'n', 'd')
	case 4:
		return two([]string{"*", "/"}[g.choose(2)], 'd', 'n')
	case 5:
		return &formula{op: "duration", kids: []*formula{g.columnOf('t')}}
	}
	return two([]string{"+", "-"}[g.choose(2)], 'd', 'd')
}

// orNil generates an expression of a kind, or nil.
func (g *generator) orNil(kind byte, depth int) *formula {
	if g.choose(8) == 7 {
		return literally("nil", nil)
	}
	return g.any(kind, depth-1)
}

func (g *generator) boolean(depth int) *formula {
	kind := kinds[g.choose(len(kinds))]
	sub := func() *formula {
		if kind == 'd' && g.choose(3) == 0 { // a text that is compared with durations
			return g.leaf('l')
		}
		return g.any(kind, depth-1)
	}
	switch g.choose(10) {
	case 0, 1:
		return &formula{op: []string{"&&", "||"}[g.choose(2)], kids: []*formula{g.any('b', depth-1), g.any('b', depth-1)}, alt: g.choose(2) == 0}
	case 8:
		return &formula{op: "matches " + []string{"^a", "t", "^$", "^.t."}[g.choose(4)], kids: []*formula{g.any('t', depth-1)}}
	case 9:
		return &formula{op: "< <", kids: []*formula{sub(), g.leaf(kind), sub()}}
	case 2:
		return &formula{op: "!", kids: []*formula{g.any('b', depth-1)}, alt: g.choose(2) == 0}
	case 3:
		return &formula{op: []string{"== nil", "!= nil"}[g.choose(2)], kids: []*formula{sub()}}
	case 4:
		e := &formula{op: []string{"in", "!in"}[g.choose(2)], kids: []*formula{sub()}}
		for range 1 + g.choose(3) {
			e.kids = append(e.kids, g.orNil(kind, depth))
		}
		return e
	case 5:
		return &formula{op: "..", kids: []*formula{sub(), g.orNil(kind, depth), g.orNil(kind, depth)}}
	case 6:
		return &formula{op: []string{"contains", "startsWith", "endsWith"}[g.choose(3)], kids: []*formula{g.any('t', depth-1), g.any('t', depth-1)}}
	}
	other := kind
	if numeric := "bn"; strings.IndexByte(numeric, kind) >= 0 { // booleans and numbers can be compared with each other
		other = numeric[g.choose(2)]
	}
	return &formula{op: []string{"==", "!=", "<", "<=", ">", ">="}[g.choose(6)], kids: []*formula{sub(), g.any(other, depth-1)}}
}

// String returns the expression as a user would write it, with all parentheses.
func (e *formula) String() string {
	k := make([]string, len(e.kids))
	for i, kid := range e.kids {
		k[i] = kid.String()
	}
	switch e.op {
	case "literal", "column", "past":
		return e.text
	case "?":
		if e.alt {
			return "(if " + k[0] + " { " + k[1] + " } else { " + k[2] + " })"
		}
		return "(" + k[0] + " ? " + k[1] + " : " + k[2] + ")"
	case "&&", "||":
		if e.alt {
			return "(" + k[0] + map[string]string{"&&": " and ", "||": " or "}[e.op] + k[1] + ")"
		}
	case "< <":
		return "(" + k[0] + " < " + k[1] + " < " + k[2] + ")"
	case "!in":
		return "(" + k[0] + " not in [" + strings.Join(k[1:], ", ") + "])"
	case "!":
		if e.alt {
			return "(not " + k[0] + ")"
		}
		return "(!" + k[0] + ")"
	case "-":
		if len(k) == 1 {
			return "(-" + k[0] + ")"
		}
	case "== nil", "!= nil":
		return "(" + k[0] + " " + e.op + ")"
	case "in":
		return "(" + k[0] + " in [" + strings.Join(k[1:], ", ") + "])"
	case "..":
		return "(" + k[0] + " in (" + k[1] + ")..(" + k[2] + "))"
	case "abs", "len", "number", "instant", "duration", "lower", "upper", "trim", "coalesce":
		return e.op + "(" + strings.Join(k, ", ") + ")"
	}
	if pattern, ok := strings.CutPrefix(e.op, "matches "); ok {
		return "(" + k[0] + " matches " + strconv.Quote(pattern) + ")"
	}
	return "(" + k[0] + " " + e.op + " " + k[1] + ")"
}
