// Every command and format on a terminal, with hostile names, values and texts.

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fanql/fanql/cmd/internal/checkformat"
	"github.com/fanql/fanql/cmd/internal/output"
)

// evil holds characters that steer a terminal in every way, and some that hide text.
const evil = "\x1b]0;t\a\x1b[31m\u009b2J\x7f\x08\u202e\u2066\u061c\ufeff\u00ad\u200b\u2060\u200d\U000e0041\r"

// unsafeCharacters finds the characters that must not reach a terminal.
func unsafeCharacters(text string) (found []string) {
	for _, r := range text {
		switch {
		case r == '\n' || r == '\t':
		case r < ' ', r >= 0x7f && r < 0xa0, r > '~' && strings.ContainsRune(evil, r), r == '\ufffd':
			found = append(found, fmt.Sprintf("%U", r))
		}
	}
	return found
}

func TestHostileNoCommandSendsControlCharactersToATerminal(t *testing.T) {
	cmd := program(t)
	dir := cmd.Dir
	sqliteExec(t, filepath.Join(dir, "evil.db"), `create table o (id int, t text, "c`+evil+`" text); insert into o values (1, '`+evil+`', '`+evil+`'), (2, 'b', x'1b9b')`)
	sqliteExec(t, filepath.Join(dir, "other.db"), `create table o (id int, t text, "c`+evil+`" text); insert into o values (1, 'z`+evil+`', 'y')`)
	quoted, err := json.Marshal(evil) // a JSON string is valid YAML
	if err != nil {
		t.Fatal(err)
	}
	text := func(before string) string { return `"` + before + string(quoted[1:]) }
	for name, content := range map[string]string{
		"fanql.yaml": "sources:\n  evil: {url: sqlite:evil.db, tags: [prod]}\n  other: sqlite:other.db\n" +
			"queries:\n  saved: {sql: " + text("select t from o -- ") + "}\n" +
			"checks:\n  c:\n    describe: " + text("d") + "\n    sql: select * from o\n    expect: no rows\n" +
			"  d:\n    sql: " + text("select nope from o -- ") + "\n    expect: no rows\n",
		"bad.yaml":   "sources:\n  " + text("k") + ": sqlite:evil.db\n  x: {" + text("key") + ": 1}\n",
		"worse.yaml": "sources: [" + evil + "\n",
		"evil.sql":   "select t, '" + evil + "' from o",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var lines []string
	for _, f := range output.Formats.Names() {
		lines = append(lines, "query -q --"+f+" 'select * from o'", "query -o /dev/stdout --"+f+" 'select * from o'",
			"query -q -o /dev/tty --"+f+" 'select * from o'", "sources --"+f, "diff --key id --"+f+" 'select * from o'")
	}
	for _, f := range checkformat.Formats.Names() {
		lines = append(lines, "check --"+f, "check -o /dev/stdout --"+f, "check -o /dev/tty --"+f)
	}
	lines = append(lines,
		"query --report /dev/tty 'select * from o'", "query --stream 'select * from o'", "query --dry-run -f evil.sql", "query --dry-run -f evil.sql -o x.csv",
		"query --dry-run -p v=\"$EVIL\" 'select :v'", "query --name saved --dry-run", "query --name saved", "query --name \"$EVIL\"", "query \"select [$EVIL] from o\"",
		"query --format \"$EVIL\" 'select 1'", "query -s \"$EVIL\" 'select 1'", "query -s \"x$EVIL.db\" 'select 1'", "query -s \"mysql://u@127.0.0.1:1/$EVIL\" 'select 1'",
		"query -o \"/dev/null/$EVIL\" 'select 1'", "query -p \"$EVIL\" 'select 1'", "query --require \"$EVIL\" 'select 1'", "query \"--$EVIL\"", "\"$EVIL\"",
		"query --reduce \"select '$EVIL' as \\\"$EVIL\\\" from rows\" --json 'select * from o'", "query --reduce \"select '$EVIL\" 'select * from o'", "query --reduce \"select [$EVIL] from rows\" 'select * from o'",
		"check --dry-run", "check list", "check list --json", "check \"$EVIL\"", "check -p \"$EVIL\"=1", "check --report /dev/tty",
		"sources ping", "sources ping --json", "config check", "config check --config bad.yaml", "config check --config worse.yaml", "sources --config bad.yaml",
		"--config \"$EVIL\" sources", "help \"$EVIL\"", "version \"$EVIL\"", "__complete query -s ''", "__complete query --name ''", "__complete query -s \"$EVIL\"",
		"__complete \"$EVIL\" ''", "demo \"/dev/null/$EVIL\"", "man \"/dev/null/$EVIL\"", "completion \"$EVIL\"", "config \"$EVIL\"",
		"init --offline --config evil.yaml \"$EVIL=other.db\"", "init --offline --config \"/dev/null/$EVIL\" other.db", "init --offline --config evil.yaml \"$EVIL\"", "init --config new.yaml evil.db other.db",
		"sources add \"$EVIL\" evil.db", "sources add x \"$EVIL\"", "sources add x other.db --tag \"$EVIL\"", "sources remove \"$EVIL\"", "sources rename evil \"$EVIL\"", "sources rename evil worse",
	)
	var script strings.Builder
	for i, line := range lines {
		fmt.Fprintf(&script, "echo '@@%d'; \"$FANQL\" %s </dev/null\n", i, line)
	}
	file := filepath.Join(dir, "all.sh")
	if err := os.WriteFile(file, []byte(script.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(cmd.Env, "TERM=dumb", "NO_COLOR=1", "FANQL="+cmd.Path, "EVIL="+evil)
	cmd.Path, cmd.Args = "/bin/sh", []string{"sh", file}
	all, _ := onTerminal(t, cmd)
	parts := strings.Split(all, "@@")
	if len(parts) != len(lines)+1 {
		t.Fatalf("%d parts of %d commands", len(parts)-1, len(lines))
	}
	for i, line := range lines {
		_, shown, _ := strings.Cut(parts[i+1], "\n")
		if found := unsafeCharacters(shown); len(found) > 0 {
			t.Errorf("fanql %s: %v reached the terminal: %q", line, found, shown)
		}
		if shown == "" || strings.Contains(shown, "panic:") {
			t.Errorf("fanql %s: %q", line, shown)
		}
		if line == "check --json" || line == "check -o /dev/tty --json" || line == "query -q -o /dev/tty --json 'select * from o'" || line == "query -q --json 'select * from o'" {
			var into any
			if err := json.NewDecoder(strings.NewReader(shown)).Decode(&into); err != nil {
				t.Errorf("fanql %s is no JSON: %v: %q", line, err, shown)
			}
		}
	}
}

func TestHostileACheckGivesAJobsLogNoCommands(t *testing.T) {
	files := map[string]string{"fanql.yaml": "sources: {lite: sqlite:lite.db}\nchecks:\n  c:\n    describe: '::error::x'\n    sql: select v from o\n    expect: no rows\n"}
	for _, c := range []struct {
		env  string
		args []string
		has  []string
		not  []string
	}{
		{"GITHUB_ACTIONS=true", []string{"check"}, []string{":\\:error::x", ":\\:set-env"}, []string{"\n        ::error", " ::set-env", "##["}},
		{"TF_BUILD=True", []string{"check", "--markdown"}, []string{`\#\#\[group`}, []string{"##[group"}},
		{"GITHUB_ACTIONS=true", []string{"check", "--json"}, []string{`"::set-env name=x::y ##[group]z"`}, nil},
		{"GITHUB_ACTIONS=true", []string{"query", "--no-source-column", "select v from o"}, []string{" :\\:set-env"}, []string{" ::set-env", "##["}},
		{"GITHUB_ACTIONS=true", []string{"query", "--no-source-column", "--csv", "select v from o"}, []string{"::set-env name=x::y ##[group]z"}, nil},
		{"GITHUB_ACTIONS=", []string{"query", "--no-source-column", "select v from o"}, []string{" ::set-env"}, nil},
	} {
		cmd := program(t, c.args...)
		sqliteExec(t, filepath.Join(cmd.Dir, "lite.db"), "create table o (v text); insert into o values ('::set-env name=x::y ##[group]z')")
		for name, content := range files {
			if err := os.WriteFile(filepath.Join(cmd.Dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cmd.Env = append(cmd.Env, "GITHUB_ACTIONS=", "TF_BUILD=", c.env)
		text, _ := cmd.CombinedOutput()
		for _, part := range c.has {
			if !strings.Contains(string(text), part) {
				t.Errorf("%s %v: no %q in\n%s", c.env, c.args, part, text)
			}
		}
		for _, part := range c.not {
			if strings.Contains(string(text), part) {
				t.Errorf("%s %v: %q in\n%s", c.env, c.args, part, text)
			}
		}
	}
}
