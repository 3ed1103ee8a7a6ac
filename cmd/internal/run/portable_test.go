// Portable texts: each source returns what DuckDB returns for its rows.

package run_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources"
)

// portably runs a portable text on one source.
func (f *fleet) portably(source, sql string) ([][]string, error) {
	format, _ := output.Formats.ByName("csv")
	enough := time.Minute
	p, err := run.New(run.Request{
		Config: f.config, Getenv: os.Getenv, Query: statement.Query{Text: sql, Dialects: sources.Dialects, Portable: true}, Sources: []string{source},
		Limits: run.Limits{Timeout: enough, ConnectTimeout: &enough}, Format: format, Style: output.Options{NoHeader: true, Null: null, NullSet: true},
	})
	if err != nil {
		return nil, err
	}
	defer p.Close()
	var out, log bytes.Buffer
	v, err := p.Execute(context.Background(), run.Host{Out: run.Stream{Plain: &out}, Err: run.Stream{Plain: &log}})
	if err == nil {
		err = v.Failure
	}
	if err == nil && v.Exit() != 0 {
		err = errors.New(log.String())
	}
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(&out)
	r.FieldsPerRecord = -1
	return r.ReadAll()
}

// portables are texts that all sources can execute, except the sources for which a reason is given.
var portables = map[string]struct {
	sql     string
	refused map[string]string
}{
	"UNION ALL":                        {"select id, region from orders where id < 4 union all select id, name from customers", nil},
	"UNION":                            {"select region from orders union select name from customers order by 1", nil},
	"UNION of numbers":                 {"select id from orders union select id from customers where id > 2 order by id desc limit 7 offset 1", nil},
	"UNION of NULL and a date":         {"select day, null as x from orders where id < 9 union select null, id from customers", nil},
	"INTERSECT":                        {"select region from orders intersect select name from customers", nil},
	"INTERSECT with NULL":              {"select region, day from orders intersect select region, day from orders where id < 20", nil},
	"EXCEPT":                           {"select region from orders except select name from customers order by region nulls first", nil},
	"EXCEPT of several":                {"select id, region from orders except select id, region from orders where id > 5 except select 1, 'x'", nil},
	"set operations in one another":    {"(select id from orders union select 100) except (select id from customers intersect select id from orders where id < 5)", nil},
	"a set in a subquery":              {"select upper_bound, count(*) as n from (select length(region) as upper_bound from orders union all select length(name) from customers) u group by all", nil},
	"functions of a set's texts":       {"select length(region) as l, left(region, 2) as f, count(*) as n from (select region from orders union select name from customers) u where region like '%o%' or region = 'é' group by all", nil},
	"a set in a WITH":                  {"with u as (select id from orders union all select id from customers) select id, count(*) as n from u group by id having count(*) > 1", nil},
	"a limit within a set":             {"(select id from orders order by id limit 2) union all (select id + 0.5 from customers order by id desc limit 1)", map[string]string{"*": "its column id is BIGINT on one side and DECIMAL"}},
	"limits within a set":              {"(select id from customers order by id limit 2) union all (select id from customers order by id desc limit 1) order by id", nil},
	"ORDER BY ALL behind a set":        {"select id, region from orders union select id, name from customers order by all limit 9", nil},
	"EXISTS":                           {"select id from orders o where exists (select 1 from customers c where c.id = o.id and c.name > 'e')", nil},
	"NOT EXISTS":                       {"select id, region from orders where not exists (select * from customers where customers.id = orders.id)", nil},
	"EXISTS by a text":                 {"select id, region from orders o where not exists (select 1 from orders p where p.region = o.region and p.id > 20)", nil},
	"the one value about a text":       {"select id, (select count(*) from orders p where p.region = o.region and p.id > 20) as n from orders o", nil},
	"EXISTS without a link":            {"select count(*) as n from orders where exists (select 1 from customers where id > 100)", nil},
	"IN":                               {"select id from orders where region in (select name from customers)", nil},
	"NOT IN with NULL":                 {"select id from orders where region not in (select name from customers)", nil},
	"NOT IN":                           {"select id from orders where id not in (select id from customers where id is not null) and id < 30", nil},
	"IN of groups":                     {"select id from orders where region in (select region from orders group by region having count(*) > 3)", nil},
	"IN that is correlated":            {"select o.id from orders o where o.id in (select c.id + 1 from customers c where c.name <> o.region)", map[string]string{"lite": "in silence", "old": "in silence"}},
	"the one value":                    {"select id, (select max(name) from customers) as most from orders where id < 5", nil},
	"the one value, correlated":        {"select id, (select count(*) from customers c where c.id < o.id) as less from orders o", nil},
	"a value compared":                 {"select id from orders where id > (select avg(id) from orders)", nil},
	"a value of one row":               {"select (select name from customers order by id limit 1) as name, count(*) as n from orders", nil},
	"a value of rows":                  {"select id, (select name from customers c where c.id = o.id) as name from orders o where id < 8 and id > 1", map[string]string{"lite": "of several rows of a subquery", "old": "of several rows"}},
	"a subquery in a subquery":         {"select id from orders o where exists (select 1 from customers c where c.id = o.id and c.name in (select region from orders p where p.id > o.id or p.region = c.name))", nil},
	"a subquery in HAVING":             {"select region, count(*) as n from orders group by region having count(*) > (select min(id) from customers)", nil},
	"a subquery in CASE":               {"select id, case when exists (select 1 from customers c where c.id = orders.id) then 'yes' else 'no' end as has from orders", nil},
	"a name inside comes first":        {"select id from orders where id in (select id from customers where id < 3)", nil},
	"an alias is none of the subquery": {"select id as name from orders where exists (select 1 from customers where name = 'north' or id = 1)", nil},
	"one name outside and inside":      {"select orders.id from orders where exists (select 1 from orders where region = 'north' and orders.id > 2)", nil},
	"row_number":                       {"select id, row_number() over (order by id, big, score, region, day, placed) as n from orders", nil},
	"ranks":                            {"select id, rank() over (partition by region order by day desc) as r, dense_rank() over (partition by region order by day desc) as d from orders", nil},
	"NULLs in a window's order":        {"select id, rank() over (order by day nulls first) as r, rank() over (order by region desc) as d from orders", nil},
	"a rank less a number":             {"select id, rank() over (order by id) - 5 as r from orders", map[string]string{"lite": "in silence", "old": "in silence"}},
	"lag and lead":                     {"select distinct id, lag, lead from (select id, lag(id) over (order by id) as lag, lead(day, 2) over (order by id, day, big) as lead from (select distinct id, day, big from orders) x) y where id < 12", nil},
	"sums over a window":               {"select id, sum(id) over (partition by region) as s, count(*) over (partition by region) as n, count(day) over () as c, avg(id) over (partition by region) as a from orders", nil},
	"least and last over a window":     {"select id, min(region) over (partition by day) as a, max(day) over (partition by region) as b from orders", nil},
	"a running sum":                    {"select id, sum(id) over (order by id) as s, sum(id) over (order by id, big, day rows between 2 preceding and current row) as r from (select distinct id, big, day from orders) x", nil},
	"a frame to the end":               {"select id, last_value(id) over (partition by region order by id rows between unbounded preceding and unbounded following) as l, first_value(region) over (partition by day order by id, region) as f from (select distinct id, region, day from orders) x", nil},
	"a named window":                   {"select id, rank() over w as r, count(*) over w as n from orders window w as (order by region)", nil},
	"a window in ORDER BY":             {"select distinct id, r from (select id, rank() over (order by day, id) as r from orders) x order by r desc, id limit 5", nil},
	"a window over a join":             {"select o.id, c.name, rank() over (partition by c.name order by o.id) as r from orders o join customers c on c.id = o.id", nil},
	"a filter of a window":             {"select * from (select id, region, row_number() over (partition by region order by id, big, day, score, placed) as n from orders) x where n <= 2", nil},
	"decimals over a window":           {"select id, sum(amount) over (partition by region) as s from orders", map[string]string{"lite": "decimals are floats there", "old": "decimals are floats there"}},
	"lag with a default":               {"select id, lag(id, 1, 0) over (order by id) as l from orders", map[string]string{"*": "a default over a window"}},
	"a window over groups":             {"select region, rank() over (order by count(*)) as r from orders group by region", map[string]string{"*": "put the groups into a subquery"}},
	"a window's frame by values":       {"select id, sum(id) over (order by id range between 1 preceding and current row) as s from orders", map[string]string{"*": "a window's frame by values or groups"}},
	"INTERSECT ALL":                    {"select id from orders intersect all select id from customers", map[string]string{"*": "INTERSECT ALL is not said in all dialects alike"}},
	"UNION BY NAME":                    {"select id from orders union by name select id from customers", map[string]string{"*": "UNION BY NAME is DuckDB's own"}},
	"sides of several types":           {"select id from orders union select region from orders", map[string]string{"*": "its column id is BIGINT on one side and VARCHAR on the other: cast one"}},
	"more than all":                    {"select id from orders where id > all (select id from customers)", map[string]string{"*": "a subquery with ANY or ALL"}},
}

