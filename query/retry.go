// Asking once more: when, and how long to wait.

package query

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/fanql/fanql/sources/driver"
)

// maxAttempts is how often a source is asked at most.
const maxAttempts = 3

// firstPause is about how long to wait before the second attempt; the third
// waits four times as long.
const firstPause = 100 * time.Millisecond

// retry says whether a source that ended with an error is asked once more, and
// after which pause. A broken line is mended once, and only where nothing of the
// answer has left for a sink, which cannot give it back.
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
// another turn, which is no attempt. Without a limit of its server it is asked again
// as others are.
func refused(a *Task, err error) bool {
	failed, is := errors.AsType[*driver.Error](err)
	return is && failed.Retry == driver.Crowded && a.server() != nil
}

// jitter returns between half and one and a half of d, so that many clients of one
// server do not come back at the same moment.
func jitter(d time.Duration) time.Duration {
	return d/2 + rand.N(d)
}

// sleep waits, and reports whether ctx is still wanted then.
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
