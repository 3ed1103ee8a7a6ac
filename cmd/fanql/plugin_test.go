// A monitoring system gets one line, whatever happens and in whatever order.

package main

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/fanql/fanql/cmd/internal/checks"
)

func TestWhichCommandLinesArePlugins(t *testing.T) {
	for line, want := range map[string]bool{
		"check --nagios": true, "check --format nagios": true, "check --format=nagios a.yaml": true, "check --no-such --nagios=true": true, "chek --nagios": true, "check list --nagios": true, "--nagios": true, "--config x check --nagios": true,
		"check": false, "check --nagios=false": false, "check --format json": false, "check -- --nagios": false, "query --nagios": false, "check --format": false, "check --format nagios --format json": false, "diff --format nagios": false,
		"check --nagios --format json": true, "check --json --nagios": true,
	} {
		a := &app{}
		if p := pluginFor(a.rootCommand(), strings.Fields(line)); (p != nil) != want {
			t.Errorf("%s: %v", line, p)
		}
	}
}

// refusing is a stream that fails every write.
type refusing struct{}

func (refusing) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestAPluginPrintsExactlyOneLine(t *testing.T) {
	report := func(verdict checks.Verdict) *checks.Report {
		r := &checks.Report{Checks: []checks.Check{{Name: "c", Verdict: verdict}}}
		r.Conclude(0)
		return r
	}
	for name, c := range map[string]struct {
		stdout io.Writer // nil accepts everything
		does   func(a *app)
		end    error
		status int
		line   string
	}{
		"a verdict":                    {nil, func(a *app) { _ = a.plugin.tell(a, report(checks.Passed)) }, nil, 0, "FANQL OK - "},
		"a verdict, and then an error": {nil, func(a *app) { _ = a.plugin.tell(a, report(checks.Failed)) }, errors.New("unlock"), 2, "FANQL CRITICAL - "},
		"a failure under a signal":     {nil, func(a *app) { _ = a.plugin.tell(a, report(checks.Failed)) }, &statusError{130, nil}, 2, "FANQL CRITICAL - "},
		"an error alone":               {nil, func(*app) {}, errors.New("no such file"), 3, "FANQL UNKNOWN - no such file\n"},
		"no report and no error":       {nil, func(*app) {}, nil, 3, "FANQL UNKNOWN - nothing was checked\n"},
		"a second signal, and then the report": {nil, func(a *app) {
			a.plugin.refuse(a, errors.New("left at once"))
			_ = a.plugin.tell(a, report(checks.Passed))
		}, nil, 3, "FANQL UNKNOWN - left at once\n"},
		"a full disk":                {refusing{}, func(a *app) { _ = a.plugin.tell(a, report(checks.Passed)) }, nil, 3, ""},
		"a full disk, and a failure": {refusing{}, func(a *app) { _ = a.plugin.tell(a, report(checks.Failed)) }, nil, 2, ""},
		"a panic": {nil, func(a *app) {
			status := 70
			defer func() {
				if status != 3 {
					t.Errorf("a panic has status %d", status)
				}
			}()
			defer a.contain(&status)
			panic("oops")
		}, nil, 3, "FANQL UNKNOWN - a fault of fanql: please report it at https://github.com/fanql/fanql/issues, with what is on stderr: oops\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			a := &app{stdout: &out, stderr: io.Discard}
			if c.stdout != nil {
				a.stdout = c.stdout
			}
			a.plugin = pluginFor(a.rootCommand(), []string{"check", "--nagios"})
			if got := a.leftAs(130); got != 3 {
				t.Errorf("leaving before the first report has status %d", got)
			}
			c.does(a)
			if got := a.plugin.conclude(a, nil, c.end); got != c.status || a.leftAs(130) != c.status {
				t.Errorf("status %d, want %d; and leaving at once has status %d", got, c.status, a.leftAs(130))
			}
			if got := out.String(); !strings.HasPrefix(got, c.line) || strings.Count(got, "\n") > 1 {
				t.Errorf("%q, want %q", got, c.line)
			}
		})
	}
}
