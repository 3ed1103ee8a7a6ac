// States of checks, and messages that wait to be sent.

package history

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fanql/fanql/cmd/internal/alerting"
)

// fullState has a value in each field.
func fullState(t *testing.T) alerting.State {
	t.Helper()
	s := alerting.State{
		Verdict: alerting.Failed, Since: noon, Runs: 3, Bad: 4, BadSince: noon.Add(-time.Hour), Reported: alerting.Error, ReportedAt: noon.Add(-time.Minute),
		AllReported: alerting.Verdicts(0).With(alerting.Error), Seen: noon.Add(time.Second),
	}
	for v, i := reflect.ValueOf(s), 0; i < v.NumField(); i++ {
		if v.Field(i).IsZero() {
			t.Fatalf("%s has no value", v.Type().Field(i).Name)
		}
	}
	return s
}

func TestStatesAndMessagesAreWrittenWithTheRun(t *testing.T) {
	s := opened(t, path(t))
	want := map[string]alerting.State{"a": fullState(t), "b": {Verdict: alerting.Passed}}
	id, err := s.AppendDecided(t.Context(), example(noon), func(run int64, states map[string]alerting.State) (map[string]alerting.State, []Pending, error) {
		if run == 0 || len(states) > 0 {
			t.Error(run, states)
		}
		return want, []Pending{{Key: "k1", Channel: "ops", Created: noon, Body: "{}"}, {Key: "k2", Channel: "mail", Created: noon, Body: "x"}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	name := example(noon).Name
	if got, err := s.States(t.Context(), name); err != nil || !cmp.Equal(got, want) {
		t.Error(cmp.Diff(want, got), err)
	}
	if got, err := s.States(t.Context(), "other"); err != nil || len(got) > 0 {
		t.Error(got, err)
	}
	list, err := s.Pending(t.Context(), name)
	if err != nil || len(list) != 2 || list[0] != (Pending{ID: list[0].ID, Key: "k1", Channel: "ops", Run: id, Created: noon, Body: "{}"}) {
		t.Fatal(list, err)
	}
	if err := errors.Join(s.Failed(t.Context(), list[0].ID, "it is away"), s.Remove(t.Context(), list[1].ID)); err != nil {
		t.Fatal(err)
	}
	if list, err = s.Pending(t.Context(), name); err != nil || len(list) != 1 || list[0].Attempts != 1 || list[0].Error != "it is away" {
		t.Error(list, err)
	}

	// If the decision fails, nothing of the run is stored.
	wrong := errors.New("wrong")
	if _, err := s.AppendDecided(t.Context(), example(noon), func(int64, map[string]alerting.State) (map[string]alerting.State, []Pending, error) {
		return map[string]alerting.State{"c": {}}, []Pending{{Key: "k3"}}, wrong
	}); !errors.Is(err, wrong) {
		t.Error(err)
	}
	if runs, err := s.Runs(t.Context(), time.Time{}, 0); err != nil || len(runs) != 1 {
		t.Error(runs, err)
	}

	// A state is removed if its check was not run for as long as runs are kept.
	if _, err := s.Prune(t.Context(), noon.Add(time.Minute), 10); err != nil {
		t.Fatal(err)
	}
	if got, err := s.States(t.Context(), name); err != nil || len(got) > 0 {
		t.Error(got, err)
	}
}

// Runs that end at the same time see each other's states, so each of them counts once.
func TestStatesOfRunsAtOnceAreCounted(t *testing.T) {
	file := path(t)
	opened(t, file)
	const writers, each = 4, 10
	var all sync.WaitGroup
	for w := range writers {
		s := opened(t, file)
		all.Go(func() {
			for i := range each {
				_, err := s.AppendDecided(t.Context(), Run{Name: "r", Started: noon}, func(_ int64, states map[string]alerting.State) (map[string]alerting.State, []Pending, error) {
					v := states["c"]
					v.Runs++
					return map[string]alerting.State{"c": v}, []Pending{{Key: fmt.Sprint(w, " ", i), Channel: "c"}}, nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	s := opened(t, file)
	states, err := s.States(t.Context(), "r")
	if err != nil || states["c"].Runs != writers*each {
		t.Error(states, err)
	}
	if list, err := s.Pending(t.Context(), "r"); err != nil || len(list) != writers*each {
		t.Error(len(list), err)
	}
}

// A file of the first version, which a released fanql wrote, gets the tables of the next version
// and keeps its contents.
func TestAHistoryOfTheFirstVersion(t *testing.T) {
	file := path(t)
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	old, err := open(file, "rw")
	if err != nil {
		t.Fatal(err)
	}
	if err := old.prepare(t.Context(), versions[:1]); err != nil {
		t.Fatal(err)
	}
	id := appended(t, old, example(noon))
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(t.Context(), file); errorText(err) != "an older fanql wrote it (version 1 of its tables): a run of fanql check with it brings it up to version 2" {
		t.Error(err)
	}
	s := opened(t, file)
	if r, err := s.Run(t.Context(), id); err != nil || len(r.Checks) != len(example(noon).Checks) {
		t.Error(r, err)
	}
	if states, err := s.States(t.Context(), example(noon).Name); err != nil || len(states) != 0 {
		t.Error(states, err)
	}
	if list, err := s.Pending(t.Context(), example(noon).Name); err != nil || len(list) != 0 {
		t.Error(list, err)
	}
}
