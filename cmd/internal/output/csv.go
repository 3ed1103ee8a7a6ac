// csv: RFC 4180, with lines that end in \n, as psql, sqlite3 and duckdb write it.

package output

import "bytes"

// newCSV writes NULL bare, empty by default, and quotes what could be taken for
// it: the empty string, and any value that looks like NULL. So the two stay apart
// for readers that care. Quoted are also commas, quotes, line breaks, spaces at
// either end, and a lone \. , which psql takes for the end of data. Where a result
// has one column, a NULL is an empty line, as psql has it: some readers skip
// those, and a text for NULL helps.
func newCSV(null string, o Options) Encoder {
	q := &csvQuoting{null: null, special: newNeedles(',', '"', '\n', '\r')}
	return &separated{
		separator: ',', null: null, noHeader: o.NoHeader, text: q.text,
		distinguish: func(dst []byte, start int) []byte {
			return append(append(append(dst[:start], '"'), null...), '"')
		},
	}
}

type csvQuoting struct {
	null    string
	special *needles
}

func (e *csvQuoting) text(dst, v []byte) []byte {
	if !e.quoted(v) {
		return append(dst, v...)
	}
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
