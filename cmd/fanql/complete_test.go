// Completion is tested in real shells, and word by word.

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fanql/fanql/testdata/testkit"
)

// completing writes a config with sources, saved queries, a logical table and checks.
func completing(t *testing.T, dir string) {
	t.Helper()
	for name, text := range map[string]string{
		"fanql.yaml": `sources:
  eu: {url: sqlite:eu.db, tags: [prod]}
  us: sqlite:us.db
  shop-oslo: sqlite:oslo.db
  shop-rome: sqlite:rome.db
tables:
  orders: {sql: 'select id, placed_at from o', variants: {mysql: 'select id, amount from o'}}
queries:
  revenue:
    sql: 'select region, sum(amount) as total from o where d > :since group by region'
    params: {since: {type: date, default: 2026-01-01}}
  all: {portable: true, sql: 'select * from orders'}
checks:
  rows: {sql: 'select 1 as one', expect: no rows, tags: [hourly]}
`,
		"elsewhere.txt": "", "eu.db": "", "us.db": "",
		"more.yaml":   "checks:\n  stock: {sql: 'select :least as n', expect: n > 0, params: {least: 1}}\n",
		"amounts.sql": "select amount, note from o\n-- fanql: mysql\nselect amount, remark from o\n",
		"broken.yaml": "sources:\n  good: sqlite:eu.db\nqueries:\n  bad: {sqll: x}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhatIsOffered(t *testing.T) {
	dir := t.TempDir()
	completing(t, dir)
	t.Chdir(dir)
	t.Setenv("FANQL_CONFIG", "")
	t.Setenv("HOME", dir)
	for line, want := range map[string]string{
		"query -s ":                                    "eu shop-* shop-oslo shop-rome tag:prod us | files",
		"query -s !":                                   "!eu !shop-* !shop-oslo !shop-rome !tag:prod !us",
		"query -s eu,":                                 "eu,shop-* eu,shop-oslo eu,shop-rome eu,tag:prod eu,us",
		"query -s eu,!":                                "eu,!shop-* eu,!shop-oslo eu,!shop-rome eu,!tag:prod eu,!us",
		"query --exclude ":                             "eu shop-* shop-oslo shop-rome tag:prod us",
		"query --name ":                                "revenue all",
		"query --name revenue -p ":                     "since=",
		"query -p ":                                    "-",
		"query --name revenue --order-by ":             "region total source",
		"query --name revenue --key ":                  "region total",
		"query --name revenue --key region,":           "region,total",
		"query --name all --order-by ":                 "id placed_at amount source",
		"query --order-by ":                            "-",
		"query -f amounts.sql --key ":                  "amount note remark",
		"query -f nowhere.sql --key ":                  "-",
		"query --key ":                                 "-",
		"query --prefer us,shop-rome,shop-*,tag:prod,": "us,shop-rome,shop-*,tag:prod,eu us,shop-rome,shop-*,tag:prod,shop-oslo",
		"query --name revenue --coerce ":               "region= total=",
		"query --name revenue --coerce total=d":        "total=text total=int total=decimal total=float total=bool total=date total=time total=timestamp total=instant total=json",
		"diff --name revenue --tolerance ":             "region= total=",
		"diff --name revenue --tolerance total=":       "-",
		"diff --baseline ":                             "eu shop-* shop-oslo shop-rome tag:prod us | files",
		"check --only ":                                "rows tag:hourly",
		"check --only !":                               "!rows !tag:hourly",
		"check more.yaml --only ":                      "stock",
		"query --config broken.yaml -s ":               "good | files",
		"query --config nowhere.yaml -s ":              "files",
		"query --config ":                              "files of yaml yml",
		"state set a.state ":                           "eu us shop-oslo shop-rome",
		"state set a.state eu ":                        "-",
		"load --to ":                                   "eu us shop-oslo shop-rome",
		"demo ":                                        "folders",
	} {
		if got := completed(t, strings.Split(line, " ")...); got != want {
			t.Errorf("%q completes to %q, want %q", line, got, want)
		}
	}
	if got := completed(t, "query", "select a, b as c from t", "--order-by", ""); got != "a c source" {
		t.Errorf("the columns from the SQL of the command line are %q", got)
	}
}

// A shell of the completion tests: how it is started, its first input, and how it writes a comma
// that it completes.
type shell struct {
	name  string
	args  []string
	setUp string
	comma string
}

func TestCompletionInShells(t *testing.T) {
	for _, sh := range []shell{
		// It does not load the bash-completion package.
		{"bash", []string{"--norc", "--noprofile", "-i"}, "PS1='> '; source <(fanql completion bash)", `\,`},
		{"zsh", []string{"-f", "-i"}, "PS1='> '; autoload -U compinit; compinit -u -D; source <(fanql completion zsh)", ","},
		{"fish", []string{"--no-config", "-i"}, "function fish_prompt; echo -n '> '; end; fanql completion fish | source", ","},
	} {
		t.Run(sh.name, func(t *testing.T) {
			t.Parallel()
			path := testkit.NeedProgram(t, sh.name)
			cmd := programAt(t, plainProgram(t)) // the time to start it is a part of each wait
			completing(t, cmd.Dir)
			s := testkit.NewScreen(t, 100, 30)
			cmd.Env = append(cmd.Env, "TERM=xterm", "LC_ALL=C.UTF-8", "PATH="+cmd.Dir+":/usr/bin:/bin")
			cmd.Path, cmd.Args = path, append([]string{sh.name}, sh.args...)
			s.Start(t, cmd)
			s.Type(t, sh.setUp+"; echo rea''dy\r")
			// The shell's line editor does not get what is typed before the prompt is shown.
			testkit.Eventually(t, eventual, "there was a prompt", func() bool { return strings.HasSuffix(s.Shown(), "\nready\n>") })
			for _, c := range []struct{ typed, want string }{
				{"fanql que\t", "> fanql quer"}, // query and queries
				{"fanql query -s e\t", "> fanql query -s eu"},
				{"fanql query -s tag:p\t", "> fanql query -s tag:prod"},
				{"fanql query -s eu,u\t", "> fanql query -s eu" + sh.comma + "us"},
				{"fanql query -s 'tag:p\t", "> fanql query -s 'tag:prod'"},
				{"fanql query -s 'eu,!u\t", "> fanql query -s 'eu,!us'"},
				{"fanql query -s 'shop-*,e\t", "> fanql query -s 'shop-*,eu'"},
				{"fanql query --name r\t", "> fanql query --name revenue"},
				{"fanql query --name=r\t", "> fanql query --name=revenue"},
				{"fanql query --name revenue -p s\t", "> fanql query --name revenue -p since="},
				{"fanql query --name revenue --order-by t\t", "> fanql query --name revenue --order-by total"},
				{"fanql diff --name revenue --tolerance t\t", "> fanql diff --name revenue --tolerance total="},
				{"fanql query --config f\t", "> fanql query --config fanql.yaml"},
				{"fanql check --only tag:h\t", "> fanql check --only tag:hourly"},
				{"fanql query -f am\t", "> fanql query -f amounts.sql"},
				{"fanql query --timeout else\t!", "> fanql query --timeout else!"}, // no file
				{"fanql tables else\t!", "> fanql tables else!"},
			} {
				s.Type(t, c.typed)
				s.Await(t, c.want)
				s.Type(t, "\x15") // Ctrl-U empties the line
				testkit.Eventually(t, eventual, "the line was empty", func() bool { return !strings.Contains(s.Shown(), c.want) })
			}
			s.Type(t, "exit\r")
			wantStatus(t, cmd, 0, s)
		})
	}
}
