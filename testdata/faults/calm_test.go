// Healthy sources end as early in a run with broken sources as in a run without a fault.

package faults_test

import (
	"math"
	"slices"
	"testing"
	"time"
)

// A calm has the time at which the healthy sources ended, and the time of their first row.
type calm struct{ end, firstRow time.Duration }

// never is the time of a healthy source that did not end by the deadline.
const never = time.Duration(math.MaxInt64)

func slower(c, limit calm) bool { return c.end > limit.end || c.firstRow > limit.firstRow }

// usualTimes returns the time within which healthy sources must end and must have their first row.
// It is measured in a run with that number of other sources and no fault.
func (r *rig) usualTimes(t *testing.T, others int) calm {
	usual, measured := r.calm[others]
	if !measured {
		r.calm[others] = calm{endTimeout, endTimeout} // this is used during the measurement
		cells := make([]*cell, others)
		for i := range cells {
			cells[i] = &cell{fault: "no fault at all", statement: upTo(5)}
			if r.db.SQL != nil {
				cells[i].plan = always(fault{})
			}
		}
		usual = r.run(t, endTimeout, cells...)
		r.calm[others] = usual
	}
	return calm{5*usual.end + 2*late, 5*usual.firstRow + 2*late}
}

// checkTimes checks that the healthy sources of these cells were fast enough. If they were not, the
// reason may be the fault, or other work on the machine. So the usual time is measured again. Cells
// that have only faults of the network are run again, too: a fault has the same effect each time.
func (r *rig) checkTimes(t *testing.T, healthy, usual calm, timeout time.Duration, cells []*cell) calm {
	t.Helper()
	if !slower(healthy, usual) {
		return healthy
	}
	first := r.calm[len(cells)]
	defer func() { r.calm[len(cells)] = first }()
	delete(r.calm, len(cells))
	if usual = r.usualTimes(t, len(cells)); !slower(healthy, usual) {
		return healthy
	}
	if r.repeats < 2 && !slices.ContainsFunc(cells, func(c *cell) bool { return c.meanwhile != nil || c.entered != nil }) {
		r.repeats++
		defer func() { r.repeats-- }()
		return r.run(t, max(timeout, min(usual.end, endTimeout-1)), cells...)
	}
	t.Errorf("the healthy sources took %+v, want at most %+v as without a fault", healthy, usual)
	return healthy
}
