// A dispatch that is the second half of a run.

package query

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fanql/fanql/sources/driver"
)

func TestTheDeadlineCountsFromWhenTheRunBegan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		time.Sleep(3 * time.Second)
		own := source("own", after(1500*time.Millisecond), rows(1))
		own.Timeout = 2 * time.Second // a source's own timeout counts from the dispatch, not from the beginning of the run
		got := gather(context.Background(), Options{Timeout: 5 * time.Second, Since: began}, source("late", after(time.Minute)), own,
			source("before", fail(&driver.Error{Phase: driver.Connect, Err: &TimeoutError{What: "connect timeout", After: time.Second}})))
		if late := got["late"]; late.State != Timeout || late.at != 2*time.Second || late.Total != 5*time.Second || late.Err.Error() != "timed out after 5s" {
			t.Errorf("late: %+v", late)
		}
		if own := got["own"]; own.State != OK || own.FirstRow != 4500*time.Millisecond {
			t.Errorf("own: %+v", own)
		}
		if before := got["before"]; before.State != Timeout || before.Phase != driver.Connect {
			t.Errorf("a time that was over before: %+v", before)
		}
	})
}
