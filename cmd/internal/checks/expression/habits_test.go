// SQL that the language does not have gets an error that shows the right form. A row that violates
// an expression gets an error with the distance.

package expression

import (
	"errors"
	"fmt"
	"testing"
)

func TestHabitsOfSQL(t *testing.T) {
	for text, want := range map[string]string{
		"n = 1":                        "1:3: = is SQL: write == here, as in n == 1",
		"n > 1 && note = 'a'":          `1:15: = is SQL: write == here, as in note == "a"`,
		"n <> 1":                       "1:3: <> is SQL: write != here, as in n != 1",
		"n <=> 1":                      "1:3: <=> is SQL: write == here, and x == nil to ask for NULL",
		"note is null":                 "1:6: is null is SQL: write note == nil here",
		"n > 1 and note IS NOT NULL":   "1:16: is NOT NULL is SQL: write note != nil here",
		"paid is true":                 "1:6: is true is SQL: write paid == true here",
		"paid is not false":            "1:6: is not false is SQL: write paid != false here",
		"n is distinct from 1":         "1:3: is distinct from is SQL: write n != y here, and n == nil to ask for NULL",
		"n between 1 and 5":            "1:3: between is SQL: write n >= 1 && n <= 5 here",
		"n not between 1 and 5":        "1:7: not between is SQL: write n < 1 || n > 5 here",
		"abs(n) between low(1) and 5":  "1:8: between is SQL: write x >= a && x <= b here",
		"note like 'a%'":               `1:6: like is SQL: write note startsWith "a" here`,
		"note LIKE '%a'":               `1:6: like is SQL: write note endsWith "a" here`,
		"note like '%a%'":              `1:6: like is SQL: write note contains "a" here`,
		"note like 'a'":                `1:6: like is SQL: write note == "a" here`,
		"note like 'a_b%'":             `1:6: like is SQL: write note matches "^a.*z$" here`,
		"note not like '%a%'":          `1:6: not like is SQL: write note not contains "a" here`,
		"note not like 'a'":            `1:6: not like is SQL: write note != "a" here`,
		"note ilike '%a%'":             `1:6: like is SQL: write lower(note) contains "a" here`,
		"note ~ 'a'":                   `1:6: a pattern is asked for with matches here, as in note matches "^a.*z$"`,
		"note rlike 'a'":               `1:6: rlike is SQL: write note matches "^a.*z$" here`,
		"note similar to 'a'":          `1:6: similar is SQL: write note matches "^a.*z$" here`,
		"n in (1, 2)":                  "1:3: a list stands in brackets here: write in [1, 2]",
		"n in (1)":                     "1:3: a list stands in brackets here: write in [1]",
		"note not in ('a','b')":        `1:10: a list stands in brackets here: write in ["a", "b"]`,
		"n in (select 1 from t)":       "1:3: a query stands in sql:, and not in what is expected of its rows",
		"count(*) > 1":                 `1:1: count(*) is SQL: write count() here, which all: has; the column of a query is $env["count(*)"], or give it a name, as in count(*) as n`,
		"count(distinct n) > 1":        "1:1: count(distinct x) is SQL: write distinct(n) here",
		"n > 1 AND n < 5":              "1:7: AND is written and here",
		"n > 1\n  OR n < 5":            "2:3: OR is written or here",
		"NOT paid":                     "1:1: NOT is written not here",
		"n NOT in [1]":                 "1:3: NOT is written not here",
		"n IN [1]":                     "1:3: IN is written in here",
		"paid == TRUE":                 `1:9: TRUE is written true here; a column of that name is $env["TRUE"]`,
		"case when n > 1 then 1 end":   "1:1: case is SQL: write condition ? a : b here",
		"at > date '2026-01-01'":       "1:6: date is SQL: write instant('2026-01-01') here",
		"at > now() - interval '2 h'":  `1:14: interval is SQL: write duration("2h") here; units are s, m, h, d, w`,
		"n::text == 'a'":               "1:2: :: is SQL: write number(n) or instant(n) here, or cast in the query",
		"n > :least":                   "1:5: a parameter stands in the query, and not in what is expected of its rows",
		"note == 'it''s'":              `1:9: a quote within quotes is doubled in SQL: write \' here`,
		"n > 1 -- as it should":        "1:7: -- begins no comment here: write // or #",
		`"note" == "a"`:                `1:8: two texts that stand here are compared, and no column: a column is written without quotes, or as $env["note"]`,
		`"n" > 1`:                      "1:5: text and a number cannot be compared: column n would stand without quotes",
		`note || "x" == "ax"`:          "1:13: two texts that stand here are compared, and no column: a column is written without quotes, or as $env[\"x\"]",
		`lower(note) == (note || "x")`: "1:22: || is or here: write + to join texts",
		"length(note) > 1":             "1:1: length is not of this language: write len(x)",
		"ifnull(n, 0) > 1":             "1:1: ifnull is not of this language: write x ?? y",
		"current_date > at":            "", // it may be the name of a column
	} {
		t.Run(text, func(t *testing.T) {
			_, err := Row(text, now)
			if want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
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

// Names and texts that have a meaning in SQL are not reported if they are valid here.
func TestNamesOfSQLAreNames(t *testing.T) {
	for _, text := range []string{
		"between > 1", "like == is", "date == timestamp", "interval < 5", "case", "is", "n in (1..5)", "note == 'a'", "like contains 'x = y'", `n > 1 // = 1`,
		"paid ? like > 1 : is < 2", "n - -1 > 0", "select > 1 || case", `$env["null"] == 1`,
	} {
		if _, err := Row(text, now); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestWhyARowIsNotAsExpected(t *testing.T) {
	b := answer()
	for text, want := range map[string]string{
		"n >= 100": "n is 3, expected >= 100: 97 less", "n < 3": "n is 3, expected < 3", "n == 2": "n is 3, expected == 2: 1 more", "n != 3": "n is 3, expected != 3",
		"100 <= n": "n is 3, expected >= 100: 97 less", "not (n > 2)": "n is 3, expected <= 2: 1 more", "cents * 3 == 0.4": "cents * 3 is 0.3, expected == 0.4: 0.1 less",
		"n == n_2": "n is 3, expected == n_2, which is 4: 1 less", "big < 5": "big is 18446744073709551615, expected < 5: 18446744073709551610 more",
		"inf < 5":                      "inf is Infinity, expected < 5",
		`at > now() - duration("30m")`: "at is 59 min 59 s old, at most 30 min is allowed", `day > now() - duration("2h")`: "day is 12 h old, at most 2 h is allowed",
		`now() - at < duration("30m")`: "at is 59 min 59 s old, at most 30 min is allowed", `now() - duration("30m") < at`: "at is 59 min 59 s old, at most 30 min is allowed",
		`at > now() - duration("59m59s")`:   "at is 59 min 59 s 500 ms old, at most 59 min 59 s is allowed",
		`written > now() - duration("30m")`: "written is 59 min 59 s old, at most 30 min is allowed", "at > now()": "at is 59 min 59 s old, and is to be in the future",
		`at < now() - duration("2d")`: "at is 59 min 59 s old, at least 2 d is wanted", `at > now() + duration("1h")`: "at is 59 min 59 s old, at least 1 h in the future is wanted",
		`at > "2026-02-01"`: `at is 2026-01-31T11:00:00.5Z, expected > "2026-02-01": 12 h 59 min earlier`, `day == instant("2026-01-30")`: "day is 2026-01-31T00:00:00Z, expected == 2026-01-30T00:00:00Z: 1 d later",
		`at - day < duration("1h")`: "at - day is 11h0m0.5s, expected < 1h0m0s: 10 h more",
		"paid == false":             "paid is true, expected == false", "!paid": "paid is true", "zero": "zero is false", "zero || !one": "zero is false and one is true",
		"paid && n > 5 && zero": "n is 3, expected > 5: 2 less", "n > 5 || n < 2": "n is 3, expected > 5: 2 less and n is 3, expected < 2: 1 more",
		"nothing > 1": "nothing is NULL", "nothing + n > nothing": "nothing is NULL", "nothing > 1 && n > 5": "nothing is NULL; n is 3, expected > 5: 2 less", "nothing != nil": "nothing is NULL, expected a value",
		"note == nil": `note is "Été", expected NULL`, "zero != 0 && 1 / zero > 1": "zero is 0, expected != 0",
		`note in ["a", "b"]`: `note is "Été", expected one of "a", "b"`, `note not in ["Été"]`: `note is "Été", expected none of "Été"`, "n in 5..9": "n is 3, expected 5 to 9: 2 less", "n in 1..2": "n is 3, expected 1 to 2: 1 more", "n not in 1..5": "n is 3, expected not to be 1 to 5",
		`note contains "x"`: `note is "Été", expected to contain "x"`, `note startsWith "x"`: `note is "Été", expected to start with "x"`, `not (note endsWith "é")`: `note is "Été", expected not to end with "é"`, `note matches "^a"`: `note is "Été", expected to match "^a"`,
		"paid ? n > 5 : zero": "n is 3, expected > 5: 2 less", "(nothing ?? zero) > 1": "nothing ?? zero is 0, expected > 1: 1 less", "1 > 2": "1 > 2 is false", "false": "false is false", "nothing ?? false": "nothing ?? false is false",
		"n > 3 && 1 / zero > 1": "n is 3, expected > 3",
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
			if truth, err := bound.Row(b, 0); truth == True || err != nil {
				t.Fatal(truth, err)
			}
			if got, err := bound.Why(); got != want || err != nil {
				t.Errorf("%s (%v)\nwant %s", got, err, want)
			}
		})
	}
}
