package postgres

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/fanql/fanql/sources/row"
)

var twoColumns = []pgconn.FieldDescription{{Name: "n", DataTypeOID: 23, Format: pgproto3.BinaryFormat}, {Name: "s", DataTypeOID: 25}}

// FuzzRowBody checks that the reader decodes a row as pgconn does, or rejects it.
func FuzzRowBody(f *testing.F) {
	f.Add([]byte("\x00\x02\x00\x00\x00\x04\x00\x00\x00\x07\x00\x00\x00\x02ab"))
	f.Add([]byte("\x00\x02\xff\xff\xff\xff\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, p []byte) {
		columns, schema := columnsOf(twoColumns, 0)
		ours, theirs := row.NewBatch(schema), row.NewBatch(schema)
		defer ours.Release()
		defer theirs.Release()
		if new(run).body(ours, columns, p, 1) != nil {
			return
		}
		var d pgproto3.DataRow
		if err := d.Decode(p); err != nil {
			t.Fatalf("%q is a row, but pgconn reports %v", p, err)
		}
		if err := new(run).row(theirs, columns, d.Values, 1); err != nil {
			t.Fatalf("%q: %v", p, err)
		}
		ours.EndRow()
		theirs.EndRow()
		for i := range ours.Row(0) {
			if a, b := ours.AppendText(nil, ours.Row(0)[i]), theirs.AppendText(nil, theirs.Row(0)[i]); !bytes.Equal(a, b) {
				t.Errorf("%q: column %d is %q, and through pgconn %q", p, i, a, b)
			}
		}
	})
}

func TestAnImpossibleRowIsRefused(t *testing.T) {
	columns, schema := columnsOf(twoColumns, 0)
	whole := "\x00\x02\x00\x00\x00\x04\x00\x00\x00\x07\x00\x00\x00\x02ab"
	for n := range len(whole) {
		b := row.NewBatch(schema)
		if err := new(run).body(b, columns, []byte(whole[:n]), 3); err == nil || !strings.HasPrefix(err.Error(), "row 3 ") {
			t.Errorf("the first %d bytes of a row: %v", n, err)
		}
		b.Release()
	}
	for body, want := range map[string]string{
		whole:       "",
		whole + "c": "row 3 cannot be read: its values are not as long as the server says",
		"\x00\x02\xff\xff\xff\xfe\x00\x00\x00\x00":     "row 3 cannot be read: its values are not as long as the server says",
		"\x00\x01\xff\xff\xff\xff":                     "row 3 has 1 values in 2 columns",
		"\x00\x02\x00\x00\x00\x01\x07\xff\xff\xff\xff": `row 3: the value in column "n" is not what its type int4 calls for: "\a"`,
	} {
		b := row.NewBatch(schema)
		got := ""
		if err := new(run).body(b, columns, []byte(body), 3); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: %s\nwant %s", body, got, want)
		}
		b.Release()
	}
}

// The reader leaves a row with an impossible length, or with one over the limit, to pgconn.
// It does not wait for its bytes.
func TestAnImpossibleLengthIsLeftToPgconn(t *testing.T) {
	for header, longest := range map[string]int{
		"D\xff\xff\xff\xff": math.MaxInt32,
		"D\x80\x00\x00\x00": math.MaxInt32,
		"D\x00\x00\x00\x03": math.MaxInt32,
		"D\x00\x00\x00\x0f": 10,
		"C\x00\x00\x00\x0f": math.MaxInt32,
	} {
		m := newMessages(strings.NewReader(header + strings.Repeat("x", 20)))
		if body, ok := m.row(longest); ok {
			t.Errorf("%q was taken with %d bytes", header, len(body))
		}
		if got := m.Buffered(); got != len(header)+20 {
			t.Errorf("%q: %d bytes are left", header, got)
		}
	}
	m := newMessages(strings.NewReader("D\x00\x00\x00\x0e" + strings.Repeat("x", 20)))
	if body, ok := m.row(10); !ok || len(body) != 10 {
		t.Errorf("a row of 10 bytes: %q, %v", body, ok)
	}
}
