// Makes differences visible between values that look the same.

package output

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/fanql/fanql/sources/row"
)

// Reveal returns the rows of a diff with invisible differences made visible: the text is in
// quotes, with escapes for blanks at the ends, characters without a width, unusual spaces,
// and composed or decomposed letters. It takes ownership of the batch. It is for formats
// that people read: see [Format.ForPeople].
//
// If both values of a changed cell are in one row, both are shown in this way if they look
// the same. In other rows, each text with such a character is.
func Reveal(b *row.Batch) *row.Batch {
	width := b.Schema.Width()
	paired := width >= 3 && b.Schema.Columns[width-3].Name == "column" && b.Schema.Columns[width-1].Name == "value"
	out := row.NewBatch(b.Schema)
	for i := range b.Rows() {
		cells := b.Row(i)
		alike := paired && look(b, cells[width-2]) == look(b, cells[width-1]) && cells[width-3].Kind != row.Null
		forms := [2]func(string) string{revealed, revealed}
		if alike && cells[width-2].Kind == row.Text && cells[width-1].Kind == row.Text &&
			revealed(string(b.Bytes(cells[width-2]))) == revealed(string(b.Bytes(cells[width-1]))) {
			forms = [2]func(string) string{strconv.QuoteToASCII, strconv.QuoteToASCII}
		}
		for at, c := range cells {
			switch {
			case c.Kind != row.Text:
				out.AppendCell(b, c)
			case paired && at >= width-2 && alike:
				out.TextString(forms[at-(width-2)](string(b.Bytes(c))))
			case paired && at >= width-3, at < 2, !hides(b.Bytes(c)):
				out.AppendCell(b, c)
			default:
				out.TextString(revealed(string(b.Bytes(c))))
			}
		}
		out.EndRow()
	}
	b.Release()
	return out
}

// ForPeople reports whether the format is read by people and not by programs.
func (f Format) ForPeople() bool { return f.null == "NULL" }

// look returns what a reader sees of a cell.
func look(b *row.Batch, c row.Cell) string {
	if c.Kind == row.Null {
		return "NULL"
	}
	var seen strings.Builder
	for _, r := range string(norm.NFKC.Bytes(b.AppendText(nil, c))) {
		switch {
		case unicode.IsSpace(r):
			seen.WriteByte(' ')
		case unicode.IsPrint(r):
			seen.WriteRune(r)
		}
	}
	return strings.TrimSpace(seen.String())
}

// hides reports whether a text has invisible parts.
func hides(v []byte) bool {
	if len(v) > 0 && printable(v) {
		return v[0] == ' ' || v[len(v)-1] == ' '
	}
	trimmed := bytes.TrimSpace(v)
	text := revealed(string(v))
	return len(trimmed) < len(v) || text[1:len(text)-1] != string(v)
}

// revealed returns a text in quotes, with escapes for invisible parts.
func revealed(s string) string {
	normal := norm.NFC.IsNormalString(s)
	var shown strings.Builder
	shown.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			shown.WriteByte('\\')
			shown.WriteRune(r)
		case r == ' ' || unicode.IsPrint(r) && (normal || !unicode.Is(unicode.M, r)):
			shown.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&shown, `\U%08x`, r)
		default:
			fmt.Fprintf(&shown, `\u%04x`, r)
		}
	}
	shown.WriteByte('"')
	return shown.String()
}
