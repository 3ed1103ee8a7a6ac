// The kinds of expectations. Each has data with which it passes, warns and fails.

package checks

import "strings"

// A kindCase is a check in YAML. The verdict that the test wants decides what replaces the braces:
// see [kindCase.written].
type kindCase struct {
	name, text string
	past       bool // it uses earlier runs, so it needs a history
	first      Verdict
}

// The sources are shop, peer and twin. twin is the same database as shop. The table t of shop has
// few rows in state 0, a suspicious row in state 1, and two wrong rows in state 2. The amounts of
// peer differ a little in state 0, and much in state 2.
var kindCases = []kindCase{
	{name: "no-rows", text: `sql: "select id from t where state = {state} and n > 100", expect: no rows`},
	{name: "rows", text: `sql: "select id from t where state = {state}", expect: {rows: ">= 1 and < 3"}`},
	{name: "expression", text: `sql: "select max(n) as n from t where state = {state}", expect: n < 100`},
	{name: "row", text: `sql: "select max(n) as n from t where state = {state}", expect: {row: n < 100}`},
	{name: "each", text: `sql: "select id, n from t where state = {state}", expect: {each: n < 100}`},
	{name: "mostly", text: `sql: "select id, n from t where state = {state}", expect: {each: n < 100, mostly: 60%}`},
	{name: "all", text: `sql: "select n from t where state = {state}", sources: [shop, twin], expect: {all: sum(n) < 100}`},
	{name: "thresholds", text: `sql: "select max(n) as n from t where state = {state}", warn: n > 10, fail: n > 100`},
	{name: "thresholds-of-the-row", text: `sql: "select max(n) as n from t where state = {state}", warn: {row: n > 10}, fail: {row: n > 100}`},
	{name: "thresholds-of-rows", text: `sql: "select id from t where state = {state} and n > 10", warn: {rows: "> 0"}, fail: {rows: "> 1"}`},
	{name: "thresholds-of-all", text: `sql: "select n from t where state = {state}", sources: [shop, twin], warn: {all: max(n) > 10}, fail: {all: max(n) > 100}`},
	{name: "agree", text: `sql: "select id, n from t where state = {state}", sources: [shop, peer], agree: {exact: true}`},
	{name: "agree-nearly", text: `sql: "select id, amount from t where state = {state}", sources: [shop, peer], agree: {key: id, tolerance: {amount: 0.1}, baseline: peer}`},
	{name: "file", text: `sql: "select id, n from t where state = {state}", unchanged_from: good.csv`},
	{name: "file-exactly", text: `sql: "select id, n from t where state = {state}", unchanged_from: {file: good.csv, key: id, exact: true}`},
	{name: "file-for-excel", text: `sql: "select id, amount, ok, note from t where state = {state}", unchanged_from: {file: excel.csv, key: id, tolerance: {amount: 0.1}, csv_for: excel, delimiter: "|", decimal: ",", bool: ja/nein, guard_formulas: true}`},
	{name: "schema", text: `sources: [shop, {peer}], schema: {peer}`},
	{name: "schema-of-tables", text: `sources: [shop, peer], schema: {baseline: peer, tables: {table}}`},
	{name: "over-all", text: `sql: "select max(n) as n from shop.t where state = {state}", over: all, sources: [shop, peer], warn: n > 10, fail: n > 100`},
	{name: "reduce", text: `sql: "select n from t where state = {state}", reduce: "select max(n) as n from rows", sources: [shop, twin], expect: {rows: 1, row: n < 100}`},

	{name: "median", past: true, text: moving + `trend: {n: {of: median, against: 2w, tolerance: 20%, at_least: 3}}`},
	{name: "mean", past: true, first: Passed, text: moving + `trend: {n: {of: mean, against: 30d, tolerance: 15, at_least: 2, at_first: pass}}`},
	{name: "previous", past: true, text: moving + `trend: {N: {of: previous, tolerance: 20%}}`},
	{name: "last-week", past: true, first: Passed, text: moving + `at_first: pass, trend: {n: {of: same_time_last_week, tolerance: 20%}}`},
	{name: "previous-in-an-expression", past: true, text: moving + `expect: n <= 1.2 * previous.n`},
	{name: "history-in-an-expression", past: true, first: Passed, text: moving + `at_first: pass, expect: {row: 'n <= 1.2 * history("N", duration("2w")).median'}`},
	{name: "over-all-mean", past: true, text: `sql: "select n from shop.moving where id = {state}", over: all, sources: [shop, peer], trend: {n: {of: mean, tolerance: 20%, at_least: 1}}`},
	{name: "reduce-previous", past: true, text: moving + `reduce: "select sum(n) as n from rows", sources: [shop, peer], trend: {n: {of: previous, tolerance: 10%}}`},
	{name: "history-in-thresholds", past: true, text: moving + `warn: n > 1.1 * previous.n, fail: {row: 'n > 1.2 * history("n", duration("7d")).mean'}`},
}

// moving is a query whose number is 100 in all runs except the last one.
const moving = `sql: "select n from moving where id = {state}", `

// composed reports whether the check is about one answer over its sources, which the embedded
// engine computes.
func (c kindCase) composed() bool {
	return strings.Contains(c.text, "over: all") || strings.Contains(c.text, "reduce: ")
}

// leveled reports whether the check has separate conditions for a warning and a failure.
func (c kindCase) leveled() bool { return strings.Contains(c.text, "warn: ") }

// written returns the check in YAML, with data for the verdict that the test wants. For a warning,
// a check without its own condition for warnings fails with the severity warn.
func (c kindCase) written(want Verdict) string {
	state, peer, table, more := "2", "peer", "different", ""
	switch {
	case want == Passed:
		state, peer, table = "0", "twin", "alike"
	case want == Warned && c.leveled():
		state = "1"
	case want == Warned:
		more = ", severity: warn"
	}
	return "{" + strings.NewReplacer("{state}", state, "{peer}", peer, "{table}", table).Replace(c.text) + more + "}"
}

// shopTables are the tables of shop. peerTables are the changes that make those of peer.
var (
	shopTables = []string{
		"create table t (state integer, id integer, n integer, amount decimal(10, 2), ok integer, note varchar(20))",
		"insert into t values (0, 1, 1, 1.50, 1, '=a'), (0, 2, 2, 2.50, 0, 'b'), (1, 1, 1, 1.50, 1, '=a'), (1, 2, 12, 2.50, 0, 'b'), (2, 1, 1, 1.50, 1, '=a'), (2, 2, 200, 2.50, 0, 'b'), (2, 3, 300, 3.00, 0, 'c')",
		"create table alike (id integer not null)",
		"create table different (id integer not null)",
		"create table moving (id integer, n integer)",
		"insert into moving values (0, 100), (1, 100), (2, 100)",
	}
	peerTables = []string{
		"update t set amount = amount + 0.05 where state = 0",
		"update t set amount = amount + 5, n = n + 1 where state = 2",
		"drop table different",
		"create table different (id integer, added integer)",
	}
	// lastMoves changes the numbers before the last run.
	lastMoves = []string{"update moving set n = 112 where id = 1", "update moving set n = 130 where id = 2"}
)

var kindFiles = map[string]string{
	"good.csv":  "id,n\n1,1\n2,2\n",
	"excel.csv": "\ufeffid|amount|ok|note\r\n1|1,55|ja|'=a\r\n2|2,45|nein|b\r\n",
}
