// Mutants of the planner: each disables one rule of the split, and the oracle must
// notice.

package run_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A mutant replaces a part of a file of query/federate.
type mutant struct{ rule, file, old, new string }

var mutants = []mutant{
	{"counts are added up", "aggregate.go", "coalesce(sum({count_star}), 0)::bigint", "coalesce(max({count_star}), 0)::bigint"},
	{"a count of nothing is 0", "aggregate.go", "coalesce(sum({count}), 0)::bigint", "sum({count})::bigint"},
	{"an average is a sum by a count", "aggregate.go", `"avg":        {[]string{"sum", "count"}, "(sum({sum})::double / sum({count})::double)"}`, `"avg": {[]string{"sum", "count"}, "avg({sum}::double / {count}::double)"}`},
	{"the least of the least", "aggregate.go", `"min":        {[]string{"min"}, "min({min})"}`, `"min": {[]string{"min"}, "max({min})"}`},
	{"sums are added up", "aggregate.go", "sum({sum})::{type}", "max({sum})::{type}"},
	{"distinct values are counted once", "aggregate.go", "count(distinct {value})\", \"sum\"", "count({value})\", \"sum\""},
	{"an empty source has no group", "aggregate.go", "s.NotEmpty = len(s.Group) == 0", "s.NotEmpty = false && len(s.Group) == 0"},
	{"nor of distinct values that hang on the source", "aggregate.go", "len(s.Group) == 0 && len(g.key) > 0", "len(s.Group) == 0 && len(g.keys) > 0"},
	{"a filter of an aggregate is sent", "aggregate.go", "if s.filter != nil {\n\t\ta.Filter", "if false {\n\t\ta.Filter"},
	{"a sum of decimals has their scale", "read.go", "v, has := int64(x.Bits), int(x.Scale)", "v, has := int64(x.Bits), scale"},
	{"groups want all conditions sent", "groups.go", "!b.uses[0].plain || !b.uses[0].exact", "!b.uses[0].plain"},
	{"groups want each condition sent by each", "aggregate.go", "len(why) > 0 {", "len(why) > 9 {"},
	{"groups that are made here have the condition", "here.go", `clone(g.block.node["where_clause"])`, "nil"},
	{"groups that are made here count", "bind.go", "range t.here {", "range t.here[:0] {"},
	{"a filter holds where groups are made here", "here.go", "if s.filter != nil {", "if false {"},
	{"groups that are made here are by all of them", "here.go", `set = append(set, itoaNumber(len(groups)))`, `set = append(set[:0], itoaNumber(0))`},
	{"an outer join wants a link across", "joinlink.go", "linked := slices.ContainsFunc(t.links, t.across)", "linked := true"},
	{"a link is across", "join.go", "return t.left.has(pair[0]) && t.right.has(pair[1]) ||", "return true || t.left.has(pair[0]) && t.right.has(pair[1]) ||"},
	{"inner joins want all tables linked", "joinlink.go", "return connected(len(joints), pairs) &&", "return"},
	{"a source is NULL where a row is made up", "joinsend.go", "case c.at == sourceColumn && c.part.nullable:", "case false && c.part.nullable:"},
	{"a link with what is made up is a condition", "join.go", "if !t.left.makes(a) && !t.right.makes(a) &&", "if true || !t.right.makes(a) &&"},
	{"an anti join is none of both", "joinsend.go", `Not: t.kind == "anti"`, "Not: false"},
	{"an inner join wants both tables", "joinsend.go", "return t.left.alive(source) && t.right.alive(source)\n", "return t.left.alive(source) || t.right.alive(source)\n"},
	{"an outer join has the rows of a source that lacks the other table", "joinsend.go", `case "left", "anti":`, `case "anti":`},
	{"a full join's column is that of either", "join.go", "t.merged[low] = j.coalesced(left, right)", "t.merged[low] = left"},
	{"a right join's column is that of the right", "join.go", "t.merged[low] = right", "t.merged[low] = left"},
	{"what is joined here is linked by WHERE", "joinhere.go", "range j.where {", "range j.where[:0] {"},
	{"HAVING has the alias before a column of a join", "joinrewrite.go", "(in == inHaving || in == inOrder && !within)", "(in == inOrder && !within)"},
	{"a star has a column of USING once", "joinrewrite.go", "seen[low] = true", "seen[low] = false"},
	{"NOT EXISTS is an anti join", "semijoin.go", `s.kind, c = "ANTI", children(c, "children")[0]`, `s.kind, c = "SEMI", children(c, "children")[0]`},
	{"the conditions of a subquery are those of its join", "semijoin.go", "made = append(made, c)\n", "made = append(made[:max(0, min(len(made), 1)):len(made)], c)\n"},
	{"a subquery's own tables come first", "semijoin.go", "if within {\n", "if false {\n"},
	{"NOT IN is no anti join", "semijoin.go", `if s.kind == "ANTI" || text(c, "comparison_type")`, `if text(c, "comparison_type")`},
	{"an offset may leave no row", "semijoin.go", ` || m["offset"] != nil`, ""},
	{"a limit of 0 leaves none", "semijoin.go", "!ok || most < 1", "!ok || most < 0"},
	{"an outer join has all rows of one side", "block.go", `"LEFT": b.uses[middle:], "SEMI"`, `"LEFT": b.uses[first:], "SEMI"`},
	{"an anti join has rows for which a condition fails", "block.go", `"ANTI": b.uses[middle:]`, `"ANTI": b.uses[first:]`},
	{"no row is made up for want of one that is not fetched", "block.go", `return text(n, "join_type") == "INNER" && onlyInner`, `return onlyInner`},
	{"means that differ add to a variance", "variance.go", "s: a.s + b.s + (b.m - a.m)", "s: a.s + b.s + 0 * (b.m - a.m)"},
	{"a mean is weighted", "variance.go", "(b.m - a.m) * (b.n / (a.n + b.n))", "(b.m - a.m) * 0.5"},
	{"a sample is of two at least", "variance.go", `least = "2"`, `least = "1"`},
	{"values count as often as there are", "quantile.go", "%s - %s <= %s and %s > %s)", "%s - 0 * %s <= %s and %s > %s)"},
	{"values are ranked within their group", "quantile.go", "if len(by) > 0 {", "if len(by) > 9 {"},
	{"NULL is no value of a median", "quantile.go", "(sum(%s) filter (where %s is not null)", "(sum(%s) filter (where %s is null or true)"},
	{"the offset is fetched as well", "first.go", "most += n", "most += 0"},
	{"a limit wants all conditions sent", "push.go", "u.exact && !u.unsure && len(why) == 0", "true"},
	{"there is no limit below groups", "first.go", "|| !p.rowByRow(b) {\n\t\treturn\n\t}\n\tmost", "{\n\t\treturn\n\t}\n\tmost"},
	{"NULLs stand where the order says", "first.go", `text(term, "null_order") == "NULLS FIRST"`, "false"},
	{"a direction is sent", "first.go", `text(term, "type") == "DESCENDING"`, "false"},
	{"rows that an outer join makes up are not filtered before", "block.go", "if u != nil && u.inner && u.plain {", "if u != nil && u.plain {"},
	{"a condition of several tables is none of one", "block.go", "if u == nil || only != nil && u != only {", "if u == nil {"},
	{"a condition on the source chooses sources", "push.go", "in[i] = in[i] && kept[p.name(m)]", "in[i] = kept[p.name(m)] == false"},
	{"the place where an alias counts", "groups.go", "if in == inExpression {", "if false {"},
	{"a text literal is of the other's type", "operator.go", "isLiteral(nodes[i]) && other.ID != dialect.Varchar", "isLiteral(nodes[i]) && other.ID == dialect.Blob"},
}

