// Mutants of the planner and of the checks of cells. Each disables one rule, and a test of this
// package must find it.

package run_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A mutant replaces a part of a file of query/federate, or of a folder next to it.
type mutant struct{ rule, file, old, new string }

var mutants = []mutant{
	{"counts are added up", "aggregate.go", "coalesce(sum({count_star}), 0)::bigint", "coalesce(max({count_star}), 0)::bigint"},
	{"a count of nothing is 0", "aggregate.go", "coalesce(sum({count}), 0)::bigint", "sum({count})::bigint"},
	{"an average is a sum by a count", "aggregate.go", `"avg":        {[]string{"sum", "count"}, "{average}"}`, `"avg": {[]string{"sum", "count"}, "avg({sum}::double / {count}::double)"}`},
	{"an average is rounded once", "aggregate.go", "if of.ID != dialect.Decimal || of.Scale == 0 {", "if true {"},
	{"the least value is the least of the partial ones", "aggregate.go", `"min":        {[]string{"min"}, "min({min})"}`, `"min": {[]string{"min"}, "max({min})"}`},
	{"sums are added up", "aggregate.go", "sum({sum})::{type}", "max({sum})::{type}"},
	{"distinct values are counted once", "aggregate.go", "count(distinct {value})\", \"sum\"", "count({value})\", \"sum\""},
	{"an empty source has no group", "aggregate.go", "s.NotEmpty = len(s.Group) == 0", "s.NotEmpty = false && len(s.Group) == 0"},
	{"an empty source has no distinct values either", "aggregate.go", "len(s.Group) == 0 && len(g.key) > 0", "len(s.Group) == 0 && len(g.keys) > 0"},
	{"a filter of an aggregate is sent", "aggregate.go", "if s.filter != nil {\n\t\ta.Filter", "if false {\n\t\ta.Filter"},
	{"a sum of decimals has their scale", "read.go", "v, has := int64(x.Bits), int(x.Scale)", "v, has := int64(x.Bits), scale"},
	{"groups are sent only with all conditions", "groups.go", "if !ok {\n\t\treturn false\n\t}\n\tg := ", "_ = ok\n\tg := "},
	{"groups are sent only if each source gets each condition", "aggregate.go", "len(why) > 0 {", "len(why) > 9 {"},
	{"groups that fanql makes have the condition", "here.go", `clone(allNodes(g.use.conditions))`, "nil"},
	{"groups that fanql makes are in the result", "bind.go", "range t.here {", "range t.here[:0] {"},
	{"a filter applies to groups that fanql makes", "here.go", "if s.filter != nil {", "if false {"},
	{"groups that fanql makes have all columns", "here.go", `set = append(set, itoaNumber(len(groups)))`, `set = append(set[:0], itoaNumber(0))`},
	{"an outer join needs a link between its sides", "joinlink.go", "linked := slices.ContainsFunc(t.links, t.across)", "linked := true"},
	{"a link is between the sides", "join.go", "return t.left.has(pair[0]) && t.right.has(pair[1]) ||", "return true || t.left.has(pair[0]) && t.right.has(pair[1]) ||"},
	{"inner joins need links between all tables", "joinlink.go", "return connected(len(joints), pairs) &&", "return"},
	{"a source is NULL in the empty side of an outer join", "joinsend.go", "case c.at == sourceColumn && c.part.nullable:", "case false && c.part.nullable:"},
	{"a link to the empty side of an outer join is a condition", "join.go", "if !t.left.makes(a) && !t.right.makes(a) &&", "if true || !t.right.makes(a) &&"},
	{"an anti join is not a semi join", "joinsend.go", `Not: t.kind == "anti"`, "Not: false"},
	{"an inner join needs both tables", "joinsend.go", "return t.left.alive(source) && t.right.alive(source)\n", "return t.left.alive(source) || t.right.alive(source)\n"},
	{"an outer join has the rows of a source that lacks the other table", "joinsend.go", `case "left", "anti":`, `case "anti":`},
	{"a column of a full join comes from either side", "join.go", "t.merged[low] = j.coalesced(left, right)", "t.merged[low] = left"},
	{"a column of a right join comes from the right side", "join.go", "t.merged[low] = right", "t.merged[low] = left"},
	{"joins that fanql makes use the links of WHERE", "joinhere.go", "range j.where {", "range j.where[:0] {"},
	{"in HAVING an alias comes before a column of a join", "joinrewrite.go", "(in == inHaving || in == inOrder && !within)", "(in == inOrder && !within)"},
	{"the source in USING belongs to its own join", "joinrewrite.go", " && slices.Equal(j.partsIn(made), j.partsIn(j.root.source))", ""},
	{"a star has a column of USING once", "joinrewrite.go", "seen[low] = true", "seen[low] = false"},
	{"NOT EXISTS is an anti join", "semijoin.go", `s.kind, c = "ANTI", children(c, "children")[0]`, `s.kind, c = "SEMI", children(c, "children")[0]`},
	{"all conditions of a subquery are in its join", "semijoin.go", "made = append(made, c)\n", "made = append(made[:max(0, min(len(made), 1)):len(made)], c)\n"},
	{"a subquery's own tables come first", "semijoin.go", "if within {\n", "if false {\n"},
	{"NOT IN is not an anti join", "semijoin.go", `if s.kind == "ANTI" || text(c, "comparison_type")`, `if text(c, "comparison_type")`},
	{"an offset may leave no row", "semijoin.go", ` || m["offset"] != nil`, ""},
	{"a limit of 0 leaves no row", "semijoin.go", "!ok || most < 1", "!ok || most < 0"},
	{"an outer join has all rows of one side", "block.go", `"LEFT": b.uses[middle:], "SEMI"`, `"LEFT": b.uses[first:], "SEMI"`},
	{"an anti join has rows for which a condition fails", "block.go", `"ANTI": b.uses[middle:]`, `"ANTI": b.uses[first:]`},
	{"an outer join finds all rows of its other side", "block.go", `return text(n, "join_type") == "INNER" && onlyInner`, `return onlyInner`},
	{"fanql evaluates conditions on the outer rows", "correlated.go", "all = append(all, c)", "all = append(all[:0], c)"},
	{"values are ranked for each outer row", "aggregate.go", "range g.outer {", "range g.outer[:0] {"},
	{"a source groups by the columns that outer rows are compared with", "aggregate.go", "sent.aggregate == \"\" && !constant {", "sent.aggregate == \"\" && !constant && (len(g.outer) == 0 || len(s.Group) < len(g.keys)) {"},
	{"a comparison with a subquery needs a link", "scalar.go", "linked := s.ofOneSource()", "linked := true"},
	{"a link compares sources on both sides", "scalar.go", "own == sourceColumn && at == sourceColumn {", "(own == sourceColumn || at == sourceColumn) {"},
	{"a comparison may hold without rows", "scalar.go", `holds.Value == "true" {`, `holds.Value == "true" && false {`},
	{"a subquery without rows may have a value", "scalar.go", "if has(c, isColumn) {\n\t\treturn errNothing\n\t}\n", "if has(c, isColumn) {\n\t\treturn nil\n\t}\n"},
	{"a comparison with NULL is not true", "scalar.go", "if !strict[text(c, \"type\")] || !s.isStrict", "if !s.isStrict"},
	{"only some operators return NULL for NULL", "scalar.go", `good = good && strings.Contains("+-*/", text(n, "function_name"))`, "good = good && true"},
	{"a comparison that sources evaluate is their condition", "scalar.go", "u.conditions, u.required = append(u.conditions, c), append(u.required, c)", "u.required = append(u.required, c)"},
	{"a limit after a comparison is sent only with all other conditions", "scalar.go", "u.exact = !slices.ContainsFunc", "u.exact = true || !slices.ContainsFunc"},
	{"a subquery reads only its own sources", "scalarsend.go", "if at < 0 || !s.in[at] {", "if at < 0 {"},
	{"a subquery has its own conditions", "scalarsend.go", "if len(where) > 0 {", "if len(where) > 9 {"},
	{"a subquery groups by its keys", "scalarsend.go", "if _, constant := e.(*dialect.Constant); !constant {", "if _, constant := e.(*dialect.Constant); !constant && i > 0 {"},
	{"fanql compares sums of floats", "scalarsend.go", "case !slices.Contains(exact, of.ID):", "case false:"},
	{"keys come from a table whose rows are fetched", "keys.go", "if f.keyed != nil && f.keyed.link.few.table == nil {", "if false {"},
	{"keys come from the first round", "keys.go", "l.few.waits == nil && l.many.waits == nil", "l.many.waits == nil"},
	{"groups with some keys have their own conditions", "aggregate.go", "s.Where = both(s.Where, keys)", "s.Where = keys"},
	{"rows with some keys have their own conditions", "keys.go", "s.Where = both(s.Where, condition)", "s.Where = condition"},
	{"an aggregate in a subquery may be over the outer rows", "first.go", "found = found || p.hasOutward(n, is)", "_ = is"},
	{"different means increase a variance", "variance.go", "s: a.s + b.s + (b.m - a.m)", "s: a.s + b.s + 0 * (b.m - a.m)"},
	{"a mean is weighted", "variance.go", "(b.m - a.m) * (b.n / (a.n + b.n))", "(b.m - a.m) * 0.5"},
	{"a sample has at least two values", "variance.go", `least = "2"`, `least = "1"`},
	{"a value counts as often as it occurs", "quantile.go", "%s - %s <= %s and %s > %s)", "%s - 0 * %s <= %s and %s > %s)"},
	{"values are ranked within their group", "quantile.go", "if len(by) > 0 {", "if len(by) > 9 {"},
	{"NULL does not count for a median", "quantile.go", "(sum(%s) filter (where %s is not null)", "(sum(%s) filter (where %s is null or true)"},
	{"the rows of the offset are fetched too", "first.go", "most += n", "most += 0"},
	{"a limit is sent only with all conditions", "push.go", "u.exact && !u.unsure && len(why) == 0", "true"},
	{"there is no limit below groups", "first.go", "|| !p.rowByRow(b) {\n\t\treturn\n\t}\n\tmost", "{\n\t\treturn\n\t}\n\tmost"},
	{"NULLs are sorted as the order says", "first.go", `text(term, "null_order") == "NULLS FIRST"`, "false"},
	{"a direction is sent", "first.go", `text(term, "type") == "DESCENDING"`, "false"},
	{"the empty side of an outer join is not filtered before the join", "block.go", "if u != nil && u.inner && u.plain {", "if u != nil && u.plain {"},
	{"a condition on several tables is not sent to one", "block.go", "if u == nil || only != nil && u != only {", "if u == nil {"},
	{"a condition on the source chooses sources", "push.go", "in[i] = in[i] && kept[p.name(m)]", "in[i] = kept[p.name(m)] == false"},
	{"an alias counts only in some clauses", "groups.go", "if in == inExpression {", "if false {"},
	{"a text literal gets the type of the other side", "operator.go", "isLiteral(nodes[i]) && other.ID != dialect.Varchar", "isLiteral(nodes[i]) && other.ID == dialect.Blob"},
}

