// Retries: when, and after which pause.

package query

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/fanql/fanql/sources/driver"
)

// maxAttempts is the largest number of attempts for a source.
const maxAttempts = 3

// firstPause is about how long to wait before the second attempt; the third waits four
// times as long.
const firstPause = 100 * time.Millisecond

// retry reports whether a source that ended with an error is retried, and after which
// pause. A broken connection is retried once, and only if a sink, which cannot take
// rows back, has received none.
func (d *dispatch) retry(e *entry, err error) (pause time.Duration, ok bool) {
	failed, is := errors.AsType[*driver.Error](err)
	attempt := e.attempts.Load()
	if !is || attempt >= maxAttempts || (d.Sink != nil && !d.Revocable && e.firstRow.Load() != 0) {
		return 0, false
	}
	switch failed.Retry {
	case driver.Soon, driver.Crowded:
		return jitter(firstPause << (2 * (attempt - 1))), true
	case driver.Once:
		return jitter(firstPause), attempt == 1
	}
	return 0, false
}

// refused reports whether a source was refused for lack of connections and waits for
// another turn, which does not count as an attempt. Without a limit of its server it is
// retried as usual.
func refused(a *Task, err error) bool {
	failed, is := errors.AsType[*driver.Error](err)
	return is && failed.Retry == driver.Crowded && a.server() != nil
}

// jitter returns between half and one and a half of d, so that many clients of one
// server do not come back at the same moment.
func jitter(d time.Duration) time.Duration {
	return d/2 + rand.N(d)
}

// sleep waits, and reports whether ctx is still active then.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
