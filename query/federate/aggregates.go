// The lists of DuckDB's aggregates, and of those that a source can compute completely. The
// first is a list since it takes 30 ms to query DuckDB for it. A test compares it with
// DuckDB's own.

package federate

import (
	"fmt"
	"strings"
	"sync"

	"github.com/fanql/fanql/query/dialect"
	"github.com/fanql/fanql/sources/duckdb/engine"
)

var aggregates = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for _, name := range strings.Fields(aggregateNames) {
		all[name] = true
	}
	return all
})

// isAggregate reports whether a function, named in lower case, is an aggregate or a macro
// that contains one.
func isAggregate(name string) bool { return aggregates()[name] }

const aggregateNames = `
	any_value approx_count_distinct approx_quantile approx_top_k arbitrary arg_max arg_max_null arg_max_nulls_last
	arg_min arg_min_null arg_min_nulls_last argmax argmin array_agg avg bit_and bit_or bit_xor bitstring_agg
	bool_and bool_or corr count count_if count_star countif covar_pop covar_samp cume_dist dense_rank entropy favg
	fill first first_value fsum group_concat histogram histogram_exact kahan_sum kurtosis kurtosis_pop lag last
	last_value lead list listagg mad max max_by mean median min min_by mode nth_value ntile percent_rank product
	quantile quantile_cont quantile_disc rank rank_dense regr_avgx regr_avgy regr_count regr_intercept regr_r2
	regr_slope regr_sxx regr_sxy regr_syy reservoir_quantile row_number sem skewness stddev stddev_pop stddev_samp
	string_agg sum sum_no_overflow sumkahan var_pop var_samp variance
	geomean geometric_mean wavg weighted_avg
`

// wholeAggregates are the aggregates that a source can compute completely, by DuckDB's
// names.
var wholeAggregates = map[string]string{
	"count_star": "count_star", "count": "count", "sum": "sum", "min": "min", "max": "max", "avg": "avg", "mean": "avg",
	"bool_and": "bool_and", "bool_or": "bool_or",
}

// aggregate converts an aggregate to one that a member computes completely.
func (t *typed) aggregate(n engine.Node, member int, at dialect.Place) (*dialect.Aggregate, error) {
	name := strings.ToLower(text(n, "function_name"))
	known, ok := wholeAggregates[name]
	args := children(n, "children")
	switch {
	case !ok || len(args) > 1 || len(children(child(n, "order_bys"), "orders")) > 0:
		return nil, fmt.Errorf("the aggregate %s is not known to mean the same", name)
	case n["distinct"] == true && known == "count" && len(args) == 1:
		known = "count_distinct"
	case n["distinct"] == true && known != "min" && known != "max":
		return nil, fmt.Errorf("%s(distinct ...) is not said in all dialects alike", name)
	}
	if known == "count" && len(args) == 0 {
		known = "count_star"
	}
	a := &dialect.Aggregate{Name: known, Whole: true, Type: t.types[identity(n)], At: at}
	var err error
	if len(args) == 1 {
		if a.Arg, err = t.expr(args[0], member); err != nil {
			return nil, err
		}
	}
	if filter := child(n, "filter"); filter != nil {
		a.Filter, err = t.expr(filter, member)
	}
	return a, err
}

// isAggregation reports whether a node is an aggregate.
func isAggregation(n engine.Node) bool {
	return text(n, "class") == "FUNCTION" && isAggregate(strings.ToLower(text(n, "function_name")))
}
