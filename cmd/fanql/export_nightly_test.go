// The nightly job of the help page "exports", with eight shops. Some of them fail. The test reads
// the config and the crontab lines from the page.

package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fanql/fanql/cmd/internal/exportstate"
	"github.com/fanql/fanql/testdata/testdb"
)

// A nightly is the job: a folder with its config and its exports.
type nightly struct {
	dir    string
	config string
	lines  []string // each is run by sh
	fanql  *exec.Cmd
	shops  []string
	on     map[string]func(statement string) // runs a statement at a shop
}

// nightlyJob reads the page, and replaces its servers by databases of the test.
func nightlyJob(t *testing.T) *nightly {
	t.Helper()
	page, err := os.ReadFile("help/exports.md")
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string) string {
		m := regexp.MustCompile("(?s)```" + kind + "\n(.*?)```").FindSubmatch(page)
		if m == nil {
			t.Fatalf("the page has no block %s", kind)
		}
		return string(m[1])
	}
	j := &nightly{dir: t.TempDir(), fanql: program(t), on: map[string]func(string){}}
	j.config = block("yaml")
	dbs := map[string]func() testdb.DB{
		"postgres": func() testdb.DB { return testdb.Postgres(t) },
		"mysql":    func() testdb.DB { return testdb.MySQL(t) },
	}
	for _, m := range regexp.MustCompile(`(?m)^  (\w+): +\{url: "(\w+)(:\S+)"`).FindAllStringSubmatch(j.config, -1) {
		name, kind := m[1], m[2]
		j.shops = append(j.shops, name)
		if make := dbs[kind]; make != nil {
			if name == "malmo" {
				make = func() testdb.DB { return testdb.MariaDB(t) }
			}
			db := make()
			j.config = strings.Replace(j.config, kind+m[3], db.URL, 1)
			j.on[name] = func(statement string) {
				t.Helper()
				if _, err := db.SQL.ExecContext(context.Background(), statement); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
			}
			continue
		}
		path := filepath.Join(j.dir, name+".db")
		j.config = strings.Replace(j.config, kind+m[3], "sqlite:"+path, 1)
		j.on[name] = func(statement string) { t.Helper(); sqliteExec(t, path, statement) }
	}
	if len(j.shops) != 8 {
		t.Fatalf("%d shops", len(j.shops))
	}
	for line := range strings.Lines(block("cron")) {
		command := strings.Join(strings.Fields(strings.TrimSpace(line))[5:], " ")
		command = strings.ReplaceAll(command, "/var/lib/exports", filepath.Join(j.dir, "exports"))
		j.lines = append(j.lines, strings.ReplaceAll(command, "/etc/fanql", j.dir))
	}
	if len(j.lines) != 2 {
		t.Fatalf("%d lines", len(j.lines))
	}
	for _, name := range j.shops {
		j.on[name]("create table orders (id integer primary key, placed_at timestamp null, amount decimal(10,2))")
		j.order(name, 1, "2026-01-02 10:00:00")
	}
	if err := os.MkdirAll(filepath.Join(j.dir, "exports", "orders"), 0o755); err != nil {
		t.Fatal(err)
	}
	return j
}

// order adds an order to the database of a shop.
func (j *nightly) order(shop string, id int, at string) {
	j.on[shop](fmt.Sprintf("insert into orders values (%d, '%s', %d.50)", id, at, id))
}

// night runs a line of the crontab while the shops of without do not answer.
func (j *nightly) night(t *testing.T, line int, without ...string) (status int, mail string) {
	t.Helper()
	config := j.config
	for _, shop := range without { // the address of a shop stays, since another address would be another error
		line := regexp.MustCompile(`(?m)^  ` + shop + `: .*$`).FindString(config)
		if path := filepath.Join(j.dir, shop+".db"); strings.Contains(line, path) {
			if err := os.Rename(path, path+".away"); err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := os.Rename(path+".away", path); err != nil {
					t.Error(err)
				}
			}()
			continue
		}
		config = strings.Replace(config, line, regexp.MustCompile(`//[^@]*@`).ReplaceAllString(line, "//nobody:x@"), 1)
	}
	if err := os.WriteFile(filepath.Join(j.dir, "nightly.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", j.lines[line])
	cmd.Env = append(slices.Clone(j.fanql.Env), "PATH="+filepath.Dir(j.fanql.Path)+":"+os.Getenv("PATH"), "EXPORT_PW=x")
	out, err := cmd.CombinedOutput()
	return exitStatus(t, err), string(out)
}

