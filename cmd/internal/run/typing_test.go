// The types that Parquet gets for columns without a declared type.

package run

import (
	"bytes"
	"strings"
	"testing"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

func TestColumnsGetTheTypeOfTheirCells(t *testing.T) {
	set := func(kinds ...row.Kind) (bits uint16) {
		for _, k := range kinds {
			bits |= 1 << k
		}
		return bits
	}
	for _, c := range []struct {
		declared string
		found    found
		want     row.Kind
	}{
		{"", found{}, row.Text},
		{"", found{kinds: set(row.Null)}, row.Text},
		{"", found{kinds: set(row.Null, row.Int)}, row.Int},
		{"", found{kinds: set(row.Int, row.Float)}, row.Float},
		{"", found{kinds: set(row.Int, row.Float), wide: true}, row.Text},
		{"", found{kinds: set(row.Int), wide: true}, row.Int},
		{"", found{kinds: set(row.Int, row.Text)}, row.Text},
		{"", found{kinds: set(row.Timestamp, row.TimestampTZ)}, row.Text},
		{"", found{kinds: set(row.Bytes)}, row.Bytes},
		{"integer", found{}, row.Int},
		{"boolean", found{kinds: set(row.Null)}, row.Int},
		{"integer", found{kinds: set(row.Text)}, row.Text},
		{"real", found{}, row.Float},
		{"decimal(10,2)", found{kinds: set(row.Int)}, row.Float},
		{"decimal(10,2)", found{kinds: set(row.Int), wide: true}, row.Text},
		{"decimal(10,2)", found{kinds: set(row.Text)}, row.Text},
		{"blob", found{}, row.Bytes},
		{"varchar(9)", found{}, row.Text},
		{"date", found{kinds: set(row.Text)}, row.Text},
	} {
		if got := c.found.kind(c.declared); got != c.want {
			t.Errorf("%q with %+v is %s, want %s", c.declared, c.found, got, c.want)
		}
	}
}

// Rows wait in a stage. If there are many rows, the stage writes them to the disk.
func TestRowsWaitForTheirTypes(t *testing.T) {
	f, _ := output.Formats.ByName("parquet")
	s := &row.Schema{Columns: []row.Column{{Name: "n", Type: row.Any}}}
	var out bytes.Buffer
	w := &typing{Writer: f.New(&out, output.Options{}), budget: query.NewBudget(64<<10, 1, t.TempDir())}
	const rows = 20_000
	for range rows / row.MaxRows {
		b := row.NewBatch(s)
		for range row.MaxRows {
			b.Int(1)
			b.EndRow()
		}
		if err := w.Write(b); err != nil {
			t.Fatal(err)
		}
		b.Release()
	}
	if !w.stage.OnDisk() || out.Len() > 0 {
		t.Errorf("%d bytes were written before the types are known", out.Len())
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out.String(), "PAR1") || out.Len() < 100 {
		t.Errorf("%d bytes are too few for the file", out.Len())
	}
	left := &typing{Writer: f.New(&out, output.Options{}), budget: query.NewBudget(64<<10, 1, t.TempDir())}
	b := row.NewBatch(s)
	b.Int(1)
	b.EndRow()
	if err := left.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := left.Discard(); err != nil {
		t.Error(err)
	}
}
