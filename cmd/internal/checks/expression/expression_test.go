// The values of expressions, and the errors of invalid ones.

package expression

import (
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/row"
)

var now = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// answer returns one row with a value of each type.
func answer() *row.Batch {
	b := row.NewBatch(&row.Schema{})
	s := &row.Schema{}
	add := func(name string, cell func()) {
		s.Columns = append(s.Columns, row.Column{Name: name})
		cell()
	}
	add("n", func() { b.Int(3) })
	add("zero", func() { b.Int(0) })
	add("one", func() { b.Int(1) })
	add("big", func() { b.Uint(math.MaxUint64) })
	add("cents", func() { b.Decimal([]byte("0.10")) })
	add("long", func() { b.Decimal([]byte("0.1000000000000000000000000000000000000001")) })
	add("ratio", func() { b.Float(0.1) })
	add("nan", func() { b.Float(math.NaN()) })
	add("inf", func() { b.Float(math.Inf(1)) })
	add("paid", func() { b.Bool(true) })
	add("nothing", func() { b.Null() })
	add("note", func() { b.TextString("Été") })
	add("day", func() { b.DateText([]byte("2026-01-31")) })
	add("at", func() { b.TimestampText([]byte("2026-01-31 11:00:00.5"), false) })
	add("seen", func() { b.TimestampText([]byte("2026-01-31 11:00:00.5+00"), true) })
	add("written", func() { b.TextString("2026-01-31 11:00:00.5") })
	add("never", func() { b.TimestampText([]byte("infinity"), false) })
	add("void", func() { b.DateText([]byte("0000-00-00")) })
	add("count(*)", func() { b.Int(7) })
	add("n", func() { b.Int(4) })
	b.Schema = s
	b.EndRow()
	return b
}

func TestWhatExpressionsEvaluateTo(t *testing.T) {
	b := answer()
	for text, want := range map[string]Truth{
		"n == 3": True, "N > 2": True, "n >= 4": False, "n != 3.0": False, "n_2 == 4": True,
		`$env["count(*)"] == 7`: True,
		"true":                  True, "false": False, "paid": True, "not paid": False, "one": True, "!zero": True, "one == true": True, "paid == 1": True,

		// numbers are exact
		"cents == 0.1": True, "cents + cents + cents == 0.3": True, "0.1 + 0.2 == 0.3": True, "ratio == 0.1": True, "ratio == cents": True,
		"long > 0.1": True, "long == 0.1": False, "long == 0.1000000000000000000000000000000000000001": True,
		"big == 18446744073709551615.0": True, "big - 1 < big": True, "big > 9223372036854775807": True,
		"n / 2 == 1.5": True, "1 / 3 * 3 == 1": True, "n % 2 == 1": True, "-n % 2 == -1": True, "2 ** 100 - 2 ** 100 + 1 == 1": True, "2 ** -1 == 0.5": True,
		"-n == -3": True, "1_000 == 1e3": True, "abs(-n) == 3": True, `number("0.10") == cents`: True, "0x10 == 16": True,
		"inf > big": True, "one / 3 < inf": True, "one / 3 > inf": False, "-one / 3 < inf": True, "one / 3 < nan": True, "inf > -big / 7": True, "nan > inf": True, "inf == inf": True, "nan == nan": True, "nan != nan": False, "-1e300 < n": True,

		// NULL is unknown
		"nothing > 1": Unknown, "nothing == nothing": Unknown, "nothing == nil": True, "nothing != NULL": False, "nil == nothing": True, "n == nil": False,
		"nothing + 1 > 0": Unknown, "-nothing > 0": Unknown, "not (nothing > 1)": Unknown, "nothing": Unknown,
		"nothing > 1 && false": False, "false && nothing > 1": False, "nothing > 1 && true": Unknown, "true and nothing > 1": Unknown,
		"nothing > 1 || true": True, "true or nothing > 1": True, "nothing > 1 || false": Unknown, "false || nothing > 1": Unknown, "nothing > 1 && nothing < 1": Unknown,
		"(nothing ?? 2) == 2": True, "coalesce(nothing, nil, n) == 3": True, "nothing > 1 ? false : true": True, "if nothing > 1 { false } else { n == 3 }": True,
		"nothing in [1, 2]": Unknown, "n in [1, nil]": Unknown, "n in [3, nil]": True, `nothing contains "x"`: Unknown, "len(nothing) > 1": Unknown,

		// the right operand is not evaluated if the left one decides
		"zero != 0 && 1 / zero > 1": False, "zero == 0 || 1 / zero > 1": True, "zero == 0 ? true : 1 / zero > 1": True,

		// instants
		`at > now() - duration("2h")`: True, `at > now() - duration("59m")`: False, "at == seen": True, "written == seen": True, "day < at": True,
		`day == "2026-01-31"`: True, `at == "2026-01-31T11:00:00.5Z"`: True, `seen == instant("2026-01-31 13:00:00.5+02:00")`: True,
		`now() - at < duration("1h")`: True, `now() - at == duration("59m59.5s")`: True, `duration("1d") == duration("24h")`: True, `duration("1w") / duration("1d") == 7`: True,
		`duration("1h") * 2 == duration("2h")`: True, `duration("1h") / 2 == duration("30m")`: True, `written > now() - duration("2h")`: True, `now() - written < duration("2h")`: True,
		"never > now()": True, "void < day": True, `day + duration("36h") > now()`: True, `duration("1h") + day > day`: True, "now() == now()": True,
		"at in [seen]": True,

		// text
		`note == "Été"`: True, `note < "z"`: False, "len(note) == 3": True, `lower(note) startsWith "é"`: True, `upper(note) endsWith "É"`: True,
		`note contains "t"`: True, `note not contains "t"`: False, `note matches "^É.é$"`: True, `trim(" a ") + "b" == "ab"`: True, `note in ["a", "Été"]`: True, `note not in ["a"]`: True,
		"n in 1..3": True, "n in 4..5": False, "cents in 0..1": True, "1 < n < 4": True, "1 < n < 3": False,
	} {
		t.Run(text, func(t *testing.T) {
			e, err := Row(text, now)
			if err != nil {
				t.Fatal(err)
			}
			bound, err := e.Bind(b.Schema)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // the same machine evaluates the expression twice
				if got, err := bound.Row(b, 0); err != nil || got != want {
					t.Errorf("%v, %v, want %v", got, err, want)
				}
			}
		})
	}
}

