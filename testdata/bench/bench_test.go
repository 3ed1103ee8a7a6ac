// How contests are judged, and how the table is written into a page.
package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/testdata/testkit"
)

func TestAnOutcomeIsJudgedByItsLimit(t *testing.T) {
	turns := func(list ...time.Duration) (all []measure) {
		for _, d := range list {
			all = append(all, measure{time: d, memory: int64(d/time.Second) << 20, cpu: d / 1000})
		}
		return all
	}
	p := outcome{ours: turns(time.Second, 2*time.Second, 9*time.Second), theirs: turns(2*time.Second, 2*time.Second, 3*time.Second)}
	for name, c := range map[string]struct {
		limit         limit
		value, spread string
		met           bool
	}{
		"a ratio":                 {limit{ratio: 1}, "1.00", "0.50 to 3.00", true},
		"a ratio missed":          {limit{ratio: 0.99}, "1.00", "0.50 to 3.00", false},
		"a difference":            {limit{plus: time.Millisecond}, "+0.00 s", "-1.00 s to +6.00 s", true},
		"memory":                  {limit{memory: 9 << 20}, "9 MiB", "", true},
		"memory beyond the limit": {limit{memory: 8 << 20}, "9 MiB", "", false},
		"a processor time":        {limit{cpu: 2 * time.Millisecond}, "2 ms of CPU", "1 ms of CPU to 9 ms of CPU", true},
		"a processor time missed": {limit{cpu: time.Millisecond}, "2 ms of CPU", "1 ms of CPU to 9 ms of CPU", false},
	} {
		if value, spread, met := c.limit.of(p); value != c.value || spread != c.spread || met != c.met {
			t.Errorf("%s: %q, %q, %v", name, value, spread, met)
		}
	}
}

func TestTheTableIsBetweenItsMarkers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "README.md")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("a\n<!-- bench -->\nold\n<!-- /bench -->\nz\n")
	if err := (options{readme: path}).write("new\n"); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); string(got) != "a\n<!-- bench -->\nnew\n<!-- /bench -->\nz\n" || err != nil {
		t.Errorf("%s, %v", got, err)
	}
	write("a\n<!-- bench -->\nz\n")
	if err := (options{readme: path}).write("new\n"); err == nil {
		t.Error("the file was written although it lacks the second marker")
	}
}

func TestSomeContestsChangeOnlyTheirRows(t *testing.T) {
	const head = "| fanql's work | against |\n|---|---|\n"
	old := head + "| a | x | 1 |\n| b | y | 2 |\n\nAll on one machine.\n"
	first := patched(old, head+"| b | y | 3 |\n| c | z | 4 |\n\nOn another.\n")
	if want := head + "| a | x | 1 |\n| b | y | 3 |\n| c | z | 4 |\n\nAll on one machine.\n\nBy a run of their own: b; c. On another.\n"; first != want {
		t.Errorf("got\n%s", first)
	}
	patchedTwice := patched(first, head+"| a | z | 5 |\n\nOn a third.\n")
	if want := head + "| a | x | 1 |\n| b | y | 3 |\n| c | z | 4 |\n| a | z | 5 |\n\nAll on one machine.\n\nBy a run of their own: b; c. On another.\n\nBy a run of their own: a. On a third.\n"; patchedTwice != want {
		t.Errorf("got\n%s", patchedTwice)
	}
	third := patched(patchedTwice, head+"| c | z | 6 |\n| a | z | 7 |\n\nOn a fourth.\n")
	if want := head + "| a | x | 1 |\n| b | y | 3 |\n| c | z | 6 |\n| a | z | 7 |\n\nAll on one machine.\n\nBy a run of their own: b. On another.\n\nBy a run of their own: c; a. On a fourth.\n"; third != want {
		t.Errorf("got\n%s", third)
	}
}

func TestRowsAreCounted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	if err := os.WriteFile(path, []byte("id,note\n1,\"two\nlines\"\n 2,x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{"records": hasRecords(path, 2)(), "lines": hasLines(path, 4)(), "numbered": hasNumbered(path, 2)()} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if hasRecords(path, 3)() == nil || hasLines(path, 3)() == nil || hasNumbered(path, 3)() == nil {
		t.Error("a wrong number was accepted")
	}
}

func TestTheRivalsQueryAllServersAtOnce(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has all of 127.0.0.0/8 on loopback")
	}
	s := testkit.StandInFor(t, testkit.Stand)
	const servers = 300 // these are more servers than the last byte of an address can count
	const answers = 200 * time.Millisecond
	var got strings.Builder
	begun := time.Now()
	if err := each(t.Context(), s.URLs(testkit.Healthy, servers), &got); err != nil || got.String() != strings.Repeat("1\n", servers) {
		t.Errorf("a goroutine each: %q, %v", got.String(), err)
	}
	if took := time.Since(begun); took < answers || took > servers*answers/4 {
		t.Errorf("a goroutine each took %s", took)
	}
	if err := each(t.Context(), s.URLs(testkit.Dead, 1), &got); err == nil {
		t.Error("a goroutine each: the dead server gave no error")
	}
	got.Reset()
	begun = time.Now()
	if err := each(t.Context(), testkit.StandInFor(t, testkit.StandAsMySQL).URLs(testkit.Healthy, servers), &got); err != nil || got.String() != strings.Repeat("1\n", servers) {
		t.Errorf("a goroutine each of MySQL: %q, %v", got.String(), err)
	}
	if took := time.Since(begun); took < answers || took > servers*answers/4 {
		t.Errorf("a goroutine each of MySQL took %s", took)
	}
	if _, err := exec.LookPath(python); err != nil {
		t.Skip("there is no " + python)
	}
	m, err := ring{crowd: s}.gather(servers)(t.Context())
	if err != nil || m.time < answers || m.time > servers*answers/4 || m.cpu == 0 {
		t.Errorf("asyncio.gather: %v, %v", m, err)
	}
}
