// The program as its users meet it: testscripts with exit status, stdout and
// stderr. Those in testdata/script need nothing; those in testdata/script/servers
// need the servers that `make test` starts.

package main

import (
	"context"
	"database/sql"
	"errors"
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

	"github.com/fanql/fanql/testdata/testdb"
	"github.com/fanql/fanql/testdata/testkit"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"fanql": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "../../testdata/script",
		Cmds:                scriptCommands(t),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               func(env *testscript.Env) error { return prepare(env) },
	})
}

func TestServerScripts(t *testing.T) {
	pg, my := seeded(t)
	cmds := scriptCommands(t)
	cmds["survivors"] = func(ts *testscript.TestScript, neg bool, args []string) { survivors(ts, pg, my, neg, args) }
	testscript.Run(t, testscript.Params{
		Dir:                 "../../testdata/script/servers",
		Cmds:                cmds,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("PG", pg.URL)
			env.Setenv("MY", my.URL)
			return prepare(env)
		},
	})
}

// seeded gives a database on each server with the orders of one region.
func seeded(t testing.TB) (pg, my testdb.DB) {
	pg, my = testdb.Postgres(t), testdb.MySQL(t)
	pg.Exec(t, `create table orders (id bigint primary key, placed_at timestamp(3), region text, amount numeric(12,2), note text, paid boolean, score double precision)`,
		`insert into orders values (1, '2026-01-31 08:30:00.250', 'eu', 10.50, 'a, "b"', true, 0.1), (2, '2026-02-01 00:00:00', 'eu', 1.10, null, false, null), (3, null, 'eu', null, '', null, 1e20)`)
	my.Exec(t, `create table orders (id bigint primary key, placed_at datetime(3), region varchar(20), amount decimal(12,2), note text, paid boolean, score double)`,
		`insert into orders values (1, '2026-01-31 08:30:00.250', 'us', 20.50, 'c', true, 0.2), (2, null, 'us', 2.20, null, false, null)`)
	return pg, my
}

// prepare gives a script a home of its own and no configuration from outside.
func prepare(env *testscript.Env) error {
	env.Vars = append(env.Vars, prompt())
	env.Setenv("HOME", env.WorkDir)
	env.Setenv("XDG_CONFIG_HOME", filepath.Join(env.WorkDir, ".config"))
	for _, name := range []string{"FANQL_CONFIG", "PGPASSWORD", "PGPASSFILE", "PGSERVICE", "PGHOST", "PGUSER", "NO_COLOR"} {
		env.Setenv(name, "")
	}
	return nil
}

// scriptCommands are what scripts have beyond testscript's own commands. What they
// open lasts as long as t.
func scriptCommands(t testing.TB) map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"sqlite": scriptSQLite,
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
	}
}

// sqlite FILE SQL runs statements on a database, which it creates if need be.
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

func sqliteExec(t testing.TB, path, statements string) {
	t.Helper()
	if err := runSQLite(path, statements); err != nil {
		t.Fatal(err)
	}
}

// listen VAR opens a loopback port that accepts and never answers, until all
// scripts have ended, and puts host:port into VAR; listen -refused VAR gives a port
// where nobody listens.
func scriptListen(t testing.TB, ts *testscript.TestScript, args []string) {
	if args[0] == "-refused" {
		ts.Setenv(args[1], testkit.Refusing(t))
		return
	}
	ts.Setenv(args[0], testkit.Silent(t))
}

// status N ARGS... runs fanql and wants the exit status N; stdin, stdout and
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

// bad CHECK PATTERN writes bad.yaml, a config with three sources, of which one never
// answers, and the check, on line 3 from column 3 on, and wants that fanql check
// refuses it with one line: bad.yaml and the pattern.
func scriptBad(ts *testscript.TestScript, _ bool, args []string) {
	text := "sources: {eu: eu.db, us: us.db, hang: \"${env:HANG_URL}\"}\nchecks: {c: {\n  " + args[0] + "}}\n"
	ts.Check(os.WriteFile(ts.MkAbs("bad.yaml"), []byte(text), 0o600))
	scriptStatus(ts, false, []string{"2", "fanql", "check", "--config", "bad.yaml", "--connect-timeout", "0"})
	got := ts.ReadFile("stderr")
	if ok, err := regexp.MatchString("^fanql: bad.yaml:"+args[1]+"\n$", got); err != nil || !ok || ts.ReadFile("stdout") != "" {
		ts.Fatalf("%s: %s\nwant %s, %v", args[0], got, args[1], err)
	}
}

// waitfor FILE waits until the file is there.
func scriptWaitFor(ts *testscript.TestScript, _ bool, args []string) {
	if !testkit.Within(10*time.Second, func() bool { _, err := os.Stat(ts.MkAbs(args[0])); return err == nil }) {
		ts.Fatalf("%s does not come", args[0])
	}
}

// untimed FILE NEW writes the file, or stdout, without the times in it.
func scriptUntimed(ts *testscript.TestScript, _ bool, args []string) {
	text := regexp.MustCompile(`\d+\.\d{3}s`).ReplaceAllString(ts.ReadFile(args[0]), "TIME")
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o666))
}

// cells FILE wants the file, or stdout, to be free of control characters but for
// line ends.
func scriptCells(ts *testscript.TestScript, _ bool, args []string) {
	for _, r := range ts.ReadFile(args[0]) {
		if (r < ' ' && r != '\n') || r == 0x7f || (r >= 0x80 && r < 0xa0) {
			ts.Fatalf("%s holds the control character %U", args[0], r)
		}
	}
}

// survivors wants no query of ours, and no connection, left on either server.
func survivors(ts *testscript.TestScript, pg, my testdb.DB, neg bool, _ []string) {
	if !neg {
		ts.Fatalf("say ! survivors")
	}
	if left := leftOn(pg, my, 2*time.Second); left != "" {
		ts.Fatalf("still there: %s", left)
	}
}

// moment is what a server may take to show that a query which has been cancelled
// is gone: a kill is asynchronous, and the machine may be busy.
const moment = 500 * time.Millisecond

// leftOn says what of ours is on the servers, once it has had some time to go.
func leftOn(pg, my testdb.DB, patience time.Duration) string {
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		left := ""
		for _, look := range []struct {
			db    testdb.DB
			query string
		}{
			{pg, `select coalesce(string_agg(query, '; '), '') from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state = 'active' and query like '%fanql:%'`}, // one that has ended shows its last query until it is gone
			{my, `select coalesce(group_concat(info separator '; '), '') from information_schema.processlist where db = database() and id <> connection_id() and info like '%fanql:%'`},
		} {
			var s string
			if err := look.db.SQL.QueryRowContext(context.Background(), look.query).Scan(&s); err != nil {
				return err.Error()
			}
			left += s
		}
		if left == "" || time.Now().After(end) {
			return left
		}
	}
}
