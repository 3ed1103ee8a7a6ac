// json and jsonl: objects with the columns as keys, one object a line.

package output

import (
	"encoding/json"
	"sync/atomic"

	"github.com/fanql/fanql/sources/row"
)

// jsonEncoder writes numbers with their exact digits, JSON values unchanged on one line,
// and NULL as null. NaN and infinities, which JSON lacks, are strings, and so are invalid
// JSON values. Characters that could control a terminal are always escaped, which changes
// no value.
type jsonEncoder struct {
	lines bool // jsonl
	names atomic.Pointer[jsonNames]
}

// jsonNames are the encoded keys of a schema, each with the characters before and after it:
// {"a": and ,"b":
type jsonNames struct {
	schema *row.Schema
	keys   [][]byte
}

func newJSON(string, Options) Encoder  { return new(jsonEncoder) }
func newJSONL(string, Options) Encoder { return &jsonEncoder{lines: true} }

func (e *jsonEncoder) Header(dst []byte, _ *row.Schema) []byte {
	if e.lines {
		return dst
	}
	return append(dst, '[')
}

func (e *jsonEncoder) Rows(dst []byte, b *row.Batch, first bool) []byte {
	keys := e.keys(b.Schema)
	for i := range b.Rows() {
		if !e.lines {
			if !first {
				dst = append(dst, ',')
			}
			dst, first = append(dst, '\n'), false
		}
		for j, c := range b.Row(i) {
			dst = append(dst, keys[j]...)
			dst = appendJSON(dst, b, c)
		}
		if len(keys) == 0 {
			dst = append(dst, '{')
		}
		dst = append(dst, '}')
		if e.lines {
			dst = append(dst, '\n')
		}
	}
	return dst
}

func (e *jsonEncoder) Separator() string {
	if e.lines {
		return ""
	}
	return ","
}

func (e *jsonEncoder) Footer(dst []byte, rows bool) []byte {
	switch {
	case e.lines:
		return dst
	case rows:
		return append(dst, "\n]\n"...)
	default:
		return append(dst, "]\n"...)
	}
}

func (e *jsonEncoder) keys(s *row.Schema) [][]byte {
	if n := e.names.Load(); n != nil && n.schema == s {
		return n.keys
	}
	n := &jsonNames{schema: s, keys: make([][]byte, s.Width())}
	for i, c := range s.Columns {
		key := []byte{','}
		if i == 0 {
			key[0] = '{'
		}
		n.keys[i] = append(appendJSONString(key, []byte(c.Name)), ':')
	}
	e.names.Store(n)
	return n.keys
}

func appendJSON(dst []byte, b *row.Batch, c row.Cell) []byte {
	inArena := c.Flags&row.InArena != 0
	switch c.Kind {
	case row.Null:
		return append(dst, "null"...)
	case row.Bool, row.Int, row.Uint, row.Decimal:
		if !inArena {
			return row.AppendValue(dst, c)
		}
	case row.Float:
		const exponent = 0x7ff << 52 // all bits set: NaN or an infinity
		if !inArena && c.Bits&exponent != exponent {
			return row.AppendValue(dst, c)
		}
	case row.JSON:
		if v := b.Bytes(c); json.Valid(v) {
			return appendJSONValue(dst, v)
		}
	case row.Bytes:
		dst = append(dst, '"', '\\') // escapes the backslash at the beginning of bytes
		return append(b.AppendText(dst, c), '"')
	}
	if !inArena {
		return append(row.AppendValue(append(dst, '"'), c), '"')
	}
	if c.Kind.Numeric() && validNumber(b.Bytes(c)) {
		return append(dst, b.Bytes(c)...)
	}
	return appendJSONString(dst, b.Bytes(c))
}

// validNumber reports whether a number's exact text is also a number in JSON.
func validNumber(v []byte) bool {
	return len(v) > 0 && (v[0] == '-' || v[0]-'0' <= 9) && v[len(v)-1]-'0' <= 9 && json.Valid(v)
}
