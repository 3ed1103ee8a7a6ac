// tsv: tab-separated, with backslash escapes, as PostgreSQL's COPY text does.

package output

import "unicode/utf8"

// newTSV writes tabs, line breaks and backslashes in data as \t, \n, \r and \\, and NULL as
// \N, so no text can look like NULL. If NULL has another text, and a value looks the same,
// the bytes of its first character are written as \xNN, which COPY reads as well. Only an
// empty NULL cannot be distinguished from an empty text.
func newTSV(null string, o Options) Encoder {
	special := newNeedles('\t', '\\', '\n', '\r')
	return &fieldEncoder{
		separator: '\t', end: "\n", null: null, noHeader: o.NoHeader, bytes: `\`,
		text: func(dst, v []byte) []byte { return tsvEscaped(dst, v, special) },
		distinguish: func(dst []byte, start int) []byte {
			_, first := utf8.DecodeRuneInString(null)
			dst = dst[:start]
			for i := range first {
				dst = appendByte(dst, null[i])
			}
			return append(dst, null[first:]...)
		},
	}
}

func tsvEscaped(dst, v []byte, special *needles) []byte {
	if !special.in(v) {
		return append(dst, v...)
	}
	for _, ch := range v {
		switch ch {
		case '\t':
			dst = append(dst, '\\', 't')
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\\':
			dst = append(dst, '\\', '\\')
		default:
			dst = append(dst, ch)
		}
	}
	return dst
}
