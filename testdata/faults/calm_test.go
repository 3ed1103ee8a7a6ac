// Healthy sources in the same run as broken ones end as early as without a fault.

package faults_test

import (
	"math"
	"slices"
	"testing"
	"time"
)

// A calm is the time at which healthy sources end, and that of their first row.
type calm struct{ end, firstRow time.Duration }

// never stands for a healthy source that did not end by the deadline.
const never = time.Duration(math.MaxInt64)

func slower(c, limit calm) bool { return c.end > limit.end || c.firstRow > limit.firstRow }

// usualTimes returns the time within which healthy sources must end and have their first
// row, measured in a run with that many other sources and no fault.
func (r *rig) usualTimes(t *testing.T, others int) calm {
	usual, measured := r.calm[others]
	if !measured {
		r.calm[others] = calm{endTimeout, endTimeout} // in use during the measurement
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

// checkTimes checks that the healthy sources of these cells were fast enough. If they were
// not, the fault may be the reason, or something else on the machine. So the usual time
// is measured again, and cells with faults of the network only are run again: a fault has
// the same effect each time.
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
	t.Errorf("the healthy sources took %+v, and without a fault %+v at most", healthy, usual)
	return healthy
}
