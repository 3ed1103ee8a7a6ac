// prometheus: a file for the textfile collector of node_exporter. Prometheus' own
// writer is used by the tests for comparison, and not linked: it writes times as
// 1.769848202125e+09, and its protobuf costs half a millisecond, a tenth, at each start
// of fanql, and 2.9 MB.

package checkformat

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/fanql/fanql/cmd/internal/checks"
)

// A family is all series with one name.
type family struct{ name, help string }

var (
	promRan           = family{"fanql_check_run_timestamp_seconds", "When the run of checks ended."}
	promRunTook       = family{"fanql_check_run_duration_seconds", "How long the run of checks took."}
	promInfo          = family{"fanql_check_info", "1, with the owner of the check and a page about it as labels."}
	promEnabled       = family{"fanql_check_enabled", "0 if the check is disabled, and so not run."}
	promSnoozed       = family{"fanql_check_snoozed_until_timestamp_seconds", "Until when nobody is to be told of the check. Missing where it is not snoozed."}
	promVerdict       = family{"fanql_check_verdict", "1 for the verdict of the check, 0 for the others."}
	promTook          = family{"fanql_check_duration_seconds", "How long the queries of the check took together."}
	promPassed        = family{"fanql_check_last_success_timestamp_seconds", "When the check passed last. Missing where that is not known."}
	promSourceVerdict = family{"fanql_check_source_verdict", "1 for the verdict of the check at the source, 0 for the others."}
	promSourceTook    = family{"fanql_check_source_duration_seconds", "How long the query of the check took at the source."}
	promSourceRows    = family{"fanql_check_source_rows", "Rows that the source gave to the check."}
	promSourcePassed  = family{"fanql_check_source_last_success_timestamp_seconds", "When the check passed last at the source. Missing where that is not known."}
	promValue         = family{"fanql_check_value", "A number of the answer of one row. The source is empty for the one answer over all sources."}
	promFamilies      = []family{promRan, promRunTook, promInfo, promEnabled, promSnoozed, promVerdict, promTook, promPassed, promSourceVerdict, promSourceTook, promSourceRows, promSourcePassed, promValue}
	promVerdicts      = []checks.Verdict{checks.Passed, checks.Failed, checks.Warned, checks.Error}
	promEscape        = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
)

