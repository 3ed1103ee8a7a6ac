// The errors in a saved query, and the sections in which they are.

package statement

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fanql/fanql/sources/driver"
)

func TestLint(t *testing.T) {
	sources := map[string]*driver.Dialect{"eu": Postgres, "us": MySQL, "a": SQLite, "b": SQLite, "c": SQLite, "d": SQLite, "e": SQLite, "later": nil}
	many := "many"
	for _, c := range []struct {
		what string
		q    Query
		want []string
	}{
		{"all is well", Query{Text: "select :a"}, nil},
		{"one fault, whatever the number of sources", Query{Text: "delete from o"}, []string{
			"DefaultText: a query only reads: DELETE is not sent (line 1, column 1)",
		}},
		{"the same fault in two texts", Query{Text: "select 1", Variants: map[string]string{"mysql": "drop table o", "sqlite": "drop table o"}}, []string{
			"VariantText sqlite: a query only reads: DROP is not sent (line 1, column 1)",
			"VariantText mysql: a query only reads: DROP is not sent (line 1, column 1)",
		}},
		{"two variants for one dialect", Query{Text: "select 1", Variants: map[string]string{"pg": "select 1", "postgres": "select 1"}}, []string{
			"Whole: two variants for postgres: pg and postgres",
		}},
		{"sources without a text are one finding", Query{Variants: map[string]string{"mysql": "select 1"}}, []string{
			"Whole: the query has no text for a, b, c, d and 2 more: give variants, or an sql for all",
		}},
		{"sources without a text are no finding if a variant's name is wrong", Query{Variants: map[string]string{"sqlte": "select 1"}}, []string{
			`VariantName sqlte: variant "sqlte" is for neither a dialect nor a source: did you mean sqlite?`,
		}},
		{"parameters", Query{Text: "select :n", Params: map[string]Param{"m": {}, "n": {Type: driver.Int, Default: &many}}}, []string{
			`Parameter m: parameter "m" is declared, but the query has :n`,
			`ParameterValue n: parameter :n: "many" is not an int (digits, -2^63 to 2^64-1)`,
		}},
	} {
		t.Run(c.what, func(t *testing.T) {
			parts := map[Part]string{
				Whole: "Whole", DefaultText: "DefaultText", VariantName: "VariantName",
				VariantText: "VariantText", Parameter: "Parameter", ParameterValue: "ParameterValue",
			}
			c.q.Dialects = dialects
			var got []string
			for _, f := range c.q.Lint(sources) {
				at := parts[f.Part]
				if f.Name != "" {
					at += " " + f.Name
				}
				got = append(got, fmt.Sprintf("%s: %v", at, f.Err))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
