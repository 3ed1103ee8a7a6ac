// csv: RFC 4180, with lines that end in \n, as psql, sqlite3 and duckdb write it, and the
// styles of other programs.

package output

import (
	"bytes"

	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/separated"
)

// newCSV writes NULL without quotes, by default as nothing, and quotes the empty string and
// every value that looks like NULL. So readers can distinguish them. It also quotes values
// with separators, quotes, line breaks or spaces at either end, and a single \. , which
// psql reads as the end of the data. If a result has one column, a NULL is an empty line,
// as in psql. Some readers skip empty lines; a text for NULL avoids that.
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

// field puts the bytes from start on into quotes, if necessary.
func (e csvStyle) field(dst []byte, start int) []byte {
	if v := dst[start:]; e.QuoteAll || e.quoted(v) {
		return replace(appendQuoted(dst, v), start, len(v))
	}
	return dst
}

// replace removes the n bytes at start. The bytes after them take their place.
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
