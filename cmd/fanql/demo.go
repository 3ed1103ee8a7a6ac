// fanql demo: a folder to try things in, and the main job run in it.

package main

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/demo"
	"github.com/fanql/fanql/cmd/internal/exitcode"
	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/process"
	"github.com/fanql/fanql/cmd/internal/usage"
)

const demoDir = "fanql-demo"

func (a *app) demoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo [DIR]",
		Short: "Write a folder with four small databases and query them all",
		Long: `Write a folder (fanql-demo unless named) with a fanql.yaml and four SQLite
databases of orders, of which one never answers in time. Query them all under a
deadline of 2 seconds, and answer one statement over the regions as if they were
one database. The folder is yours to keep. An empty folder may be there already;
one that holds anything that is not a demo's
is never touched.`,
		Example: "  fanql demo\n  fanql demo my-demo",
		Args:    usage.AtMost(1, "give one folder"),
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

// runDemo runs the main job as a user would. It prints the exit status of that run. The
// demo itself ends with status 0, unless a run was interrupted or failed in another way.
func (a *app) runDemo(cmd *cobra.Command, dir string) error {
	if err := demo.Write(cmd.Context(), dir); err != nil {
		return err
	}
	fanql, shown := process.ShellWord(process.Invocation(dir)), output.Sanitize(dir)
	err := a.say(`%s holds fanql.yaml and the orders of three regions and an archive.

$ cd %s
$ %s query --name revenue --timeout 2s
`, shown, process.ShellWord(dir), fanql)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "fanql.yaml")
	status := command(cmd.Context(), []string{"query", "--config", path, "--name", "revenue", "--timeout", "2s", "--no-pager"}, a.stdin, a.stdout, a.stderr)
	meaning, ok := demoMeaning[status]
	if !ok {
		return exit(status)
	}
	err = a.say(`
exit status %d (%s)
The three regions were printed as soon as they had answered; the archive was
given up at the deadline and is named above, because a result that leaves a
source out must say so.

One statement over the three regions, as if they were one database:

$ %s sql -s tag:region '%s'
`, status, meaning, fanql, demoStatement)
	if err != nil {
		return err
	}
	if status = command(cmd.Context(), []string{"sql", "--config", path, "-s", "tag:region", "--no-pager", demoStatement}, a.stdin, a.stdout, a.stderr); status != exitcode.Complete {
		return exit(status)
	}
	return a.say(`
More to try in %[1]s:
  %[2]s sources ping --timeout 2s
  %[2]s query -s tag:region --name revenue -p since=2026-06-01 -o revenue.csv
  %[2]s query -s north -s south --vertical 'select * from orders order by amount desc limit 2'
  %[2]s sql --explain -s tag:region 'select max(placed_at) from orders where amount > 100'
`, shown, fanql)
}

// demoStatement is answered over all regions.
const demoStatement = "select category, count(*) as orders, avg(amount) as average from orders group by category order by category"
