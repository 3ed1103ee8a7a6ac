// Text as Markdown shows it. The format markdown is a table of such text.

package output

import "bytes"

// Markdown escapes a text without line breaks, so that it is shown unchanged: no part of it
// is markup, HTML, or the end of a cell.
func Markdown(text string) string { return string(appendMarkdown(nil, []byte(text))) }

// markup has the characters with a meaning in Markdown. A backslash may precede each of
// them.
const markup = "\\`*_[]<>#|~&!$"

// appendMarkdown appends a text as a cell shows it. A line break is <br>.
func appendMarkdown(dst, v []byte) []byte {
	for len(v) > 0 {
		i := bytes.IndexAny(v, markup+"\r\n")
		if i < 0 {
			break
		}
		dst = append(dst, v[:i]...)
		ch := v[i]
		v = v[i+1:]
		switch {
		case ch == '\r' && len(v) > 0 && v[0] == '\n': // the \n follows
		case ch == '\r' || ch == '\n':
			dst = append(dst, "<br>"...)
		default:
			dst = append(dst, '\\', ch)
		}
	}
	return append(dst, v...)
}
