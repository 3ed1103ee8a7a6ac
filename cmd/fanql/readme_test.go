// The commands of the README and of the help pages are run exactly as they are written.

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

// An example is a command of a page, and the output that the page shows.
type example struct {
	command string
	block   int // the number of the block; cd has effect within one
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

// withoutTimes removes from a line what changes from run to run: times and padding.
func withoutTimes(line string) string {
	line = regexp.MustCompile(`\d+\.\d{3}s`).ReplaceAllString(line, "TIME")
	return strings.Join(strings.Fields(line), " ")
}

// documents returns the README and the help pages, by name.
func documents(t *testing.T) (texts map[string]string) {
	t.Helper()
	files, err := filepath.Glob("help/*.md")
	if err != nil {
		t.Fatal(err)
	}
	texts = map[string]string{}
	for _, file := range append(files, "../../README.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Base(file)] = string(text)
	}
	return texts
}

// Each page runs in a clone of the repository, after `make demo`. A page that uses the sandbox's
// MySQL runs twice: with MySQL and with MariaDB.
func TestTheCommandsOfREADMEAndHelpPagesDoWhatTheyShow(t *testing.T) {
	demo := filepath.Join(t.TempDir(), "fanql-demo")
	if out, err := program(t, "demo", demo).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	total := 0
	for _, text := range documents(t) {
		total += len(examples(t, text))
	}
	if total < 40 {
		t.Fatalf("only %d commands found", total)
	}
	for n, k := range testdb.MySQLs {
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			pg, my := testdb.Postgres(t), k.New(t)
			seed(t, pg, "postgres.sql", "create role")
			seed(t, my, "mysql.sql", "create user")
			for name, text := range documents(t) {
				if sandbox := regexp.MustCompile(`shops\.yaml|:13306`); n == 0 || sandbox.MatchString(text) {
					t.Run(name, func(t *testing.T) {
						t.Parallel()
						runDocument(t, text, demo, pg, my)
					})
				}
			}
		})
	}
}

// runDocument runs the commands of a document. It replaces the sandbox's databases by pg and my.
func runDocument(t *testing.T, text, demo string, pg, my testdb.DB) {
	hosts := strings.NewReplacer(
		"postgres://reader:reader@127.0.0.1:15432/shop", pg.URL,
		"mysql://reader:reader@127.0.0.1:13306/shop", my.URL)
	shops, err := os.ReadFile("../../shops.yaml")
	if err != nil {
		t.Fatal(err)
	}
	first := program(t)
	dir, bin := t.TempDir(), filepath.Dir(first.Path)
	if err := os.WriteFile(filepath.Join(dir, "shops.yaml"), []byte(hosts.Replace(string(shops))), 0o600); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text, "$ fanql demo fanql-demo\n") {
		if err := os.CopyFS(filepath.Join(dir, "fanql-demo"), os.DirFS(demo)); err != nil {
			t.Fatal(err)
		}
	}
	work, block := dir, 0 // the folder that cd has changed to
	for _, e := range examples(t, text) {
		if e.block != block { // a new block begins in the page's own folder
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
				got[withoutTimes(line)] = true
			}
			for _, line := range e.output {
				if !got[withoutTimes(line)] {
					t.Errorf("no line %q in\n%s", line, &out)
				}
			}
		})
	}
}

// Commands may only be in blocks of commands, since only these are run.
func TestEveryExampleIsInABlockThatIsRun(t *testing.T) {
	for name, text := range documents(t) {
		fence := ""
		for i, line := range strings.Split(text, "\n") {
			switch {
			case strings.HasPrefix(line, "```") && fence != "":
				fence = ""
			case strings.HasPrefix(line, "```"):
				fence = line
			case fence == "" && regexp.MustCompile(`^ +(\$ )?fanql `).MatchString(line), fence == "```" || fence == "```sh" && strings.HasPrefix(line, "fanql "):
				t.Errorf("%s:%d: %q must be in a block that begins with ```console", name, i+1, line)
			}
		}
	}
}

func TestTheTestsThatTheHelpPagesNameExist(t *testing.T) {
	var code bytes.Buffer
	err := filepath.WalkDir("../..", func(path string, _ fs.DirEntry, err error) error {
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
	named := 0
	for file, text := range documents(t) {
		for _, name := range regexp.MustCompile("`(Test\\w+)`").FindAllStringSubmatch(text, -1) {
			if named++; !strings.Contains(code.String(), "func "+name[1]+"(") {
				t.Errorf("%s: there is no %s", file, name[1])
			}
		}
	}
	if named < 50 {
		t.Fatalf("only %d tests are named", named)
	}
}

func TestTheREADMEIsShort(t *testing.T) {
	text := documents(t)["README.md"]
	if n := strings.Count(text, "\n"); n > 200 {
		t.Errorf("%d lines: put more into a help page", n)
	}
	for _, link := range regexp.MustCompile(`\]\(([^)#:]+)\)`).FindAllStringSubmatch(text, -1) {
		if _, err := os.Stat(filepath.Join("../..", link[1])); err != nil {
			t.Errorf("a link to %s leads nowhere", link[1])
		}
	}
	pages, err := filepath.Glob("help/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		if name := filepath.Base(page); !strings.Contains(text, "(cmd/fanql/help/"+name+")") {
			t.Errorf("no link to the page %s", name)
		}
	}
}

// seed fills a database from testdata/seeds. It skips the part that creates accounts, which the
// test server already has.
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
