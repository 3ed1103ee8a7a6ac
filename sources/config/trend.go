// trend: how numbers of a check are compared with those of earlier runs.

package config

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// A Trend is one column's entry in trend.
type Trend struct {
	Column    Text
	Of        string         // median, mean, previous or same_time_last_week
	Against   *time.Duration // how far back; nil is not set
	Tolerance Text           // a share such as 20%, or a number
	AtLeast   *int           // how many earlier numbers are needed; nil is not set
	AtFirst   string         // pass or error: the verdict while there are fewer; empty is the check's own
}

// TrendRules are the values of of, the default first.
var TrendRules = []string{"median", "mean", "previous", "same_time_last_week"}

var trendKeys = []string{"against", "of", "tolerance", "at_least", "at_first"}

// trends reads trend of a check.
func (d *document) trends(f entry, what string) (list []Trend) {
	what += ": trend"
	for _, e := range d.entries(f.value, what) {
		list = append(list, d.trend(e, what+" of "+shownName(e.key)))
	}
	if len(list) == 0 && len(d.list) == 0 {
		d.add(f.place(), "%s: it is empty: write {n: {tolerance: 20%%}}", what)
	}
	return list
}

func (d *document) trend(e entry, what string) Trend {
	t := Trend{Column: Text{Value: e.key, Pos: e.at}, Of: TrendRules[0]}
	wrong := len(d.list)
	for _, f := range d.known(d.entries(e.value, what), what, trendKeys) {
		switch f.key {
		case "against":
			if t.Against = d.age(f, what+": against"); t.Against != nil && *t.Against == 0 {
				d.add(f.place(), "%s: against: it goes back: write a time such as 7d", what)
			}
		case "of":
			t.Of = d.oneOf(f, what+": of", TrendRules)
		case "tolerance":
			t.Tolerance, _ = d.text(f, what+": tolerance")
		case "at_least":
			t.AtLeast = d.atLeastOne(f, what+": at_least")
		case "at_first":
			t.AtFirst = d.oneOf(f, what+": at_first", atFirst)
		}
	}
	if len(d.list) > wrong {
		return t
	}
	switch {
	case t.Tolerance.Value == "":
		d.add(e.at, "%s: it has no tolerance: write {tolerance: 20%%}, or {tolerance: 5} for a number", what)
	case t.Of == "previous" && t.AtLeast != nil && *t.AtLeast > 1:
		d.add(e.at, "%s: at_least: previous is one number", what)
	case t.Of == "same_time_last_week" && t.Against != nil && *t.Against%(7*24*time.Hour) != 0:
		d.add(e.at, "%s: against: same_time_last_week goes back by weeks: write 7d, or 4w for the median of four", what)
	}
	return t
}

// atFirst are the values of at_first, the default first.
var atFirst = []string{"error", "pass"}

// oneOf reads one of several words.
func (d *document) oneOf(f entry, what string, words []string) string {
	text, ok := d.scalar(f, what)
	if ok && !slices.Contains(words, text) {
		d.add(f.place(), "%s: %s: %s", what, shown(text), didYouMean(text, words))
	}
	return text
}

// atLeastOne reads a number that is at least 1. It returns nil for anything else.
func (d *document) atLeastOne(f entry, what string) *int {
	text, ok := d.setting(f, what)
	if !ok {
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		d.add(f.place(), "%s: %s", what, fmt.Sprintf("%s is not a number such as 1 or 5", shown(text)))
		return nil
	}
	return &n
}
