// Healthy sources together with broken ones: as early as without a fault.

package faults_test

import (
	"math"
	"slices"
	"testing"
	"time"
)

// A calm is when a healthy source ends and when its first row comes.
type calm struct{ end, firstRow time.Duration }

// never is when a healthy source ends that has not by the deadline.
const never = time.Duration(math.MaxInt64)

func slower(c, limit calm) bool { return c.end > limit.end || c.firstRow > limit.firstRow }

// calmly is the time within which the healthy end when nothing is broken, and
// have their first row.
func (r *rig) calmly(t *testing.T, others int) calm {
	usual, measured := r.calm[others]
	if !measured {
		r.calm[others] = calm{endTimeout, endTimeout} // while it is measured
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

// early checks that the healthy sources of these cells take the usual time. Where
// they were not, that may be by the fault, which does what it does each time, or by
// what else the machine does: what is usual is measured again, and cells that only
// the network breaks are asked again.
func (r *rig) early(t *testing.T, healthy, usual calm, timeout time.Duration, cells []*cell) calm {
	t.Helper()
	if !slower(healthy, usual) {
		return healthy
	}
	first := r.calm[len(cells)]
	defer func() { r.calm[len(cells)] = first }()
	delete(r.calm, len(cells))
	if usual = r.calmly(t, len(cells)); !slower(healthy, usual) {
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
