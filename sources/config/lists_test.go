// Parameters that are lists.

package config

import (
	"os"
	"strings"
	"testing"
)

func TestListsOfParameters(t *testing.T) {
	t.Setenv("FANQL_REGION", "e,u")
	write(t, map[string]string{"conf/fanql.yaml": `sources:
  a: x.db
queries:
  q:
    sql: select :a
    params:
      a: {type: "int[]", default: [1, 2]}
      b: {default: [eu, 'say "hi"', "${env:FANQL_REGION}", "@x"], type: "text[]"}
      c: {type: "int[]", default: "3,4"}
      d: {type: "int[]", default: "@ids.txt"}
      e: {type: text, default: "@ids.txt"}
      f: {type: "int[]", default: []}
      g: "date[]"
checks:
  c:
    sql: select 1
    expect: no rows
    params: {ids: {type: "int[]", value: [5, 6]}, days: "date[]"}
`})
	c, err := Load("conf/fanql.yaml", known, os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"a": `"1","2"`, "b": `"eu","say ""hi""","e,u","@x"`, "c": "3,4", "d": "@conf/ids.txt", "e": "@ids.txt", "f": "",
	} {
		if p := c.Queries[0].Params[name]; p.Default == nil || *p.Default != want {
			t.Errorf("%s: %+v, want %s", name, p, want)
		}
	}
	if p := c.Queries[0].Params["g"]; p.Type != "date[]" || p.Default != nil {
		t.Errorf("a type alone: %+v", p)
	}
	if got, want := strings.Join(c.Checks[0].Params, " "), `ids:int[]="5","6"`; got != want {
		t.Errorf("of a check: %s, want %s", got, want)
	}
	if p := c.Checks[0].Query.Params["days"]; p.Type != "date[]" {
		t.Errorf("a declaration of a check: %+v", p)
	}
}

func TestErrorsInLists(t *testing.T) {
	for yaml, want := range map[string]string{
		"queries:\n  q: {sql: s, params: {p: {default: [1]}}}\n":                        `2:37: query q: param p: default: a list needs a type for lists, such as type: "int[]"`,
		"queries:\n  q: {sql: s, params: {p: [1, 2]}}\n":                                `2:27: query q: param p: a list needs the type of its values: {type: "int[]", value: [1, 2]}`,
		"queries:\n  q: {sql: s, params: {p: {type: \"int[]\", default: [1, null]}}}\n": `2:56: query q: param p: default: it has no value: write one, or leave the key out`,
		"queries:\n  q: {sql: s, params: {p: {type: \"int[]\", default: [1, [2]]}}}\n":  `2:56: query q: param p: default: not a single value: write one text or number, in quotes if need be`,
		"queries:\n  q: {sql: s, params: {p: {type: \"int[]\", default: {a: 1}}}}\n":    `2:52: query q: param p: default: not a single value: write one text or number, in quotes if need be`,
		"queries:\n  q: {sql: s, params: {p: \"itn[]\"}}\n":                             `unknown type "itn[]": did you mean "int"?`,
	} {
		write(t, map[string]string{"conf/fanql.yaml": yaml})
		_, err := Load("conf/fanql.yaml", known, os.Getenv)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n got %v\nwant %s", yaml, err, want)
		}
	}
}
