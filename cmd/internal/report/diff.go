// The findings of a comparison, in words and in the report.

package report

import (
	"fmt"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/merge/compare"
	"github.com/fanql/fanql/sources/nearest"
)

// A Diff holds the findings of a comparison of sources with a baseline.
type Diff struct {
	baseline int    // the baseline's index; -1 if it is not one of the sources
	name     string // the baseline's name in that case
	tables   bool   // tables are compared and not rows
	compared map[int]compare.Comparison
}

// NewDiff returns an empty comparison with the source at that index.
func NewDiff(baseline int) *Diff {
	return &Diff{baseline: baseline, compared: map[int]compare.Comparison{}}
}

// NewSchemaDiff returns a comparison of tables with those of the source at that index, or
// with a file of that name if the index is -1.
func NewSchemaDiff(baseline int, name string) *Diff {
	return &Diff{baseline: baseline, name: name, tables: true, compared: map[int]compare.Comparison{}}
}

// base returns the baseline's name.
func (d *Diff) base(v Verdict) string {
	if d.baseline < 0 {
		return d.name
	}
	return v.Outcomes[d.baseline].Source
}

// others returns the number of sources that are compared with the baseline.
func (d *Diff) others(v Verdict) int {
	if d.baseline < 0 {
		return len(v.Outcomes)
	}
	return len(v.Outcomes) - 1
}

// count returns a number of rows or tables in words.
func (d *Diff) count(n int64) string {
	switch {
	case !d.tables:
		return CountRows(n)
	case n == 1:
		return "1 table"
	}
	return humanize.Comma(n) + " tables"
}

// Add records the comparison of a source. It is a callback for compare.Diff.
func (d *Diff) Add(source int, c compare.Comparison) { d.compared[source] = c }

// met reports whether the required number of sources was compared, counting the
// baseline.
func (d *Diff) met(required int) bool {
	if d.baseline >= 0 {
		required--
	}
	return len(d.compared) >= max(required, 1)
}

// sum adds up all comparisons, and counts those with differences.
func (d *Diff) sum() (all compare.Comparison, different int) {
	for _, c := range d.compared {
		all.Added, all.Removed, all.Changed = all.Added+c.Added, all.Removed+c.Removed, all.Changed+c.Changed
		all.Rows += c.Rows
		if !c.Same() {
			different++
		}
	}
	return all, different
}

// comparisons writes a line for each source that was compared; of many, equal ones
// share one line.
func comparisons(b *strings.Builder, v Verdict, s Style) {
	if v.Diff == nil {
		return
	}
	base := output.Sanitize(v.Diff.base(v))
	var same []string
	for i, o := range v.Outcomes {
		switch c, ok := v.Diff.compared[i]; {
		case !ok:
		case c.Same() && len(v.Outcomes) > listed && !s.Verbose:
			same = append(same, output.Sanitize(o.Source))
		default:
			fmt.Fprintf(b, "%s: %s\n", output.Sanitize(o.Source), v.Diff.differs(c, base))
		}
	}
	if len(same) > 0 {
		fmt.Fprintf(b, "%s the same as %s: %s\n", of(len(same), v.Diff.others(v)), base, nearest.List(same))
	}
}

// Differs says in one line how the rows of a source differ from those of the baseline
// with that name.
func Differs(c compare.Comparison, base string) string { return NewDiff(0).differs(c, base) }

func (d *Diff) differs(c compare.Comparison, base string) string {
	if c.Same() {
		return "same, " + d.count(c.Rows)
	}
	parts := []string{"different: " + tally(c)}
	if len(c.Missing) > 0 {
		parts = append(parts, columns("no", c.Missing))
	}
	if len(c.Extra) > 0 {
		parts = append(parts, columns("also", c.Extra))
	}
	return fmt.Sprintf("%s; %s, %s in %s", strings.Join(parts, "; "), d.count(c.Rows), humanize.Comma(c.Baseline), base)
}

// shownColumns is the number of changed columns that are counted by name.
const shownColumns = 5

