// Checks: the content of valid ones, the positions of their texts, and the errors in
// invalid ones.

package config

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestLoadReadsChecks(t *testing.T) {
	c := mustLoad(t, `defaults: {per_server: 2, samples: 3}
on_failure: {command: [mail, -s, "checks failed"], timeout: 5s}
checks:
  fresh:
    describe: orders come in
    tags: [hourly, prod]
    sql: select max(placed_at) as newest from orders where region = :region and n > :n and x = :x and d > :d
    variants: {sqlite: select 1}
    params: {region: eu, n: 1.50, x: null, d: {type: date, value: 2026-01-01}}
    sources: tag:prod
    expect: newest > now()
    severity: warn
    require: 50%
    timeout: 10s
    samples: 0
  rows:
    query: saved
    sources: [eu, us]
    expect: {rows: ">= 1", each: amount >= 0, all: sum(amount) > 0, row: n == 1}
  none: {file: q.sql, warn: {rows: "> 1"}, expect: No  Rows, fail: {row: n > 1, all: sum(n) > 2}}
  same: {sql: select 1, agree: {key: [id, region], tolerance: {n: 0, amount: 0.1%}, baseline: eu}}
  kept: {sql: select 1, unchanged_from: saved/a.csv}
  kept2: {sql: select 1, unchanged_from: {file: /b.parquet, key: id, exact: true}}
`)
	if len(c.Checks) != 6 || *c.Defaults.PerServer != 2 || *c.Defaults.Samples != 3 {
		t.Fatalf("%+v", c)
	}
	if o := c.OnFailure; !slices.Equal(o.Command, []string{"mail", "-s", "checks failed"}) || *o.Timeout != 5*time.Second {
		t.Errorf("%+v", o)
	}
	fresh := c.Checks[0]
	if got := fmt.Sprint(fresh.Name, fresh.Describe, fresh.Tags, fresh.Params, fresh.Sources, fresh.Severity, fresh.Require.Value, *fresh.Timeout, *fresh.Samples, fresh.Query.Variants); got !=
		"freshorders come in[hourly prod] [region=eu n=1.50 x:null d:date=2026-01-01] [tag:prod]warn50%10s 0 map[sqlite:select 1]" {
		t.Error(got)
	}
	var expects []string
	for _, check := range c.Checks {
		for _, e := range check.Expect {
			expects = append(expects, strings.TrimSpace(e.Level+" "+e.Kind)+": "+e.Text.Value)
		}
	}
	if want := []string{"row: newest > now()", "rows: >= 1", "each: amount >= 0", "all: sum(amount) > 0", "row: n == 1", "no rows: No  Rows", "fail row: n > 1", "fail all: sum(n) > 2", "warn rows: > 1"}; !slices.Equal(expects, want) {
		t.Errorf("%q", expects)
	}
	same, kept, kept2 := c.Checks[3].Agree, c.Checks[4].Unchanged, c.Checks[5].Unchanged
	if same.Key.Value != "id,region" || same.Baseline.Value != "eu" || same.Tolerances[1].Value != "amount=0.1%" {
		t.Errorf("%+v", same)
	}
	if kept.File.Value != "conf/saved/a.csv" || kept2.File.Value != "/b.parquet" || kept2.Key.Value != "id" || !kept2.Exact {
		t.Errorf("%+v, %+v", kept, kept2)
	}
	if c.Checks[2].Query.File != "conf/q.sql" || c.Checks[1].Saved != "saved" {
		t.Errorf("%+v, %+v", c.Checks[2], c.Checks[1])
	}
}