func TestErrorsThatOnlyARowShows(t *testing.T) {
	b := answer()
	for text, want := range map[string]string{
		"amuont > 1":        "the answer has no column amuont: it has n, zero, one, big, cents, long, ratio, nan, inf, paid, nothing, note, day, at, seen, written, never, void, $env[\"count(*)\"], n_2",
		"cent > 1":          "the answer has no column cent: did you mean cents? It has n, zero, one, big, cents, long, ratio, nan, inf, paid, nothing, note, day, at, seen, written, never, void, $env[\"count(*)\"], n_2",
		"n":                 "a number, 3, where true or false is wanted",
		"note && true":      `text, "Été", where true or false is wanted`,
		"note > 1":          `text, "Été", and a number, 1, cannot be compared: write number(...) around the text`,
		"note == day":       `text, "Été", and an instant, 2026-01-31T00:00:00Z, cannot be compared`,
		"at == n":           `an instant, 2026-01-31T11:00:00.5Z, and a number, 3, cannot be compared`,
		"n / zero > 1":      "a division by zero",
		"n % zero > 1":      "a division by zero",
		"note + n > 1":      `text, "Été", + a number, 3: there is no such thing`,
		"nan + 1 > 1":       "NaN cannot be calculated with",
		"number(note) > 1":  `"Été" is not a number`,
		"n in [1, note]":    `a number, 3, and text, "Été", cannot be compared: write number(...) around the text`,
		"n contains \"a\"":  `contains, startsWith and endsWith are for text, not a number, 3, and text, "a"`,
		"n ** cents > 1":    "to the power of 0.1: only whole numbers from -1000 to 1000 are exact",
		"lower(n) == \"a\"": "lower is for text, not a number, 3",
	} {
		t.Run(text, func(t *testing.T) {
			e, err := Row(text, now)
			if err != nil {
				t.Fatal(err)
			}
			bound, err := e.Bind(b.Schema)
			if err == nil {
				_, err = bound.Row(b, 0)
			}
			if fmt.Sprint(err) != want {
				t.Errorf("%v, want %s", err, want)
			}
		})
	}
}

