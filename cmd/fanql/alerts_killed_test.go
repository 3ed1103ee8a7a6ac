// Real processes that are killed while they tell changes of checks: none is lost, and none
// is told twice under different keys.

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fanql/fanql/cmd/internal/history"
	"github.com/fanql/fanql/cmd/internal/notify"
)

// Each run finds the check in another state than the one before. It is killed at a random
// moment, or when its history changes, or while it is waiting for the answer to a message.
// What the web server gets is compared with the verdicts in the history, run by run.
// FANQL_ALERT_KILLS is how many are killed.
func TestRunsThatAreKilledWhileTheyTell(t *testing.T) {
	kills, err := strconv.Atoi(os.Getenv("FANQL_ALERT_KILLS"))
	if err != nil {
		kills = 9
	}
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
	folder := t.TempDir()
	text := fmt.Sprintf("sources: {eu: sqlite:eu.db}\nhistory: history.db\nchecks:\n  n: {sql: select n from t, expect: n > 0}\nnotify:\n  ops: {webhook: %q}\n", sink.URL)
	if err := os.WriteFile(filepath.Join(folder, "fanql.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	data, file, program := filepath.Join(folder, "eu.db"), filepath.Join(folder, "history.db"), plainProgram(t)
	sqliteExec(t, data, "create table t (n integer); insert into t values (0)")
	started := func() *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), program, "check", "-q")
		cmd.Dir = folder
		cmd.Stderr = &strings.Builder{}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	began := time.Now()
	_ = started().Wait() // it fails, which is told
	took := time.Since(began)
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 2))
	for i := range kills {
		sqliteExec(t, data, "update t set n = 1 - n")
		for len(arrived) > 0 {
			<-arrived
		}
		victim := started()
		switch i % 3 {
		case 0:
			time.Sleep(time.Duration(random.Float64() * 1.2 * float64(min(took, 3*time.Second)))) // until a random moment of the run
		case 1:
			untilChanged(file+"-wal", min(2*took, 3*time.Second))
			time.Sleep(time.Duration(random.IntN(3000)) * time.Microsecond)
		default:
			select {
			case <-arrived: // it has been sent, and not been noted
			case <-time.After(min(2*took, 3*time.Second)):
			}
		}
		_ = victim.Process.Kill() // it may have ended
		_ = victim.Wait()
	}
	last := started()
	if err := last.Wait(); last.ProcessState.ExitCode() != 0 && last.ProcessState.ExitCode() != 4 || last.Stderr.(*strings.Builder).Len() > 0 {
		t.Fatalf("the last run: %v\n%s", err, last.Stderr)
	}
	s, err := history.Read(t.Context(), file)
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
		t.Errorf("told of runs that the history does not have: %v", keys)
	}
	if pending, err := s.Pending(t.Context(), list[len(list)-1].Name); err != nil || len(pending) > 0 {
		t.Error(pending, err)
	}
	t.Logf("seed %d: %d were started to be killed; %d runs are in the history, %d changes were told, %d of them again under their keys", seed, kills, len(list), changes, repeats)
}
