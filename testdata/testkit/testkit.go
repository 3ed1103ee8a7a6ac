// Package testkit has tools for tests of every layer: waiting for conditions, and servers on
// loopback that refuse connections, stay silent, or do what the test chooses. It does not depend on
// fanql, so the tests of any package can use it.
//
// [Eventually] waits for a condition instead of sleeping:
//
//	testkit.Eventually(t, 5*time.Second, "no connection is left", func() bool { return count() == 0 })
package testkit

import (
	"testing"
	"time"
)

// pause is the time between two checks of a condition.
const pause = 2 * time.Millisecond

// Within reports whether so became true within the limit. It checks at once, and then
// every 2 ms.
func Within(limit time.Duration, so func() bool) bool {
	for begun := time.Now(); !so(); {
		if time.Since(begun) > limit {
			return false
		}
		<-time.After(pause)
	}
	return true
}

// Eventually ends the test unless so becomes true within the limit. It must be called on the test's
// own goroutine.
func Eventually(t testing.TB, limit time.Duration, what string, so func() bool) {
	t.Helper()
	if !Within(limit, so) {
		t.Fatalf("not so after %s: %s", limit, what)
	}
}
