// markdown: a table as GitHub renders it.

package output

import (
	"bytes"

	"github.com/fanql/fanql/sources/row"
)

// markdownEncoder aligns columns of numbers to the right, writes line breaks as
// <br>, and escapes what would end a cell, hide text or restyle it.
type markdownEncoder struct {
	null     string
	noHeader bool
}

func newMarkdown(null string, o Options) Encoder {
	return &markdownEncoder{null: null, noHeader: o.NoHeader}
}

func (e *markdownEncoder) Header(dst []byte, s *row.Schema) []byte {
	if s == nil || e.noHeader {
		return dst
	}
	dst = append(dst, '|')
	for _, c := range s.Columns {
		dst = append(dst, ' ')
		dst = append(appendMarkdown(dst, []byte(c.Name)), " |"...)
	}
	dst = append(dst, "\n|"...)
	for _, c := range s.Columns {
		dst = append(dst, " ---"...)
		if c.Type.Numeric() {
			dst = append(dst, ':')
		}
		dst = append(dst, " |"...)
	}
	return append(dst, '\n')
}

func (e *markdownEncoder) Rows(dst []byte, b *row.Batch, _ bool) []byte {
	for i := range b.Rows() {
		dst = append(dst, '|')
		for _, c := range b.Row(i) {
			dst = append(dst, ' ')
			switch {
			case c.Kind == row.Null:
				dst = append(dst, e.null...)
			case c.Flags&row.InArena == 0:
				dst = row.AppendValue(dst, c)
			case c.Kind == row.Bytes:
				dst = b.AppendText(append(dst, '\\'), c)
			default:
				dst = appendMarkdown(dst, b.Bytes(c))
			}
			dst = append(dst, " |"...)
		}
		dst = append(dst, '\n')
	}
	return dst
}

func (e *markdownEncoder) Separator() string                { return "" }
func (e *markdownEncoder) Footer(dst []byte, _ bool) []byte { return dst }

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
