// csv: RFC 4180, with lines that end in \n, as psql, sqlite3 and duckdb write it, and the
// styles that other programs want.

package output

import (
	"bytes"

	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/separated"
)

// newCSV writes NULL bare, empty by default, and quotes what could be taken for
// it: the empty string, and any value that looks like NULL. So the two stay apart
// for readers that care. Quoted are also separators, quotes, line breaks, spaces at
// either end, and a lone \. , which psql takes for the end of data. Where a result
// has one column, a NULL is an empty line, as psql has it: some readers skip
// those, and a text for NULL helps.
func newCSV(null string, o Options) Encoder {
	style := o.CSV
	q := &csvQuoting{null: null, special: newNeedles(style.Separator(), '"', '\n', '\r')}
	e := &fieldEncoder{
		separator: style.Separator(), end: "\n", bom: style.BOM, null: null, noHeader: o.NoHeader, text: q.text,
		distinguish: func(dst []byte, start int) []byte {
			return append(append(append(dst[:start], '"'), null...), '"')
		},
	}
	if style.CRLF {
		e.end = "\r\n"
	}
	if !style.Plain() || style.Guards() || style.QuoteAll {
		s := csvStyle{style, q}
		e.text, e.cell = s.text, s.cell
	}
	return e
}

type csvQuoting struct {
	null    string
	special *needles
}

func (e *csvQuoting) text(dst, v []byte) []byte {
	if !e.quoted(v) {
		return append(dst, v...)
	}
	return appendQuoted(dst, v)
}

func appendQuoted(dst, v []byte) []byte {
	dst = append(dst, '"')
	for {
		i := bytes.IndexByte(v, '"')
		if i < 0 {
			return append(append(dst, v...), '"')
		}
		dst = append(append(dst, v[:i]...), '"', '"')
		v = v[i+1:]
	}
}

func (e *csvQuoting) quoted(v []byte) bool {
	return len(v) == 0 || v[0] == ' ' || v[len(v)-1] == ' ' ||
		string(v) == e.null || string(v) == `\.` || e.special.in(v)
}

// csvStyle writes cells in a style that changes them.
type csvStyle struct {
	separated.Style
	*csvQuoting
}

// text writes a text or a name.
func (e csvStyle) text(dst, v []byte) []byte {
	start := len(dst)
	return e.field(e.AppendText(dst, v), start)
}

// field puts what was appended since start into quotes, if it needs them.
func (e csvStyle) field(dst []byte, start int) []byte {
	if v := dst[start:]; e.QuoteAll || e.quoted(v) {
		return replace(appendQuoted(dst, v), start, len(v))
	}
	return dst
}

// replace removes the n bytes at start, behind which stands what takes their place.
func replace(dst []byte, start, n int) []byte {
	return dst[:start+copy(dst[start:], dst[start+n:])]
}

// cell writes a cell that is not NULL.
func (e csvStyle) cell(dst []byte, b *row.Batch, c row.Cell) []byte {
	start := len(dst)
	switch dst = b.AppendText(dst, c); {
	case c.Kind == row.Bool && e.True != "":
		word := e.False
		if c.Bits != 0 {
			word = e.True
		}
		dst = append(dst[:start], word...)
	case c.Kind.Numeric() && (e.Comma || e.Digits):
		v := dst[start:]
		dst = replace(e.AppendNumber(dst, v, c.Kind != row.Float), start, len(v))
	case (c.Kind == row.Text || c.Kind == row.JSON) && e.Guards():
		v := dst[start:]
		dst = replace(e.AppendText(dst, v), start, len(v))
	}
	return e.field(dst, start)
}
