// A verdict becomes a summary for people, a report for programs, and an exit status.

package report

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/option"
)

var (
	ok      = query.Outcome{Source: "eu", State: query.OK, Attempts: 1, Rows: 1200, Bytes: 9, FirstRow: time.Millisecond, Total: 2 * time.Millisecond, Server: "PostgreSQL 15.18"}
	killed  = &driver.Error{Phase: driver.Stream, Code: "57P01", Retry: driver.Once, Err: errors.New("terminating connection")}
	refused = &driver.Error{Phase: driver.Connect, Retry: driver.Soon, Err: errors.New("connection refused")}
	dead    = query.Outcome{Source: "br", State: query.Failed, Phase: driver.Connect, Err: refused, FirstErr: killed, Attempts: 2, Discarded: 7, Total: time.Second}
	second  = query.Outcome{Source: "br", State: query.Failed, Phase: driver.Connect, Err: refused, FirstErr: refused, Attempts: 2, Total: time.Second}
	late    = query.Outcome{Source: "us", State: query.Timeout, Phase: driver.Stream, Err: &query.TimeoutError{After: 2 * time.Second}, Attempts: 2, Discarded: 7, Total: 2 * time.Second, Cancel: driver.Confirmed, Warnings: []string{"slow"}}
	bad     = query.Outcome{Source: "ap\x1b[31m", State: query.Failed, Phase: driver.Query, Err: &driver.Error{Phase: driver.Query, Code: "42601", Err: errors.New("syntax error\nnear \x1b")}, Attempts: 1, Total: time.Millisecond}
	surplus = query.Outcome{Source: "surplus", State: query.Canceled, Phase: driver.Query, Err: query.ErrEnough, Attempts: 1, Discarded: 3, Cancel: driver.Confirmed}
	left    = query.Outcome{Source: "stuck", State: query.Canceled, Phase: driver.Query, Err: errors.New("interrupted"), Attempts: 1, Abandoned: true, Cancel: driver.Unknown}
)

// flag returns the name of an option on the command line.
func flag(o option.Option) string {
	return map[option.Option]string{"output": "-o", "require": "--require", "timeout": "--timeout"}[o]
}

func verdict(change func(*Verdict), outcomes ...query.Outcome) Verdict {
	v := Verdict{Summary: &query.Summary{Outcomes: outcomes, Elapsed: 2 * time.Second}, Spelling: flag}
	if change != nil {
		change(&v)
	}
	return v
}

func all(v *Verdict) { v.Require = query.RequireAll }

func reduced(v *Verdict) { v.Reduced, v.ResultRows, v.Merging = true, 3, "--reduce" }

