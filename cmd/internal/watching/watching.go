// Package watching repeats a run, and shows on a terminal what has changed from one round
// to the next.
//
// [Rounds] starts the rounds. The result of a round, [Rows] or a text, becomes a [Frame],
// which a [Display] paints over the previous one. [Changes] compares rows with those of the
// previous rounds. A [Condition] says when to stop:
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
// a fixed time after the previous one began, or at once if that took longer. Rounds do not
// overlap, and rounds for which there was no time are left out. Round itself decides whether
// ctx ends it.
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
