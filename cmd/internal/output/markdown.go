// Text as Markdown shows it. The format markdown is a table of such text.

package output

import "bytes"

// Markdown makes a text without line breaks one that is shown as it is: nothing of
// it is markup, HTML, or the end of a cell.
func Markdown(text string) string { return string(appendMarkdown(nil, []byte(text))) }

// markup is what Markdown may take for its own. Every one of them may stand behind a
// backslash.
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
		case ch == '\r' && len(v) > 0 && v[0] == '\n': // the \n says it
		case ch == '\r' || ch == '\n':
			dst = append(dst, "<br>"...)
		default:
			dst = append(dst, '\\', ch)
		}
	}
	return append(dst, v...)
}
