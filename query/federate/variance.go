// Variances: they are computed from counts, means and sums of squared deviations, which are
// combined pairwise.

package federate

import "strings"

// spreads are the aggregates that can be computed from the combined parts r: r.n is the
// number of values, and r.s the sum of squared deviations.
var spreads = map[string]string{
	"var_pop": "r.s / r.n", "var_samp": "r.s / (r.n - 1)", "variance": "r.s / (r.n - 1)",
	"stddev_pop": "sqrt(r.s / r.n)", "stddev_samp": "sqrt(r.s / (r.n - 1))", "stddev": "sqrt(r.s / (r.n - 1))",
}

// spread returns the expression for such an aggregate. It combines two parts with the
// difference of their means. This keeps all digits even if the mean is much larger than the
// deviations, which sums of squares would not. An infinite result is an error, as in
// DuckDB. The result is NULL without values, and for a sample with one value.
func spread(name string) string {
	least := "1"
	if strings.Contains(spreads[name], "n - 1") {
		least = "2"
	}
	return `list_transform([list_reduce(list({n: {count}::double, m: {mean}, s: {squares}}) filter (where {count} > 0),
		lambda a, b: {n: a.n + b.n, m: a.m + (b.m - a.m) * (b.n / (a.n + b.n)), s: a.s + b.s + (b.m - a.m) * (b.m - a.m) * (a.n * b.n / (a.n + b.n))})],
		lambda r: case when coalesce(r.n, 0) < ` + least + ` then null when isfinite(r.s) then ` + spreads[name] + ` else error('` + strings.ToUpper(name) + ` is out of range!') end)[1]`
}