// The rules of the checks that end a statement with an error if a cell contradicts the type of
// its column.
const (
	checkFile = "../dialect/check.go"
	lookFile  = "../dialect/look.go"
)

var checkMutants = []mutant{
	{"NaN is not fine", checkFile, `"(" + q + " < 'NaN')"`, `"(" + q + " <= 'NaN')"`},
	{"NaN is not fine in a column of any size", checkFile, "(%s between -1e38 and 1e38)", "(%s between -1e38 and 'NaN')"},
	{"an infinite number contradicts", checkFile, "(%s > 1e38 or %s < -1e38)", "(%s = 'NaN' and %s = 'NaN')"},
	{"a fraction is not an integer", checkFile, "(%s | 0) = %s and", "(%s | 0) <= %s and"},
	{"the least integer may be a float", checkFile, " and %s > -9223372036854775808", " and %s >= -9223372036854775808"},
	{"a text is not a number", checkFile, `"(" + q + " < '')"`, `"(" + q + " < x'')"`},
	{"there is no month 0", checkFile, "month(%s) > 0 and ", "month(%s) >= 0 and "},
	{"there is no day 0", checkFile, "between 1 and 28", "between 0 and 28"},
	{"not each month has 31 days", checkFile, "between 1 and 28", "between 1 and 31"},
	{"there is no year 0", checkFile, "date'0001-01-01'", "date'0000-01-01'"},
	{"cells that are not fine are checked", checkFile, ` + " or " + p.fails(fine) + ")"`, ` + " or true" + p.fails(fine)[:0] + ")"`},
	{"a sum with a filter does not replace a check", checkFile, "e.Filter == nil && ", ""},
	{"an average does not replace a check", checkFile, `case a.Name != "sum"`, `case a.Name != "sum" && a.Name != "avg" && a.Name != "count"`},
	{"a sum of some rows does not replace a check", checkFile, "return s.groupsAll() && slices", "return slices"},
	{"a sum of long numbers does not replace a check", checkFile, "return len(o.args) > 0 && o.args[0] <= 38", "return len(o.args) > 0"},
	{"only a text that is grouped by is checked once", checkFile, `bare && key.Table == c.Table && key.Name == c.Name`, `bare && key.Table == c.Table`},
	{"a server may find the greatest value in an index", checkFile, "return ends > 0", "return false"},
	{"a limit does not end a check", checkFile, "if s.Limit != nil && len(s.Order) == 0 {", "if false {"},
	{"NaN comes first only in descending order", checkFile, " || !s.Order[0].Desc", ""},
	{"cells that are not fine contradict", lookFile, `"not (" + fine.fine()`, `"(" + fine.fine()`},
}

