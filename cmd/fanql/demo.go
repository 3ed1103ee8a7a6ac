// fanql demo: a folder to try things in, and the main job run in it.

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/demo"
	"github.com/fanql/fanql/cmd/internal/exitcode"
	"github.com/fanql/fanql/cmd/internal/output"
)

const demoDir = "fanql-demo"

func (a *app) demoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo [DIR]",
		Short: "Write a folder with four small databases and ask them all",
		Long: `Write a folder (fanql-demo unless named) with a fanql.yaml and four SQLite
databases of orders, of which one never answers in time; then ask them all under
a deadline of 2 seconds and say what came of it. The folder is yours to keep. An
empty folder may be there already; one that holds anything that is not a demo's
is never touched.`,
		Example: "  fanql demo\n  fanql demo my-demo",
		Args:    atMost(1, "give one folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := demoDir
			if len(args) > 0 {
				dir = args[0]
			}
			return a.runDemo(cmd, dir)
		},
	}
}

var demoMeaning = map[int]string{
	exitcode.Complete: "complete: every source is in the result",
	exitcode.None:     "no answer: no source ended well",
	exitcode.Partial:  "partial: an answer was given, and at least one source is not in it",
}

// runDemo runs the main job as a user would. What the run exits with is shown,
// and is not the demo's own status unless it was interrupted.
func (a *app) runDemo(cmd *cobra.Command, dir string) error {
	if err := demo.Write(cmd.Context(), dir); err != nil {
		return err
	}
	fanql, shown := shellWord(invocation(dir)), output.Sanitize(dir)
	err := a.say(`%s holds fanql.yaml and the orders of three regions and an archive.

$ cd %s
$ %s query --name revenue --timeout 2s
`, shown, shellWord(dir), fanql)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "fanql.yaml")
	status := command(cmd.Context(), []string{"query", "--config", path, "--name", "revenue", "--timeout", "2s"}, a.stdin, a.stdout, a.stderr)
	meaning, ok := demoMeaning[status]
	if !ok {
		return exit(status)
	}
	return a.say(`
exit status %[1]d (%[2]s)
The three regions were printed as soon as they had answered; the archive was
given up at the deadline and is named above, because a result that leaves a
source out must say so.

More to try in %[3]s:
  %[4]s sources ping --timeout 2s
  %[4]s query -s tag:region --name revenue -p since=2026-06-01 -o revenue.csv
  %[4]s query -s north -s south --vertical 'select * from orders order by amount desc limit 2'
`, status, meaning, shown, fanql)
}

// plainWord is what a shell takes as it is.
var plainWord = regexp.MustCompile(`^[\w@%+=:,./][\w@%+=:,./-]*$`)

// shellWord writes a path as a word of a shell's command line. One with characters
// that could steer a terminal takes the form $'...'.
func shellWord(path string) string {
	if strings.HasPrefix(path, "-") {
		path = "./" + path
	}
	switch {
	case plainWord.MatchString(path):
		return path
	case output.Sanitize(path) == path:
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	var b strings.Builder
	for len(path) > 0 {
		_, size := utf8.DecodeRuneInString(path)
		char := path[:size]
		path = path[size:]
		switch {
		case char == "'" || char == `\`:
			b.WriteString(`\` + char)
		case output.Sanitize(char) == char:
			b.WriteString(char)
		default:
			for i := range size {
				fmt.Fprintf(&b, `\x%02x`, char[i])
			}
		}
	}
	return "$'" + b.String() + "'"
}

// invocation is how this program is called from a folder: by its name where the
// PATH leads to it, else by its path.
func invocation(dir string) string {
	self, err := os.Executable()
	if err != nil {
		return "fanql"
	}
	if found, err := exec.LookPath("fanql"); err == nil && sameFile(found, self) {
		return "fanql"
	}
	if abs, err := filepath.Abs(dir); err == nil {
		if rel, err := filepath.Rel(abs, self); err == nil && len(rel) < len(self) {
			return rel
		}
	}
	return self
}

func sameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}
