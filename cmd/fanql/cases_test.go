// The cases of testdata/cases: the expected results of queries, merges and checks on real
// databases, and the origin of each expected value. A new case is one entry there.

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/fanql/fanql/testdata/testdb"
)

// A useCase is one entry; testdata/cases/README.md explains its fields.
type useCase struct {
	Name    string              `yaml:"name"`
	From    string              `yaml:"from"`
	On      []string            `yaml:"on"`
	Setup   map[string][]string `yaml:"setup"`
	Role    map[string][]string `yaml:"role"`
	Cleanup map[string][]string `yaml:"cleanup"`
	Files   map[string]string   `yaml:"files"`
	Run     string              `yaml:"run"`
	Status  int                 `yaml:"status"`

	Stdout      *string  `yaml:"stdout"`
	StdoutHas   []string `yaml:"stdout_has"`
	StdoutLacks []string `yaml:"stdout_lacks"`
	StderrHas   []string `yaml:"stderr_has"`
	StderrLacks []string `yaml:"stderr_lacks"`

	shared *emptyDatabases
	path   string // the PATH of the command, on which fanql is found
}

// emptyDatabases holds one empty database on each kind of server. It is created when a case first
// needs it. Cases that create no tables share them, since fanql only reads.
type emptyDatabases struct {
	t    *testing.T // the test of all cases, which owns the databases
	mu   sync.Mutex
	urls map[string]string
}

func (e *emptyDatabases) url(t *testing.T, kind string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	if url, ok := e.urls[kind]; ok {
		return url
	}
	servers[kind](t) // so that a missing server skips or fails this case, and no other
	if e.urls == nil {
		e.urls = map[string]string{}
	}
	e.urls[kind] = servers[kind](e.t).URL
	return e.urls[kind]
}

// servers has a function for each kind that creates a fresh database. SQLite needs no
// server: its database is a file in the case's own folder.
var servers = map[string]func(testing.TB) testdb.DB{
	"postgres": testdb.Postgres,
	"mysql":    testdb.MySQL,
	"mariadb":  testdb.MariaDB,
	"sqlite":   nil,
}

// leastCases is a lower limit for the number of cases: their number may not shrink.
const leastCases = 190

// caseTimeout bounds one command of a case.
const caseTimeout = 60 * time.Second

func TestCases(t *testing.T) {
	files, err := filepath.Glob("../../testdata/cases/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases:", err)
	}
	seen := map[string]bool{}
	shared, path := &emptyDatabases{t: t}, plainPath(t)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var cases []useCase
		if err := yaml.UnmarshalWithOptions(text, &cases, yaml.Strict()); err != nil {
			t.Fatalf("%s: %v", filepath.Base(file), err)
		}
		area := strings.TrimSuffix(filepath.Base(file), ".yaml")
		for _, c := range cases {
			if err := c.check(); err != nil || seen[c.Name] {
				t.Errorf("%s: case %q is invalid, or another case has its name: %v", area, c.Name, err)
				continue
			}
			seen[c.Name] = true
			c.shared, c.path = shared, path
			t.Run(area+"/"+c.Name, c.test)
		}
	}
	if len(seen) < leastCases {
		t.Errorf("there are %d cases, want at least %d", len(seen), leastCases)
	}
}

// check reports an entry that cannot fail or that does not name its origin.
func (c useCase) check() error {
	var errs []error
	if c.Name == "" || c.From == "" || c.Run == "" || len(c.On) == 0 {
		errs = append(errs, errors.New("it needs name, from, on and run"))
	}
	if c.Stdout == nil && len(c.StdoutHas)+len(c.StdoutLacks)+len(c.StderrHas)+len(c.StderrLacks) == 0 {
		errs = append(errs, errors.New("it expects nothing: give stdout, stdout_has or stderr_has"))
	}
	for _, kind := range c.On {
		if _, ok := servers[kind]; !ok {
			errs = append(errs, fmt.Errorf("%q is no kind of server", kind))
		}
	}
	for _, lists := range []map[string][]string{c.Setup, c.Role, c.Cleanup} {
		for kind := range lists {
			if !slices.Contains(c.On, kind) && !(kind == "mysql" && slices.Contains(c.On, "mariadb")) {
				errs = append(errs, fmt.Errorf("it has statements for %q, which its key on does not list", kind))
			}
		}
	}
	return errors.Join(errs...)
}