// mutantsEnv, if it is 1, makes the test run all mutants, in a copy of the tree.
// Otherwise the test only checks that each mutant can still be applied.
const mutantsEnv = "FANQL_MUTANTS"

func TestTheOracleCatchesEveryMutant(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	tried := root
	if os.Getenv(mutantsEnv) == "1" {
		tried = t.TempDir()
		copyTree(t, root, tried)
	}
	for _, m := range mutants {
		t.Run(m.rule, func(t *testing.T) {
			path := filepath.Join(tried, "query", "federate", m.file)
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(text), m.old); n != 1 {
				t.Fatalf("%s has %d places of %q, and one is to be changed", m.file, n, m.old)
			}
			if tried != root {
				m.try(t, tried, path, string(text))
			}
		})
	}
}

// copyTree copies the module, except what was built or fetched.
func copyTree(t *testing.T, from, to string) {
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		switch {
		case err != nil:
			return err
		case d.IsDir() && (name == ".git" || name == ".cache" || name == "bin"):
			return filepath.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, name), 0o700)
		case !d.Type().IsRegular() || name == ".git" || name == "fanql":
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), text, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// try applies the mutant and runs the traps. If these pass, it runs the oracle.
func (m mutant) try(t *testing.T, root, path, text string) {
	if err := os.WriteFile(path, []byte(strings.Replace(text, m.old, m.new, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Error(err)
		}
	}()
	var out []byte
	for _, tests := range []string{"TheTraps", "Pushed"} { // a trap catches most mutants, and is faster
		test := exec.CommandContext(t.Context(), "go", "test", "-vet=off", "-run", tests, "./cmd/internal/run")
		test.Dir = root
		test.Env = append(os.Environ(), mutantsEnv+"=", statementsEnv+"=200")
		var err error
		out, err = test.CombinedOutput()
		if err != nil && (strings.Contains(string(out), "differs from one database") || strings.Contains(string(out), "pushed: ")) {
			return
		}
	}
	t.Errorf("no test failed: %s", out[max(0, len(out)-2000):])
}
