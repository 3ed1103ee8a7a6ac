// Many sources, some or all of which are broken, and rows far beyond the memory limit.

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/testdata/testkit"
)

func TestOneDeadAndOneSlowAmongAHundred(t *testing.T) {
	dbs := seededDatabases(t)
	report := filepath.Join(t.TempDir(), "report.json")
	args := []string{"query", "--csv", "--timeout", "3s", "--report", report, "select id, region from orders", "-s", "dead=postgres://u@" + testkit.Refusing(t) + "/x", "-s", "slow=mysql://u@" + testkit.Silent(t) + "/x"}
	lite := smallOrders(t)
	want := 0
	for i := range 26 {
		args = append(args, "-s", fmt.Sprintf("pg%d=%s", i, dbs.pg.URL), "-s", fmt.Sprintf("my%d=%s", i, dbs.my.URL), "-s", fmt.Sprintf("ma%d=%s", i, dbs.ma.URL))
		want += 3 + 2 + 2
		if i < 20 {
			args = append(args, "-s", fmt.Sprintf("lite%d=%s", i, lite))
			want++
		}
	}
	cmd := program(t, args...)
	cmd.Path = plainProgram(t) // the times hold for the program without the race detector
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	rows, last := -1, time.Duration(0) // the header does not count
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		source, _, _ := strings.Cut(lines.Text(), ",")
		seen[source] = true
		rows++
		last = time.Since(began)
	}
	if status, wall := exitStatus(t, cmd.Wait()), time.Since(began); status != 3 || wall > 3500*time.Millisecond {
		t.Errorf("exit status %d after %s, want 3 in 3.5s\n%s", status, wall, &stderr)
	}
	if len(seen) != 99 || rows != want || last > 2*time.Second {
		t.Errorf("%d sources and %d rows, the last after %s; want 98, a header and %d rows in 2s", len(seen)-1, rows, last, want)
	}
	r := readReport(t, report)
	if r.Asked != 100 || r.Counts["ok"] != 98 || r.Counts["failed"] != 1 || r.Counts["timeout"] != 1 || r.Rows != int64(want) || r.Result != "partial" {
		t.Errorf("the report says %s: %v of %d, %d rows", r.Result, r.Counts, r.Asked, r.Rows)
	}
	if left := queriesLeft(dbs, serverLag); left != "" {
		t.Errorf("still running: %s", left)
	}
}

func TestAHundredSourcesWithoutAnAnswer(t *testing.T) {
	nobody, deaf := testkit.Refusing(t), testkit.Silent(t)
	for _, c := range []struct {
		name, address, state string
		least, most          time.Duration // as in the report of the run
	}{
		{"all dead", nobody, "failed", 0, 1500 * time.Millisecond}, // three attempts, and the pauses between them
		{"all slow", deaf, "timeout", time.Second, 1250 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			report := filepath.Join(t.TempDir(), "report.json")
			args := []string{"query", "-q", "--csv", "--timeout", "1s", "--report", report, "select 1 as one"}
			if c.state == "failed" {
				args[4] = "10s"
			}
			for i := range 50 {
				args = append(args, "-s", fmt.Sprintf("pg%d=postgres://u@%s/x", i, c.address), "-s", fmt.Sprintf("my%d=mysql://u@%s/x", i, c.address))
			}
			cmd := program(t, args...)
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			began := time.Now()
			status := exitStatus(t, cmd.Run())
			// The limit is the deadline of one second and the grace period, from the start of the
			// program.
			if wall := time.Since(began); status != 1 || wall > 2*time.Second+500*time.Millisecond {
				t.Errorf("exit status %d after %s, want 1 within the deadline and the grace period", status, wall)
			}
			if stdout.Len() > 0 || strings.Count(stderr.String(), "\n") != 1 || !strings.Contains(stderr.String(), "no answer: 0 of 100 sources") {
				t.Errorf("stdout %q, stderr:\n%s", &stdout, &stderr)
			}
			r := readReport(t, report)
			if r.Counts[c.state] != 100 || r.Result != "none" || r.ExitStatus != 1 {
				t.Errorf("the report says %s (%d): %v", r.Result, r.ExitStatus, r.Counts)
			}
			if took := time.Duration(r.ElapsedSeconds * float64(time.Second)); took < c.least || took > c.most {
				t.Errorf("all sources had ended after %s, want between %s and %s", took, c.least, c.most)
			}
		})
	}
}

func TestMemoryStaysWithinItsBudget(t *testing.T) {
	dbs := seededDatabases(t)
	addDigits(t, dbs)
	lite := manyOrders(t, 1)
	bin := plainProgram(t)
	each, kinds := 750_000, [][]string{nil}
	if thorough {
		each, kinds = 5_000_000, append(kinds, []string{"--stream"}, []string{"--order", "source"},
			[]string{"--order-by", "note, id desc"}, []string{"--distinct-source"})
	}
	text := saved(t, fmt.Sprintf(`-- fanql: postgres
select i as id, 'note number ' || i as note from generate_series(1, %[1]d) i
-- fanql: mysql
select 1 + a.d + 10 * b.d + 100 * c.d + 1000 * d.d + 10000 * e.d + 100000 * f.d + 1000000 * g.d as id, 'note number' as note
from digits a, digits b, digits c, digits d, digits e, digits f, digits g limit %[1]d
-- fanql: sqlite
with recursive n(i) as (select 1 union all select i + 1 from n limit %[1]d) select i as id, 'note number ' || i as note from n
`, each))
	for _, kind := range kinds {
		t.Run(fmt.Sprint(4*each, " rows ", kind), func(t *testing.T) {
			args := []string{"query", "-q", "--csv", "--timeout", "5m", "--memory", "32MiB", "-f", text, "-s", "pg=" + dbs.pg.URL, "-s", "my=" + dbs.my.URL, "-s", "ma=" + dbs.ma.URL, "-s", "lite=" + lite}
			peak := peakOf(t, bin, each, append(args, kind...))
			t.Logf("peak RSS %d MiB", peak>>10)
			if peak > (32+64)<<10 {
				t.Errorf("peak RSS %d MiB, want at most 32 + 64", peak>>10)
			}
		})
	}
}

// peakOf returns the peak memory, in KiB, of a run over sources with each rows.
func peakOf(t *testing.T, bin string, each int, args []string) int64 {
	t.Helper()
	tmp := t.TempDir()
	cmd := exec.CommandContext(t.Context(), bin, args...)
	cmd.Env = append(cmd.Environ(), "TMPDIR="+tmp, "HOME="+tmp)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	g := testkit.Watch(cmd)
	rows := map[string]int{}
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		source, _, _ := bytes.Cut(lines.Bytes(), []byte(","))
		rows[string(source)]++
	}
	if status := exitStatus(t, cmd.Wait()); status != 0 {
		t.Fatalf("exit status %d\n%s", status, &stderr)
	}
	for _, source := range []string{"pg", "my", "ma", "lite"} {
		if rows[source] != each {
			t.Errorf("%d rows of %s, want %d", rows[source], source, each)
		}
	}
	return peakBy(t, g, cmd)
}
