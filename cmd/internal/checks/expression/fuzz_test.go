// Any text is either a valid expression, or an error with a position in it. A valid expression
// evaluates to true, false, NULL or an error for a row.

package expression

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzExpressions(f *testing.F) {
	for _, text := range []string{
		`newest > now() - duration("2h")`, `amount >= 0 && (paid || amount < 10000)`, "sum(n) / count() > 0.5", `note matches "^É" ? n in 1..3 : n ?? 2 == 2`,
		"if n > 1 { true } else { false }", `$env["count(*)"] == 7 | len()`, "1 < n < 4", "filter([1], # > 0)", "{a: 1}.a[0:1]?.b", "let x = 1; x", "-n ** 2 ^ 3 % 4", "b'x' == note",
		"n > 1e-9999", "a ?: b", "\"\\u00e9\"", "n not in [1, nil]", "::n", "at in [seen, \"2026-01-31\"]",
	} {
		f.Add(text)
	}
	b := answer()
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) { // a config is valid UTF-8
			return
		}
		for _, read := range []func() (*Expression, error){func() (*Expression, error) { return Row(text, now) }, func() (*Expression, error) { return Merged(text, now) }} {
			e, err := read()
			if err != nil {
				wrong, ok := errors.AsType[*Error](err)
				if !ok || wrong.Line < 1 || wrong.Line > strings.Count(text, "\n")+1 || wrong.Col < 1 || strings.Contains(wrong.Text, "goroutine") {
					t.Errorf("%q: %#v", text, err)
				}
				continue
			}
			bound, err := e.Bind(b.Schema)
			if err != nil {
				continue
			}
			for _, judge := range []func() error{
				func() error { _, err := bound.Row(b, 0); return err },
				func() error { return bound.Add(b) },
				func() error { _, _, err := bound.Total(); return err },
			} {
				if err := judge(); err != nil && (strings.Contains(err.Error(), "runtime error") || strings.Contains(err.Error(), "interface conversion") || strings.Contains(err.Error(), "reflect")) {
					t.Errorf("%q: %v", text, err)
				}
			}
		}
	})
}