// ids returns the ids of the exported orders, by shop: the orders in the files that the manifest
// lists.
func (j *nightly) ids(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, f := range manifestOf(t, filepath.Join(j.dir, "exports", "orders.json")).Files {
		text, err := os.ReadFile(filepath.Join(j.dir, "exports", f.Name))
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for line := range strings.Lines(string(text)) {
			if fields := strings.Split(line, ","); fields[0] != "source" {
				ids = append(ids, fields[1])
			}
		}
		all[f.Sources[0]] = strings.Join(ids, " ")
	}
	return all
}

// each returns the same ids for all shops, except those of but. A shop whose ids are "none" has no
// file.
func (j *nightly) each(ids string, but map[string]string) map[string]string {
	all := map[string]string{}
	for _, shop := range j.shops {
		all[shop] = ids
	}
	maps.Copy(all, but)
	maps.DeleteFunc(all, func(_, ids string) bool { return ids == "none" })
	return all
}

func TestTheNightlyJobOfThePageExports(t *testing.T) {
	t.Parallel()
	j := nightlyJob(t)
	wants := func(what string, line, status int, mail string, ids map[string]string, without ...string) {
		t.Helper()
		got, text := j.night(t, line, without...)
		if got != status || (mail == "") != (text == "") || !regexp.MustCompile(mail).MatchString(text) {
			t.Fatalf("%s: exit status %d, want %d\n%s", what, got, status, text)
		}
		if have := j.ids(t); !maps.Equal(have, ids) {
			t.Fatalf("%s: exported are %v, want %v", what, have, ids)
		}
	}
	wants("the first night", 0, 0, "", j.each("1", nil))
	wants("nothing is missing at four", 1, 0, "", j.each("1", nil))
	wants("nothing new", 0, 0, "", j.each("", nil))
	for _, shop := range j.shops {
		j.order(shop, 2, "2026-01-03 10:00:00")
	}
	wants("a shop does not answer", 0, 3, `(?s)^partial: 7 of 8 sources, 7 rows in .* to 7 files orders/\{date\}/\{source\}.csv; missing: lyon \(failed: auth: .*\)\n$`,
		j.each("2", map[string]string{"lyon": "none"}), "lyon")
	wants("it answers at four", 1, 0, "", j.each("2", nil))
	if m := manifestOf(t, filepath.Join(j.dir, "exports", "orders.json")); !m.Complete || len(m.Sources) != 8 {
		t.Errorf("%+v", m)
	}
	for _, shop := range j.shops {
		j.order(shop, 3, "2026-01-04 10:00:00")
	}
	wants("another night, without two", 0, 3, "missing: porto .*bern|missing: bern .*porto", j.each("3", map[string]string{"bern": "none", "porto": "none"}), "bern", "porto")
	for _, shop := range j.shops {
		j.order(shop, 4, "2026-01-05 10:00:00")
		j.order(shop, 5, "2026-01-04 09:45:00") // it came late
	}
	wants("the next fetches what they missed", 0, 0, "", j.each("4 5", map[string]string{"bern": "3 4 5", "porto": "3 4 5"}))
	before, err := os.ReadFile(filepath.Join(j.dir, "exports", "orders.state"))
	if err != nil {
		t.Fatal(err)
	}
	wants("no shop answers", 0, 1, "^no answer: 0 of 8 sources", j.each("4 5", map[string]string{"bern": "3 4 5", "porto": "3 4 5"}), j.shops...)
	if now, err := os.ReadFile(filepath.Join(j.dir, "exports", "orders.state")); err != nil || string(now) != string(before) {
		t.Errorf("the state changed (%v)", err)
	}
	// A shop at a new address is another database to the state, so the run is rejected.
	other := regexp.MustCompile(`(?m)^  porto: .*$`).FindString(j.config)
	moved := strings.Replace(j.config, other, strings.Replace(other, "porto.db", "prague.db", 1), 1)
	config := j.config
	j.config = moved
	wants("a shop moves", 0, 2, `^fanql: --state orders.state knows porto at another place: .*--state-force`, j.each("4 5", map[string]string{"bern": "3 4 5", "porto": "3 4 5"}))
	j.config = strings.Replace(config, "amount from orders", "amount as price from orders", 1)
	wants("somebody changes the query", 0, 2, `^fanql: --state orders.state is of another query: .*--state-force`, j.each("4 5", map[string]string{"bern": "3 4 5", "porto": "3 4 5"}))
	j.config = config
	state, _, err := exportstate.ReadState(filepath.Join(j.dir, "exports", "orders.state"))
	if err != nil || len(state.Sources) != 8 {
		t.Fatalf("%v (%v)", state, err)
	}
}
