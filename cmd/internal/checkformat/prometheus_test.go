// The textfile is parsed by Prometheus' own parser, and checked by the rules of promtool.

package checkformat

import (
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/fanql/fanql/cmd/internal/checks"
)

// promtoolSays returns what promtool's linter reports about a text.
func promtoolSays(text string) (problems []string, err error) {
	lint, err := promlint.New(strings.NewReader(text)).Lint()
	for _, p := range lint {
		problems = append(problems, p.Metric+": "+p.Text)
	}
	return problems, err
}

// readPrometheus returns the value of every series, by its name and labels, and the
// problems found.
func readPrometheus(text string) (map[string]float64, []string, error) {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		return nil, nil, err
	}
	var problems []string
	series := map[string]float64{}
	for name, f := range families {
		for _, m := range f.Metric {
			key := name
			for _, l := range m.Label {
				key += "\x00" + l.GetName() + "\x00" + l.GetValue()
			}
			if _, twice := series[key]; twice {
				problems = append(problems, "two series "+key)
			}
			series[key] = m.GetGauge().GetValue()
			if f.GetType() != dto.MetricType_GAUGE || f.GetHelp() == "" {
				problems = append(problems, name+" is no gauge with help")
			}
		}
	}
	return series, problems, nil
}

func TestPrometheusIsValidByPromtoolsRules(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Log("only by its library: for promtool itself as well, apt-get install prometheus")
	}
	all := reports()
	all["many"] = manyChecks(40) // few, since the linter compares every series with every other one
	for name, r := range all {
		text := shown(t, "prometheus", r, Options{})
		series, problems, err := readPrometheus(text)
		if err != nil || len(problems) > 0 || !strings.HasSuffix(text, "\n") {
			t.Errorf("%s: %v, %q", name, err, problems)
		}
		if problems, err := promtoolSays(text); err != nil || len(problems) > 0 {
			t.Errorf("%s: %v, promtool says %q", name, err, problems)
		}
		want := 2 + len(r.Disabled)
		for _, c := range r.Checks {
			want += len(promVerdicts) + 3 + 6*len(c.Sources)
			if c.SnoozedUntil != nil {
				want++
			}
			if c.Verdict == checks.Passed {
				want++
			}
			for _, s := range c.Sources {
				if s.Verdict == checks.Passed {
					want++
				}
				for _, n := range s.Numbers {
					if n.Value != nil {
						want++
					}
				}
			}
		}
		if len(series) != want {
			t.Errorf("%s: %d series, want %d", name, len(series), want)
		}
		if promtool == "" {
			continue
		}
		cmd := exec.Command(promtool, "check", "metrics")
		cmd.Stdin = strings.NewReader(text)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %.2000s", name, err, out)
		}
	}
}

// plainNumbers writes all values in one notation. A value follows the last space of its line.
func plainNumbers(t *testing.T, text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		at := strings.LastIndexByte(line, ' ') + 1
		if at == 0 || strings.HasPrefix(line, "#") {
			_, _ = b.WriteString(line) // it never fails
			continue
		}
		number, isWhole := strings.CutSuffix(line[at:], "\n")
		v, err := strconv.ParseFloat(number, 64)
		if err != nil || !isWhole {
			t.Errorf("%s: %v", line, err)
		}
		_, _ = b.WriteString(line[:at] + strconv.FormatFloat(v, 'f', -1, 64) + "\n")
	}
	return b.String()
}

