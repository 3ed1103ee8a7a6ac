// CSV is read back as it was written.

package output

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/file"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/separated"
)

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "saved.csv")
	csv, _ := Formats.ByName("csv")
	rapid.Check(t, func(rt *rapid.T) {
		width := rapid.IntRange(1, 3).Draw(rt, "columns")
		s := &row.Schema{}
		for i := range width {
			s.Columns = append(s.Columns, row.Column{Name: string(rune('a' + i)), Type: row.Text})
		}
		b := row.NewBatch(s)
		want := []string{strings.Join([]string{"a", "b", "c"}[:width], "|")}
		for range rapid.IntRange(0, 5).Draw(rt, "rows") {
			var cells []string
			for range width {
				if rapid.IntRange(0, 3).Draw(rt, "null") == 0 {
					b.Null()
					cells = append(cells, "NULL")
					continue
				}
				text := rapid.StringOf(rapid.SampledFrom([]rune(",\"\r\n aé\x00\\."))).Draw(rt, "text")
				b.TextString(text)
				cells = append(cells, "<"+text+">")
			}
			b.EndRow()
			want = append(want, strings.Join(cells, "|"))
		}
		var out bytes.Buffer
		w := csv.New(&out, Options{})
		if err := errors.Join(w.Write(b), w.Close(), os.WriteFile(path, out.Bytes(), 0o600)); err != nil {
			rt.Fatal(err)
		}
		got, err := readBack(path)
		if err != nil || !slices.Equal(got, want) {
			rt.Fatalf("got %q, %v, want %q, from %q", got, err, want, &out)
		}
	})
}

// readBack returns the header and the rows: NULL as NULL, other values in angle brackets.
func readBack(path string) (lines []string, _ error) {
	saved, err := file.Open(path, separated.Style{})
	if err != nil {
		return nil, err
	}
	_, err = saved.Run(context.Background(), driver.Request{}, new(driver.Progress), func(b *row.Batch) error {
		defer b.Release()
		if lines == nil {
			var names []string
			for _, c := range b.Schema.Columns {
				names = append(names, c.Name)
			}
			lines = append(lines, strings.Join(names, "|"))
		}
		for i := range b.Rows() {
			var cells []string
			for _, c := range b.Row(i) {
				text := "NULL"
				if c.Kind != row.Null {
					text = "<" + string(b.AppendText(nil, c)) + ">"
				}
				cells = append(cells, text)
			}
			lines = append(lines, strings.Join(cells, "|"))
		}
		return nil
	})
	return lines, err
}
