// Variances: of counts, means and squared deviations, which are combined pairwise.

package federate

import "strings"

// spreads are the aggregates that are made of the parts of a variance, each of the
// combined parts r: r.n values, of which r.s is the sum of squared deviations.
var spreads = map[string]string{
	"var_pop": "r.s / r.n", "var_samp": "r.s / (r.n - 1)", "variance": "r.s / (r.n - 1)",
	"stddev_pop": "sqrt(r.s / r.n)", "stddev_samp": "sqrt(r.s / (r.n - 1))", "stddev": "sqrt(r.s / (r.n - 1))",
}

// spread is the whole of a variance. Two parts are combined by the difference of their
// means, which loses no digits where the mean is large beside the deviations, as sums of
// squares do. What is infinite is an error of DuckDB's, and NULL what has no value or, of a
// sample, one.
func spread(name string) string {
	least := "1"
	if strings.Contains(spreads[name], "n - 1") {
		least = "2"
	}
	return `list_transform([list_reduce(list({n: {count}::double, m: {mean}, s: {squares}}) filter (where {count} > 0),
		lambda a, b: {n: a.n + b.n, m: a.m + (b.m - a.m) * (b.n / (a.n + b.n)), s: a.s + b.s + (b.m - a.m) * (b.m - a.m) * (a.n * b.n / (a.n + b.n))})],
		lambda r: case when coalesce(r.n, 0) < ` + least + ` then null when isfinite(r.s) then ` + spreads[name] + ` else error('` + strings.ToUpper(name) + ` is out of range!') end)[1]`
}