func TestAListInAMappingHasWordsWithColons(t *testing.T) {
	c := mustLoad(t, `
queries: {q: {sql: select 1, sources: [tag:prod, "tag:b", eu, tag:ümlaut , a:b:c]}}
`)
	if got := c.Queries[0].Sources; !slices.Equal(got, []string{"tag:prod", "tag:b", "eu", "tag:ümlaut", "a:b:c"}) {
		t.Errorf("%q", got)
	}
	for _, text := range []string{"queries: {q: {sql: select 1, sources: [tag: prod]}}", "queries: {q: {sql: select 1, sources: [{tag:prod}]}}"} {
		if _, err := load(t, text); err == nil || !strings.Contains(err.Error(), "query q: sources: not a single value: write one text or number, in quotes if need be") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestSchemaChecks(t *testing.T) {
	for yaml, want := range map[string]SchemaCheck{
		"schema: eu":                                 {Baseline: Text{Value: "eu"}, File: "conf/eu"},
		"schema: {}":                                 {},
		"schema: {baseline: saved/a.json}":           {Baseline: Text{Value: "saved/a.json"}, File: "conf/saved/a.json"},
		"schema: {baseline: eu, tables: 'ord*'}":     {Baseline: Text{Value: "eu"}, File: "conf/eu", Tables: []Text{{Value: "ord*"}}},
		"schema: {tables: [orders, 'sales.*']}":      {Tables: []Text{{Value: "orders"}, {Value: "sales.*"}}},
		"schema: {baseline: \"${env:SCHEMA_BASE}\"}": {Baseline: Text{Value: "us"}, File: "conf/us"},
	} {
		t.Setenv("SCHEMA_BASE", "us")
		got := mustLoad(t, "checks:\n  c:\n    "+yaml+"\n").Checks[0].Schema
		if got == nil || got.Baseline.Value != want.Baseline.Value || got.File != want.File || len(got.Tables) != len(want.Tables) {
			t.Errorf("%s: %+v", yaml, got)
			continue
		}
		for i := range want.Tables {
			if got.Tables[i].Value != want.Tables[i].Value || got.Tables[i].Pos == (Pos{}) {
				t.Errorf("%s: %+v", yaml, got.Tables[i])
			}
		}
	}
}

func TestThePositionsOfTexts(t *testing.T) {
	for yaml, want := range map[string]Pos{ // the position of line 1, column 3 of the text
		"    expect: amount > 1\n":                              in(4, 15),
		"    expect:   'amount > 1'\n":                          in(4, 18),
		"    expect: \"amount > 1\"   # so\n":                   in(4, 16),
		"    expect: {each: \"amount > 1\"}\n":                  in(4, 23),
		"    expect: {each: amount > 1, rows: '= 1'}\n":         in(4, 22),
		"    expect:\n      each: |\n        amount > 1\n":      in(6, 11),
		"    expect:\n      each: |-\n\n        a\n        b\n": in(6, 11),
		"    expect: \"amount \\u003e 1\"\n":                    in(4, 13), // the text has an escape, so the position is the position of the whole value
		"    expect: amount\n      > 1\n":                       in(4, 13),
		"    expect: >\n      amount > 1\n      || x\n":         in(4, 13),
	} {
		c := mustLoad(t, "checks:\n  c:\n    sql: select 1\n"+yaml)
		got := c.Checks[0].Expect[0].Text.At(1, 3)
		if got != want {
			t.Errorf("%s: %v, want %v", yaml, got, want)
		}
	}
	c := mustLoad(t, "checks:\n  c:\n    sql: select 1\n    expect: |\n      a > 1 &&\n      b > 1\n")
	if got := c.Checks[0].Expect[0].Text.At(2, 3); got != in(6, 9) {
		t.Errorf("in a block: %v", got)
	}
}

func TestErrorsInChecks(t *testing.T) {
	const sql = "    sql: select 1\n"
	for yaml, want := range map[string]string{
		sql:                     `2:3: check c: it expects nothing: give expect, warn, fail, trend, agree or unchanged_from`,
		"    expect: no rows\n": `2:3: check c: it asks nothing: give sql, file, query, queries or schema`,
		sql + "    query: q\n    expect: no rows\n":                                 `2:3: check c: give one of sql, file and query`,
		sql + "    expct: no rows\n    expect: no rows\n":                           `4:5: check c: unknown key "expct": did you mean "expect"?`,
		sql + "    expect: {eech: a}\n":                                             `4:14: check c: expect: unknown key "eech": did you mean "each"?`,
		sql + "    expect: {}\n":                                                    `4:13: check c: expect: it is empty`,
		sql + "    expect:\n":                                                       `4:5: check c: expect: it has no value: write one, or leave the key out`,
		sql + "    schema: eu\n":                                                    `3:10: check c: sql does not go with schema, which asks for the tables and compares them: make it a check of its own`,
		"    schema: eu\n    expect: no rows\n":                                     `4:13: check c: expect does not go with schema, which asks for the tables and compares them: make it a check of its own`,
		"    schema: {base: eu}\n":                                                  `3:14: check c: schema: unknown key "base": known are baseline, tables`,
		"    schema:\n":                                                             `3:5: check c: schema: it has no value: write one, or leave the key out`,
		sql + "    expect: no rows\n    severity: bad\n":                            `5:15: check c: severity "bad": give error or warn`,
		sql + "    expect: no rows\n    samples: -1\n":                              `5:14: check c: samples: "-1" is not a number such as 8; 0 is none`,
		sql + "    expect: no rows\n    timeout: 5\n":                               `5:14: check c: timeout: "5" has no unit: write 5s`,
		sql + "    expect: no rows\n    params: {a: dat}\n":                         `5:17: check c: param a: unknown type "dat": did you mean "date"? (a value that looks like a type is written as value: in a mapping)`,
		sql + "    expect: no rows\n    params: {a: {value: 1, default: 2}}\n":      `5:28: check c: param a: it has both default and value, which are the same`,
		sql + "    agree: {kay: id}\n":                                              `4:13: check c: agree: unknown key "kay": did you mean "key"?`,
		sql + "    unchanged_from: {key: id}\n":                                     `4:21: check c: unchanged_from: it names no file`,
		sql + "    unchanged_from: {file: a.csv, exact: maybe}\n":                   `4:42: check c: unchanged_from: exact: "maybe" is neither true nor false`,
		"    query: q\n    variants: {sqlite: select 1}\n    expect: no rows\n":     `4:15: check c: variants stand with the query that it names`,
		sql + "    expect: no rows\n  c:\n    sql: select 1\n    expect: no rows\n": `5:3: checks: "c" is given twice, first on line 2`,
		sql + "    expect: no rows\non_failure: []\n":                               `5:13: on_failure: it names no program: write [program, argument]`,
		sql + "    expect: no rows\ndefaults: {per_server: -2}\n":                   `5:24: defaults: per_server: "-2" is not a number such as 8; 0 is no limit`,
	} {
		write(t, map[string]string{"fanql.yaml": "checks:\n  c:\n" + yaml})
		_, err := Load("fanql.yaml", known, os.Getenv)
		if got := strings.TrimPrefix(fmt.Sprint(err), "fanql.yaml:"); got != want {
			t.Errorf("%s: %s\nwant %s", yaml, got, want)
		}
	}
}

func TestAFileOfChecksHoldsNothingElse(t *testing.T) {
	write(t, map[string]string{
		"good.yaml": "checks:\n  c: {sql: select 1, expect: no rows}\n",
		"bad.yaml":  "sources: {a: a.db}\nchekcs:\n",
	})
	if list, err := LoadChecks("good.yaml", os.Getenv); err != nil || len(list) != 1 || list[0].Pos.File != "good.yaml" {
		t.Errorf("%+v, %v", list, err)
	}
	_, err := LoadChecks("bad.yaml", os.Getenv)
	if want := "bad.yaml:1:1: sources stands in a config, and this is a file of checks: give a config with --config\nbad.yaml:2:1: the file: unknown key \"chekcs\": did you mean \"checks\"?"; err == nil || shownText(err) != want {
		t.Errorf("%v", err)
	}
	if _, err := LoadChecks("none.yaml", os.Getenv); fmt.Sprint(err) != "file of checks none.yaml: no such file or directory" {
		t.Errorf("%v", err)
	}
}
