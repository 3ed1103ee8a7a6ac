// The styles of tables.

package output

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// A TableStyle has the characters that separate the columns and the header of a table.
type TableStyle struct {
	Name                string
	left, right         string // at the ends of a row
	between             string // between two columns
	top, middle, bottom rule
	closed              bool // rows have a right end, so their last column is padded
}

// A rule is a horizontal line of a table. The zero rule means no line.
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

// markdownStyle is the style of Markdown. Its rule also has the alignment; see table.rule.
var markdownStyle = TableStyle{Name: "markdown", left: "| ", between: " | ", right: " |", closed: true, middle: rule{"| ", "-", " | ", " |"}}

// asciiBox is the style box for a locale with ASCII only.
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

// tableStyle returns the style with the name in Table, or the first style if the name is
// empty or unknown.
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

// around returns the width of a row without its values.
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

// header returns how many lines name the columns.
func (s TableStyle) header() (n int) {
	n = 1
	for _, r := range []rule{s.top, s.middle} {
		if r != (rule{}) {
			n++
		}
	}
	return n
}

// line returns the rule for columns of these widths.
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
