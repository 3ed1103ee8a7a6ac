// The Nagios line is parsed as the plugin guidelines define it.

package checkformat

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/fanql/fanql/cmd/internal/checks"
)

// datum matches 'label'=value[unit];[warn];[crit];[min] of the guidelines. It matches only the
// forms that fanql writes.
var datum = regexp.MustCompile(`^(?:'([^'=|]+)'|([a-z]+))=\d+(?:\.\d{3}s)?;;;0(?: |$)`)

// readNagios returns the labels of a line's performance data.
func readNagios(line string) (labels []string, err error) {
	words, data, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " | ")
	switch {
	case strings.Count(line, "\n") != 1 || !strings.HasSuffix(line, "\n"):
		return nil, fmt.Errorf("not one line: %.200q", line)
	case !ok || strings.Contains(words, "|") || strings.Contains(data, "|"):
		return nil, fmt.Errorf("not one bar: %.200q", line)
	case len(line) > 8192 || !utf8.ValidString(line):
		return nil, fmt.Errorf("%d bytes, or no UTF-8: %.200q", len(line), line)
	}
	for data != "" {
		m := datum.FindStringSubmatch(data)
		if m == nil {
			return nil, fmt.Errorf("performance data %.200q", data)
		}
		labels = append(labels, m[1]+m[2])
		data = data[len(m[0]):]
	}
	return labels, nil
}

func TestNagiosIsOneLineWithPerformanceData(t *testing.T) {
	for name, r := range reports() {
		labels, err := readNagios(shown(t, "nagios", r, Options{}))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		seen := map[string]bool{}
		for _, label := range labels {
			if seen[label] {
				t.Errorf("%s: two data with the label %q", name, label)
			}
			seen[label] = true
		}
	}
}

func TestNagiosLabelsNeverCollide(t *testing.T) {
	r := emptyReport()
	for _, name := range []string{"a", "A", "a rows", "a_rows", "a-rows", "it's", "it=s", "it|s", "it s", `it\x27s`, "time", "Time", "error", "größe", "grüße", "a\nb", "a\x00b", "checks rows", "", " "} {
		r.Checks = append(r.Checks, checks.Check{Name: name, Verdict: checks.Passed})
	}
	r.Conclude(0)
	labels, err := readNagios(shown(t, "nagios", r, Options{}))
	if err != nil || len(labels) != 7+2*len(r.Checks) {
		t.Fatal(err, labels)
	}
	// PNP4Nagios and Graphite make file names from labels in this way.
	file := regexp.MustCompile("[^a-z0-9]")
	seen := map[string]string{}
	for _, label := range labels {
		name := file.ReplaceAllString(strings.ToLower(label), "_")
		if other, ok := seen[name]; ok {
			t.Errorf("%q and %q are both %s", label, other, name)
		}
		seen[name] = label
		if strings.Contains(strings.TrimSuffix(label, " rows"), " ") {
			t.Errorf("%q has a space", label)
		}
	}
	// Adding a check at the end changes no other check's label.
	r.Checks = r.Checks[:len(r.Checks)-3]
	fewer, err := readNagios(shown(t, "nagios", r, Options{}))
	if err != nil || !slices.Equal(fewer, labels[:len(fewer)]) {
		t.Errorf("%v: %q", err, fewer)
	}
}

func TestNagiosSaysWhatWasFound(t *testing.T) {
	line := shown(t, "nagios", fullReport(), Options{})
	for _, part := range []string{"failed orders-fresh: 1 of 2 sources failed: us (it is false)", "error no-orphans: 1 of 2 sources could not be evaluated: us (timeout: query: timed out after 2s [57014])"} {
		if !strings.Contains(line, part) {
			t.Errorf("%q lacks %q", line, part)
		}
	}
}

func TestNagiosGraphsDoNotComeAndGo(t *testing.T) {
	short, long := manyChecks(500), manyChecks(500)
	for i := range long.Checks {
		short.Checks[i].Verdict, short.Checks[i].Message = checks.Passed, ""
		c := &long.Checks[i]
		c.Verdict, c.Message = checks.Failed, strings.Repeat("ü", 200)
		c.DurationSeconds = 99_999.5
		for k := range c.Sources {
			c.Sources[k].Rows = 1 << 40
		}
	}
	long.ElapsedSeconds, long.Queries = 1e6, 1e6
	few, err := readNagios(shown(t, "nagios", short, Options{}))
	same, err2 := readNagios(shown(t, "nagios", long, Options{}))
	if err != nil || err2 != nil || strings.Join(few, ",") != strings.Join(same, ",") || len(few) < 50 {
		t.Errorf("%d and %d labels (%v, %v)", len(few), len(same), err, err2)
	}
}

func TestNagiosStatuses(t *testing.T) {
	f, _ := Formats.ByName("nagios")
	stopped := "interrupted"
	tests := []struct {
		verdicts []checks.Verdict
		stopped  *string
		want     int
		lead     string
	}{
		{[]checks.Verdict{checks.Passed}, nil, 0, "FANQL OK - passed: 1 check, 1 passed"},
		{[]checks.Verdict{checks.Passed, checks.Warned}, nil, 1, "FANQL WARNING - warned: 2 checks"},
		{[]checks.Verdict{checks.Warned, checks.Error}, nil, 3, "FANQL UNKNOWN - error: 2 checks"},
		{[]checks.Verdict{checks.Error, checks.Failed, checks.Passed}, nil, 2, "FANQL CRITICAL - failed: 3 checks"},
		{[]checks.Verdict{checks.Passed}, &stopped, 3, "FANQL UNKNOWN - "},
		{[]checks.Verdict{checks.Failed}, &stopped, 2, "FANQL CRITICAL - "},
		{nil, nil, 3, "FANQL UNKNOWN - there was no check to run"},
	}
	for _, tt := range tests {
		r := emptyReport()
		r.Error = tt.stopped
		for _, v := range tt.verdicts {
			r.Checks = append(r.Checks, checks.Check{Name: "a", Verdict: v})
		}
		r.Conclude(0)
		if got := f.Exit(r); got != tt.want {
			t.Errorf("%v: status %d, want %d", tt.verdicts, got, tt.want)
		}
		if got := shown(t, "nagios", r, Options{}); !strings.HasPrefix(got, tt.lead) {
			t.Errorf("%v: %q, want %q first", tt.verdicts, got, tt.lead)
		}
	}
}

func TestNagiosRefuses(t *testing.T) {
	f, _ := Formats.ByName("nagios")
	var b strings.Builder
	status := f.Refuse(&b, errors.New("checks.yaml:3:5: unknown key \"expct\" | did you mean expect?\nmore"))
	if want := "FANQL UNKNOWN - checks.yaml:3:5: unknown key \"expct\" \\x7c did you mean expect?\\nmore\n"; status != 3 || b.String() != want {
		t.Errorf("%d %q, want %q", status, b.String(), want)
	}
}
