// The summary of many sources: one line for those that ended well, and then one line
// for each reason why others did not.

package report

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/nearest"
)

const (
	// listed is the number of sources up to which each has its own line.
	listed = 12
	// slowest is how many of the sources that ended well are named.
	slowest = 3
)

// many writes the summary of too many sources for a table.
func many(b *strings.Builder, outcomes []query.Outcome, s Style) {
	if line := well(outcomes, s); line != "" {
		b.WriteString(line + "\n")
	}
	for _, g := range groups(outcomes) {
		b.WriteString(g.line(s) + "\n")
	}
}

// well counts the sources that ended well and names the slowest of them; it is empty if
// there are none.
func well(outcomes []query.Outcome, s Style) string {
	var good []query.Outcome
	var rows int64
	repeated := 0
	for _, o := range outcomes {
		if o.State == query.OK {
			good = append(good, o)
			rows += o.Rows
			if o.Attempts > 1 {
				repeated++
			}
		}
	}
	if len(good) == 0 {
		return ""
	}
	own := func(o query.Outcome) time.Duration { return o.Total - o.Waited } // counted from its turn
	slices.SortStableFunc(good, func(a, b query.Outcome) int { return cmp.Compare(own(b), own(a)) })
	var names []string
	for _, o := range good[:min(slowest, len(good))] {
		names = append(names, output.Sanitize(o.Source)+" "+shortSeconds(own(o)))
	}
	line := fmt.Sprintf("%s %s, %s, slowest: %s", humanize.Comma(int64(len(good))), colored(query.OK, s), shortRows(rows), strings.Join(names, ", "))
	if repeated > 0 {
		line += fmt.Sprintf("; %s tried more than once", humanize.Comma(int64(repeated)))
	}
	return line
}

// A group is the sources that ended in the same state for the same reason.
type group struct {
	names  []string
	all    query.Outcome // with the sums of all its sources
	common string        // the reasons' common text, if each contains its source's name
}

// alike is the key of a group: what its sources have in common.
type alike struct {
	state      query.State
	phase      driver.Phase
	cancel     driver.Cancel
	abandoned  bool
	code, text string
}

// groups returns the sources that did not end well, in source order. Sources that were
// cancelled because of others, or were not needed, come last.
func groups(outcomes []query.Outcome) (list []*group) {
	at := map[alike]*group{}
	for _, o := range outcomes {
		if o.State == query.OK {
			continue
		}
		text := ""
		if o.Err != nil {
			text = nearest.Common(o.Err.Error(), o.Source)
		}
		key := alike{o.State, o.Phase, o.Cancel, o.Abandoned, o.Code(), text}
		g := at[key]
		if g == nil {
			g = &group{all: o}
			at[key] = g
			list = append(list, g)
		} else {
			g.all.Rows, g.all.Discarded = g.all.Rows+o.Rows, g.all.Discarded+o.Discarded
			g.all.Attempts, g.all.Waited = max(g.all.Attempts, o.Attempts), 0
			if g.common == "" && o.Err != nil && o.Err.Error() != g.all.Err.Error() {
				g.common = text
			}
		}
		g.names = append(g.names, output.Sanitize(o.Source))
	}
	behind := func(g *group) int {
		if errors.Is(g.all.Err, query.ErrRequirement) || errors.Is(g.all.Err, query.ErrNotNeeded) {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(list, func(a, b *group) int { return behind(a) - behind(b) })
	return list
}

// line returns how the sources of a group ended.
func (g *group) line(s Style) string {
	if len(g.names) == 1 {
		return g.names[0] + ": " + g.reason(s)
	}
	return fmt.Sprintf("%s sources: %s (%s)", humanize.Comma(int64(len(g.names))), g.reason(s), nearest.List(g.names))
}

// reason returns the state, and the reason.
func (g *group) reason(s Style) string {
	if detail := detail(g.all, g.common); detail != "" {
		return colored(g.all.State, s) + ": " + detail
	}
	return colored(g.all.State, s)
}

// colored returns the word for a state.
func colored(state query.State, s Style) string {
	if color := colors[state]; s.Color && color != "" {
		return "\x1b[" + color + "m" + state.String() + "\x1b[0m"
	}
	return state.String()
}

// shortRows is CountRows with rounded numbers.
func shortRows(n int64) string {
	for _, unit := range []struct {
		of   float64
		sign string
	}{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}} {
		if float64(n) >= unit.of {
			return fmt.Sprintf("%.1f%s rows", float64(n)/unit.of, unit.sign)
		}
	}
	return CountRows(n)
}

// shortSeconds returns a time for comparison: with one decimal digit if it has whole
// seconds.
func shortSeconds(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%.3fs", d.Seconds())
	}
	return fmt.Sprintf("%.1fs", d.Seconds())
}
