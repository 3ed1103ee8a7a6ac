// Package watching repeats a run, and shows on a terminal what has changed from one round
// to the next.
//
// [Rounds] says when a round begins. What a round gave, [Rows] or a text, becomes a [Frame],
// which a [Display] paints over the one before it; [Changes] compares rows with those of the
// rounds before. A [Condition] says when to stop:
//
//	watching.Rounds(ctx, 5*time.Second, func(n int) bool {
//		rows := &watching.Rows{}
//		… // a run that writes to rows.Writer
//		marks := changes.Next(rows, answered)
//		err := display.Show(watching.Frame{Body: …})
//		return err == nil && !met
//	})
//
// It knows neither databases nor signals.
package watching

import (
	"context"
	"time"
)

// Least is the shortest interval between the beginnings of two rounds.
const Least = 100 * time.Millisecond

// Rounds calls round with 1, 2 and so on, until it returns false or ctx ends. A round begins
// a fixed time after the one before has begun, or at once if that took longer: rounds do not
// overlap, and those that there was no time for are left out. Whether ctx ends a round is
// up to the round.
func Rounds(ctx context.Context, every time.Duration, round func(n int) (more bool)) {
	next := time.NewTimer(0)
	defer next.Stop()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-next.C:
		}
		if ctx.Err() != nil {
			return
		}
		began := time.Now()
		if !round(n) {
			return
		}
		next.Reset(time.Until(began.Add(every)))
	}
}