func TestVerdicts(t *testing.T) {
	toFile := func(v *Verdict) { all(v); v.Output = "out.csv" }
	for name, c := range map[string]struct {
		v      Verdict
		exit   int
		result string
		line   string
	}{
		"all ended well":                    {verdict(nil, ok), 0, "complete", "complete: 1 of 1 source, 1,200 rows in 2.000s"},
		"into a file":                       {verdict(toFile, ok, ok), 0, "complete", "complete: 2 of 2 sources, 2,400 rows in 2.000s to out.csv"},
		"one is missing":                    {verdict(nil, ok, late), 3, "partial", "partial: 1 of 2 sources, 1,200 rows in 2.000s; missing: us (timeout)"},
		"none ended well":                   {verdict(nil, late), 1, "none", "no answer: 0 of 1 source in 2.000s; missing: us (timeout: stream: timed out after 2s; 7 rows discarded; 2 attempts; query cancelled)"},
		"too few sources ended well":        {verdict(toFile, ok, late), 1, "none", "no answer: 1 of 2 sources in 2.000s, and 2 are required (--require all); missing: us (timeout); out.csv is as it was"},
		"a file that did not exist":         {verdict(func(v *Verdict) { toFile(v); v.Before = Nothing }, late), 1, "none", "no answer: 0 of 1 source in 2.000s; missing: us (timeout: stream: timed out after 2s; 7 rows discarded; 2 attempts; query cancelled); out.csv was not written"},
		"the default timeout was too short": {verdict(func(v *Verdict) { toFile(v); v.UsualTimeout = true }, ok, late), 1, "none", "no answer: 1 of 2 sources in 2.000s, and 2 are required (--require all); missing: us (timeout); out.csv is as it was; --timeout gives it more time than the usual 2s"},
		"retried, and another reason":       {verdict(nil, dead), 1, "none", "no answer: 0 of 1 source in 2.000s; missing: br (failed: connect: connection refused; 7 rows discarded; 2 attempts, the first: stream: terminating connection [57P01])"},
		"retried, and the same reason":      {verdict(nil, second), 1, "none", "no answer: 0 of 1 source in 2.000s; missing: br (failed: connect: connection refused; 2 attempts)"},
		"a load took longer": {verdict(func(v *Verdict) {
			v.UsualTimeout, v.Load, v.Failure = true, &Load{Table: "t", To: "w"}, &query.TimeoutError{After: time.Minute}
		}, ok), 1, "none", "no answer: timed out after 1m0s; table t of w is as it was; --timeout gives it more time than the usual 1m0s"},
		"no file took longer":       {verdict(func(v *Verdict) { all(v); v.UsualTimeout = true }, late), 1, "none", "no answer: 0 of 1 source in 2.000s; missing: us (timeout: stream: timed out after 2s; 7 rows discarded; 2 attempts; query cancelled)"},
		"its server did not answer": {verdict(func(v *Verdict) { toFile(v); v.UsualTimeout = true }, query.Outcome{Source: "us", State: query.Timeout, Phase: driver.Connect, Err: &query.TimeoutError{After: time.Second}, Attempts: 1}), 1, "none", "no answer: 0 of 1 source in 2.000s; missing: us (timeout: connect: timed out after 1s); out.csv is as it was"},
		"a device":                  {verdict(func(v *Verdict) { v.Failure = errors.New("disk full"); v.Output = "/dev/full"; v.Before = Stream }, ok), 1, "none", "no answer: disk full"},
		"reduced":                   {verdict(reduced, ok, ok), 0, "complete", "complete: 2 of 2 sources, 2,400 rows reduced to 3 in 2.000s"},
		"a part was reduced":        {verdict(reduced, ok, late), 3, "partial", "partial: 1 of 2 sources, 1,200 rows reduced to 3 in 2.000s; incomplete: --reduce did not see all rows; missing: us (timeout)"},
		"reduced without a result":  {verdict(func(v *Verdict) { reduced(v); all(v) }, ok, late), 1, "none", "no answer: 1 of 2 sources in 2.000s, and 2 are required (--require all); missing: us (timeout)"},
		"the output failed": {
			verdict(func(v *Verdict) { v.Failure = errors.New("disk full"); v.Output = "out.csv" }, ok), 1, "none",
			"no answer: disk full; out.csv is as it was",
		},
		"interrupted":                  {verdict(func(v *Verdict) { v.Interrupted = 130 }, ok, left), 130, "partial", "interrupted; partial: 1 of 2 sources, 1,200 rows in 2.000s; missing: stuck (canceled)"},
		"interrupted before a file":    {verdict(func(v *Verdict) { v.Interrupted = 143; v.Output = "out.csv" }, ok, left), 143, "none", "interrupted; no answer: 1 of 2 sources in 2.000s; missing: stuck (canceled); out.csv is as it was: an interrupted run replaces no file"},
		"a name with control bytes":    {verdict(nil, ok, bad), 3, "partial", `partial: 1 of 2 sources, 1,200 rows in 2.000s; missing: ap\x1b[31m (failed)`},
		"merged, and one is missing":   {verdict(func(v *Verdict) { v.Merging = "--order-by, --limit" }, ok, late), 3, "partial", "partial: 1 of 2 sources, 1,200 rows in 2.000s; incomplete: --order-by, --limit did not see all rows; missing: us (timeout)"},
		"one was not needed":           {verdict(nil, ok, surplus), 0, "complete", "complete: 1 of 2 sources, 1,200 rows in 2.000s; limit reached: 1 source was not needed"},
		"two not needed, one missing":  {verdict(nil, ok, late, surplus, surplus), 3, "partial", "partial: 1 of 4 sources, 1,200 rows in 2.000s; missing: us (timeout)"},
		"the limit within a source":    {verdict(nil, surplus, surplus), 0, "complete", "complete: 0 of 2 sources, 0 rows in 2.000s; limit reached: 2 sources were not needed"},
		"merged, and all are complete": {verdict(func(v *Verdict) { v.Merging = "--order-by, --limit" }, ok), 0, "complete", "complete: 1 of 1 source, 1,200 rows in 2.000s"},
		"more missing than are listed": {verdict(nil, append([]query.Outcome{ok}, slices.Repeat([]query.Outcome{late}, 20)...)...), 3, "partial", "and 10 more"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.v.Exit() != c.exit || c.v.Result() != c.result {
				t.Errorf("exit status %d, %s; want %d, %s", c.v.Exit(), c.v.Result(), c.exit, c.result)
			}
			var b strings.Builder
			if err := Summary(&b, c.v, Style{}); err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
			if last := lines[len(lines)-1]; last != c.line && !(strings.HasPrefix(c.line, "and ") && strings.HasSuffix(last, c.line)) {
				t.Errorf("got  %s\nwant %s", last, c.line)
			}
			if strings.ContainsAny(b.String(), "\x1b\r") {
				t.Errorf("control characters in %q", b.String())
			}
		})
	}
}

func TestQuietSaysOnlyWhatIsMissingAndWhy(t *testing.T) {
	for want, v := range map[string]Verdict{
		"": verdict(nil, ok),
		"no answer: 1 of 2 sources in 2.000s, and 2 are required (--require all); missing: us (timeout: stream: timed out after 2s; 7 rows discarded; 2 attempts; query cancelled)\n": verdict(all, ok, late),
		"us: warning: slow\npartial: 1 of 2 sources, 1,200 rows in 2.000s; missing: us (timeout: stream: timed out after 2s; 7 rows discarded; 2 attempts; query cancelled)\n":        verdict(nil, ok, late),
	} {
		var b strings.Builder
		if err := Summary(&b, v, Style{Quiet: true}); err != nil || b.String() != want {
			t.Errorf("got %q, want %q (%v)", b.String(), want, err)
		}
	}
}

