// Progress in lines of JSON, in virtual time.

package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fanql/fanql/cmd/internal/report"
	"github.com/fanql/fanql/query"
)

func TestProgressInLinesOfJSON(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tasks := []query.Task{{Source: idleSource("eu")}, {Source: idleSource("us")}}
		p := query.NewProgress(tasks)
		var out bytes.Buffer
		l := report.StartProgressLog(&out, p)
		time.Sleep(2500 * time.Millisecond)
		synctest.Wait()
		v := report.Verdict{Summary: query.NewSummary(tasks), Require: query.RequireAll, Failure: errors.New("the disk is full")}
		v.Ended(query.Outcome{Index: 0, Source: "eu", State: query.OK, Rows: 5, Bytes: 100})
		v.Ended(query.Outcome{Index: 1, Source: "us", State: query.Failed})
		l.End(v)
		l.Stop()
		const want = `{"event":"progress","seconds":1,"sources":2,"ended":0,"running":0,"waiting":2,"rows":0,"bytes":0,"rows_per_second":0}
{"event":"progress","seconds":2,"sources":2,"ended":0,"running":0,"waiting":2,"rows":0,"bytes":0,"rows_per_second":0}
{"event":"end","seconds":2.5,"sources":2,"ended":2,"running":0,"waiting":0,"rows":5,"bytes":100,"rows_per_second":2,"result":"none","exit_status":1,"missing":["us"],"error":"the disk is full"}
`
		if out.String() != want {
			t.Errorf("got\n%s\nwant\n%s", &out, want)
		}
		for line := range bytes.Lines(out.Bytes()) {
			if !json.Valid(line) {
				t.Errorf("%s is no JSON", line)
			}
		}
	})
	var none *report.ProgressLog
	none.Stop()
	none.End(report.Verdict{})
}
