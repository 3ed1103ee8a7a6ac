// When rows are written if some columns of the result are not known yet, in virtual time.

package run

import (
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/testrow"
)

// Rows without columns have no size. They are stored like other rows, and none is lost when the
// wait for the columns of a late source ends.
func TestRowsWithoutColumnsWaitForTheColumnsOfOthers(t *testing.T) {
	one := []row.Column{{Name: "v", Type: row.Int}}
	nothing := []testrow.Fill{}
	for name, c := range map[string]struct {
		ended, late []row.Column // ended: the columns of the source that ends first; late: those of the source that shows its columns last
		want        string
	}{
		"no source has a column":             {nil, nil, `{"source":"bare"} {"source":"bare"} {"source":"bare"} {"source":"bare"}`},
		"the first one to end has a column":  {one, nil, `{"source":"bare","v":null} {"source":"bare","v":null} {"source":"bare","v":null} {"source":"bare","v":null}`},
		"the late one has a column":          {nil, one, `{"source":"bare","v":null} {"source":"bare","v":null} {"source":"bare","v":null} {"source":"bare","v":null}`},
		"the first and the late one have it": {one, one, `{"source":"bare","v":null} {"source":"bare","v":null} {"source":"bare","v":null} {"source":"bare","v":null}`},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "out.jsonl")
			synctest.Test(t, func(t *testing.T) {
				jsonl, _ := output.Formats.ByName("jsonl")
				all := []*scripted{
					// Two of its rows arrive before the first source has ended, and two arrive
					// after that.
					{name: "bare", rows: [][]testrow.Fill{nothing, nothing, nothing, nothing}, every: 1, pause: time.Second},
					{name: "first", columns: c.ended, every: 1, pause: 2500 * time.Millisecond},
					{name: "late", columns: c.late, every: 1, pause: time.Minute},
				}
				got, _ := exportAll(t, path, jsonl, all)
				if got := strings.Join(strings.Fields(got), " "); got != c.want {
					t.Errorf("the file is %s, want %s", got, c.want)
				}
			})
		})
	}
}
