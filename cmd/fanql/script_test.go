// The program as its users see it: testscripts check exit status, stdout and stderr. The scripts in
// testdata/script need no server. Those in testdata/script/servers need the servers that `make
// test` starts.

package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/xuri/excelize/v2"

	"github.com/fanql/fanql/testdata/testdb"
	"github.com/fanql/fanql/testdata/testkit"
)

func TestMain(m *testing.M) {
	testscript.Main(afterwards{m, built.remove}, map[string]func(){"fanql": main, "forward": forwarder})
}

// afterwards runs the tests, and then the function that must run after them.
type afterwards struct {
	testscript.TestingM
	do func()
}

func (a afterwards) Run() int {
	defer a.do()
	return a.TestingM.Run()
}

func TestScripts(t *testing.T) {
	t.Parallel() // they run in parallel with the scripts of servers, which mostly wait
	testscript.Run(t, testscript.Params{
		Dir:                 "../../testdata/script",
		Cmds:                scriptCommands(t),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               func(env *testscript.Env) error { return prepare(t, env) },
	})
}

// Each script runs once with MySQL and once with MariaDB as $MY; $SERVER has the name.
// The command "on pg" or "on my" runs a statement there.
func TestServerScripts(t *testing.T) {
	t.Parallel()
	for _, server := range []string{"MySQL", "MariaDB"} {
		t.Run(server, func(t *testing.T) {
			t.Parallel()
			dbs := seededDatabases(t)
			my := map[string]testdb.DB{"MySQL": dbs.my, "MariaDB": dbs.ma}[server]
			cmds := scriptCommands(t)
			cmds["on"] = func(ts *testscript.TestScript, _ bool, args []string) {
				_, err := map[string]testdb.DB{"pg": dbs.pg, "my": my}[args[0]].SQL.ExecContext(context.Background(), args[1])
				ts.Check(err)
			}
			cmds["survivors"] = func(ts *testscript.TestScript, neg bool, _ []string) { survivors(ts, dbs, neg) }
			testscript.Run(t, testscript.Params{
				Dir:                 "../../testdata/script/servers",
				Cmds:                cmds,
				RequireExplicitExec: true,
				RequireUniqueNames:  true,
				Setup: func(env *testscript.Env) error {
					env.Setenv("PG", dbs.pg.URL)
					env.Setenv("MY", my.URL)
					env.Setenv("SERVER", server)
					tunneled, address := throughTunnel(dbs.pg.URL)
					env.Setenv("PG_THROUGH", tunneled)
					env.Setenv("PG_AT", address)
					return prepare(t, env)
				},
			})
		})
	}
}

// prepare gives a script its own home folder and no configuration from outside. It also
// chooses the program that the script runs.
func prepare(t testing.TB, env *testscript.Env) error {
	env.Vars = append(env.Vars, exitPromptly())
	if !raced(t.Name() + filepath.Base(env.WorkDir)) {
		env.Setenv("PATH", plainPath(t)+string(os.PathListSeparator)+env.Getenv("PATH"))
	}
	env.Setenv("HOME", env.WorkDir)
	env.Setenv("XDG_CONFIG_HOME", filepath.Join(env.WorkDir, ".config"))
	for _, name := range []string{"FANQL_CONFIG", "PGPASSWORD", "PGPASSFILE", "PGSERVICE", "PGHOST", "PGUSER", "NO_COLOR"} {
		env.Setenv(name, "")
	}
	return nil
}

// raced reports whether a script or a test runs the program of the test binary. In `make test` that
// program has the race detector: it takes 75 ms to start instead of 14, scripts start it more than
// 1,500 times, and it needs two to eight times as long for rows. So only a third of the scripts and
// tests run it. With `make test-race` all of them do.
func raced(name string) bool {
	if os.Getenv(testkit.EnvProgram) == "" || os.Getenv("FANQL_TEST_SCRIPTS") == "race" {
		return true
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // it never fails
	return h.Sum32()%3 == 0
}

// scriptCommands returns the commands that scripts have in addition to those of testscript. What
// they open is closed at the end of t.
func scriptCommands(t testing.TB) map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"sqlite": scriptSQLite,
		"locked": scriptLocked,
		"listen": func(ts *testscript.TestScript, _ bool, args []string) { scriptListen(t, ts, args) },
		"mkfifo": func(ts *testscript.TestScript, _ bool, args []string) {
			ts.Check(syscall.Mkfifo(ts.MkAbs(args[0]), 0o666))
		},
		"status":  scriptStatus,
		"replace": scriptReplace,
		"cells":   scriptCells,
		"untimed": scriptUntimed,
		"bad":     scriptBad,
		"waitfor": scriptWaitFor,
		"sheets":  scriptSheets,
		"copies":  scriptCopies,
		"gone":    scriptGone,
	}
}

