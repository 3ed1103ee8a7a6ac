// The timeline for given times.

package report

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/query"
)

func TestTheTimelineShowsWhoAnsweredWhen(t *testing.T) {
	ms := time.Millisecond
	outcomes := []query.Outcome{
		{Index: 0, Source: "eu", State: query.OK, Asked: 100 * ms, FirstRow: 200 * ms, Total: 400 * ms},
		{Index: 1, Source: "us-\x1b[31m", State: query.Timeout, Asked: 50 * ms, Total: time.Second, Err: errors.New("late")},
		{Index: 2, Source: "quick", State: query.OK, Asked: ms, FirstRow: 2 * ms, Total: 2 * ms},
		{Index: 3, Source: "queued", State: query.OK, Waited: 500 * ms, Asked: 600 * ms, FirstRow: 700 * ms, Total: 800 * ms},
		{Index: 4, Source: "refused", State: query.Failed, Total: 100 * ms, Err: errors.New("refused")},
	}
	var b strings.Builder
	timeline(&b, outcomes, Style{Width: 60})
	if got, want := b.String(), `                      0s                      1.000s
eu           ok       ░░░▒▒▒██████ 0.400s
us-\x1b[31m  timeout  ░░▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒ 1.000s
quick        ok       █ 0.002s
queued       ok                      ░░░▒▒▒███ 0.800s
refused      failed   ░░░ 0.100s
░ connect  ▒ wait for the first row  █ rows
`; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	b.Reset()
	timeline(&b, outcomes[:1], Style{Width: 40, ASCII: true})
	if got, want := b.String(), `        0s                0.400s
eu  ok  ......------############ 0.400s
. connect  - wait for the first row  # rows
`; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	b.Reset()
	timeline(&b, []query.Outcome{{Source: "eu", State: query.OK, Asked: 100 * ms, FirstRow: 400*ms - 1, Total: 400 * ms}}, Style{Width: 40})
	if got, want := b.String(), "\neu  ok  ░░░░░░▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒█ 0.400s\n"; !strings.Contains(got, want) {
		t.Errorf("rows that came in the last moment: got\n%s\nwant%s", got, want)
	}
	var many []query.Outcome
	for i := range 100 {
		many = append(many, query.Outcome{Index: i, Source: fmt.Sprintf("s%02d", i), State: query.OK, Asked: ms, FirstRow: ms, Total: time.Duration(i+1) * ms})
	}
	b.Reset()
	timeline(&b, many, Style{})
	if got := b.String(); strings.Contains(got, "s59 ") || !strings.Contains(got, "s60 ") || !strings.Contains(got, "\nand 60 more, which took less\n") {
		t.Errorf("got\n%s", got)
	}
}