func TestErrorsInTheText(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "1:1: the expression is empty",
		"n >":                      "1:3: unexpected token EOF",
		"n > 1 &&\n  )":            "2:3: unexpected token Bracket(\")\")",
		"n > 'a":                   "1:7: literal not terminated",
		"n + 1":                    "1:1: it is a calculated value, and not true or false",
		"n - 1 && paid":            "1:1: it is a calculated value, and not true or false",
		"n > 1 && 5":               "1:10: it is a number, and not true or false",
		`"x"`:                      "1:1: it is text, and not true or false",
		"now()":                    "1:1: it is an instant, and not true or false",
		"not now()":                "1:5: it is an instant, and not true or false",
		`now() > 1`:                "1:7: an instant and a number cannot be compared",
		`1 + 1 == "x"`:             "1:7: a number and text cannot be compared: column x would stand without quotes",
		`now() + now() > 1`:        "1:7: an instant + an instant: there is no such thing",
		`at > now() - duration(2)`: "1:23: duration is for text, not a number, 2",
		`x > duration("2 h")`:      `1:14: "2 h" is not a duration such as 90s, 15m, 2h, 1d12h or 1w`,
		`x > instant("today")`:     `1:13: "today" is not an instant such as 2026-01-31, 2026-01-31 08:30:00 or 2026-01-31T08:30:00Z`,
		"nw() > at":                "1:1: unknown function nw: did you mean now?",
		"median(n) > 1":            "1:1: unknown function median: there are abs, coalesce, duration, instant, len, lower, now, number, trim, upper",
		"filter([1], true)":        "1:1: unknown function filter: there are abs, coalesce, duration, instant, len, lower, now, number, trim, upper",
		"sum(n) > 1":               "1:1: sum is over many rows: it stands in all:",
		"now(1) > at":              "1:1: now takes no argument",
		"len() > 1":                "1:1: len takes one text",
		"a.b > 1":                  `1:3: a value has no parts: a column of any name is $env["its name"]`,
		"a[0] > 1":                 `1:2: a value has no parts: a column of any name is $env["its name"]`,
		"a.f() > 1":                "1:3: a value has no methods",
		"[1] == n":                 "1:1: a list goes with in, as in status in [\"new\", \"paid\"]",
		"n in 5":                   `1:6: in wants a list, as in status in ["new", "paid"], or a range, as in n in 1..5`,
		`n matches "("`:            "1:11: error parsing regexp: missing closing ): `(`",
		"n matches m":              "1:11: matches wants a pattern in quotes",
		"let x = 1; x > 0":         "1:5: this is not for expressions over rows",
		"1e99999999 > n":           "1:1: 1e99999999 is not a number that can be calculated with",
		"1e-99999999 < n":          "1:1: 1e-99999999 is not a number that can be calculated with",
	} {
		t.Run(text, func(t *testing.T) {
			_, err := Row(text, now)
			e, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("%v is no Error", err)
			}
			if got := fmt.Sprintf("%d:%d: %s", e.Line, e.Col, e.Text); got != want {
				t.Errorf("%s\nwant %s", got, want)
			}
		})
	}
}