// test runs the command once. If the command has the placeholder {each}, it runs once for each kind
// of server that the command does not name.
func (c useCase) test(t *testing.T) {
	t.Parallel()
	if !c.mentions("{each}") {
		c.once(t, c.On, "")
		return
	}
	var named []string
	for _, kind := range c.On {
		if c.mentions("{" + kind + "}") {
			named = append(named, kind)
		}
	}
	for _, kind := range c.On {
		if slices.Contains(named, kind) {
			continue
		}
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			c.once(t, append([]string{kind}, named...), kind)
		})
	}
}

// mentions reports whether the command or one of the case's files has the placeholder.
func (c useCase) mentions(placeholder string) bool {
	for _, text := range c.Files {
		if strings.Contains(text, placeholder) {
			return true
		}
	}
	return strings.Contains(c.Run, placeholder)
}

func (c useCase) once(t *testing.T, kinds []string, each string) {
	dir := t.TempDir()
	var pairs []string // each placeholder and its value
	for _, kind := range kinds {
		url := c.database(t, kind, dir)
		pairs = append(pairs, "{"+kind+"}", url)
		if kind == each {
			pairs = append(pairs, "{each}", url)
		}
	}
	expand := strings.NewReplacer(pairs...).Replace
	for name, text := range c.Files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(expand(text)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), caseTimeout)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "sh", "-c", expand(c.Run))
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &stdout, &stderr
	cmd.Env = append(caseEnvironment(dir), "PATH="+c.path)
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	if bad := new(exec.ExitError); err != nil && !errors.As(err, &bad) {
		t.Fatal(err)
	}
	c.compare(t, cmd.ProcessState.ExitCode(), stdout.String(), stderr.String())
}

// database creates the case's database on a server and returns its URL.
func (c useCase) database(t *testing.T, kind, dir string) string {
	statements := func(lists map[string][]string) []string {
		if list, ok := lists[kind]; ok || kind != "mariadb" {
			return list
		}
		return lists["mysql"]
	}
	open := servers[kind]
	if open == nil {
		path := filepath.Join(dir, "lite.db")
		sqliteExec(t, path, strings.Join(append([]string{"pragma user_version = 1"}, statements(c.Setup)...), ";\n"))
		return path
	}
	if len(statements(c.Setup))+len(statements(c.Role))+len(statements(c.Cleanup)) == 0 {
		return c.shared.url(t, kind)
	}
	db := open(t)
	name := db.URL[strings.LastIndexByte(db.URL, '/')+1:]
	run := func(list []string) {
		for _, s := range list {
			db.Exec(t, strings.ReplaceAll(s, "{db}", name))
		}
	}
	t.Cleanup(func() { run(statements(c.Cleanup)) })
	run(statements(c.Setup))
	run(statements(c.Role))
	return db.URL
}

// caseEnvironment returns the test's environment without any settings for fanql and
// databases, and with a home folder of the case's own.
func caseEnvironment(home string) []string {
	env := slices.DeleteFunc(os.Environ(), func(pair string) bool {
		return strings.HasPrefix(pair, "PG") || strings.HasPrefix(pair, "MYSQL") || strings.HasPrefix(pair, "FANQL_")
	})
	return append(env, "HOME="+home, "XDG_CONFIG_HOME="+filepath.Join(home, ".config"), "NO_COLOR=1", "TZ=America/New_York")
}

func (c useCase) compare(t *testing.T, status int, stdout, stderr string) {
	var wrong []string
	if status != c.Status {
		wrong = append(wrong, fmt.Sprintf("exit status %d, want %d", status, c.Status))
	}
	if c.Stdout != nil && stdout != *c.Stdout {
		wrong = append(wrong, "stdout is not what it should be:\n"+*c.Stdout)
	}
	has := func(stream, text string, parts []string, want bool) {
		for _, part := range parts {
			if strings.Contains(text, part) != want {
				wrong = append(wrong, fmt.Sprintf("%s has %q: %v, want %v", stream, part, !want, want))
			}
		}
	}
	has("stdout", stdout, c.StdoutHas, true)
	has("stdout", stdout, c.StdoutLacks, false)
	has("stderr", stderr, c.StderrHas, true)
	has("stderr", stderr, c.StderrLacks, false)
	if len(wrong) > 0 {
		t.Errorf("%s\n(from: %s)\n$ %s\nstdout:\n%s\nstderr:\n%s", strings.Join(wrong, "\n"), c.From, c.Run, stdout, stderr)
	}
}
