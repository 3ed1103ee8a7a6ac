// Errors of whole queries.

package statement

import (
	"testing"

	"github.com/fanql/fanql/sources/driver"
)

func TestCheck(t *testing.T) {
	sources := map[string]*driver.Dialect{"eu": Postgres, "us": MySQL, "shards/2024": SQLite, "later": nil}
	bad := "x"
	for _, c := range []struct {
		what  string
		q     Query
		given Values
		want  string
	}{
		{"all is well", Query{Text: "select :a", Params: map[string]Param{"a": {}}}, Values{"a": {}}, ""},
		{"a missing value is for Bind to find", Query{Text: "select :a"}, nil, ""},
		{
			"a value that only a variant needs",
			Query{Text: "select 1", Variants: map[string]string{"us": "select :a"}},
			Values{"a": {}},
			"",
		},
		{
			"a value that only a variant for a dialect of no source needs",
			Query{Text: "select 1", Variants: map[string]string{"sqlite": "select :a"}},
			Values{"a": {}},
			"",
		},
		{
			"a value that only a source of a dialect not yet known needs",
			Query{Text: "select 1", Variants: map[string]string{"later": "select $$':b'$$, :a"}},
			Values{"a": {}},
			"",
		},
		{
			"a value for nothing",
			Query{Text: "select :since, :until"},
			Values{"sinse": {}},
			`unknown parameter "sinse": the query has :since, :until`,
		},
		{
			"a value for a name within a string",
			Query{Text: "select ':a'"},
			Values{"a": {}},
			`unknown parameter "a": the query has no parameters`,
		},
		{
			"a declared parameter that is not used",
			Query{Text: "select :a", Params: map[string]Param{"b": {}}},
			nil,
			`parameter "b" is declared, but the query has :a`,
		},
		{
			"a text that cannot be read is for Bind to refuse", Query{Text: "select ':a"}, Values{"a": {}}, "",
		},
		{
			"a value of the wrong type",
			Query{Text: "select :a"},
			Values{"a": {Type: driver.Int, Text: "x"}},
			`parameter :a: "x" is not an int (digits, -2^63 to 2^64-1)`,
		},
		{
			"a value of another type than declared",
			Query{Text: "select :a", Params: map[string]Param{"a": {Type: driver.Date}}},
			Values{"a": {Type: driver.Text}},
			"parameter :a is declared as date, not as text",
		},
		{
			"a default of the wrong type",
			Query{Text: "select :a", Params: map[string]Param{"a": {Type: driver.Bool, Default: &bad}}},
			nil,
			`parameter :a: "x" is not a bool (true or false)`,
		},
		{
			"variants for sources, groups and dialects",
			Query{Variants: map[string]string{"eu": "", "shards": "", "shards/2024": "", "PG": "", "mariadb": ""}},
			nil, "",
		},
		{
			"a variant for a mistyped dialect",
			Query{Variants: map[string]string{"postgers": "select 1"}},
			nil,
			`variant "postgers" is for neither a dialect nor a source: did you mean postgres?`,
		},
		{
			"a variant for no source",
			Query{Variants: map[string]string{"warehouse": "select 1"}},
			nil,
			`variant "warehouse" is for neither a dialect nor a source`,
		},
		{
			"several faults at once",
			Query{Text: "select 1", Variants: map[string]string{"eux": "select 1"}},
			Values{"a": {}},
			"variant \"eux\" is for neither a dialect nor a source: did you mean eu?\n" +
				`unknown parameter "a": the query has no parameters`,
		},
	} {
		t.Run(c.what, func(t *testing.T) {
			c.q.Dialects = dialects
			err := c.q.Check(sources, c.given)
			if c.want == "" && err != nil || c.want != "" && (err == nil || err.Error() != c.want) {
				t.Errorf("got %v; want %s", err, c.want)
			}
		})
	}
}
