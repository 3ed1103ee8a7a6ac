// How contests are judged, and where the README takes the table.
package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestAPairingIsJudgedByItsLimit(t *testing.T) {
	turns := func(list ...time.Duration) (all []measure) {
		for _, d := range list {
			all = append(all, measure{time: d, memory: int64(d/time.Second) << 20})
		}
		return all
	}
	p := pairing{ours: turns(time.Second, 2*time.Second, 9*time.Second), theirs: turns(2*time.Second, 2*time.Second, 3*time.Second)}
	for name, c := range map[string]struct {
		limit         limit
		value, spread string
		met           bool
	}{
		"a ratio":            {limit{ratio: 1}, "1.00", "0.50 to 3.00", true},
		"a ratio missed":     {limit{ratio: 0.99}, "1.00", "0.50 to 3.00", false},
		"a difference":       {limit{plus: time.Millisecond}, "+0.00 s", "-1.00 s to +6.00 s", true},
		"memory":             {limit{memory: 9 << 20}, "9 MiB", "", true},
		"memory that is too": {limit{memory: 8 << 20}, "9 MiB", "", false},
	} {
		if value, spread, met := c.limit.of(p); value != c.value || spread != c.spread || met != c.met {
			t.Errorf("%s: %q, %q, %v", name, value, spread, met)
		}
	}
}

func TestTheTableStandsBetweenItsMarkers(t *testing.T) {
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
		t.Error("without the second marker it was written")
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
		t.Error("a wrong number is right")
	}
}