func TestAggregates(t *testing.T) {
	s := &row.Schema{Columns: []row.Column{{Name: "region"}, {Name: "amount"}, {Name: "at"}}}
	b := row.NewBatch(s)
	for _, r := range []struct{ region, amount, at string }{
		{"eu", "0.10", "2026-01-01"}, {"us", "0.20", "2026-01-03"}, {"eu", "", "2026-01-02"}, {"", "1.1", "2026-01-02"},
	} {
		if r.region == "" {
			b.Null()
		} else {
			b.TextString(r.region)
		}
		if r.amount == "" {
			b.Null()
		} else {
			b.Decimal([]byte(r.amount))
		}
		b.DateText([]byte(r.at))
		b.EndRow()
	}
	for text, want := range map[string]string{
		"sum(amount) == 1.4":                       "true: sum(amount) is 1.4",
		"sum(amount * 2) == 2.8 && count() == 4":   "true: sum(amount * 2) is 2.8, count() is 4",
		"count(amount) == 3":                       "true: count(amount) is 3",
		"distinct(region) == 3":                    "false: distinct(region) is 2, expected == 3: 1 less",
		"distinct(region ?? \"\") == 3":            "true: distinct(region ?? \"\") is 3",
		"min(at) >= \"2026-01-01\"":                "true: min(at) is 2026-01-01T00:00:00Z",
		"max(at) - min(at) == duration(\"2d\")":    "true: max(at) is 2026-01-03T00:00:00Z, min(at) is 2026-01-01T00:00:00Z",
		"max(region) == \"us\"":                    "true: max(region) is \"us\"",
		"sum(region == \"eu\") == 2":               "true: sum(region == \"eu\") is 2",
		"sum(amount) / count(amount) > 0.46":       "true: sum(amount) is 1.4, count(amount) is 3",
		"min(amount == nil ? 1 : nil) == count()":  "false: min(amount == nil ? 1 : nil) is 1, expected == count(), which is 4: 3 less",
		"sum(amount) > 1 or max(amount) > 1 / 0.0": "true: sum(amount) is 1.4, max(amount) is 1.1",
	} {
		t.Run(text, func(t *testing.T) {
			e, err := Merged(text, now)
			if err != nil {
				t.Fatal(err)
			}
			bound, err := e.Bind(s)
			if err != nil {
				t.Fatal(err)
			}
			if err := bound.Add(b); err != nil {
				t.Fatal(err)
			}
			got, values, err := bound.Total()
			if line := got.String() + ": " + values; err != nil || line != want {
				t.Errorf("%s, %v, want %s", line, err, want)
			}
		})
	}

	none, err := Merged("sum(amount) >= 0", now)
	if err != nil {
		t.Fatal(err)
	}
	bound, err := none.Bind(s)
	if err != nil {
		t.Fatal(err)
	}
	if got, values, err := bound.Total(); err != nil || got != Unknown || values != "sum(amount) is NULL" {
		t.Errorf("of no rows: %v, %s, %v", got, values, err)
	}
}

func TestErrorsInAggregates(t *testing.T) {
	for text, want := range map[string]string{
		"amount > 1":             "1:1: column amount stands for many rows: use sum, count, min, max or distinct",
		"sum(max(amount)) > 1":   "1:5: max within another of its kind",
		"sum() > 1":              "1:1: sum takes one value, such as a column",
		"sum(a, b) > 1":          "1:1: sum takes one value, such as a column",
		"sum(amount)":            "1:1: it is a number, and not true or false",
		`sum("a") > 1`:           "1:5: text has no sum",
		"1 > 0":                  "1:1: it looks at no row: use sum, count, min, max or distinct",
		"cuont() > 1":            "1:1: unknown function cuont: did you mean count?",
		`count(amount) > "many"`: "1:15: a number and text cannot be compared: column many would stand without quotes",
	} {
		t.Run(text, func(t *testing.T) {
			_, err := Merged(text, now)
			e, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("%v is no Error", err)
			}
			if got := fmt.Sprintf("%d:%d: %s", e.Line, e.Col, e.Text); got != want {
				t.Errorf("%s\nwant %s", got, want)
			}
		})
	}
}

// A sum of booleans in MySQL, and a numeric in PostgreSQL, arrive as decimals.
func TestADecimalOneIsTrue(t *testing.T) {
	b := row.NewBatch(&row.Schema{Columns: []row.Column{{Name: "yes"}, {Name: "no"}, {Name: "long"}}})
	defer b.Release()
	b.Decimal([]byte("1.00"))
	b.Decimal([]byte("0"))
	b.Decimal([]byte("1.0000000000000000000000000000000000000000"))
	b.EndRow()
	for text, want := range map[string]Truth{"yes": True, "no": False, "long && !no": True, "2 ** yes == 2": True, "2 ** long == 2": True} {
		e, err := Row(text, time.Now())
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		bound, err := e.Bind(b.Schema)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if got, err := bound.Row(b, 0); got != want || err != nil {
			t.Errorf("%s is %v, %v", text, got, err)
		}
	}
}