// If mutantsEnv is 1, the test runs all mutants. Otherwise it only checks that each mutant can
// still be applied.
const mutantsEnv = "FANQL_MUTANTS"

func TestTheOracleCatchesEveryMutant(t *testing.T) {
	all := os.Getenv(mutantsEnv) == "1"
	for _, m := range slices.Concat(mutants, checkMutants) {
		t.Run(m.rule, func(t *testing.T) {
			path, err := filepath.Abs(filepath.Join("..", "..", "..", "query", "federate", m.file))
			if err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(text), m.old); n != 1 {
				t.Fatalf("%s has %d places with %q, and the mutant must change exactly one", m.file, n, m.old)
			}
			if all {
				m.try(t, path, string(text))
			}
		})
	}
}

// likely has the traps that find most mutants of a file.
var likely = map[string]string{
	"join.go": "^(join|apart):", "joinlink.go": "^(join|apart):", "joinsend.go": "^(join|exists):", "joinhere.go": "^join:", "joinrewrite.go": "^join:",
	"semijoin.go": "^(exists|apart):", "block.go": "^(keys|apart|a condition)", "keys.go": "^(around|keys)", "correlated.go": "^around",
	"scalar.go": "^compared", "scalarsend.go": "^compared", "quantile.go": "(median|quantile)", "variance.go": "variance", "aggregate.go": "^(servers|none|all|around)", "here.go": "^rows:",
	"first.go": "(limit|first|order|NULL)",
}

