// Pauses between attempts, in virtual time.

package notify

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestPausesBetweenAttempts(t *testing.T) {
	away := errors.New("it is away")
	for name, c := range map[string]struct {
		err  error
		want []time.Duration // the time of each attempt
	}{
		"away":           {away, []time.Duration{0, time.Second, 3 * time.Second}},
		"for good":       {&permanent{away}, []time.Duration{0}},
		"a little later": {&later{away, 4 * time.Second}, []time.Duration{0, 4 * time.Second, 8 * time.Second}},
		"much later":     {&later{away, time.Hour}, []time.Duration{0}},
	} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			var at []time.Duration
			ch := Channel{send: func(context.Context, Message) error { at = append(at, time.Since(start)); return c.err }}
			if err := ch.try(t.Context(), Message{}); !errors.Is(err, away) {
				t.Error(name, err)
			}
			if len(at) != len(c.want) {
				t.Fatalf("%s: %v", name, at)
			}
			for i := range at {
				if at[i] != c.want[i] {
					t.Errorf("%s: %v, want %v", name, at, c.want)
				}
			}
		})
	}
	synctest.Test(t, func(t *testing.T) { // the end of the run ends the pause
		ctx, stop := context.WithTimeout(t.Context(), 2*time.Second)
		defer stop()
		start, n := time.Now(), 0
		ch := Channel{send: func(context.Context, Message) error { n++; return away }}
		if err := ch.try(ctx, Message{}); err == nil || n != 2 || time.Since(start) != 2*time.Second {
			t.Error(err, n, time.Since(start))
		}
	})
}
