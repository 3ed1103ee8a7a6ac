// What a watch does between its rounds: changed columns, messages, and a selection of checks.

package main

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/testdata/testkit"
)

// A table has one header. If a round has other columns, its rows are not printed below that header.
// Later rounds with the columns of the header are printed again.
func TestColumnsThatChangeBetweenRounds(t *testing.T) {
	t.Parallel()
	for format, want := range map[string]string{
		"--csv":   "source,n,text\neu,1,a\n#eu,3,c\n",
		"--tsv":   "source\tn\ttext\neu\t1\ta\n#eu\t3\tc\n",
		"--jsonl": `{"source":"eu","n":1,"text":"a"}` + "\n#" + `{"source":"eu","n":2,"text":"b","more":"true"}` + "\n#" + `{"source":"eu","n":3,"text":"c"}` + "\n",
		"--table": " source | n | text\n--------+---+------\n eu     | 1 | a\n# source | n | text | more\n# source | n | text\n--------+---+------\n eu     | 3 | c\n",
	} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			cmd, db := watched(t, "query", "-s", "eu.db", "--watch", "100ms", "--until", "n == 3", format, "select * from o")
			out, err := os.Create(filepath.Join(cmd.Dir, "out"))
			if err != nil {
				t.Fatal(err)
			}
			defer out.Close()
			cmd.Stdout = out
			said, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			hung := time.AfterFunc(eventual, func() { _ = cmd.Process.Kill() })
			defer hung.Stop()
			lines := bufio.NewScanner(said)
			await := func(text string) {
				t.Helper()
				for lines.Scan() {
					if strings.Contains(lines.Text(), text) {
						return
					}
				}
				t.Fatalf("there is no %q on stderr", text)
			}
			await("complete: 1 of 1 source, ")
			sqliteExec(t, db, "begin; alter table o add column more text; update o set n = 2, text = 'b', more = 'true'; commit")
			fixed := format == "--csv" || format == "--tsv"
			if fixed {
				await("no answer: " + format[2:] + ": the columns are not those of the header, which was written in an earlier round: use json or jsonl")
			} else {
				testkit.Eventually(t, eventual, "the new column", func() bool {
					text, err := os.ReadFile(out.Name())
					return err == nil && strings.Contains(string(text), "more")
				})
			}
			sqliteExec(t, db, "begin; alter table o drop column more; update o set n = 3, text = 'c'; commit")
			for lines.Scan() { // until it ends
			}
			if status := exitStatus(t, cmd.Wait()); status != 0 {
				t.Errorf("exit status %d", status)
			}
			text, err := os.ReadFile(out.Name())
			if err != nil {
				t.Fatal(err)
			}
			got := string(text)
			for part := range strings.SplitSeq(want, "#") {
				_, after, found := strings.Cut(got, part)
				if !found {
					t.Errorf("%q does not follow the lines before it in\n%s", part, text)
				}
				got = after
			}
			if fixed && (strings.Count(string(text), "source") != 1 || strings.Contains(string(text), "true")) {
				t.Errorf("there is more than one table in\n%s", text)
			}
		})
	}
}

// Each round is a run: the program of on_failure runs in each round with a failure, and channels
// are notified only of changes.
func TestMessagesOfChecksInAWatch(t *testing.T) {
	t.Parallel()
	cmd, db := watched(t, "check", "--watch", "150ms", "--until", `verdict == "passed"`)
	writeFile(t, filepath.Join(cmd.Dir, "fanql.yaml"), `sources: {eu: eu.db}
history: history.db
on_failure: [sh, -c, "cat >/dev/null; echo a failure >>failures; echo the program speaks >&2"]
notify:
  ops: {command: [sh, -c, "cat >>told; echo >>told"]}
checks:
  few: {sql: select n from o, expect: {each: n > 5}}
`)
	s := testkit.NewScreen(t, 100, 24)
	s.Start(t, cmd)
	lines := func(file string) int {
		text, _ := os.ReadFile(filepath.Join(cmd.Dir, file))
		return strings.Count(strings.TrimSpace(string(text)), "\n") + min(len(text), 1)
	}
	testkit.Eventually(t, eventual, "three rounds failed", func() bool { return lines("failures") >= 3 })
	s.Await(t, "the program speaks") // its output is printed with a round, and does not disturb the screen
	if got := s.Shown(); !strings.HasPrefix(got, "every 150ms: round ") || !strings.Contains(got, "\nfailed  few ") {
		t.Errorf("the screen shows\n%s", got)
	}
	sqliteExec(t, db, "update o set n = 6")
	wantStatus(t, cmd, 0, s)
	text, err := os.ReadFile(filepath.Join(cmd.Dir, "told"))
	if err != nil {
		t.Fatal(err)
	}
	if failing, recovered := strings.Count(string(text), `"event": "failed"`), strings.Count(string(text), `"event": "recovered"`); failing != 1 || recovered != 1 {
		t.Errorf("the channel got %d failures and %d recoveries:\n%s", failing, recovered, text)
	}
}

// With --only, a round has only the chosen checks. Marks show the changes since the round before.
func TestWatchOfChosenChecks(t *testing.T) {
	t.Parallel()
	cmd, db := watched(t, "check", "checks.yaml", "-s", "eu.db", "--only", "few", "--watch", "150ms")
	writeFile(t, filepath.Join(cmd.Dir, "checks.yaml"), "checks:\n  few: {sql: select n from o, expect: {each: n > 5}}\n  text: {sql: select text from o, expect: {each: text == 'z'}}\n")
	s := testkit.NewScreen(t, 100, 24)
	s.Start(t, cmd)
	s.Await(t, "\nfailed  few ")
	sqliteExec(t, db, "update o set n = 6")
	s.Await(t, "\npassed* few ")
	if got := s.Shown(); !strings.Contains(got, "; 2 changes (*)") || strings.Contains(got, "text") {
		t.Errorf("the screen shows\n%s", got)
	}
	s.Await(t, "\npassed  few ") // the mark disappears after one round
	sqliteExec(t, db, "update o set n = 1")
	s.Await(t, "\nfailed* few ")
	s.Type(t, "\x03")
	wantStatus(t, cmd, 130, s)
}
