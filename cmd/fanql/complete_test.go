// Completion, driven in a real shell, and word by word.

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/fanql/fanql/testdata/testkit"
)

// completing writes a config with three sources, a saved query and a check.
func completing(t *testing.T, dir string) {
	t.Helper()
	for name, text := range map[string]string{
		"fanql.yaml": "sources:\n  eu: {url: sqlite:eu.db, tags: [prod]}\n  us: sqlite:us.db\n" +
			"queries:\n  revenue: {sql: 'select :since', params: {since: {type: date, default: 2026-01-01}}}\n" +
			"checks:\n  rows: {sql: 'select 1 as one', expect: no rows, tags: [hourly]}\n",
		"elsewhere.txt": "", "eu.db": "", "us.db": "",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCompletionInBashWithoutItsPackage(t *testing.T) {
	t.Parallel()
	cmd := program(t)
	completing(t, cmd.Dir)
	s := testkit.NewScreen(t, 100, 30)
	cmd.Env = append(cmd.Env, "TERM=xterm", "PS1=> ", "PATH="+cmd.Dir+":/usr/bin:/bin")
	cmd.Path, cmd.Args = "/bin/bash", []string{"bash", "--norc", "--noprofile", "-i"}
	s.Start(t, cmd)
	s.Type(t, "source <(fanql completion bash); echo rea''dy\n")
	s.Await(t, "ready")
	for _, c := range []struct{ typed, want string }{
		{"fanql que\t", "> fanql quer"}, // query and queries
		{"fanql query -s e\t", "> fanql query -s eu"},
		{"fanql query -s tag:p\t", "> fanql query -s tag:prod"},
		{"fanql query -s eu,u\t", `> fanql query -s eu\,us`},
		{"fanql query --name r\t", "> fanql query --name revenue"},
		{"fanql query --name revenue -p s\t", "> fanql query --name revenue -p since="},
		{"fanql query --config f\t", "> fanql query --config fanql.yaml"},
		{"fanql check --only tag:h\t", "> fanql check --only tag:hourly"},
		{"fanql query --timeout else\t!", "> fanql query --timeout else!"}, // no file
		{"fanql tables else\t!", "> fanql tables else!"},
	} {
		s.Type(t, c.typed)
		s.Await(t, c.want)
		s.Type(t, "\x15") // Ctrl-U empties the line
	}
	s.Type(t, "exit\n")
	wantStatus(t, cmd, 0, s)
}
