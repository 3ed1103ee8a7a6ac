// Help pages: Markdown in the form for a terminal and for man.

package manual

import "strings"

// A Page is a help page that does not belong to a single command.
type Page struct {
	Name string // in `fanql help NAME`
	// Text is Markdown. Its first line is the title, "# ...".
	Text string
	// Manual is the name of the manual page and Section its section.
	Manual, Section string
}

// Title returns the page's line in lists.
func (p Page) Title() string {
	title, _, _ := strings.Cut(p.Text, "\n")
	return strings.TrimPrefix(title, "# ")
}

// Shown returns the page for a terminal: blocks of code are indented instead of fenced,
// the columns of tables are aligned, comments are left out, and everything else is
// unchanged.
func (p Page) Shown() string {
	var b strings.Builder
	lines := strings.Split(p.Text, "\n")
	code := false
	for i := 0; i < len(lines); i++ {
		switch line := lines[i]; {
		case strings.HasPrefix(line, "```"):
			code = !code
		case code && line != "":
			b.WriteString("    " + line + "\n")
		case !code && strings.HasPrefix(line, "|"):
			begin := i
			for i+1 < len(lines) && strings.HasPrefix(lines[i+1], "|") {
				i++
			}
			b.WriteString(table(lines[begin : i+1]))
		case !code && strings.HasPrefix(line, "<!--"):
		default:
			b.WriteString(line + "\n")
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}
