// Rows that a correct server never sends.

package mysql

import (
	"slices"
	"testing"

	"github.com/fanql/fanql/sources/row"
)

// FuzzBinaryRow checks that the driver either rejects a row, or returns a printable cell
// for each column.
func FuzzBinaryRow(f *testing.F) {
	var fields []field
	schema := new(row.Schema)
	for name, t := range columnTypes {
		schema.Columns = append(schema.Columns, row.Column{Name: name, Type: t.kind})
	}
	slices.SortFunc(schema.Columns, func(a, b row.Column) int {
		return len(a.Name)*1000 + int(a.Name[0]) - len(b.Name)*1000 - int(b.Name[0])
	})
	for _, c := range schema.Columns {
		fields = append(fields, field{form: forms[c.Name], kind: c.Type, digits: len(c.Name) % 7})
	}
	plain := make([]byte, 1+(len(fields)+9)/8)
	for _, c := range fields {
		plain = append(plain, make([]byte, max(sizes[c.form], 1))...)
	}
	f.Add(plain)
	f.Add(append(make([]byte, 1+(len(fields)+9)/8), slices.Repeat([]byte{4, 1, 2, 3, 4, 0xfc, 1, 0}, 40)...))
	f.Fuzz(func(t *testing.T, p []byte) {
		b := row.NewBatch(schema)
		defer b.Release()
		r := binaryReader{fields: fields}
		if r.row(b, p) != nil {
			return
		}
		b.EndRow()
		if len(b.Cells) != len(fields) {
			t.Fatalf("%d cells of %d columns", len(b.Cells), len(fields))
		}
		for _, c := range b.Row(0) {
			b.AppendText(nil, c)
		}
	})
}

func TestLengthsBeforeBytes(t *testing.T) {
	for _, c := range []struct {
		p    []byte
		want string
		size int
	}{
		{[]byte{0, 9}, "", 1},
		{[]byte("\x03abcd"), "abc", 4},
		{[]byte("\xfc\x02\x00abc"), "ab", 5},
		{[]byte("\xfd\x01\x00\x00a"), "a", 5},
		{[]byte("\xfe\x01\x00\x00\x00\x00\x00\x00\x00a"), "a", 10},
		{[]byte("\x03ab"), "", -1},
		{[]byte("\xfc\x02"), "", -1},
		{[]byte("\xfe\xff\xff\xff\xff\xff\xff\xff\xffa"), "", -1},
		{[]byte("\xfba"), "", -1},
		{[]byte("\xffa"), "", -1},
		{nil, "", -1},
	} {
		v, size, ok := lengthEncoded(c.p)
		if ok != (c.size >= 0) || ok && (string(v) != c.want || size != c.size) {
			t.Errorf("%q is %q of %d, %v", c.p, v, size, ok)
		}
	}
}

// A row with bytes after its last column is rejected, since its cells may have been read
// from wrong positions.
func TestARowEndsWithItsLastColumn(t *testing.T) {
	r := binaryReader{fields: []field{{form: int32Form, kind: row.Int}, {kind: row.Text}}}
	b := row.NewBatch(&row.Schema{Columns: make([]row.Column, 2)})
	defer b.Release()
	whole := []byte("\x00\x00\x07\x00\x00\x00\x02ab")
	if err := r.row(b, whole); err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if err := r.row(b, whole[:n]); err == nil {
			t.Errorf("the first %d bytes of %d are accepted as a row", n, len(whole))
		}
	}
	if err := r.row(b, append(whole, 0)); err == nil {
		t.Error("a row with one more byte is accepted")
	}
}
