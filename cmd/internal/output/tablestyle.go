// How tables are drawn.

package output

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// A TableStyle is how the columns and the header of a table are set apart.
type TableStyle struct {
	Name                string
	left, right         string // at the ends of a row
	between             string // between two columns
	top, middle, bottom rule
	closed              bool // rows have a right end, so their last column is padded
}

// A rule is a line of a table. The zero rule is none.
type rule struct{ left, dash, between, right string }

// TableStyles are all styles, in the order in which help shows them; the first is the
// usual one.
var TableStyles = []TableStyle{
	{Name: "psql", left: " ", between: " | ", middle: rule{"-", "-", "-+-", "-"}},
	{
		Name: "box", left: "│ ", between: " │ ", right: " │", closed: true,
		top: rule{"┌─", "─", "─┬─", "─┐"}, middle: rule{"├─", "─", "─┼─", "─┤"}, bottom: rule{"└─", "─", "─┴─", "─┘"},
	},
	{Name: "plain", between: "  "},
	{Name: "compact", between: "|", middle: rule{"", "-", "+", ""}},
}

// markdownStyle is how a table looks in Markdown. Its rule says more; see table.rule.
var markdownStyle = TableStyle{Name: "markdown", left: "| ", between: " | ", right: " |", closed: true, middle: rule{"| ", "-", " | ", " |"}}

// asciiBox is box for a locale that has no other characters.
var asciiBox = TableStyle{
	Name: "box", left: "| ", between: " | ", right: " |", closed: true,
	top: rule{"+-", "-", "-+-", "-+"}, middle: rule{"+-", "-", "-+-", "-+"}, bottom: rule{"+-", "-", "-+-", "-+"},
}

// TableStyleNames returns the names of all styles.
func TableStyleNames() (names []string) {
	for _, s := range TableStyles {
		names = append(names, s.Name)
	}
	return names
}

// tableStyle returns the style of a name; an empty or unknown one is the usual.
func (o Options) tableStyle() TableStyle {
	i := slices.IndexFunc(TableStyles, func(s TableStyle) bool { return s.Name == o.Table })
	if i < 0 {
		i = 0
	}
	if s := TableStyles[i]; s.Name != "box" || !o.ASCII {
		return s
	}
	return asciiBox
}

// around is how many places a row takes beside its values.
func (s TableStyle) around(columns int) int {
	right := utf8.RuneCountInString(s.right)
	if !s.closed {
		right = 0
		if s.middle != (rule{}) {
			right = utf8.RuneCountInString(s.middle.right) // the rule is longer than the rows
		}
	}
	return utf8.RuneCountInString(s.left) + max(0, columns-1)*utf8.RuneCountInString(s.between) + right
}

// header is how many lines name the columns.
func (s TableStyle) header() (n int) {
	n = 1
	for _, r := range []rule{s.top, s.middle} {
		if r != (rule{}) {
			n++
		}
	}
	return n
}

// line returns a rule over columns of these widths.
func (r rule) line(widths []int) string {
	if r == (rule{}) {
		return ""
	}
	var b strings.Builder
	b.WriteString(r.left)
	for i, w := range widths {
		if i > 0 {
			b.WriteString(r.between)
		}
		b.WriteString(strings.Repeat(r.dash, w))
	}
	b.WriteString(r.right)
	return b.String()
}
