//go:build unix

// How much work long texts are.

package statement

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A text of many values, as programs write them, is work in proportion to its length:
// four times as long a one would be sixteen times the work if places were looked for
// from the beginning. The time of the processor counts, which other processes do not
// lengthen much.
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

// processor is the time that this process has worked.
func processor(t *testing.T) time.Duration {
	t.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
