// Faults outside of the program: a reader of stdout is slow, or closes the pipe. For each fault,
// the program runs as its own process, with real servers. In every case nothing runs on afterwards,
// and the printed rows are correct.

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// thorough says whether the long cases run too, as with `make test-faults`.
var thorough = os.Getenv("FANQL_FAULTS") == "all"

// promptExit is the time within which a run must exit after a signal.
const promptExit = 1500 * time.Millisecond

// sleeping returns a query that sends nothing for a minute. trickling returns a query that sends
// one row after the other for a minute. The name of the column identifies them on the servers. The
// rows are large, so that a few of them fill a batch.
func sleeping(column string) string {
	return fmt.Sprintf(`-- fanql: postgres
select pg_sleep(60)::text as %[1]s
-- fanql: mysql
select sleep(60) as %[1]s
-- fanql: sqlite
with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) as %[1]s from n
`, column)
}

func trickling(column string) string {
	return fmt.Sprintf(`-- fanql: postgres
select repeat('x', 4000) || pg_sleep(0.002)::text as %[1]s from generate_series(1, 30000)
-- fanql: mysql
select concat(repeat('x', 4000), sleep(0.002)) as %[1]s from digits a, digits b, digits c, digits d, digits e
-- fanql: sqlite
with recursive n(i) as (select 1 union all select i + 1 from n limit 100000) select substr(hex(randomblob(300000)), 1, 4000) as %[1]s from n
`, column)
}

// saved returns the path of a file that holds the SQL.
func saved(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "q.sql")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// manyOrders creates a SQLite file with n orders, numbered from 1.
func manyOrders(t testing.TB, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "many.db")
	sqliteExec(t, path, fmt.Sprintf("create table orders as with recursive n(i) as (select 1 union all select i + 1 from n limit %d) select i as id, 'some text that takes room' as note from n", n))
	return path
}

// eventual is the longest time that these tests wait for an event.
const eventual = 20 * time.Second

// reportFields has the fields of a report that these tests check.
type reportFields struct {
	Result     string
	ExitStatus int `json:"exit_status"`
	Asked      int
	Counts     map[string]int
	Rows       int64
	// ElapsedSeconds is the time from dispatch to the end of the last source.
	ElapsedSeconds float64 `json:"elapsed_seconds"`
	Sources        []struct {
		Source, State, Phase string
		Attempts             int
		Rows, Discarded      int64
		TotalSeconds         float64 `json:"total_seconds"`
	}
}

// readReport reads a report and checks that its counts add up.
func readReport(t testing.TB, path string) reportFields {
	t.Helper()
	var r reportFields
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	sum, rows := 0, int64(0)
	for _, n := range r.Counts {
		sum += n
	}
	for _, s := range r.Sources {
		rows += s.Rows
	}
	if sum != r.Asked || len(r.Sources) != r.Asked || rows != r.Rows {
		t.Errorf("of %d queried sources %d are counted (%v) and %d are listed; the listed sources have %d rows of %d", r.Asked, sum, r.Counts, len(r.Sources), rows, r.Rows)
	}
	return r
}

func TestASlowReaderHoldsUpNoSource(t *testing.T) {
	dbs := seededDatabases(t)
	addDigits(t, dbs)
	lite := manyOrders(t, 1000)
	const text = `-- fanql: sqlite
select id, 'a note of some length' as note from orders
-- fanql: postgres
select i as id, 'a note of some length' as note from generate_series(1, 2000) i
-- fanql: mysql
select 1 + a.d + 10 * b.d + 100 * c.d as id, 'a note of some length' as note from digits a, digits b, digits c
`
	want := map[string]int{"lite": 1000, "pg": 2000, "my": 1000, "ma": 1000}
	type printing struct {
		name   string
		args   []string
		cmd    *exec.Cmd
		stderr bytes.Buffer
		out    io.Reader
		began  time.Time
		report string
	}
	runs := []*printing{{name: "as each source ends"}, {name: "in source order", args: []string{"--order", "source"}}, {name: "as rows come", args: []string{"--stream"}}}
	for _, r := range runs { // they run at the same time, since they mostly wait for their readers
		r.report = filepath.Join(t.TempDir(), "report.json")
		args := append([]string{"query", "-s", "lite=" + lite, "-s", "pg=" + dbs.pg.URL, "-s", "my=" + dbs.my.URL, "-s", "ma=" + dbs.ma.URL, "--timeout", "2s", "--csv", "--report", r.report, "-f", saved(t, text)}, r.args...)
		r.cmd = program(t, args...)
		r.cmd.Stderr = &r.stderr
		var err error
		if r.out, err = r.cmd.StdoutPipe(); err != nil {
			t.Fatal(err)
		}
		r.began = time.Now()
		if err := r.cmd.Start(); err != nil {
			t.Fatal(err)
		}
	}
	type read struct {
		text []byte
		err  error
	}
	printed := make([]chan read, len(runs))
	for i, r := range runs {
		printed[i] = make(chan read, 1)
		go func() {
			text, err := io.ReadAll(slow{r.out})
			printed[i] <- read{text, err}
		}()
	}
	for i, r := range runs {
		t.Run(r.name, func(t *testing.T) {
			got := <-printed[i]
			if status := exitStatus(t, r.cmd.Wait()); status != 0 || got.err != nil {
				t.Fatalf("exit status %d (%v)\n%s", status, got.err, &r.stderr)
			}
			if wall := time.Since(r.began); wall < 2*time.Second {
				t.Fatalf("the reader took %s: it must take longer than the deadline", wall)
			}
			for _, s := range readReport(t, r.report).Sources {
				if s.State != "ok" || s.TotalSeconds > 1.5 {
					t.Errorf("%s is %s after %.3f s: it waited for the reader", s.Source, s.State, s.TotalSeconds)
				}
			}
			seen := map[string]map[string]bool{"lite": {}, "pg": {}, "my": {}, "ma": {}}
			lines := strings.Split(strings.TrimSuffix(string(got.text), "\n"), "\n")
			for _, line := range lines[1:] {
				f := strings.Split(line, ",")
				if len(f) != 3 || f[2] != "a note of some length" {
					t.Fatalf("the line %q", line)
				}
				seen[f[0]][f[1]] = true
			}
			for source, n := range want {
				for id := range n {
					if !seen[source][fmt.Sprint(id+1)] {
						t.Fatalf("%s lacks the row %d", source, id+1)
					}
				}
			}
			if len(lines) != 5001 {
				t.Errorf("%d lines, want a header and 5,000 rows", len(lines))
			}
		})
	}
}

