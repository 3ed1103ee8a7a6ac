// Numbers of earlier runs in expressions.

package expression

import (
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/row"
)

func TestNumbersOfEarlierRuns(t *testing.T) {
	numbers := map[string][]string{"n": {"4", "1", "0.5", "2"}, "order count": {"7"}}
	recall := func(need Need) (values []*big.Rat) {
		list := numbers[need.Column]
		if need.Window > 0 && need.Window < time.Hour {
			list = list[min(len(list), 3):]
		}
		for _, text := range list {
			v, _ := new(big.Rat).SetString(text)
			values = append(values, v)
		}
		return values
	}
	b := row.NewBatch(&row.Schema{Columns: []row.Column{{Name: "n", Type: row.Int}}})
	b.Int(3)
	for text, want := range map[string]Truth{
		"previous.n == 2":              True,
		`previous["n"] + n == 5`:       True,
		`previous["order count"] == 7`: True,
		"n < previous.n":               False,
		"previous.gone < n":            Unknown,
		"previous.gone == nil":         True,
		"(previous.gone ?? 3) == n":    True,
		"n > 2 || previous.gone > 1":   True,
		"n > 3 && previous.gone > 1":   False,
		`history("n", duration("7d")).mean == 1.875 && history("n", duration("7d")).median == 1.5`: True,
		`history("n", duration("1d")).min == 0.5 && history("n", duration("1d")).max == 4`:         True,
		`history("n", duration("1d")).sum == 7.5 && history("n", duration("1d")).count == 4`:       True,
		`history("n", duration("1d")).first == 4 && history("n", duration("1d")).last == 2`:        True,
		`history("n", duration("10m")).sum == 2`:                                                   True,
		`history("gone", duration("7d")).count == 0`:                                               True,
		`history("gone", duration("7d")).max > 0`:                                                  Unknown,
		`abs(n - previous.n) <= 0.5 * previous.n`:                                                  True,
		`history("n", 2 * duration("3d")).median < n`:                                              True,
	} {
		e, err := Row(text, time.Time{})
		if err != nil {
			t.Error(text, err)
			continue
		}
		bound, err := e.Bind(b.Schema)
		if err != nil {
			t.Error(text, err)
			continue
		}
		bound.Recall(recall)
		if got, err := bound.Row(b, 0); got != want || err != nil {
			t.Errorf("%s is %v, %v", text, got, err)
		}
		why, missing := bound.Unrecalled()
		if wantMissing := slices.ContainsFunc(e.Past(), func(n Need) bool { return n.Column == "gone" }) && text != `history("gone", duration("7d")).count == 0`; missing != wantMissing {
			t.Errorf("%s: %q", text, why)
		}
	}
	for text, want := range map[string]string{
		`previous.n.m > 1`:                            "a value has no parts",
		`history("n").mean > 1`:                       "history takes a column and a time",
		`history(n, duration("7d")).mean > 1`:         "the column stands in quotes",
		`history("n", duration("0s")).mean > 1`:       "a history goes back: its time is more than 0",
		`history("n", duration("7d")).men > 1`:        "a history has no such number: did you mean mean?",
		`history("n", duration(n)).mean > 1`:          "history takes a column and a time",
		`previous.n contains "x"`:                     "contains is for text, not a number",
		`history("n", duration("7d")) > 1`:            "a history is many numbers",
		`history("n", duration("7d"), 3).median == 2`: "history takes a column and a time",
	} {
		if _, err := Row(text, time.Time{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	if _, err := Row("previous > 1 && n > previous.n", time.Time{}); err != nil {
		t.Error("a column may be called previous:", err)
	}
	if _, err := Merged("sum(n) > previous.n", time.Time{}); err == nil || !strings.Contains(err.Error(), "this is over many") {
		t.Error(err)
	}
}
