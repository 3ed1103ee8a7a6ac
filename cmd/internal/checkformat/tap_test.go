// TAP is parsed by its own rules, and by Perl's prove. For the output of fanql, the rules of
// versions 13 and 14 are the same.

package checkformat

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/fanql/fanql/cmd/internal/checks"
)

// A point is one test point, as a harness reads it.
type point struct {
	ok                bool
	name              string
	directive, reason string
	block             string
}

// yaml returns the YAML block after the point, or nil if there is none.
func (p point) yaml(t *testing.T) (all map[string]any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(p.block), &all); err != nil {
		t.Errorf("%v in\n%s", err, p.block)
	}
	return all
}

var (
	pointLine     = regexp.MustCompile(`^(not )?ok (\d+) - (.*)$`)
	directiveMark = regexp.MustCompile(`(?i)\s+#\s+(TODO|SKIP)(?:\s+(.*))?$`)
)

// readTAP reads the lines that fanql writes, and rejects any other line.
func readTAP(text string) (points []point, bail string, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 3 || lines[0] != "TAP version 13" || lines[len(lines)-1] != "" {
		return nil, "", fmt.Errorf("the output begins or ends wrongly: %.100q", text)
	}
	plan := 0
	if lines[1] != "1..0 # SKIP no checks" {
		if _, err := fmt.Sscanf(lines[1], "1..%d", &plan); err != nil || lines[1] != fmt.Sprintf("1..%d", plan) {
			return nil, "", fmt.Errorf("the plan is %q", lines[1])
		}
	}
	for i := 2; i < len(lines)-1; i++ {
		line := lines[i]
		m := pointLine.FindStringSubmatch(line)
		switch {
		case m != nil:
			p := point{ok: m[1] == "", name: m[3]}
			if m[2] != fmt.Sprint(len(points)+1) {
				return nil, "", fmt.Errorf("point %d has number %s", len(points)+1, m[2])
			}
			p.name, p.directive, p.reason = unescapeTAP(p.name)
			points = append(points, p)
		case line == "  ---" && len(points) > 0:
			block := &points[len(points)-1].block
			for i++; lines[i] != "  ..."; i++ {
				if !strings.HasPrefix(lines[i], "  ") {
					return nil, "", fmt.Errorf("within YAML: %q", lines[i])
				}
				*block += lines[i][2:] + "\n"
			}
		case strings.HasPrefix(line, "# "):
		case strings.HasPrefix(line, "Bail out! ") && i == len(lines)-2:
			bail, _, _ = unescapeTAP(strings.TrimPrefix(line, "Bail out! "))
		default:
			return nil, "", fmt.Errorf("line %d is %.200q", i+1, line)
		}
	}
	if plan != len(points) {
		return nil, "", fmt.Errorf("there are %d points, and the plan has %d", len(points), plan)
	}
	return points, bail, nil
}

// unescapeTAP splits a line into description and directive, and unescapes both.
func unescapeTAP(s string) (name, directive, reason string) {
	// Escaped characters are replaced by NUL and a letter, so that they are not read as a
	// directive.
	hidden := strings.NewReplacer(`\\`, "\x00b", `\#`, "\x00h").Replace(s)
	shown := strings.NewReplacer("\x00b", `\`, "\x00h", "#")
	if m := directiveMark.FindStringSubmatchIndex(hidden); m != nil {
		if m[4] >= 0 {
			reason = hidden[m[4]:m[5]]
		}
		return shown.Replace(hidden[:m[0]]), strings.ToUpper(hidden[m[2]:m[3]]), shown.Replace(reason)
	}
	return shown.Replace(hidden), "", ""
}

func TestTAPIsReadBack(t *testing.T) {
	for name, r := range reports() {
		points, bail, err := readTAP(shown(t, "tap", r, Options{}))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		red := bail != ""
		for _, p := range points {
			if (p.yaml(t) == nil) != (p.ok && (p.directive == "" || p.reason == "disabled")) {
				t.Errorf("%s: %.100q: ok is %t, diagnostics %.100q", name, p.name, p.ok, p.block)
			}
			red = red || !p.ok && p.directive == ""
		}
		if red != (r.ExitStatus != 0) {
			t.Errorf("%s: the exit status is %d, and a harness sees a failure: %t", name, r.ExitStatus, red)
		}
	}
}

func TestTAPHasTheRequestedVersion(t *testing.T) {
	was, is := shown(t, "tap", fullReport(), Options{}), shown(t, "tap", fullReport(), Options{TAP: 14})
	if rest, ok := strings.CutPrefix(is, "TAP version 14\n"); !ok || "TAP version 13\n"+rest != was {
		t.Errorf("%.40q and %.40q", was, is)
	}
}

// Perl's prove reads the default output, and agrees with fanql's exit status.
func TestTAPIsReadByProve(t *testing.T) {
	prove, err := exec.LookPath("prove")
	if err != nil {
		t.Skip("no prove in PATH: apt-get install perl")
	}
	for name, r := range reports() {
		if r.Error != nil { // prove fails on "Bail out!", whatever was printed before
			continue
		}
		path := filepath.Join(t.TempDir(), "report.tap")
		if err := os.WriteFile(path, []byte(shown(t, "tap", r, Options{})), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(prove, "--exec", "cat", path).CombinedOutput()
		if (err == nil) != (r.ExitStatus == 0) || strings.Contains(string(out), "Parse errors") {
			t.Errorf("%s: the exit status is %d, and prove returns %v\n%s", name, r.ExitStatus, err, out)
		}
	}
}

func TestTAPPoints(t *testing.T) {
	points, _, err := readTAP(shown(t, "tap", fullReport(), Options{}))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range points {
		got = append(got, fmt.Sprintf("%t %s %s", p.ok, p.name, p.directive))
	}
	want := []string{
		"true orders-fresh (eu) ", "false orders-fresh (us) ", "true no-orphans (eu) ", "false no-orphans (us) ",
		"false sane (eu) TODO", "false totals (eu) ", "true good (eu) ", "true resting SKIP",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	about := points[1].yaml(t)
	if about["owner"] != "Data Team <data@shop.example>" || about["link"] != "https://wiki.example/orders?a=b&c" || about["snoozed_until"] != "2026-02-01T08:00Z" {
		t.Errorf("%v", about)
	}
	samples := points[4].yaml(t)["findings"].([]any)[0].(map[string]any)["samples"]
	if d := cmp.Diff([]any{[]any{"1", "-10.50", "a|b <i>&amp;</i>\n\x1b[31m"}, []any{"2", nil, ""}}, samples); d != "" {
		t.Error(d)
	}
}

func TestTAPSkipsWhatWasNotRequired(t *testing.T) {
	r := hostileReport("x")
	r.Checks, r.Error = r.Checks[3:4], nil
	r.Conclude(0)
	points, _, err := readTAP(shown(t, "tap", r, Options{}))
	if err != nil {
		t.Fatal(err)
	}
	if len(points) != 3 || !points[1].ok || points[1].directive != "SKIP" || points[2].directive != "SKIP" || r.Verdict != checks.Passed {
		t.Errorf("%v", points)
	}
}