func tally(c compare.Comparison) string {
	text := fmt.Sprintf("%s added, %s removed", humanize.Comma(c.Added), humanize.Comma(c.Removed))
	if c.Changed == 0 {
		return text
	}
	text += fmt.Sprintf(", %s changed", humanize.Comma(c.Changed))
	var parts []string
	for i, n := range c.Cells {
		if i == shownColumns && len(c.Cells) > shownColumns+1 {
			parts = append(parts, fmt.Sprintf("and %d more", len(c.Cells)-i))
			break
		}
		parts = append(parts, fmt.Sprintf("%s %s", output.Sanitize(n.Column), humanize.Comma(n.Cells)))
	}
	if len(parts) > 0 {
		text += " (" + strings.Join(parts, ", ") + ")"
	}
	return text
}

func columns(word string, names []string) string {
	noun := "column"
	if len(names) > 1 {
		noun += "s"
	}
	var quoted []string
	for _, n := range names {
		quoted = append(quoted, `"`+output.Sanitize(n)+`"`)
	}
	return fmt.Sprintf("%s %s %s", word, noun, strings.Join(quoted, ", "))
}

// compared returns the last line of a comparison, without the missing sources.
func compared(v Verdict) string {
	all, different := v.Diff.sum()
	base := output.Sanitize(v.Diff.base(v))
	with := fmt.Sprintf("%s compared with %s", of(len(v.Diff.compared), v.Diff.others(v)), base)
	took := " in " + seconds(v.Elapsed)
	if different > 0 {
		with += fmt.Sprintf(", %d different: %s", different, tally(all)) + unsharedColumns(v)
	}
	switch {
	case v.Failure != nil:
		return "no answer: " + output.Sanitize(v.Failure.Error())
	case v.Result() == "none" && v.Output != "":
		return "no answer: " + with + took + ", and " + v.Spelling.Name("output") + " wants all"
	case v.Result() == "none":
		return "no answer: " + with + took
	case v.Result() == "partial":
		return "partial: " + with + took + target(v)
	case different > 0:
		return "different: " + with + took + target(v)
	}
	return "same: " + with + ", " + v.Diff.count(all.Rows) + took + target(v)
}

// unsharedColumns says which columns only one side has, for a readable number of
// sources: the counts do not show that.
func unsharedColumns(v Verdict) string {
	var all []string
	for i, o := range v.Outcomes {
		c := v.Diff.compared[i]
		for _, part := range []struct {
			word  string
			names []string
		}{{"has no", c.Missing}, {"has also", c.Extra}} {
			if len(part.names) > 0 {
				all = append(all, fmt.Sprintf("; %s %s", output.Sanitize(o.Source), columns(part.word, part.names)))
			}
		}
	}
	if left := len(all) - listed; left > 0 {
		all = append(all[:listed], fmt.Sprintf("; and %d more of the kind", left))
	}
	return strings.Join(all, "")
}

type diffDocument struct {
	Baseline string `json:"baseline"`
	Same     *bool  `json:"same"`
}

type comparison struct {
	Same           bool             `json:"same"`
	Rows           int64            `json:"rows"`
	BaselineRows   int64            `json:"baseline_rows"`
	Added          int64            `json:"added"`
	Removed        int64            `json:"removed"`
	Changed        int64            `json:"changed"`
	Cells          map[string]int64 `json:"cells"`
	MissingColumns []string         `json:"missing_columns"`
	ExtraColumns   []string         `json:"extra_columns"`
}

// diffOf returns the report's part about a comparison as a whole: it is "same" only if
// every source was compared.
func diffOf(v Verdict) *diffDocument {
	if v.Diff == nil {
		return nil
	}
	d := &diffDocument{Baseline: v.Diff.base(v)}
	if _, different := v.Diff.sum(); different > 0 || v.Result() == "complete" {
		same := different == 0
		d.Same = &same
	}
	return d
}

func comparisonOf(v Verdict, i int) *comparison {
	if v.Diff == nil {
		return nil
	}
	c, ok := v.Diff.compared[i]
	if !ok {
		return nil
	}
	d := &comparison{
		Same: c.Same(), Rows: c.Rows, BaselineRows: c.Baseline, Added: c.Added, Removed: c.Removed, Changed: c.Changed,
		Cells: map[string]int64{}, MissingColumns: append([]string{}, c.Missing...), ExtraColumns: append([]string{}, c.Extra...),
	}
	for _, n := range c.Cells {
		d.Cells[n.Column] = n.Cells
	}
	return d
}
