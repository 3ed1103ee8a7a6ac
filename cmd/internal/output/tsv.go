// tsv: tab-separated, with backslash escapes, as PostgreSQL's COPY text does.

package output

// newTSV writes tabs, line breaks and backslashes in data as \t, \n, \r and \\,
// and NULL as \N, which therefore no text can look like. Where NULL is given
// another look, a value that looks the same has its first byte written as \xNN,
// which COPY reads back as well; only an empty NULL cannot be told from an empty
// text.
func newTSV(null string, o Options) Encoder {
	special := newNeedles('\t', '\\', '\n', '\r')
	return &separated{
		separator: '\t', null: null, noHeader: o.NoHeader, bytes: `\`,
		text: func(dst, v []byte) []byte { return tsvEscaped(dst, v, special) },
		apart: func(dst []byte, start int) []byte {
			first := null[0]
			return append(append(dst[:start], '\\', 'x', hexDigits[first>>4], hexDigits[first&15]), null[1:]...)
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
