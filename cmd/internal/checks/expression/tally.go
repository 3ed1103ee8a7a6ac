// Totals of the fast path: the state of an aggregate while its values are numbers that fit
// into 64 bits, or texts and instants that distinct counts.

package expression

import (
	"bytes"
	"math"
	"math/big"
	"strconv"

	"github.com/fanql/fanql/sources/row"
)

// A tally is the part of a total that the fast path has counted. flush moves it into the
// total.
type tally struct {
	quick reader // reads the argument; nil if only the tree can evaluate it
	// sums are the sums of numbers by their scale. An entry is valid if its entry of summed
	// is true.
	sums   [len(tens)]int64
	summed [len(tens)]bool
	// most is the result of min or max so far.
	most quick
	id   []byte // a buffer for identities
}

// take counts a value in the fast path. ok is false if only the tree can count it.
func (t *total) take(v quick) (ok bool) {
	switch v.is {
	case undecided:
		return false
	case absent:
		return true
	}
	switch t.name {
	case "count":
		ok = true
	case "sum":
		ok = t.takeSum(v)
	case "min", "max":
		ok = t.takeExtreme(v)
	case "distinct":
		ok = t.takeDistinct(v)
	}
	if ok {
		t.n++
	}
	return ok
}

func (t *total) takeSum(v quick) bool {
	if v.is == double {
		v = v.digits()
	}
	if !v.numeric() {
		return false
	}
	sum := quick{n: t.sums[v.scale]}
	if sum = sum.add(&quick{n: v.n}, false); sum.is == undecided { // the sum overflowed
		t.flushSum(int(v.scale))
		sum.n = v.n
	}
	t.sums[v.scale], t.summed[v.scale] = sum.n, true
	return true
}

// flushSum moves the sum of one scale into the total sum.
func (t *total) flushSum(scale int) {
	if t.sum == nil {
		t.sum = new(big.Rat)
	}
	t.sum.Add(t.sum, new(big.Rat).SetFrac64(t.sums[scale], tens[scale]))
	t.sums[scale], t.summed[scale] = 0, false
}

// takeExtreme counts numbers, as long as all values are numbers.
func (t *total) takeExtreme(v quick) bool {
	if !v.numeric() && v.is != double || t.best != nil || t.texts != nil {
		return false
	}
	if t.most.is == undecided {
		t.most = v
		return true
	}
	sign, ok := compareQuick(&v, &t.most)
	if ok && sign != 0 && sign < 0 == (t.name == "min") {
		t.most = v
	}
	return ok
}

// takeDistinct counts values of the same class as the first one.
func (t *total) takeDistinct(v quick) bool {
	id, class := t.id[:0], number
	if v.is == double {
		v = v.digits()
	}
	switch v.is {
	case exact, yesNo:
		for v.scale > 0 && v.n%10 == 0 {
			v.n, v.scale = v.n/10, v.scale-1
		}
		id = (&row.Batch{}).AppendText(append(id, 'n'), row.Cell{Kind: row.Decimal, Bits: uint64(v.n), Scale: v.scale})
	case words:
		class, id = text, append(append(id, textMark...), v.text...)
	case instantly:
		if v.below != 0 {
			return false
		}
		class, id = instant, (&row.Batch{}).AppendKey(append(id, 'k'), row.Cell{Kind: row.TimestampTZ, Bits: uint64(v.n)})
	default:
		return false
	}
	t.id = id
	if _, seen := t.seen[string(id)]; seen {
		return true
	}
	if _, first := t.samples[class]; !first || len(t.samples) > 1 || t.size+int64(len(id))+32 > maxDistinct {
		return false
	}
	t.size += int64(len(id)) + 32
	t.seen[string(id)] = struct{}{}
	return true
}

// flush moves the counts of the fast path into the total.
func (t *total) flush() error {
	for scale, is := range t.summed {
		if is {
			t.flushSum(scale)
		}
	}
	if t.most.is == undecided {
		return nil
	}
	v := t.most.boxed()
	t.most = quick{}
	return t.extreme(v)
}

// boxed returns a number as a value of the tree.
func (q *quick) boxed() any {
	switch q.is {
	case exact:
		return reduced(new(big.Rat).SetFrac64(q.n, tens[q.scale]))
	case yesNo:
		return q.n == 1
	}
	return numberOf(row.AppendValue(nil, row.Cell{Kind: row.Float, Bits: math.Float64bits(q.float)}))
}

// digits returns the decimal that is printed for a float, if it does not have too many
// digits.
func (q *quick) digits() quick {
	var room [32]byte
	printed := strconv.AppendFloat(room[:0], q.float, 'e', -1, 64)
	mantissa, exponent, _ := bytes.Cut(printed, []byte("e"))
	places, err := strconv.Atoi(string(exponent))
	if whole, fraction, found := bytes.Cut(mantissa, []byte(".")); found {
		mantissa = append(whole, fraction...)
		places -= len(fraction)
	}
	n, err2 := strconv.ParseInt(string(mantissa), 10, 64)
	if err != nil || err2 != nil || places <= -len(tens) || places >= len(tens) {
		return quick{}
	}
	if places <= 0 {
		return quick{is: exact, n: n, scale: uint8(-places)}
	}
	n, ok := product(n, tens[places])
	if !ok {
		return quick{}
	}
	return quick{is: exact, n: n}
}
