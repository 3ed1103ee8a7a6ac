// Our own functions in SQLite, called in ways that fanql sql never does.

package sqlite_test

import (
	"context"
	"testing"

	"github.com/fanql/fanql/sources/driver"
)

func TestOurOwnFunctionsTakeAnyArguments(t *testing.T) {
	path := file(t, "create table t(v)", "insert into t values (0), (1.5), ('x'), (null)")
	for _, x := range []struct {
		sql  string
		want []string // nil is an error
	}{
		{"select fanql_contradicts(), fanql_contradicts(null), fanql_contradicts('', 1), fanql_contradicts('i')", []string{"integer 1|integer 1|integer 1|integer 0"}},
		{"select fanql_contradicts('nxx', 1.5), fanql_contradicts('n', 1.5), fanql_contradicts('n99', 1.5), fanql_contradicts('n99', 0), fanql_contradicts('?', 1)", []string{"integer 1|integer 1|integer 1|integer 0|integer 1"}},
		{"select fanql_contradicts('d', '2023-02-29'), fanql_contradicts('d', '2024-02-29'), fanql_contradicts('m', '2024-02-29 00:00:00.'), fanql_contradicts('m', '2024-02-29 00:00:00.1234567')", []string{"integer 1|integer 0|integer 1|integer 1"}},
		{"select fanql_sum(v, 1000) from t where v = 0", nil},
		{"select fanql_sum(v, -1) from t where v = 0", nil},
		{"select fanql_sum(v, 9223372036854775807) from t where v = 0", nil},
		{"select fanql_sum(v, 0) from t where v = 'x'", nil},
		{"select fanql_sum(v, 0) from t where v = 1.5", nil},
		{"select fanql_sum(v, 1), fanql_sum(v, 14) from t where v < 'a'", []string{"text 1.5|text 1.50000000000000"}},
		{"select fanql_sum(v, 2) from t where v > 'y'", []string{"null"}},
		{"select fanql_sum(n, 0) from (select -9223372036854775807 - 1 as n union all select -1 union all select -9223372036854775807)", []string{"text -18446744073709551616"}},
		{"select fanql_min('m', d), fanql_max('m', d), typeof(fanql_min('m', d)) from (select '2024-01-02 00:00:00' as d union all select null union all select '2024-01-02 00:00:00.5' union all select '2024-01-01 23:59:59.999999')", []string{"text 2024-01-01 23:59:59.999999|text 2024-01-02 00:00:00.5|text text"}},
		{"select fanql_min('d', null), fanql_max('s', v) from t where v is null", []string{"null|null"}},
		{"select fanql_max('d', v) from t where false", []string{"null"}},
		{"select fanql_min('d', '2024-02-30')", nil},
		{"select fanql_max('s', '2024-02-29 00:00:00.5')", nil},
		{"select fanql_min('d', x'323032342d30312d3031')", nil},
		{"select fanql_min('i', 1)", nil},
		{"select fanql_min('', '2024-01-01')", nil},
		{"select fanql_min(null, '2024-01-01')", nil},
	} {
		if x.want != nil {
			query(t, path, x.sql).want(t, x.want...)
		} else if r := run(context.Background(), path, driver.Request{SQL: x.sql}); r.err == nil {
			t.Errorf("%s has no error", x.sql)
		}
	}
}