func TestPortableTextsMeanTheSameAtEverySource(t *testing.T) {
	f := newFleet(t, rand.New(rand.NewPCG(7, 1)))
	for name, c := range portables {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, s := range shapes {
				if !s.people && strings.Contains(c.sql, "customers") || s.name == "none" || !sampled(name+s.name, 3) {
					continue
				}
				reason, refused := c.refused["*"]
				if own, ok := c.refused[s.name]; ok {
					reason, refused = own, true
				}
				got, err := f.portably(s.name, c.sql)
				if refused {
					if err == nil || !strings.Contains(err.Error(), reason) || !strings.Contains(err.Error(), "(line 1, column ") {
						t.Errorf("%s: %s: %q, %v; want a refusal with %s", s.name, c.sql, got, err, reason)
					}
					continue
				}
				if err != nil {
					t.Errorf("%s: %s: %v", s.name, c.sql, err)
					continue
				}
				with := "with orders as (from main.orders where source = '" + s.name + "'), customers as (from main.customers where source = '" + s.name + "')"
				text := with + " " + c.sql
				if rest, ok := strings.CutPrefix(c.sql, "with "); ok {
					text = with + ", " + rest
				}
				want, err := f.loaded(text)
				if err != nil {
					t.Fatalf("%s: %v", text, err)
				}
				if diff := different(want, got); diff != "" {
					t.Errorf("%s: %s: %s", s.name, c.sql, diff)
				}
			}
		})
	}
}
