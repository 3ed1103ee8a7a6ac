// Files that are not Parquet.

package file

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/separated"
)

func TestFilesThatAreNotParquet(t *testing.T) {
	for text, want := range map[string]string{
		"":              "not a Parquet file",
		"id\n1\n":       "not a Parquet file",
		"PAR1 and text": "not a whole Parquet file: its end is missing; save it once more",
	} {
		path := filepath.Join(t.TempDir(), "x.PARQUET")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path, separated.Style{}); fmt.Sprint(err) != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestAParquetFileThatIsDamagedFailsAsASource(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.parquet")
	if err := os.WriteFile(path, []byte("PAR1 and something else PAR1"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path, separated.Style{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Run(t.Context(), driver.Request{}, new(driver.Progress), func(b *row.Batch) error { b.Release(); return nil })
	if e, ok := errors.AsType[*driver.Error](err); !ok || e.Phase != driver.Query {
		t.Errorf("got %v", err)
	}
}
