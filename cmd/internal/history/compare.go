// What changed from one run to another.

package history

import (
	"fmt"
	"math/big"
	"strings"
)

// A Change is a difference between two runs.
type Change struct {
	Check, Source string // Source is empty for the check as a whole, and for its one answer over all sources
	What          string // verdict, text, expectation, or the column of a number
	Before, After string // empty if there was none
	By            string // how much more or less a number is
}

// Compare returns what changed from one run to another: checks and sources that one of
// them lacks, verdicts, texts, and numbers. Durations and rows are not compared.
func Compare(before, after Run) (list []Change) {
	was := map[string]Check{}
	for _, c := range before.Checks {
		was[c.Name] = c
	}
	for _, c := range after.Checks {
		old := was[c.Name]
		delete(was, c.Name)
		list = append(list, compared(old, c)...)
	}
	for _, c := range before.Checks {
		if _, gone := was[c.Name]; gone {
			list = append(list, Change{Check: c.Name, What: "verdict", Before: c.Verdict})
		}
	}
	return list
}

// compared returns the changes of a check; the old one is zero if there was none.
func compared(old, c Check) (list []Change) {
	add := func(source, what, before, after string) {
		if before != after {
			list = append(list, Change{Check: c.Name, Source: source, What: what, Before: before, After: after})
		}
	}
	add("", "verdict", old.Verdict, c.Verdict)
	if old.Name != "" {
		add("", "text", brief(old.Asked), brief(c.Asked))
		add("", "expectation", brief(old.Expected), brief(c.Expected))
	}
	was := map[string]Source{}
	for _, s := range old.Sources {
		was[s.Name] = s
	}
	for _, s := range c.Sources {
		o := was[s.Name]
		delete(was, s.Name)
		if s.Name != "" {
			add(s.Name, "verdict", o.Verdict, s.Verdict)
		}
		list = append(list, numbers(c.Name, s.Name, o.Numbers, s.Numbers)...)
	}
	for _, s := range old.Sources {
		if _, gone := was[s.Name]; gone && s.Name != "" {
			add(s.Name, "verdict", s.Verdict, "")
		}
	}
	return list
}

// numbers returns the changed numbers of a source.
func numbers(check, source string, old, now []Number) (list []Change) {
	was := map[string]Number{}
	for _, n := range old {
		was[n.Column] = n
	}
	add := func(column, before, after string) {
		if before != after {
			list = append(list, Change{Check: check, Source: source, What: column, Before: before, After: after, By: by(before, after)})
		}
	}
	for _, n := range now {
		before := ""
		if o, ok := was[n.Column]; ok {
			before = o.text()
		}
		delete(was, n.Column)
		add(n.Column, before, n.text())
	}
	for _, n := range old {
		if _, gone := was[n.Column]; gone {
			add(n.Column, n.text(), "")
		}
	}
	return list
}

// text returns the number in words.
func (n Number) text() string {
	if n.Value == nil {
		return "NULL"
	}
	return *n.Value
}

// Rat returns the number exactly; ok is false for NULL, NaN and infinities.
func (n Number) Rat() (r *big.Rat, ok bool) {
	if n.Value == nil || len(*n.Value) > 1000 || strings.ContainsAny(*n.Value, "/_xX") {
		return nil, false
	}
	if _, exponent, found := strings.Cut(strings.ToLower(*n.Value), "e"); found && len(exponent) > 5 {
		return nil, false
	}
	return new(big.Rat).SetString(*n.Value)
}

// by returns how much more or less a number is than before, with a sign.
func by(before, after string) string {
	a, ok1 := Number{Value: &before}.Rat()
	b, ok2 := Number{Value: &after}.Rat()
	if !ok1 || !ok2 {
		return ""
	}
	d := new(big.Rat).Sub(b, a)
	if d.Sign() == 0 {
		return ""
	}
	digits, _ := d.FloatPrec()
	text := d.FloatString(digits)
	if d.Sign() > 0 {
		text = "+" + text
	}
	if a.Sign() != 0 {
		share, _ := new(big.Rat).Quo(d, new(big.Rat).Abs(a)).Float64()
		text += fmt.Sprintf(" (%+.1f%%)", 100*share)
	}
	return text
}

// brief returns the beginning of a hash, for people.
func brief(hash string) string { return hash[:min(len(hash), 8)] }
