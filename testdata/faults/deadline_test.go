// Deadlines near the moment at which a query ends by itself.

package faults_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/driver"
)

// If the deadline of a source passes while it ends, the source is complete or absent. The rows
// arrive with pauses, so that deadlines fall into every phase.
func TestDeadlinesAroundTheEnd(t *testing.T) {
	onAll(t, func(t *testing.T, r *rig) {
		const (
			name   = "random deadlines around the query's own end"
			atOnce = 16
		)
		deadlines := 4 * atOnce
		if thorough {
			deadlines = 1000
		}
		dice := rand.New(rand.NewPCG(1, 2))
		q := r.pausing(100, 20, 0.004)
		usual := make([]*cell, atOnce)
		for i := range usual {
			usual[i] = &cell{fault: "no fault at all", statement: q}
		}
		begun := time.Now()
		r.run(t, endTimeout, usual...)
		var ends []time.Duration
		for _, c := range usual {
			ends = append(ends, c.outcome.Total)
		}
		t.Logf("without a deadline the queries end after %v, run in %v", ends, time.Since(begun))
		states := map[query.State]int{}
		spread := 1.5 // a factor of the time that the query took, which depends on the load of the machine
		for done := 0; done < deadlines; done += atOnce {
			cells := make([]*cell, min(atOnce, deadlines-done))
			for i := range cells {
				cells[i] = &cell{
					fault: name, statement: q, timeout: max(1, time.Duration(dice.Float64()*spread*float64(ends[i]))),
					state: []query.State{query.OK, query.Timeout}, from: driver.Waiting, to: driver.Verify, attempts: []int{0, 1},
				}
			}
			r.run(t, endTimeout, cells...)
			now := map[query.State]int{}
			for _, c := range cells {
				states[c.outcome.State]++
				now[c.outcome.State]++
			}
			switch {
			case now[query.OK] == 0:
				spread *= 2
			case now[query.Timeout] == 0:
				spread /= 2
			}
		}
		if states[query.OK] == 0 || states[query.Timeout] == 0 {
			t.Errorf("all deadlines were before the end, or all were after it: %v", states)
		}
	})
}
