package watching_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fanql/fanql/cmd/internal/watching"
)

// begun runs rounds with these durations. It returns the time at which each round began.
func begun(t *testing.T, every time.Duration, take ...time.Duration) (at []time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		watching.Rounds(t.Context(), every, func(n int) bool {
			at = append(at, time.Since(start))
			time.Sleep(take[n-1])
			return n < len(take)
		})
		if over, want := time.Since(start), at[len(at)-1]+take[len(take)-1]; over != want {
			t.Errorf("the watch ended after %s, want %s", over, want)
		}
	})
	return at
}

func TestRoundsBeginAtFixedTimesAndALongOneIsFollowedAtOnce(t *testing.T) {
	const s = time.Second
	for _, c := range []struct {
		name       string
		take, want []time.Duration
	}{
		{"quick rounds", []time.Duration{0, s, 4 * s, 0}, []time.Duration{0, 5 * s, 10 * s, 15 * s}},
		{"a round as long as the interval", []time.Duration{5 * s, 0}, []time.Duration{0, 5 * s}},
		{"a long round: no round is made up for", []time.Duration{12 * s, s, 0}, []time.Duration{0, 12 * s, 17 * s}},
		{"all rounds are long", []time.Duration{6 * s, 7 * s, 8 * s}, []time.Duration{0, 6 * s, 13 * s}},
	} {
		if got := begun(t, 5*s, c.take...); !slices.Equal(got, c.want) {
			t.Errorf("%s: the rounds began at %v, want %v", c.name, got, c.want)
		}
	}
}

func TestRoundsEndWithTheContext(t *testing.T) {
	for _, c := range []struct {
		name      string
		end, take time.Duration
		rounds    int
		over      time.Duration
	}{
		{"between two rounds", 7 * time.Second, time.Second, 2, 7 * time.Second},
		{"during a round", 6 * time.Second, 3 * time.Second, 2, 6 * time.Second},
		{"when a round is due", 10 * time.Second, 12 * time.Second, 1, 10 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), c.end)
			defer cancel()
			rounds := 0
			watching.Rounds(ctx, 5*time.Second, func(int) bool {
				rounds++
				select {
				case <-ctx.Done():
				case <-time.After(c.take):
				}
				return true
			})
			if over := time.Since(start); rounds != c.rounds || over != c.over {
				t.Errorf("%s: %d rounds in %s, want %d in %s", c.name, rounds, over, c.rounds, c.over)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	watching.Rounds(ctx, time.Second, func(int) bool {
		t.Error("a round began after the end")
		return false
	})
}