func TestWhatIsReportedElsewhereIsNotRepeated(t *testing.T) {
	var b strings.Builder
	want := "us: warning: slow\npartial: 1 of 2 sources, 1,200 rows in 2.000s; missing: us (timeout)\n"
	if err := Summary(&b, verdict(nil, ok, late), Style{Quiet: true, WithoutReasons: true}); err != nil || b.String() != want {
		t.Errorf("got %q, want %q (%v)", &b, want, err)
	}
}

func TestAWarningIsReportedOnceAlsoWithQuiet(t *testing.T) {
	outcomes := slices.Repeat([]query.Outcome{{State: query.OK, Warnings: []string{"lacks y"}}}, 13)
	for i := range outcomes {
		outcomes[i].Source = string(rune('a' + i))
	}
	outcomes[1].Warnings = []string{"odd", "lacks y", "odd"}
	want := "a, b, c, d, e, f, g, h, i, j, and 3 more: warning: lacks y\nb: warning: odd\n"
	for _, quiet := range []bool{true, false} {
		var b strings.Builder
		if err := Summary(&b, verdict(nil, outcomes...), Style{Quiet: quiet}); err != nil {
			t.Fatal(err)
		}
		if quiet && b.String() != want || !strings.Contains(b.String(), want) {
			t.Errorf("quiet %v: got %q, want %q", quiet, &b, want)
		}
	}
}

func TestEachReasonIsOnItsLine(t *testing.T) {
	var b strings.Builder
	if err := Summary(&b, verdict(nil, ok, late, bad, left, surplus), Style{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"stream: timed out after 2s; 7 rows discarded; 2 attempts; query cancelled\n",
		"query: syntax error\\nnear \\x1b [42601]\n",
		"query: interrupted; it could not be interrupted and was abandoned\n",
		"us: warning: slow\n",
		" not needed: the limit was reached; 3 rows discarded; query cancelled\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

func TestTheReportKeepsItsSchema(t *testing.T) {
	var s jsonschema.Schema
	if err := json.Unmarshal([]byte(Schema), &s); err != nil {
		t.Fatal(err)
	}
	schema, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]Verdict{
		"complete": verdict(all, ok), "partial": verdict(nil, ok, late, bad), "merged": verdict(func(v *Verdict) { v.Merging = "--distinct" }, ok, late), "reduced": verdict(reduced, ok, late), "none": verdict(func(v *Verdict) { v.Failure = errors.New("x"); v.Output = "o" }, left),
	} {
		text, err := JSON(v, "v1.2.3", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		var document map[string]any
		if err := json.Unmarshal(text, &document); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(document); err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
		// The report has only fields that the schema describes.
		described := slices.Sorted(maps.Keys(s.Properties))
		if got := slices.Sorted(maps.Keys(document)); !slices.Equal(got, described) {
			t.Errorf("fields %v, described %v", got, described)
		}
		if name == "reduced" && document["result_rows"] != 3.0 {
			t.Errorf("%s: result_rows is %v", name, document["result_rows"])
		}
		counts := 0.0
		for _, n := range document["counts"].(map[string]any) {
			counts += n.(float64)
		}
		if document["incomplete"] != (name == "merged" || name == "reduced") {
			t.Errorf("%s: incomplete is %v", name, document["incomplete"])
		}
		if counts != document["asked"].(float64) {
			t.Errorf("%s: the counts add up to %v of %v", name, counts, document["asked"])
		}
		delete(document, "rows")
		if schema.Validate(document) == nil {
			t.Error("a report without rows is valid")
		}
	}
}

func TestTheLiveLine(t *testing.T) {
	statuses := []query.Status{
		{Source: "eu", State: query.OK}, {Source: "us", Phase: driver.Auth}, {Source: "ap\x1b", Phase: driver.Stream, Rows: 1234},
	}
	if got, want := Line(statuses, 1500*time.Millisecond, nil), `1.5s: 1 of 3 ended, 1,234 rows, 822 rows/s; waiting for us (auth), ap\x1b (stream, 1,234 rows)`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := Line(append(statuses, query.Status{Source: "late"}), time.Second, nil), `1.0s: 1 of 4 ended, 1 not begun, 1,234 rows, 1,234 rows/s; waiting for us (auth), ap\x1b (stream, 1,234 rows)`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	since := map[string]string{"us": "2026-01-31", "ap\x1b": "7"}
	if got, want := Line(statuses, 1500*time.Millisecond, since), `1.5s: 1 of 3 ended, 1,234 rows, 822 rows/s; waiting for us (auth, since 2026-01-31), ap\x1b (stream, since 7, 1,234 rows)`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Line(statuses[:1], time.Second, nil); got != "" {
		t.Errorf("got %q when no source is running", got)
	}
}