// All series have the run's name as a label, because the files of several runs are in one
// folder, and node_exporter reports series with equal labels as an error, or combines them.
//
// writePrometheus reads the last success before this run from the file that this one
// replaces. If only some of the checks ran, it keeps the series of all others from that
// file.
func writePrometheus(w io.Writer, r *checks.Report, o Options) error {
	run := "run=" + promLabel(r.Run)
	p := &prom{series: map[family]*strings.Builder{}, before: successes(string(o.Previous))}
	if o.Partial {
		if err := p.keep(string(o.Previous), run, r); err != nil {
			return err
		}
	}
	started := float64(r.Started.UnixMilli()) / 1000
	p.add(promRan, run, promTime(started+r.ElapsedSeconds))
	p.add(promRunTook, run, promSeconds(r.ElapsedSeconds))
	for _, c := range r.Checks {
		check := run + ",check=" + promLabel(c.Name)
		p.add(promInfo, check+",owner="+promLabel(c.Owner)+",link="+promLabel(c.Link), "1")
		p.add(promEnabled, check, "1")
		if c.SnoozedUntil != nil {
			p.add(promSnoozed, check, promTime(float64(c.SnoozedUntil.UnixMilli())/1000))
		}
		p.verdict(promVerdict, check, c.Verdict)
		p.add(promTook, check, promSeconds(c.DurationSeconds))
		p.passed(promPassed, check, c.Verdict, started+c.StartSeconds+c.DurationSeconds)
		p.numbers(check+",source="+promLabel(""), c.Numbers)
		for _, s := range c.Sources {
			labels := check + ",source=" + promLabel(s.Source)
			p.verdict(promSourceVerdict, labels, s.Verdict)
			p.add(promSourceTook, labels, promSeconds(s.DurationSeconds))
			p.add(promSourceRows, labels, strconv.FormatInt(s.Rows, 10))
			p.passed(promSourcePassed, labels, s.Verdict, started+s.StartSeconds+s.DurationSeconds)
			p.numbers(labels, s.Numbers)
		}
	}
	for _, name := range r.Disabled {
		p.add(promEnabled, run+",check="+promLabel(name), "0")
	}
	var text strings.Builder
	for _, f := range promFamilies {
		if lines := p.series[f]; lines != nil {
			fmt.Fprintf(&text, "# HELP %s %s\n# TYPE %s gauge\n%s", f.name, f.help, f.name, lines)
		}
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// A prom collects series by family, because all series of one family must be together.
type prom struct {
	series map[family]*strings.Builder
	before map[string]string // the value by series, as both are written
}

func (p *prom) add(f family, labels, value string) {
	fmt.Fprintf(p.lines(f), "%s %s\n", promSeries(f, labels), value)
}

// lines returns the lines of a family.
func (p *prom) lines(f family) *strings.Builder {
	if p.series[f] == nil {
		p.series[f] = &strings.Builder{}
	}
	return p.series[f]
}

func (p *prom) numbers(labels string, numbers []checks.Number) {
	for _, n := range numbers {
		if n.Value == nil {
			continue
		}
		if value, ok := promNumber(*n.Value); ok {
			p.add(promValue, labels+",column="+promLabel(n.Column), value)
		}
	}
}

// promNumber returns a number in the notation of Prometheus, with all its digits;
// Prometheus rounds it to 64 bits. ok is false for a number beyond the range of a float64.
func promNumber(text string) (value string, ok bool) {
	v, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || strings.ContainsAny(text, "_xXpP"):
		return "", false
	case math.IsNaN(v):
		return "NaN", true
	case math.IsInf(v, 1):
		return "+Inf", true
	case math.IsInf(v, -1):
		return "-Inf", true
	}
	return text, true
}

func (p *prom) verdict(f family, labels string, verdict checks.Verdict) {
	for _, v := range promVerdicts {
		value := "0"
		if v == verdict {
			value = "1"
		}
		p.add(f, labels+",verdict="+promLabel(string(v)), value)
	}
}

// passed writes the time of the last success: now, or the time in the previous file.
func (p *prom) passed(f family, labels string, verdict checks.Verdict, at float64) {
	if verdict == checks.Passed {
		p.add(f, labels, promTime(at))
	} else if value, ok := p.before[promSeries(f, labels)]; ok {
		p.add(f, labels, value)
	}
}

// successes returns the lines of an earlier file about successes. Because we wrote
// them, series can be compared as text; lines that are cut or not ours are ignored.
func successes(previous string) map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(previous) {
		at := strings.LastIndexByte(line, ' ') // labels may contain it as well
		if at < 0 {
			continue
		}
		series, value := line[:at], line[at+1:]
		if !strings.HasPrefix(series, promPassed.name+"{") && !strings.HasPrefix(series, promSourcePassed.name+"{") {
			continue
		}
		value, ended := strings.CutSuffix(value, "\n")
		when, err := strconv.ParseFloat(value, 64)
		if ended && err == nil && when >= 0 && !math.IsInf(when, 0) {
			all[series] = promTime(when)
		}
	}
	return all
}

func promSeries(f family, labels string) string {
	return f.name + "{" + labels + "}"
}

// promLabel quotes a value, which may be any UTF-8.
func promLabel(s string) string { return `"` + promEscape.Replace(validUTF8(s)) + `"` }

// validUTF8 escapes bytes that are not UTF-8 as \xNN, so that names that differ only in
// such bytes remain different.
func validUTF8(s string) string {
	var b strings.Builder
	for i, r := range s {
		if r == '\ufffd' && !strings.HasPrefix(s[i:], "\ufffd") {
			fmt.Fprintf(&b, `\x%02x`, s[i])
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func promSeconds(s float64) string { return strconv.FormatFloat(math.Round(s*1e6)/1e6, 'f', -1, 64) }

func promTime(s float64) string { return strconv.FormatFloat(s, 'f', 3, 64) }
