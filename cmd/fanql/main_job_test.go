// The main promise of fanql, on real servers. The rows of sources that answer are printed
// at once, a source that does not answer is named at the deadline, and nothing runs on
// afterwards.

package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/fanql/fanql/testdata/testkit"
)

// program returns a command that runs fanql as its own process. If raced chooses the test, the
// program is this test binary under another name, and TestMain runs it as fanql.
func program(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	if !raced(t.Name()) {
		return programAt(t, plainProgram(t), args...)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return programAt(t, self, args...)
}

// programAt returns a command that runs a program as fanql, with a home folder of its own.
func programAt(t testing.TB, path string, args ...string) *exec.Cmd {
	t.Helper()
	dir := t.TempDir()
	name := filepath.Join(dir, "fanql")
	if err := os.Symlink(path, name); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+filepath.Join(dir, ".config"), exitPromptly())
	return cmd
}

// exitPromptly is an environment variable. With it, a program that is built with -race exits at
// once. Without it, such a program waits up to a second.
func exitPromptly() string { return "GORACE=" + os.Getenv("GORACE") + " atexit_sleep_ms=10" }

// exitStatus returns the exit status of a process that ended with err.
func exitStatus(t testing.TB, err error) int {
	t.Helper()
	if err == nil {
		return 0
	}
	e, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		t.Fatal(err)
	}
	return e.ExitCode()
}

// smallOrders creates a SQLite file with one order.
func smallOrders(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "lite.db")
	sqliteExec(t, path, "create table orders (id integer, region text); insert into orders values (1, 'lite')")
	return path
}

func TestRowsArePrintedWhileTwoSourcesHang(t *testing.T) {
	dbs := seededDatabases(t)
	cmd := program(t, "query", "-s", "silent=postgres://u@"+testkit.Silent(t)+"/x", "-s", "refused=mysql://u@"+testkit.Refusing(t)+"/x",
		"-s", "pg="+dbs.pg.URL, "-s", "my="+dbs.my.URL, "-s", "ma="+dbs.ma.URL, "-s", "lite="+smallOrders(t),
		"--timeout", "3s", "--csv", "select id, region from orders")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	var last time.Duration
	seen := map[string]int{}
	for lines.Scan() {
		source, _, _ := strings.Cut(lines.Text(), ",")
		seen[source]++
		last = time.Since(start)
	}
	status := exitStatus(t, cmd.Wait())
	wall := time.Since(start)

	if seen["pg"] != 3 || seen["my"] != 2 || seen["ma"] != 2 || seen["lite"] != 1 {
		t.Errorf("rows %v, want 3 of pg, 2 of my and of ma, 1 of lite", seen)
	}
	if last > time.Second {
		t.Errorf("the last answer was printed %s after the start, want well under 1s", last)
	}
	if status != 3 || wall < 3*time.Second || wall > 3500*time.Millisecond {
		t.Errorf("exit status %d after %s, want 3 after 3s to 3.5s", status, wall)
	}
	for _, want := range []string{"connect: no answer from the server: timed out after 3s", "refused", "missing: silent (timeout), refused (failed)"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("stderr lacks %q:\n%s", want, stderr.String())
		}
	}
	if left := queriesLeft(dbs, time.Second); left != "" {
		t.Errorf("still running: %s", left)
	}
}

