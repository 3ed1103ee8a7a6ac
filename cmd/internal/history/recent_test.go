package history

import (
	"slices"
	"testing"
	"time"
)

// Hourly and nightly checks share a history. A page of nightly checks goes further back.
func TestRecentRunsAreThoseWithTheChecks(t *testing.T) {
	s := opened(t, path(t))
	var all []int64
	for hour := range 30 {
		r := Run{Name: "hourly", Started: noon.Add(time.Duration(hour) * time.Hour), Checks: []Check{{Name: "a", Verdict: "passed"}, {Name: "b", Verdict: "failed"}}}
		if hour%10 == 0 {
			r.Checks = []Check{{Name: `night's "c"`, Verdict: "warned", Sources: []Source{{Name: "eu", Verdict: "warned"}}}}
		}
		all = append(all, appended(t, s, r))
	}
	night := `night's "c"`
	for name, c := range map[string]struct {
		checks       []string
		last, looked int
		want         []int64
	}{
		"the last two":                      {[]string{"a", "b"}, 2, 100, all[28:]},
		"those of the night":                {[]string{night}, 2, 100, []int64{all[10], all[20]}},
		"within the runs that are searched": {[]string{night}, 2, 12, []int64{all[20]}},
		"of both":                           {[]string{"a", night}, 1, 100, []int64{all[20], all[29]}},
		"none has the check":                {[]string{"new"}, 2, 100, nil},
		"one check is new":                  {[]string{"new", "a"}, 1, 100, all[29:]},
		"no checks":                         {nil, 2, 100, nil},
	} {
		runs, err := s.Recent(t.Context(), c.checks, c.last, c.looked)
		var got []int64
		for _, r := range runs {
			got = append(got, r.ID)
		}
		if err != nil || runs == nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v (%v)", name, got, c.want, err)
		}
	}
	runs, err := s.Recent(t.Context(), []string{night}, 1, 100)
	if err != nil || len(runs) != 1 || len(runs[0].Checks) != 1 || len(runs[0].Checks[0].Sources) != 1 || runs[0].Checks[0].Sources[0].Verdict != "warned" {
		t.Errorf("%+v, %v", runs, err)
	}
}
