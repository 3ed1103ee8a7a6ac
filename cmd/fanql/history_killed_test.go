// Real processes are killed while they write a history. The history stays valid.

package main

import (
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/cmd/internal/history"
)

// Two runs write at the same time, and one of them is killed: at a random moment, or as soon as the
// history's file -wal changes. The other one succeeds and is in the history. The killed one is
// there with all its checks, or not at all. FANQL_HISTORY_KILLS is the number of runs that are
// killed.
func TestAHistoryWhoseWritersAreKilled(t *testing.T) {
	const checks = 30
	var config strings.Builder
	config.WriteString("sources: {eu: sqlite:eu.db, us: sqlite:us.db}\nhistory: history.db\nchecks:\n")
	for i := range checks {
		fmt.Fprintf(&config, "  c%d: {sql: select count(*) + %d as n from t, expect: n >= %d}\n", i, i, i)
	}
	k := newKiller(t, "FANQL_HISTORY_KILLS", 20, config.String())
	for _, name := range []string{"eu.db", "us.db"} {
		k.exec(name, "create table t (id integer); insert into t values (1), (2)")
	}
	took, done, survived := time.Hour, 2, 0
	for range done {
		began := time.Now()
		if err := k.start().Wait(); err != nil {
			t.Fatal(err)
		}
		took = min(took, time.Since(began))
	}
	t.Logf("seed %d; a run takes %v", k.seed, took)
	for i := range k.kills {
		victim, other := k.start(), k.start()
		if i%2 == 0 {
			k.sometime(took)
		} else {
			k.written(2 * took)
		}
		if k.kill(victim) == nil {
			survived++
		}
		if err := other.Wait(); err != nil || other.Stderr.(*strings.Builder).Len() > 0 {
			t.Fatalf("the run that was not killed: %v\n%s", err, other.Stderr)
		}
		done++
		readsTrue(t, k.history, checks, done+survived, done+i+1)
	}
	t.Logf("%d were killed, %d ended before that", k.kills-survived, survived)
}

// readsTrue checks that the file is valid, and that each run in it is complete: all checks at both
// sources, with their numbers.
func readsTrue(t *testing.T, file string, checks, least, most int) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRowContext(t.Context(), "pragma integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Fatalf("integrity: %s, %v", verdict, err)
	}
	s, err := history.Read(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	list, err := s.Runs(t.Context(), time.Time{}, 0)
	if err != nil || len(list) < least || len(list) > most {
		t.Fatalf("%d runs, want %d to %d; %v", len(list), least, most, err)
	}
	for _, sum := range list {
		r, err := s.Run(t.Context(), sum.ID)
		if err != nil || r.Verdict != "passed" || len(r.Checks) != checks || sum.Counts["passed"] != checks {
			t.Fatalf("run %d: %d checks, %s, %v", sum.ID, len(r.Checks), r.Verdict, err)
		}
		for _, c := range r.Checks {
			n, _ := strconv.Atoi(c.Name[1:])
			for _, o := range c.Sources {
				if len(c.Sources) != 2 || o.Verdict != "passed" || len(o.Numbers) != 1 || *o.Numbers[0].Value != strconv.Itoa(n+2) {
					t.Fatalf("run %d, %s: %+v", sum.ID, c.Name, o)
				}
			}
		}
	}
}
