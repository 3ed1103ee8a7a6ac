// The README's commands, typed as they stand.

package main

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/fanql/fanql/testdata/testdb"
)

// An example is a command of the README, and what it shows of its output.
type example struct {
	command string
	block   int // of the page, in which cd holds
	status  int
	output  []string
}

var exitComment = regexp.MustCompile(`\s+# exit status (\d+)$`)

// examples reads the console blocks of a Markdown text.
func examples(t *testing.T, text string) (all []example) {
	t.Helper()
	in, blocks := false, 0
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "```"):
			if in = line == "```console"; in {
				blocks++
			}
		case !in:
		case strings.HasPrefix(line, "$ "):
			e := example{command: line[2:], block: blocks}
			if m := exitComment.FindStringSubmatch(line); m != nil {
				e.status, _ = strconv.Atoi(m[1])
			}
			all = append(all, e)
		case len(all) == 0:
			t.Fatalf("output without a command: %s", line)
		default:
			last := &all[len(all)-1]
			last.output = append(last.output, line)
		}
	}
	return all
}

// steady takes out of a line what differs from run to run: times and padding.
func steady(line string) string {
	line = regexp.MustCompile(`\d+\.\d{3}s`).ReplaceAllString(line, "TIME")
	return strings.Join(strings.Fields(line), " ")
}

func TestTheCommandsOfTheREADMEDoWhatItShows(t *testing.T) {
	for _, k := range testdb.MySQLs {
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			typed(t, testdb.Postgres(t), k.New(t))
		})
	}
}

// typed runs the README's commands with these databases in place of its servers'.
func typed(t *testing.T, pg, my testdb.DB) {
	seed(t, pg, "postgres.sql", "create role")
	seed(t, my, "mysql.sql", "create user")
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	hosts := strings.NewReplacer(
		"postgres://reader:reader@127.0.0.1:15432/shop", "'"+pg.URL+"'",
		"mysql://reader:reader@127.0.0.1:13306/shop", "'"+my.URL+"'")

	first := program(t)
	dir, bin := t.TempDir(), filepath.Dir(first.Path)
	work, block := dir, 0 // as cd goes
	all := examples(t, string(text))
	if len(all) < 10 {
		t.Fatalf("only %d commands found", len(all))
	}
	for _, e := range all {
		if e.block != block { // a new one begins where the page does
			work, block = dir, e.block
		}
		if to, ok := strings.CutPrefix(e.command, "cd "); ok {
			work = filepath.Join(work, to)
			continue
		}
		t.Run(e.command, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), "sh", "-c", hosts.Replace(e.command))
			cmd.Dir = work
			cmd.Env = append(slices.Clone(first.Env), "PATH="+bin+":"+os.Getenv("PATH"))
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			if status := exitStatus(t, cmd.Run()); status != e.status {
				t.Fatalf("exit status %d, want %d\n%s", status, e.status, &out)
			}
			got := map[string]bool{}
			for line := range strings.Lines(out.String()) {
				got[steady(line)] = true
			}
			for _, line := range e.output {
				if !got[steady(line)] {
					t.Errorf("no line %q in\n%s", line, &out)
				}
			}
		})
	}
}

func TestTheTestsThatTheREADMENamesExist(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var code bytes.Buffer
	err = filepath.WalkDir("../..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := os.ReadFile(path)
		code.Write(file)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile("`(Test\\w+)`").FindAllStringSubmatch(string(text), -1)
	if len(names) < 15 {
		t.Fatalf("only %d tests are named", len(names))
	}
	for _, name := range names {
		if !strings.Contains(code.String(), "func "+name[1]+"(") {
			t.Errorf("there is no %s", name[1])
		}
	}
}

// seed fills a database from testdata/seeds, without the part that makes
// accounts, which the test server has.
func seed(t *testing.T, db testdb.DB, file, accounts string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../testdata/seeds", file))
	if err != nil {
		t.Fatal(err)
	}
	statements, _, found := strings.Cut(string(text), accounts)
	if !found {
		t.Fatalf("%s has no %q", file, accounts)
	}
	db.Exec(t, strings.Replace(statements, "use shop;", "", 1))
}
