// Users type the flags of other programs, or SQL as the first word. They get a hint.

package usage

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestFlagsOfOtherProgramsGetAHint(t *testing.T) {
	run := func(*cobra.Command, []string) error { return nil }
	cmd := &cobra.Command{Use: "query", RunE: run, SilenceErrors: true, SilenceUsage: true}
	for _, f := range foreignFlags {
		if cmd.Flags().Lookup(f.own) == nil {
			cmd.Flags().String(f.own, "", "")
		}
	}
	cmd.SetFlagErrorFunc(FlagError)
	for word, f := range foreignFlags {
		given := "--" + word
		if len(word) == 1 {
			given = "-" + word
		}
		cmd.SetArgs([]string{given, "x"})
		if err := cmd.Execute(); err == nil || err.Error() != "unknown flag "+given+": "+f.hint {
			t.Errorf("%s: %v", given, err)
		}
	}
	bare := &cobra.Command{Use: "list", RunE: run, SilenceErrors: true, SilenceUsage: true}
	bare.SetFlagErrorFunc(FlagError)
	bare.SetArgs([]string{"-A"})
	if err := bare.Execute(); err == nil || err.Error() != "unknown flag -A: see list --help" {
		t.Errorf("a command without formats: %v", err)
	}
}

func TestFlagsOfAQueryBeforeTheCommand(t *testing.T) {
	for given, want := range map[string]string{
		"-c":        "unknown flag -c: it goes behind the command, as in fanql query -c",
		"--command": "unknown flag --command: it goes behind the command, as in fanql query --command",
		"-U":        "unknown flag -U: " + inURL,
		"--nothing": "unknown flag --nothing: see fanql --help",
	} {
		root := &cobra.Command{Use: "fanql", Run: func(*cobra.Command, []string) {}, SilenceErrors: true, SilenceUsage: true}
		query := &cobra.Command{Use: "query", Run: func(*cobra.Command, []string) {}}
		query.Flags().StringP("command", "c", "", "")
		query.Flags().String("source", "", "")
		root.AddCommand(query)
		root.SetFlagErrorFunc(FlagError)
		root.SetArgs([]string{given, "x"})
		if err := root.Execute(); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", given, err, want)
		}
	}
}

func TestSQLIsNoCommand(t *testing.T) {
	root := &cobra.Command{Use: "fanql"}
	root.AddCommand(&cobra.Command{Use: "query", Run: func(*cobra.Command, []string) {}})
	for _, c := range []struct{ args, want string }{
		{"select 1", "this is SQL, and no command: fanql query 'select 1'"},
		{"select 'x'", `this is SQL, and no command: fanql query 'select '\''x'\'''`},
		{"WITH a AS (SELECT 1) SELECT 2", "this is SQL, and no command: fanql query 'WITH a AS (SELECT 1) SELECT 2'"},
		{"select|1", `"select" begins SQL, and is no command: fanql query 'select 1', the whole SQL in quotes`},
		{"postgres://u:secret@h/d", "the first word is a URL, and no command: fanql query -s URL 'select 1 as one'"},
		{"shop.db", `"shop.db" is a database, and no command: fanql query -s shop.db 'select 1 as one'`},
		{"qery", `unknown command "qery": did you mean "query"?`},
		{"select", `unknown command "select": see fanql --help`},
		{"ls", `unknown command "ls": fanql sources lists the sources`},
		{"inspect", `unknown command "inspect": fanql tables, fanql columns TABLE and fanql schema show what the sources hold`},
		{`\dt|x`, `\dt is a command of psql's: fanql tables, fanql columns TABLE and fanql schema show what the sources hold`},
	} {
		if err := UnknownCommand(root, strings.Split(c.args, "|")); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v", c.args, err)
		}
	}
}