// slow reads 1 KiB every 20 ms.
type slow struct{ r io.Reader }

func (s slow) Read(p []byte) (int, error) {
	time.Sleep(20 * time.Millisecond)
	return s.r.Read(p[:min(len(p), 1<<10)])
}

func TestAReaderThatLeavesEndsTheRun(t *testing.T) {
	dbs := seededDatabases(t)
	addDigits(t, dbs)
	lite := manyOrders(t, 30000)
	const early = "\n-- fanql: sqlite\nselect id as n, note from orders\n"
	slowly := strings.SplitN(sleeping("n"), "-- fanql: sqlite", 2)[0]
	for _, c := range []struct {
		name    string
		begun   bool // the reader first reads some rows
		text    string
		sources []string
		args    []string
	}{
		{"before the first row", false, sleeping("n"), []string{"pg=" + dbs.pg.URL, "my=" + dbs.my.URL, "ma=" + dbs.ma.URL}, nil},
		{"before the first row, --stream", false, sleeping("n"), []string{"pg=" + dbs.pg.URL, "my=" + dbs.my.URL, "ma=" + dbs.ma.URL}, []string{"--stream"}},
		{"in the middle", true, slowly + early, []string{"lite=" + lite, "pg=" + dbs.pg.URL, "my=" + dbs.my.URL, "ma=" + dbs.ma.URL}, nil},
		{"in the middle of a source, --stream", true, slowly + early, []string{"lite=" + lite, "pg=" + dbs.pg.URL, "my=" + dbs.my.URL, "ma=" + dbs.ma.URL}, []string{"--stream", "-q"}},
		{"in the middle of a trickle, --stream", true, trickling("n"), []string{"pg=" + dbs.pg.URL, "my=" + dbs.my.URL, "ma=" + dbs.ma.URL}, []string{"--stream"}},
	} {
		for _, ends := range []struct {
			kind string
			open func(testing.TB) (ours, its *os.File)
		}{{"a pipe", pipe}, {"a socket", socketPair}} {
			t.Run(c.name+", "+ends.kind, func(t *testing.T) {
				args := append([]string{"query", "--csv", "-f", saved(t, c.text)}, c.args...)
				for _, s := range c.sources {
					args = append(args, "-s", s)
				}
				ours, its := ends.open(t)
				defer ours.Close()
				cmd := program(t, args...)
				var stderr bytes.Buffer
				cmd.Stderr, cmd.Stdout = &stderr, its
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				_ = its.Close()
				awaitQueries(t, dbs)
				if c.begun {
					lines := bufio.NewReaderSize(ours, 64)
					for range 3 { // the header and two rows
						if _, err := lines.ReadString('\n'); err != nil {
							t.Fatal(err)
						}
					}
				}
				began := time.Now()
				_ = ours.Close()
				if status := exitStatus(t, cmd.Wait()); status != 0 {
					t.Errorf("exit status %d, want 0\n%s", status, &stderr)
				}
				if d := time.Since(began); d > promptExit {
					t.Errorf("it took %s to exit", d)
				}
				if left := queriesLeft(dbs, serverLag); left != "" {
					t.Errorf("still running: %s", left)
				}
				// The summary has how the queries ended, unless -q suppresses it.
				if loud := !slices.Contains(c.args, "-q"); strings.Contains(stderr.String(), "the reader of the output left") != loud || strings.Contains(stderr.String(), "query cancelled") != loud {
					t.Errorf("stderr:\n%s", &stderr)
				}
			})
		}
	}
}

func pipe(t testing.TB) (ours, its *os.File) {
	t.Helper()
	ours, its, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	return ours, its
}

func socketPair(t testing.TB) (ours, its *os.File) {
	t.Helper()
	syscall.ForkLock.RLock() // otherwise a program that another test starts would inherit it
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fds[0])
		syscall.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fds[0]), "socket"), os.NewFile(uintptr(fds[1]), "socket")
}
