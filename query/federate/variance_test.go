// Variances from partial aggregates, computed in DuckDB without sources.

package federate

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
)

// If the mean is a billion times the deviation, the variance keeps its digits, however
// the values are split. Sums of squares would yield only noise.
func TestAVarianceKeepsItsDigitsWithALargeMean(t *testing.T) {
	p, err := read(t, Options{}, "select 1")
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for part := range 5 { // the values are 1e9 + 0 ... 49, and their variance is (50^2 - 1) / 12
		rows = append(rows, fmt.Sprintf("(10, 1e9::double + %d + 4.5, 82.5::double)", part*10))
	}
	sql := strings.NewReplacer("{count}", "n", "{mean}", "m", "{squares}", "s").Replace(spread("var_pop"))
	got, err := p.rows("select " + sql + " from (values (0, null, null), " + strings.Join(rows, ", ") + ") as t(n, m, s)")
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	const want = (50*50 - 1) / 12.0
	if v, err := strconv.ParseFloat(got[0][0], 64); err != nil || math.Abs(v-want) > 1e-13*want {
		t.Errorf("%q, want %v", got, want)
	}
	if _, err := p.rows("select " + sql + " from (values (2, 'inf'::double, 'nan'::double)) as t(n, m, s)"); err == nil || !strings.Contains(err.Error(), "VAR_POP is out of range!") {
		t.Errorf("%v", err)
	}
}
