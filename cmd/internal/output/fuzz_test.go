// CSV with any texts is read back.

package output

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/separated"
)

// FuzzCSV checks that texts are read back unchanged, and that the raw line distinguishes
// them from NULL, whatever text represents NULL.
func FuzzCSV(f *testing.F) {
	f.Add("a", "b", true, true, "")
	f.Add("", "", true, false, "")
	f.Add(" ", `\.`, true, true, "NULL")
	f.Add("NULL", "null", false, true, "NULL")
	f.Add(`"`, ",\r\n", true, true, `\N`)
	f.Add("\xff\x00", "\n\r\n\r", true, true, " ")
	f.Fuzz(func(t *testing.T, a, b string, aSet, bSet bool, null string) {
		if format(t, "csv").CheckNull(null, separated.Style{}) != nil {
			t.Skip("not a text for NULL")
		}
		cells := line{nil, nil}
		if aSet {
			cells[0] = a
		}
		if bSet {
			cells[1] = b
		}
		rows := batch(columns("a", "b"), cells)
		want := append([][]string{{"a", "b"}}, texts(rows, null)...)
		out := written(t, "csv", Options{Null: null, NullSet: true}, rows)

		_, raw, _ := strings.Cut(out, "\n") // without the header
		if strings.HasPrefix(raw, null+",") == aSet || strings.HasSuffix(raw, ","+null+"\n") == bSet {
			t.Errorf("%q is written as %q, and NULL as %q", cells, raw, null)
		}
		// encoding/csv reads \r\n as one line break, also within quotes.
		got, err := csv.NewReader(strings.NewReader(strings.ReplaceAll(out, "\r\n", "\r\r\n"))).ReadAll()
		if err != nil || !slices.EqualFunc(got, want, slices.Equal) {
			t.Errorf("%q reads back as %q (%v), want %q", out, got, err, want)
		}
	})
}