func TestAnOldFileStaysWhenSourcesAreMissing(t *testing.T) {
	dbs := seededDatabases(t)
	out := filepath.Join(t.TempDir(), "out.csv")
	if err := os.WriteFile(out, []byte("old\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	cmd := program(t, "query", "-s", "pg="+dbs.pg.URL, "-s", "my="+dbs.my.URL, "-s", "ma="+dbs.ma.URL, "-s", "silent=mysql://u@"+testkit.Silent(t)+"/x",
		"--timeout", "500ms", "-o", out, "select id from orders")
	if status := exitStatus(t, cmd.Run()); status != 1 {
		t.Errorf("exit status %d, want 1", status)
	}
	if text, err := os.ReadFile(out); err != nil || string(text) != "old\n" {
		t.Errorf("the file holds %q (%v)", text, err)
	}
	if files, err := filepath.Glob(filepath.Join(filepath.Dir(out), "*")); err != nil || len(files) != 1 {
		t.Errorf("other files are left in the folder: %v", files)
	}
	if hidden, err := filepath.Glob(filepath.Join(filepath.Dir(out), ".*")); err != nil || len(hidden) != 0 {
		t.Errorf("other files are left in the folder: %v", hidden)
	}
}

// slowOn has queries that run for a minute on each server, by dialect.
const slowOn = `-- fanql: postgres
select count(*) as n, pg_sleep(60) is null as slept from orders
-- fanql: mysql
select benchmark(1000000000000, sha2('x', 256)) as n, 0 as slept
`

// startSlow starts a run and waits until both servers execute its statements.
func startSlow(t *testing.T, dbs databases, stdout io.Writer, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "slow.sql")
	if err := os.WriteFile(file, []byte(slowOn), 0o666); err != nil {
		t.Fatal(err)
	}
	cmd := program(t, append([]string{"query", "-s", "pg=" + dbs.pg.URL, "-s", "my=" + dbs.my.URL, "-s", "ma=" + dbs.ma.URL, "-f", file}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr, cmd.Stdout = &stderr, stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	awaitQueries(t, dbs)
	return cmd, &stderr
}

func TestNothingRunsOnAfterwards(t *testing.T) {
	dbs := seededDatabases(t)
	gone := func(t *testing.T, began time.Time) {
		t.Helper()
		if d := time.Since(began); d > 1500*time.Millisecond {
			t.Errorf("it took %s to exit", d)
		}
		if left := queriesLeft(dbs, serverLag); left != "" {
			t.Errorf("still running: %s", left)
		}
	}
	t.Run("after a timeout", func(t *testing.T) {
		cmd, stderr := startSlow(t, dbs, nil, "--timeout", "1500ms")
		err := cmd.Wait()
		if status := exitStatus(t, err); status != 1 {
			t.Errorf("exit status %d, want 1", status)
		}
		gone(t, time.Now())
		if !strings.Contains(stderr.String(), "3 sources: timeout: query: timed out after 1.5s; query cancelled (pg, my, ma)") {
			t.Errorf("stderr:\n%s", stderr)
		}
	})
	for _, c := range []struct {
		name   string
		signal os.Signal
		status int
	}{{"after SIGINT", syscall.SIGINT, 130}, {"after SIGTERM", syscall.SIGTERM, 143}, {"after SIGHUP", syscall.SIGHUP, 129}} {
		t.Run(c.name, func(t *testing.T) {
			cmd, stderr := startSlow(t, dbs, nil)
			began := time.Now()
			if err := cmd.Process.Signal(c.signal); err != nil {
				t.Fatal(err)
			}
			if status := exitStatus(t, cmd.Wait()); status != c.status {
				t.Errorf("exit status %d, want %d", status, c.status)
			}
			gone(t, began)
			if !strings.Contains(stderr.String(), "interrupted; no answer: 0 of 3 sources") || !strings.Contains(stderr.String(), "pg (canceled), my (canceled), ma (canceled)") {
				t.Errorf("stderr:\n%s", stderr)
			}
		})
	}
	t.Run("after the reader of a pipe has gone", func(t *testing.T) {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd, stderr := startSlow(t, dbs, w)
		_ = w.Close()
		began := time.Now()
		_ = r.Close()
		if status := exitStatus(t, cmd.Wait()); status != 0 {
			t.Errorf("exit status %d, want 0", status)
		}
		gone(t, began)
		if !strings.Contains(stderr.String(), "; the reader of the output left: 3 sources were not needed") || !strings.Contains(stderr.String(), "; query cancelled (pg, my, ma)") {
			t.Errorf("stderr:\n%s", stderr)
		}
	})
	t.Run("after the requirement cannot be met any more", func(t *testing.T) {
		for _, how := range [][]string{{"-o", "out.csv"}, {"-o", "out.csv", "--sorted", "--order-by", "1"}, {"-o", "out.csv", "--order-by", "1"}, {"--reduce", "from rows"}} {
			answer := make(chan struct{}) // closing it sends the refusal, when the other sources are busy
			refusal, err := (&pgproto3.ErrorResponse{Severity: "FATAL", Code: "28000", Message: "not today"}).Encode(nil)
			if err != nil {
				t.Fatal(err)
			}
			guarded := testkit.Serve(t, func(c net.Conn) {
				select {
				case <-answer:
				case <-t.Context().Done():
				}
				_, _ = c.Write(refusal)
			})
			cmd, stderr := startSlow(t, dbs, nil, append([]string{"-s", "no=postgres://u@" + guarded + "/x?sslmode=disable", "--timeout", "60s", "--connect-timeout", "0"}, how...)...)
			began := time.Now()
			close(answer)
			if status := exitStatus(t, cmd.Wait()); status != 1 {
				t.Errorf("%v: exit status %d, want 1", how, status)
			}
			gone(t, began)
			if !strings.Contains(stderr.String(), "the requirement cannot be met any more; query cancelled (pg, my, ma)") || !strings.Contains(stderr.String(), "not today") {
				t.Errorf("%v: stderr:\n%s", how, stderr)
			}
		}
	})
	t.Run("an immediate repeat is the same signal", func(t *testing.T) {
		// GNU timeout sends signals in this way: first to the process, and then to its process
		// group.
		cmd, stderr := startSlow(t, dbs, nil)
		began := time.Now()
		for range 3 {
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
				t.Fatal(err)
			}
			time.Sleep(5 * time.Millisecond) // a repeat within a moment would count as the same signal
		}
		if status := exitStatus(t, cmd.Wait()); status != 143 {
			t.Errorf("exit status %d, want 143", status)
		}
		gone(t, began)
		if !strings.Contains(stderr.String(), "3 sources: canceled: query: terminated; query cancelled (pg, my, ma)") {
			t.Errorf("stderr:\n%s", stderr)
		}
	})
}

// Nobody reads the output, so the first signal cannot end the run. SQLite cannot interrupt some
// opcodes, so the statement may run on.
func TestASecondSignalExitsAtOnceAndNamesWhatMayStillRun(t *testing.T) {
	stuck := filepath.Join(t.TempDir(), "stuck.db")
	sqliteExec(t, stuck, "create table orders (id integer, note text)")
	text := "select id, note from orders\n-- fanql: stuck\nselect length(replace(hex(zeroblob(150000000)), '00', 'ab')) as id, '' as note\n"
	cmd := program(t, "query", "--csv", "-s", "lite="+manyOrders(t, 30000), "-s", "stuck="+stuck, "--memory", "1GiB", "-f", saved(t, text))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(stdout, make([]byte, 6)); err != nil { // a row has arrived, so both statements have begun
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	// Within this time the process counts another signal as the first one. Only time distinguishes
	// them.
	time.Sleep(sameSignal + 200*time.Millisecond)
	began := time.Now()
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if status := exitStatus(t, cmd.Wait()); status != 130 {
		t.Errorf("exit status %d, want 130", status)
	}
	if d := time.Since(began); d > exitTimeout-sameSignal {
		t.Errorf("it took %s to exit", d)
	}
	if want := "fanql: left at once; a query may still run on: stuck\n"; stderr.String() != want {
		t.Errorf("stderr %q, want %q", stderr.String(), want)
	}
}

func TestWhatIsCompleteIsPrintedOnAnInterrupt(t *testing.T) {
	dbs := seededDatabases(t)
	cmd := program(t, "query", "-s", "lite="+smallOrders(t), "-s", "pg="+dbs.pg.URL, "-s", "my="+dbs.my.URL, "-s", "ma="+dbs.ma.URL, "--csv", "-f", "q.sql")
	text := "select id from orders\n-- fanql: pg\nselect 1 as id from pg_sleep(60)\n-- fanql: mysql\nselect sleep(60) as id\n"
	if err := os.WriteFile(filepath.Join(cmd.Dir, "q.sql"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	awaitQueries(t, dbs)
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if status := exitStatus(t, cmd.Wait()); status != 130 {
		t.Errorf("exit status %d, want 130", status)
	}
	if stdout.String() != "source,id\nlite,1\n" {
		t.Errorf("stdout %q", stdout.String())
	}
	if !strings.Contains(stderr.String(), "interrupted; partial: 1 of 4 sources, 1 row") {
		t.Errorf("stderr:\n%s", stderr.String())
	}
}

func TestAReaderThatDoesNotReadCannotHoldUpAnInterrupt(t *testing.T) {
	t.Parallel() // the test mostly waits until the program gives up
	db := filepath.Join(t.TempDir(), "many.db")
	sqliteExec(t, db, "create table o as with recursive n(i) as (select 1 union all select i+1 from n where i < 20000) select i as id from n")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := program(t, "query", "-q", "-s", "many="+db, "--csv", "select id, 'some text' as t from o")
	cmd.Stdout = w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	if _, err := r.Read(make([]byte, 1)); err != nil { // the program has begun to write
		t.Fatal(err)
	}
	began := time.Now()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if status := exitStatus(t, cmd.Wait()); status != 143 {
		t.Errorf("exit status %d, want 143", status)
	}
	if d := time.Since(began); d > exitTimeout+2*time.Second {
		t.Errorf("it took %s to exit", d)
	}
}
