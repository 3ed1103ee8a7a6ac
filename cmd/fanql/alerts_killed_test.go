// Real processes are killed while they notify a web server of changes of checks. No change is lost,
// and none is sent under two keys.

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fanql/fanql/cmd/internal/history"
	"github.com/fanql/fanql/cmd/internal/notify"
)

// Each run finds the check in another state than the run before. It is killed at a random moment,
// or when its history changes, or while it waits for the answer to a message. The test compares
// what the web server gets with the verdicts in the history, run by run. FANQL_ALERT_KILLS is the
// number of runs that are killed.
func TestRunsThatAreKilledWhileTheyTell(t *testing.T) {
	var mu sync.Mutex
	keys := map[int64]map[string]int{} // by run
	arrived := make(chan struct{}, 1000)
	sink := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m notify.Message
		body, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(body, &m); err != nil || m.ID != r.Header.Get("Idempotency-Key") || len(m.Events) != 1 {
			t.Errorf("%s, %v", body, err)
		}
		mu.Lock()
		if keys[m.RunID] == nil {
			keys[m.RunID] = map[string]int{}
		}
		keys[m.RunID][m.ID]++
		mu.Unlock()
		arrived <- struct{}{}
	}))
	defer sink.Close()
	text := fmt.Sprintf("sources: {eu: sqlite:eu.db}\nhistory: history.db\nchecks:\n  n: {sql: select n from t, expect: n > 0}\nnotify:\n  ops: {webhook: %q}\n", sink.URL)
	k := newKiller(t, "FANQL_ALERT_KILLS", 9, text)
	k.exec("eu.db", "create table t (n integer); insert into t values (0)")
	began := time.Now()
	_ = k.start().Wait() // the check fails, so a message is sent
	took := min(time.Since(began), 3*time.Second)
	for i := range k.kills {
		k.exec("eu.db", "update t set n = 1 - n")
		for len(arrived) > 0 {
			<-arrived
		}
		victim := k.start()
		switch i % 3 {
		case 0:
			k.sometime(took)
		case 1:
			k.written(min(2*took, 3*time.Second))
		default:
			select {
			case <-arrived: // the message has been sent, and the run has not recorded that
			case <-time.After(min(2*took, 3*time.Second)):
			}
		}
		_ = k.kill(victim)
	}
	last := k.start()
	if err := last.Wait(); last.ProcessState.ExitCode() != 0 && last.ProcessState.ExitCode() != 4 || last.Stderr.(*strings.Builder).Len() > 0 {
		t.Fatalf("the last run: %v\n%s", err, last.Stderr)
	}
	s, err := history.Read(t.Context(), k.history)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	list, err := s.Runs(t.Context(), time.Time{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	changes, repeats, before := 0, 0, "passed"
	for _, r := range list {
		if r.Verdict != before {
			changes++
			if len(keys[r.ID]) != 1 {
				t.Errorf("run %d, %s after %s: %v", r.ID, r.Verdict, before, keys[r.ID])
			}
			for _, n := range keys[r.ID] {
				repeats += n - 1
			}
		} else if len(keys[r.ID]) > 0 {
			t.Errorf("run %d, %s as before: %v", r.ID, r.Verdict, keys[r.ID])
		}
		delete(keys, r.ID)
		before = r.Verdict
	}
	if len(keys) > 0 {
		t.Errorf("the web server got messages of runs that the history does not have: %v", keys)
	}
	if pending, err := s.Pending(t.Context(), list[len(list)-1].Name); err != nil || len(pending) > 0 {
		t.Error(pending, err)
	}
	t.Logf("seed %d: %d runs were started to be killed; %d runs are in the history, %d changes were sent, %d messages were repeated with the same key", k.seed, k.kills, len(list), changes, repeats)
}
