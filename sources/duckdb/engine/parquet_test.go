// Parquet files: their types, and that SQL cannot read other files.

package engine

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/testrow"
)

// parquet writes the result of a query into a Parquet file.
func parquet(t *testing.T, sql string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "it's saved.parquet")
	db, err := Open(Options{Files: []string{path}})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Exec("copy ("+sql+") to "+Literal(path)+" (format parquet)"), db.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAParquetFileIsReadWithItsTypes(t *testing.T) {
	path := parquet(t, `select 9007199254740993 as id, true as ok, 1.10::decimal(12,2) as amount, 0.1::double as rate,
		timestamp '2026-01-31 08:30:00.25' as at, timestamptz '2026-01-31 08:30:00+00' as instant, date '2026-01-31' as day, 'x' as note, '\x61'::blob as b, 18446744073709551615::ubigint as u
		union all select 2, null, null, null, null, null, null, '', null, null`)
	var lines []string
	var kinds []row.Kind
	err := ReadParquet(t.Context(), Options{Memory: 64 << 20}, path, func(b *row.Batch) error {
		kinds = nil
		for _, c := range b.Schema.Columns {
			kinds = append(kinds, c.Type)
		}
		lines = append(lines, testrow.Lines(b)...)
		b.Release()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{
		`9007199254740993|true|1.10|0.1|2026-01-31T08:30:00.25|2026-01-31T08:30:00Z|2026-01-31|x|\x61|18446744073709551615`,
		"2|NULL|NULL|NULL|NULL|NULL|NULL||NULL|NULL",
	}; !slices.Equal(lines, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	if want := []row.Kind{row.Int, row.Bool, row.Decimal, row.Float, row.Timestamp, row.TimestampTZ, row.Date, row.Text, row.Bytes, row.Uint}; !slices.Equal(kinds, want) {
		t.Errorf("the columns are %v, want %v", kinds, want)
	}
}

func TestOnlyTheParquetFileItselfCanBeRead(t *testing.T) {
	path, other := parquet(t, "select 1 as id"), parquet(t, "select 2 as id")
	db, err := Open(Options{Files: []string{path}})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	nothing := func(b *row.Batch) error { b.Release(); return nil }
	if err := db.Query(t.Context(), "select * from read_parquet("+Literal(path)+")", nothing); err != nil {
		t.Error(err)
	}
	for _, sql := range []string{"select * from read_parquet(" + Literal(other) + ")", "select * from read_text('/etc/passwd')", "select * from glob('/etc/*')"} {
		if err := db.Query(t.Context(), sql, nothing); err == nil {
			t.Errorf("%s is accepted", sql)
		}
	}
}

func TestFilesThatAreNotParquet(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text.parquet")
	if err := os.WriteFile(text, []byte("PAR1, and then something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{text: "arquet", filepath.Join(t.TempDir(), "missing.parquet"): "", "/tmp/*.parquet": "pattern"} {
		err := ReadParquet(t.Context(), Options{}, path, func(b *row.Batch) error { b.Release(); return nil })
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestReadingParquetEndsWithItsContext(t *testing.T) {
	path := parquet(t, "select i as id from range(1000000) t(i)")
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	err := ReadParquet(ctx, Options{}, path, func(b *row.Batch) error { b.Release(); cancel(cause); return nil })
	if !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
}
