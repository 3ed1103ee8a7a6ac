// Random lengths of time in the notations of databases, and random numbers of earlier runs.

package expression

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/fanql/fanql/sources/row"
)

// lengthText generates the text of an interval or of a TIME column. Mostly it is a length of time,
// and sometimes it is something else.
func (g *generator) lengthText() string {
	number := func() string { return []string{"0", "1", "9", "10", "-2", "+36", "-0", "100"}[g.choose(8)] }
	switch g.choose(6) {
	case 0: // a time of day, or a length of up to 838 hours
		text := []string{"", "-"}[g.choose(2)] + []string{"00", "8", "08", "23", "838"}[g.choose(5)] + ":" + []string{"00", "30", "59"}[g.choose(3)]
		return text + []string{"", ":00", ":59", ":07.5", ":00.000001"}[g.choose(5)]
	case 1:
		return []string{"PT9M", "PT10M", "P1Y", "P1M", "P0Y0M3D", "P1M-1M", "P2WT-.5S", "P999999999W", "PT9223372036.854775807S", "PT9223372036.854775808S", "PT1.9999999999S", "PT-1.9999999999S"}[g.choose(12)]
	case 2:
		return []string{"", "P", "PT", "P1DT", "1D", "P1H", "08:60", "8:5", "08:30:00+02", "1234:00:00", "PT1.S", "p1d", "P1D ", "2h", "1d12h", "-1.5s", "PT1M1H", "P--1D"}[g.choose(18)]
	}
	text := "P"
	for _, unit := range "WD" {
		if g.choose(2) == 0 {
			text += number() + string(unit)
		}
	}
	var time string
	for _, unit := range "HMS" {
		if g.choose(2) == 0 {
			time += number() + []string{"", ".25"}[map[bool]int{true: g.choose(2)}[unit == 'S']] + string(unit)
		}
	}
	if time != "" || text == "P" {
		text += "T" + time
	}
	return text
}

// rowOfLengths adds the columns that hold lengths of time.
func (g *generator) rowOfLengths(add func(name string, kind byte, put func(*row.Batch), v any)) {
	interval, clock := g.lengthText(), g.lengthText()
	add("el", 'l', func(b *row.Batch) { b.TextString(interval) }, interval)
	add("tm", 'l', func(b *row.Batch) { b.Exact(row.Time, []byte(clock)) }, clock)
}

// A former is a number of an earlier run.
type former struct {
	hours int // how long ago the run was
	value *big.Rat
}

// remember generates earlier runs. Their numbers are in order, oldest first. The column gone has no
// numbers.
func (g *generator) remember() {
	g.past = map[string][]former{"gone": nil}
	for _, column := range []string{"n", "d", "order count"} {
		g.past[column] = nil
		for _, hours := range []int{500, 168, 167, 72, 36, 30, 1} {
			if g.choose(2) == 0 {
				g.past[column] = append(g.past[column], former{hours, ratio(decimals[g.choose(len(decimals))])})
			}
		}
	}
}

// since returns the numbers of a column from the last hours. For 0 hours it returns only the newest
// number.
func (g *generator) since(column string, hours int) (list []*big.Rat) {
	all := g.past[column]
	for i, f := range all {
		if f.hours <= hours || hours == 0 && i == len(all)-1 {
			list = append(list, f.value)
		}
	}
	return list
}

// formerly generates an expression that uses numbers of earlier runs.
func (g *generator) formerly() *formula {
	column := []string{"n", "n", "n", "d", "order count", "gone"}[g.choose(6)]
	if g.choose(4) == 0 {
		text := fmt.Sprintf("previous[%q]", column)
		if !strings.Contains(column, " ") && g.choose(2) == 0 {
			text = "previous." + column
		}
		return &formula{op: "past", text: text, of: "last", past: g.since(column, 0)}
	}
	window := []struct {
		text  string
		hours int
	}{{`duration("7d")`, 168}, {`duration("1d12h")`, 36}, {`2 * duration("1d12h")`, 72}, {`duration("PT30H")`, 30}, {`duration("00:30") * 2`, 1}, {`duration("5w")`, 840}, {`duration("1s")`, -1}}[g.choose(7)]
	of := []string{"median", "mean", "min", "max", "sum", "count", "first", "last"}[g.choose(8)]
	return &formula{op: "past", text: fmt.Sprintf("history(%q, %s).%s", column, window.text, of), of: of, past: g.since(column, window.hours)}
}

// recalled returns the numbers of earlier runs that an expression needs.
func (g *generator) recalled(need Need) []*big.Rat {
	hours := int(need.Window.Hours())
	if need.Window > 0 && hours == 0 {
		hours = -1 // no run is that new
	}
	return g.since(need.Column, hours)
}

// unknownPast reports whether the formula uses a number of earlier runs that does not exist.
func (e *formula) unknownPast() bool {
	if e.op == "past" {
		v, _ := e.eval()
		return v == nil
	}
	for _, k := range e.kids {
		if k.unknownPast() {
			return true
		}
	}
	return false
}
