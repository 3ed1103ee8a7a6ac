// The timeline: a bar for each source.

package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/query"
)

// timelined is how many sources a timeline shows at most. If there are more, it shows those
// that took the longest.
const timelined = 40

// phases of a source, and the characters for them.
const (
	queued = iota
	connecting
	awaited
	receiving
	phases
)

var (
	blocks      = [phases]string{" ", "░", "▒", "█"}
	plainBlocks = [phases]string{" ", ".", "-", "#"}
)

// timeline appends the drawing. Times count from the dispatch.
func timeline(b *strings.Builder, outcomes []query.Outcome, s Style) {
	shown := slices.Clone(outcomes)
	if len(shown) > timelined {
		slices.SortStableFunc(shown, func(x, y query.Outcome) int { return cmp.Compare(y.Total, x.Total) })
		shown = shown[:timelined]
		slices.SortFunc(shown, func(x, y query.Outcome) int { return cmp.Compare(x.Index, y.Index) })
	}
	names, states := 0, 0
	var last time.Duration
	for _, o := range shown {
		names, states, last = max(names, runewidth.StringWidth(output.Sanitize(o.Source))), max(states, len(o.State.String())), max(last, o.Total)
	}
	names = min(names, 30)
	end := fmt.Sprintf("%.3fs", last.Seconds())
	width := s.Width
	if width <= 0 {
		width = 80
	}
	room := max(10, width-names-states-4-len(end)-2)
	shades := blocks
	if s.ASCII {
		shades = plainBlocks
	}
	fmt.Fprintf(b, "%s  0s%s\n", strings.Repeat(" ", names+2+states), strings.Repeat(" ", max(1, room-2-len(end)))+end)
	for _, o := range shown {
		name := runewidth.FillRight(runewidth.Truncate(output.Sanitize(o.Source), names, "…"), names)
		bar := ""
		done := 0
		for phase, until := range untils(o) {
			if last > 0 {
				n := int(math.Round(float64(room) * float64(until) / float64(last)))
				if phase == receiving && o.State == query.OK && n == done && o.FirstRow > 0 {
					if done == room {
						_, size := utf8.DecodeLastRuneInString(bar)
						bar, done = bar[:len(bar)-size], done-1
					}
					n = done + 1 // too short to be seen, but there were rows
				}
				bar += strings.Repeat(shades[phase], max(0, n-done))
				done = max(done, n)
			}
		}
		line := fmt.Sprintf("%s  %-*s  %s", name, states, o.State, strings.TrimRight(bar, " "))
		b.WriteString(strings.TrimRight(line, " ") + " " + fmt.Sprintf("%.3fs", o.Total.Seconds()) + "\n")
	}
	if more := len(outcomes) - len(shown); more > 0 {
		fmt.Fprintf(b, "and %d more, which took less\n", more)
	}
	fmt.Fprintf(b, "%s connect  %s wait for the first row  %s rows\n", shades[connecting], shades[awaited], shades[receiving])
}

// untils returns when each phase of a source ended.
func untils(o query.Outcome) [phases]time.Duration {
	connected, first := o.Total, o.Total
	if o.Asked > 0 {
		connected = o.Asked
	}
	if o.FirstRow > 0 {
		first = o.FirstRow
	}
	return [phases]time.Duration{o.Waited, connected, max(connected, first), o.Total}
}
