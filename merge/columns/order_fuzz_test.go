// Any text for an order is either rejected, or parsed so that its printed form parses to
// the same order.

package columns

import (
	"reflect"
	"strconv"
	"strings"
	"testing"
)

func FuzzParseOrder(f *testing.F) {
	for _, text := range []string{"id", "placed_at desc, id", `2 nulls last,"a ""b"", c" nocase`, `"`, `""`, "a,,b", "0", "id nulls", "\x00\t\n,"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		order, err := ParseOrder(text)
		if err != nil {
			if len(order) > 0 || err.Error() == "" {
				t.Fatalf("%v and %v", order, err)
			}
			return
		}
		var terms []string
		for _, o := range order {
			term := `"` + strings.ReplaceAll(o.Name, `"`, `""`) + `"`
			if o.Place > 0 {
				term = strconv.Itoa(o.Place)
			}
			if o.Descending {
				term += " desc"
			}
			if o.Fold {
				term += " nocase"
			}
			if o.NullsFirst {
				term += " nulls first"
			} else {
				term += " nulls last"
			}
			terms = append(terms, term)
		}
		written := strings.Join(terms, ", ")
		if second, err := ParseOrder(written); err != nil || !reflect.DeepEqual(second, order) {
			t.Fatalf("%q is %v, and written as %q it is %v (%v)", text, order, written, second, err)
		}
	})
}