func TestPrometheusIsWhatItsOwnWriterWrites(t *testing.T) {
	all := reports()
	all["names of all kinds"] = hostileReport("a\\b\"c\nd\x00é{}=,\u2028 1")
	for name, r := range all {
		text := shown(t, "prometheus", r, Options{})
		parser := expfmt.NewTextParser(model.UTF8Validation)
		families, err := parser.TextToMetricFamilies(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		var want strings.Builder
		written := 0
		for _, f := range promFamilies {
			if families[f.name] == nil {
				continue
			}
			if _, err := expfmt.MetricFamilyToText(&want, families[f.name]); err != nil {
				t.Fatal(err)
			}
			written++
		}
		if written != len(families) || written == 0 {
			t.Errorf("%s: %d families of %d are known", name, written, len(families))
		}
		if d := cmp.Diff(plainNumbers(t, want.String()), plainNumbers(t, text)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestPrometheusLabelsAreTheNames(t *testing.T) {
	name := "a\\b\"c\nd\x00é{}=,\u2028"
	series, _, err := readPrometheus(shown(t, "prometheus", hostileReport(name), Options{}))
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := series["fanql_check_source_verdict\x00run\x00"+name+"\x00check\x001"+name+"\x00source\x00b"+name+"\x00verdict\x00failed"]; !ok || got != 1 {
		t.Errorf("%v %t in %v", got, ok, series)
	}
	if got := promLabel("a\xffb\ufffd\xfe"); got != `"a\\xffb`+"\ufffd"+`\\xfe"` || !utf8.ValidString(got) {
		t.Errorf("bytes that are not UTF-8 became %s", got)
	}
}

// gatheredByNodeExporter returns the errors of node_exporter when it gathers all files of a folder:
// two series with equal labels, and different HELP or TYPE texts. node_exporter itself only logs
// these errors.
func gatheredByNodeExporter(texts ...string) (problems []string, err error) {
	help, seen := map[string]string{}, map[string]bool{}
	for _, text := range texts {
		parser := expfmt.NewTextParser(model.UTF8Validation)
		families, err := parser.TextToMetricFamilies(strings.NewReader(text))
		if err != nil {
			return nil, err
		}
		for name, f := range families {
			about := f.GetType().String() + " " + f.GetHelp()
			if other, ok := help[name]; ok && other != about {
				problems = append(problems, name+" has two meanings")
			}
			help[name] = about
			for _, m := range f.Metric {
				series := name
				for _, l := range m.Label {
					series += "\x00" + l.GetName() + "\x00" + l.GetValue()
				}
				if seen[series] {
					problems = append(problems, "two series "+series)
				}
				seen[series] = true
			}
		}
	}
	return problems, nil
}

func TestTwoRunsShareAFolderOfNodeExporter(t *testing.T) {
	shop, depot, second := fullReport(), fullReport(), fullReport()
	shop.Run, depot.Run, second.Run = "shop", "depot", "shop"
	for i := range depot.Checks { // all checks of depot pass, and they must not hide the checks of shop that do not pass
		depot.Checks[i].Verdict = checks.Passed
	}
	texts := []string{shown(t, "prometheus", shop, Options{}), shown(t, "prometheus", depot, Options{})}
	if problems, err := gatheredByNodeExporter(texts...); err != nil || len(problems) > 0 {
		t.Errorf("%v, %.3q", err, problems)
	}
	if problems, err := gatheredByNodeExporter(texts[0], shown(t, "prometheus", second, Options{})); err != nil || len(problems) == 0 {
		t.Errorf("two runs with one name give no error (%v)", err)
	}
	for i, want := range []string{`fanql_check_verdict{run="shop",check="orders-fresh",verdict="failed"} 1`, `fanql_check_verdict{run="depot",check="orders-fresh",verdict="failed"} 0`} {
		if !strings.Contains(texts[i], want+"\n") {
			t.Errorf("there is no %s", want)
		}
	}
}

func TestPrometheusKeepsTheLastSuccess(t *testing.T) {
	const (
		check  = "fanql_check_last_success_timestamp_seconds\x00run\x00\x00check\x00a \\\"b"
		source = "fanql_check_source_last_success_timestamp_seconds\x00run\x00\x00check\x00a \\\"b\x00source\x00eu } 1"
	)
	previous := []byte(nil)
	for day, step := range []struct {
		verdict checks.Verdict
		want    map[string]float64 // 0 means that the series must not exist
	}{
		{checks.Failed, map[string]float64{check: 0, source: 0}},
		{checks.Passed, map[string]float64{check: 1769934601.5, source: 1769934601.5}},
		{checks.Failed, map[string]float64{check: 1769934601.5, source: 1769934601.5}},
		{checks.Warned, map[string]float64{check: 1769934601.5, source: 1769934601.5}},
		{checks.Error, map[string]float64{check: 1769934601.5, source: 1769934601.5}},
		{checks.Passed, map[string]float64{check: 1770280201.5, source: 1770280201.5}},
	} {
		r := emptyReport()
		r.Started = r.Started.Add(time.Duration(day) * 24 * time.Hour)
		r.Checks = []checks.Check{{
			Name: `a \"b`, Verdict: step.verdict, StartSeconds: 1, DurationSeconds: 0.5,
			Sources: []checks.Source{{Source: "eu } 1", Verdict: step.verdict, State: "ok", StartSeconds: 1, DurationSeconds: 0.5}},
		}}
		r.Conclude(0)
		previous = []byte(shown(t, "prometheus", r, Options{Previous: previous}))
		series, problems, err := readPrometheus(string(previous))
		if err != nil || len(problems) > 0 {
			t.Fatal(err, problems)
		}
		got := map[string]float64{check: series[check], source: series[source]}
		if d := cmp.Diff(step.want, got); d != "" {
			t.Errorf("run %d, which %s: %s", day+1, step.verdict, d)
		}
	}
}

func TestPrometheusIgnoresInvalidEarlierFiles(t *testing.T) {
	r := fullReport()
	fresh := shown(t, "prometheus", r, Options{})
	for _, line := range []string{
		"\x00\xff",
		`fanql_check_last_success_timestamp_seconds{run="shop",check="no-orphans"} NaN` + "\n",
		`fanql_check_last_success_timestamp_seconds{run="shop",check="no-orphans"} +Inf` + "\n",
		`fanql_check_last_success_timestamp_seconds{run="shop",check="no-orphans"} -1` + "\n",
		`fanql_check_last_success_timestamp_seconds{run="shop",check="no-orphans"} 17` + "",        // the line is cut off
		`fanql_check_last_success_timestamp_seconds{run="shop",check="of another file"} 17` + "\n", // the check no longer exists
		`xfanql_check_last_success_timestamp_seconds{run="shop",check="no-orphans"} 1769000000` + "\n",
		`fanql_check_verdict{run="shop",check="no-orphans",verdict="passed"} 7` + "\n",
	} {
		if d := cmp.Diff(fresh, shown(t, "prometheus", r, Options{Previous: []byte(line)})); d != "" {
			t.Errorf("after %q: %s", line, d)
		}
	}
}