// try builds the tests with the mutant, and runs the likely traps as the ordinary run does. If they
// pass, it runs all traps, and then the oracle.
func (m mutant) try(t *testing.T, path, text string) {
	folder := t.TempDir()
	changed, overlay, tests := filepath.Join(folder, filepath.Base(m.file)), filepath.Join(folder, "overlay.json"), filepath.Join(folder, "tests")
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {path: changed}})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(changed, []byte(strings.Replace(text, m.old, m.new, 1)), 0o600), os.WriteFile(overlay, replace, 0o600)); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "go", "test", "-vet=off", "-ldflags=-s -w", "-c", "-overlay", overlay, "-o", tests, ".").CombinedOutput(); err != nil {
		t.Fatalf("it does not build: %v\n%s", err, out)
	}
	var out []byte
	first := "TheTraps/" + likely[m.file]
	if m.file == checkFile || m.file == lookFile {
		first = "CellsThatContradict"
	}
	for _, run := range []struct{ tests, statements string }{{first, ""}, {"CellsThatContradict|TheTraps", "200"}, {"Pushed", "200"}} {
		test := exec.CommandContext(t.Context(), tests, "-test.run", run.tests)
		test.Env = append(os.Environ(), mutantsEnv+"=", statementsEnv+"="+run.statements)
		if out, err = test.CombinedOutput(); err != nil && slices.ContainsFunc(noticed, func(part string) bool { return strings.Contains(string(out), part) }) {
			t.Logf("caught by %s", strings.Join(failures(string(out)), ", "))
			return
		}
	}
	t.Errorf("no test failed: %s", out[max(0, len(out)-2000):])
}

// noticed are parts of a test's messages about a wrong answer.
var noticed = []string{"differs from one database", "pushed: ", " in a column "}

// failures returns the names of up to three tests or statements that failed.
func failures(out string) (all []string) {
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(line)
		name, failed := strings.CutPrefix(line, "--- FAIL: TestTheTrapsOfSplitStatements/")
		if _, statement, is := strings.Cut(line, "federate_oracle_test.go"); is && strings.Contains(statement, ": statement ") {
			name, failed = statement, true
		}
		if _, answer, is := strings.Cut(line, "federate_contradicting_test.go"); is {
			name, failed = answer, true
		}
		if failed && len(all) < 3 {
			all = append(all, name)
		}
	}
	return all
}
