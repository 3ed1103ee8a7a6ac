// The live status line, in virtual time.

package report_test

import (
	"bytes"
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// idleSource is a source that is never run.
type idleSource string

func (s idleSource) Name() string { return string(s) }

func (idleSource) Run(context.Context, driver.Request, *driver.Progress, row.Emit) (driver.Answer, error) {
	return driver.Answer{}, nil
}

func TestTheLiveLineNamesTheStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := query.NewProgress([]query.Task{{Source: idleSource("eu")}})
		var screen bytes.Buffer
		p.Begin("looking up names")
		l := report.StartLive(&screen, p, report.LiveOptions{Width: 80})
		shown := func() string {
			time.Sleep(410 * time.Millisecond)
			synctest.Wait()
			lines := strings.Split(screen.String(), "\r\x1b[K")
			return lines[len(lines)-1]
		}
		if line := shown(); line != "0.3s: looking up names" {
			t.Errorf("the first step is shown as %q", line)
		}
		p.Continue([]query.Task{{Source: idleSource("us")}})
		p.Begin("fetching")
		if line := shown(); line != "0.8s: fetching" {
			t.Errorf("the second step is shown as %q", line)
		}
		p.Continue(nil)
		p.Begin("finishing")
		if line := shown(); line != "1.2s: finishing" {
			t.Errorf("a step without sources is shown as %q", line)
		}
		l.Stop()
		if !strings.HasSuffix(screen.String(), "\r\x1b[K") {
			t.Errorf("the line was not removed: %q", screen.String())
		}
	})
}

func TestNoLiveLineWhileAnotherProgramHasTheTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := query.NewProgress([]query.Task{{Source: idleSource("eu")}})
		var screen bytes.Buffer
		p.Begin("fetching")
		var busy atomic.Bool
		l := report.StartLive(&screen, p, report.LiveOptions{Width: 80, Busy: busy.Load})
		drawn := func() int {
			time.Sleep(time.Second)
			synctest.Wait()
			return screen.Len()
		}
		before := drawn()
		busy.Store(true)
		if after := drawn(); before == 0 || after != before {
			t.Errorf("%d bytes were written before the pager, and %d after it had run for a second", before, after)
		}
		busy.Store(false)
		if drawn() == before {
			t.Error("the line is not shown again")
		}
		l.Stop()
	})
}