// sqlite FILE SQL runs statements on a database, which it creates if it does not exist.
func scriptSQLite(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(runSQLite(ts.MkAbs(args[0]), args[1]))
}

func runSQLite(path, statements string) error {
	db, err := sql.Open("sqlite3", "file:"+path)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(context.Background(), statements)
	return errors.Join(err, db.Close())
}

// locked FILE keeps a database locked until the script ends: no other connection can read
// it.
func scriptLocked(ts *testscript.TestScript, _ bool, args []string) {
	db, err := sql.Open("sqlite3", "file:"+ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Defer(func() { _ = db.Close() }) // the folder is removed after this
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(context.Background(), "begin exclusive")
	ts.Check(err)
}

func sqliteExec(t testing.TB, path, statements string) {
	t.Helper()
	if err := runSQLite(path, statements); err != nil {
		t.Fatal(err)
	}
}

// listen VAR opens a loopback port that accepts connections and never answers. It sets VAR to
// host:port, and stays open until all scripts have ended. listen -refused VAR sets VAR to a port
// that refuses connections.
func scriptListen(t testing.TB, ts *testscript.TestScript, args []string) {
	if args[0] == "-refused" {
		ts.Setenv(args[1], testkit.Refusing(t))
		return
	}
	ts.Setenv(args[0], testkit.Silent(t))
}

// status N ARGS... runs fanql and checks that its exit status is N. stdin, stdout and
// stderr are as with exec.
func scriptStatus(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	want, convErr := strconv.Atoi(args[0])
	ts.Check(convErr)
	got := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d\nstdout:\n%s\nstderr:\n%s", got, want, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

// replace FILE OLD NEW edits a file.
func scriptReplace(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("%s does not contain %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.ReplaceAll(text, args[1], args[2])), 0o666))
}

// bad CHECK PATTERN writes the config bad.yaml. It has three sources, one of which never answers,
// and the check at line 3, column 3. Then it checks that fanql check rejects the config with one
// line that matches "bad.yaml:" and the pattern.
func scriptBad(ts *testscript.TestScript, _ bool, args []string) {
	text := "sources: {eu: eu.db, us: us.db, hang: \"${env:HANG_URL}\"}\nchecks: {c: {\n  " + args[0] + "}}\n"
	ts.Check(os.WriteFile(ts.MkAbs("bad.yaml"), []byte(text), 0o600))
	scriptStatus(ts, false, []string{"2", "fanql", "check", "--config", "bad.yaml", "--connect-timeout", "0"})
	got := ts.ReadFile("stderr")
	if ok, err := regexp.MatchString("^fanql: bad.yaml:"+args[1]+"\n$", got); err != nil || !ok || ts.ReadFile("stdout") != "" {
		ts.Fatalf("%s: %s\nwant %s, %v", args[0], got, args[1], err)
	}
}

// sheets FILE prints the rows of a workbook, each after the name of its sheet.
func scriptSheets(ts *testscript.TestScript, _ bool, args []string) {
	f, err := excelize.OpenFile(ts.MkAbs(args[0]))
	ts.Check(err)
	defer f.Close()
	for _, sheet := range f.GetSheetList() {
		rows, err := f.GetRows(sheet)
		ts.Check(err)
		for _, cells := range rows {
			_, _ = fmt.Fprintf(ts.Stdout(), "%s: %s\n", sheet, strings.Join(cells, "|"))
		}
	}
}

// waitfor FILE waits until the file exists.
func scriptWaitFor(ts *testscript.TestScript, _ bool, args []string) {
	if !testkit.Within(10*time.Second, func() bool { _, err := os.Stat(ts.MkAbs(args[0])); return err == nil }) {
		ts.Fatalf("%s does not come", args[0])
	}
}

// copies N FILE FORM makes N copies of a file. FORM is a format for their names, with the
// numbers 0 to N-1.
func scriptCopies(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	text := ts.ReadFile(args[1])
	for i := range n {
		ts.Check(os.WriteFile(ts.MkAbs(fmt.Sprintf(args[2], i)), []byte(text), 0o600))
	}
}

// untimed FILE NEW writes a file, or stdout, to NEW and replaces the times in it.
func scriptUntimed(ts *testscript.TestScript, _ bool, args []string) {
	text := regexp.MustCompile(`\d+\.\d{3}s`).ReplaceAllString(ts.ReadFile(args[0]), "TIME")
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o666))
}

// cells FILE checks that the file, or stdout, has no control characters except line ends.
func scriptCells(ts *testscript.TestScript, _ bool, args []string) {
	for _, r := range ts.ReadFile(args[0]) {
		if (r < ' ' && r != '\n') || r == 0x7f || (r >= 0x80 && r < 0xa0) {
			ts.Fatalf("%s holds the control character %U", args[0], r)
		}
	}
}
