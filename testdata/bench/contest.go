// A contest: fanql and a rival do the same work in turn.
package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"
)

// A contest compares fanql with a rival that does the same work.
type contest struct {
	work, against string
	limit         limit
	needs         needs
	brief         bool // it is short, so it has more runs
	ours, theirs  runner
}

// A runner does the work once.
type runner func(context.Context) (measure, error)

// A measure is the cost of one run.
type measure struct {
	time   time.Duration
	memory int64         // the largest resident set, in bytes; 0 if it is not measured
	cpu    time.Duration // processor time of the process that was run
}

// An outcome is the result of a contest. It has a measure for each run. Measures with the same
// index are of the same turn.
type outcome struct {
	contest
	ours, theirs []measure
}

// moreRuns is the factor for the runs of a brief contest.
const moreRuns = 5

// run measures the given number of turns, after one turn that does not count. In each turn both run
// once, and each of them goes first in every second turn.
func (c contest) run(ctx context.Context, runs int) (outcome, error) {
	p := outcome{contest: c}
	if c.brief {
		runs *= moreRuns
	}
	for turn := range runs + 1 {
		var ours, theirs measure
		for half := range 2 {
			var err error
			switch {
			case half == turn%2:
				ours, err = c.ours(ctx)
			case c.theirs != nil:
				theirs, err = c.theirs(ctx)
			}
			if err != nil {
				return p, err
			}
		}
		if turn > 0 {
			p.ours, p.theirs = append(p.ours, ours), append(p.theirs, theirs)
		}
	}
	value, spread, _ := c.limit.of(p)
	fmt.Fprintf(os.Stderr, "bench: %s: %s (%s), %s against %s\n", c.title(), value, spread,
		seconds(median(times(p.ours))), seconds(median(times(p.theirs))))
	return p, nil
}

// title is the name that selects a contest.
func (c contest) title() string {
	if c.against == "" {
		return c.work
	}
	return c.work + ", against " + c.against
}

// slowest returns a runner that runs all of the runners, one after another, and returns the measure
// of the slowest.
func slowest(all ...runner) runner {
	return func(ctx context.Context) (most measure, err error) {
		for _, run := range all {
			m, err := run(ctx)
			if err != nil {
				return most, err
			}
			if m.time > most.time {
				most = m
			}
		}
		return most, nil
	}
}

// A limit is the most that fanql may need. One of the fields is set.
type limit struct {
	ratio  float64
	plus   time.Duration
	memory int64
	cpu    time.Duration // of the process
}

// String returns the limit in the form of the table.
func (l limit) String() string {
	switch {
	case l.ratio > 0:
		return fmt.Sprintf("%.2f", l.ratio)
	case l.plus > 0:
		return fmt.Sprintf("+ %.2f s", l.plus.Seconds())
	case l.memory > 0:
		return fmt.Sprintf("%d MiB", l.memory>>20)
	case l.cpu > 0:
		return milliseconds(l.cpu)
	}
	return ""
}

// milliseconds returns the text of a processor time.
func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.0f ms of CPU", d.Seconds()*1e3)
}

// of judges an outcome: by the median of the ratios or differences of its turns, by the
// median of the processor times of its runs, or by the largest memory of any run.
func (l limit) of(p outcome) (value, spread string, met bool) {
	if l.memory > 0 {
		most := largest(p.ours)
		return fmt.Sprintf("%d MiB", most>>20), "", most <= l.memory
	}
	if l.cpu > 0 {
		var used []time.Duration
		for _, m := range p.ours {
			used = append(used, m.cpu)
		}
		middle := median(used)
		return milliseconds(middle), milliseconds(slices.Min(used)) + " to " + milliseconds(slices.Max(used)), middle <= l.cpu
	}
	form := "%.2f"
	turns := make([]float64, len(p.ours))
	for i := range turns {
		ours, theirs := p.ours[i].time.Seconds(), p.theirs[i].time.Seconds()
		if turns[i] = ours / theirs; l.plus > 0 {
			form, turns[i] = "%+.2f s", ours-theirs
		}
	}
	middle := median(turns)
	return fmt.Sprintf(form, middle), fmt.Sprintf(form+" to "+form, slices.Min(turns), slices.Max(turns)),
		middle <= max(l.ratio, l.plus.Seconds())
}

func times(all []measure) []time.Duration {
	list := make([]time.Duration, len(all))
	for i, m := range all {
		list[i] = m.time
	}
	return list
}

func largest(all []measure) (most int64) {
	for _, m := range all {
		most = max(most, m.memory)
	}
	return most
}
