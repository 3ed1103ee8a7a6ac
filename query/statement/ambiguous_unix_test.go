//go:build unix

// The processor time for long texts.

package statement

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The time for a text with many values, as programs write them, must grow in proportion
// to its length. If each position were looked up from the beginning, a text four times as
// long would take sixteen times as long. Processor time is measured, since other
// processes hardly affect it.
func TestLongTextsAreWorkInProportion(t *testing.T) {
	const values, times = 1000, 4
	least := func(values int) time.Duration {
		text := "select id from t where a in (1" + strings.Repeat(", 12, 'abc',\r\n count(*) -- x\r\n", values) + ")"
		var least time.Duration
		for range 3 {
			before := processor(t)
			if found := (Query{Text: text}).Ambiguous(three); found != nil {
				t.Fatal(found[0].Err)
			}
			if took := processor(t) - before; least == 0 || took < least {
				least = took
			}
		}
		return least
	}
	short, long := least(values), least(times*values)
	if long > short*times*5/2 {
		t.Errorf("%d values took %s, %d took %s", values, short, times*values, long)
	}
}

// processor returns the processor time that this process has used.
func processor(t *testing.T) time.Duration {
	t.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
