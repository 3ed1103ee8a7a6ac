package notify

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/sources/config"
)

// reportOf returns the report of a run with one check and its verdict.
func reportOf(v checks.Verdict) *checks.Report {
	return &checks.Report{Checks: []checks.Check{{Name: "a", Verdict: v, Sources: []checks.Source{{Source: "eu", Verdict: v}}}}}
}

func TestAHeartbeatComesAfterARunThatCouldEvaluate(t *testing.T) {
	sink := newWebSink(t, nil)
	gone := newWebSink(t, func(_ int, w http.ResponseWriter) { w.WriteHeader(http.StatusNotFound) })
	channels, err := Channels(&config.Config{Channels: []config.Channel{
		{Name: "alive", Heartbeat: config.Reference{Text: sink.URL + "/ping/SECRET"}},
		{Name: "gone", Heartbeat: config.Reference{Text: gone.URL + "/ping/SECRET"}},
		{Name: "others", Heartbeat: config.Reference{Text: sink.URL + "/others"}, Only: []string{"b"}},
	}}, Environment{Getenv: func(string) string { return "" }, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if failures := Beat(t.Context(), channels, reportOf(checks.Error)); len(failures)+len(sink.all())+len(gone.all()) > 0 {
		t.Errorf("a run that could evaluate nothing sent a heartbeat: %v, %v", failures, sink.all())
	}
	for i, v := range []checks.Verdict{checks.Passed, checks.Failed} {
		failures := Beat(t.Context(), channels, reportOf(v))
		if got := sink.all(); len(got) != i+1 || got[i].method != http.MethodGet || got[i].path != "/ping/SECRET" || got[i].body != "" {
			t.Errorf("%s: %+v", v, got)
		}
		if len(failures) != 1 || failures[0].Channel != "gone" || !strings.HasPrefix(failures[0].Text, "it answered 404 ") || strings.Contains(failures[0].Text, "SECRET") {
			t.Errorf("%s: %+v", v, failures)
		}
	}
}
