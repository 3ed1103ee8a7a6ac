package checkformat

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/fanql/fanql/cmd/internal/checks"
)

// gauges returns a report of checks at two sources, with numbers of all kinds. One of the numbers
// is n.
func gauges(run, n string, names ...string) *checks.Report {
	r := &checks.Report{Version: checks.Version, Run: run}
	for _, name := range names {
		number := func(column, value string) checks.Number {
			return checks.Number{Column: column, Type: "decimal", Value: &value}
		}
		c := checks.Check{Name: name, Verdict: checks.Passed, Numbers: []checks.Number{number("all", "7")}}
		for _, source := range []string{"eu", "u\"s\\\n}"} {
			c.Sources = append(c.Sources, checks.Source{Source: source, Verdict: checks.Passed, State: "ok", Numbers: []checks.Number{
				number("n", n), number("big", "123456789012345678901234567890.5"), number(`x",y="z`, "-1e-5"), number("nan", "NaN"), number("low", "-Infinity"),
				number("beyond", "1e400"),
				{Column: "null", Type: "integer"},
			}})
		}
		r.Checks = append(r.Checks, c)
	}
	r.Conclude(0)
	return r
}

// values returns the lines of fanql_check_value.
func values(text string) (lines []string) {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, promValue.name+"{") {
			lines = append(lines, strings.TrimSuffix(strings.TrimPrefix(line, promValue.name), "\n"))
		}
	}
	return lines
}

func TestPrometheusHasNumbersWithAllTheirDigits(t *testing.T) {
	text := shown(t, "prometheus", gauges("shop", "41", "c"), Options{})
	want := []string{
		`{run="shop",check="c",source="",column="all"} 7`,
		`{run="shop",check="c",source="eu",column="n"} 41`,
		`{run="shop",check="c",source="eu",column="big"} 123456789012345678901234567890.5`,
		`{run="shop",check="c",source="eu",column="x\",y=\"z"} -1e-5`,
		`{run="shop",check="c",source="eu",column="nan"} NaN`,
		`{run="shop",check="c",source="eu",column="low"} -Inf`,
		`{run="shop",check="c",source="u\"s\\\n}",column="n"} 41`,
	}
	if got := values(text); len(got) != 11 || !slices.Equal(got[:7], want) {
		t.Errorf("%d values:\n%s", len(got), strings.Join(got, "\n"))
	}
	series, problems, err := readPrometheus(text)
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %q", err, problems)
	}
	if got := series["fanql_check_value\x00run\x00shop\x00check\x00c\x00source\x00eu\x00column\x00big"]; got != 123456789012345678901234567890.5 {
		t.Errorf("%v among %q", got, slices.Collect(maps.Keys(series)))
	}
}

// A run of some checks replaces their series in the file, and keeps the other series.
func TestPrometheusKeepsWhatDidNotRun(t *testing.T) {
	before := shown(t, "prometheus", gauges("shop", "1", "a", "a,b", `a"`), Options{})
	other := shown(t, "prometheus", gauges("other", "5", "a"), Options{Partial: true, Previous: []byte(before)})
	text := shown(t, "prometheus", gauges("shop", "2", "a"), Options{Partial: true, Previous: []byte(other)})
	series, problems, err := readPrometheus(text)
	if err != nil || len(problems) > 0 {
		t.Fatalf("%v, %q", err, problems)
	}
	for labels, want := range map[string]float64{
		"run\x00shop\x00check\x00a": 2, "run\x00shop\x00check\x00a,b": 1, "run\x00shop\x00check\x00a\"": 1, "run\x00other\x00check\x00a": 5,
	} {
		if got, ok := series["fanql_check_value\x00"+labels+"\x00source\x00eu\x00column\x00n"]; !ok || got != want {
			t.Errorf("%q is %v, want %v", labels, got, want)
		}
	}
	all := gauges("shop", "2", "a", "a,b", `a"`)
	whole, _, err := readPrometheus(shown(t, "prometheus", all, Options{Previous: []byte(text)}))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(series) - len(whole); n != 2+8+2*7+11 { // the difference is the other run
		t.Errorf("the file has %d series in addition to those of the run", n)
	}
	for name := range whole {
		if _, ok := series[name]; !ok {
			t.Errorf("%q is lost", name)
		}
	}
	if strings.Contains(shown(t, "prometheus", all, Options{Previous: []byte(text)}), `run="other"`) {
		t.Error("a run of all checks keeps series of another run")
	}
}

// A disabled check loses its series in the file.
func TestPrometheusOfADisabledCheck(t *testing.T) {
	before := shown(t, "prometheus", gauges("shop", "1", "a", "b"), Options{})
	r := gauges("shop", "2", "b")
	r.Disabled = []string{"a"}
	series, problems, err := readPrometheus(shown(t, "prometheus", r, Options{Partial: true, Previous: []byte(before)}))
	if err != nil || len(problems) > 0 {
		t.Fatalf("%v, %q", err, problems)
	}
	for name := range series {
		if of := "\x00run\x00shop\x00check\x00a"; strings.Contains(name+"\x00", of+"\x00") && name != promEnabled.name+of {
			t.Errorf("%q is left", name)
		}
	}
	for check, want := range map[string]float64{"a": 0, "b": 1} {
		if got, ok := series[promEnabled.name+"\x00run\x00shop\x00check\x00"+check]; !ok || got != want {
			t.Errorf("%s is enabled: %v, %t", check, got, ok)
		}
	}
}

// The owner and the link of a check are labels, and the end of a snooze is an instant.
func TestPrometheusSaysWhomItConcerns(t *testing.T) {
	text := shown(t, "prometheus", fullReport(), Options{})
	for _, want := range []string{
		`fanql_check_info{run="shop",check="orders-fresh",owner="Data Team <data@shop.example>",link="https://wiki.example/orders?a=b&c"} 1`,
		`fanql_check_info{run="shop",check="good",owner="",link=""} 1`,
		`fanql_check_snoozed_until_timestamp_seconds{run="shop",check="orders-fresh"} 1769932800.000`,
		`fanql_check_enabled{run="shop",check="orders-fresh"} 1`,
		`fanql_check_enabled{run="shop",check="resting"} 0`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("there is no %s in\n%s", want, text)
		}
	}
	if n := strings.Count(text, "\nfanql_check_snoozed_until"); n != 1 {
		t.Errorf("%d checks are snoozed", n)
	}
}

func TestPrometheusKeepsNothingOfAnothersFile(t *testing.T) {
	own := shown(t, "prometheus", gauges("shop", "1", "a"), Options{})
	format, _ := Formats.ByName("prometheus")
	if err := format.Keeps([]byte(own)); err != nil {
		t.Error(err)
	}
	for name, text := range map[string]string{
		"another metric":  own + "node_load1{run=\"shop\"} 1\n",
		"its help":        own + "# HELP node_load1 1m load average.\n",
		"a comment":       "# by hand\n" + own,
		"another label":   own + "fanql_check_value{job=\"x\",run=\"shop\"} 1\n",
		"no labels":       own + "fanql_check_value 1\n",
		"a line cut off":  strings.TrimSuffix(own, "\n"),
		"a time":          own + "fanql_check_value{run=\"shop\"} 1 1700000000\n",
		"an empty line":   own + "\n",
		"not even a text": "\x00\x01\n",
	} {
		if err := format.Keeps([]byte(text)); err == nil || !strings.HasPrefix(err.Error(), "line ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
