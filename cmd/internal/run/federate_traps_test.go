// Traps: statements that are easy to get wrong. Other systems got many of them wrong.

package run_test

import (
	"math/rand/v2"
	"testing"
)

func TestTheTrapsOfSplitStatements(t *testing.T) {
	f := newFleet(t, rand.New(rand.NewPCG(3, 1)))
	for _, kind := range []struct {
		traps     map[string]string
		forgotten func(work) bool
	}{
		{traps, func(work) bool { return false }},
		{pushedTraps, func(w work) bool { return !w.fewer }},
		{splitTraps, func(w work) bool { return !w.split }},
		{joinedTraps, func(w work) bool { return !w.joined }},
		{crossTraps, func(w work) bool { return w.joined }},
		{mixedTraps, func(w work) bool { return !w.split || !w.mixed }},
	} {
		for name, sql := range kind.traps {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				done, wrong := f.differs(sql)
				if wrong == "" && kind.forgotten(done) {
					wrong = "pushed: the sources were asked for all of their rows"
				}
				if wrong != "" {
					t.Errorf("%s\n%s", sql, wrong)
				}
			})
		}
	}
}

// In splitTraps, each statement must lead sources to compute partial aggregates.
var splitTraps = map[string]string{
	"servers: what was before now":                          "select count(*), sum(id) from servers.orders where placed < now() - interval 1 day",
	"files: what was before today":                          "select count(*) from files.orders where placed <= current_timestamp and placed::date < current_date",
	"servers: a sum is one of sums":                         "select sum(amount) from servers.orders",
	"servers: a sum by groups":                              "select region, sum(amount) from servers.orders group by region",
	"servers: a sum of floats":                              "select paid, sum(score) from servers.orders group by paid",
	"servers: a sum beyond 64 bits":                         "select sum(big) from servers.orders where big > 0",
	"servers: a sum of a column that a source lacks":        "select sum(extra), count(extra) from servers.orders",
	"servers: an average is not one of averages":            "select avg(amount) from servers.orders",
	"servers: an average before the sum of it":              "select avg(amount), sum(amount), sum(id), avg(id), sum(id) from servers.orders",
	"servers: an average by groups":                         "select region, avg(id) from servers.orders group by region",
	"servers: an average of floats":                         "select avg(score) from servers.orders where id < 30",
	"servers: an average of nothing":                        "select region, avg(extra) from servers.orders where extra is null group by region",
	"servers: a variance":                                   "select var_pop(score), var_samp(score), stddev(score), stddev_pop(id), stddev_samp(amount), variance(big) from servers.orders where amount is null or amount < 100",
	"servers: a variance by groups, of one value and none":  "select region, stddev(extra), var_pop(extra), stddev_pop(id), count(*) from servers.orders where id < 20 group by region",
	"servers: a variance with FILTER":                       "select paid, var_pop(score) filter (where id > 9), stddev(id + 1) filter (where id < 2) from servers.orders group by paid",
	"servers: a variance beside a large mean":               "select var_pop(id + 9000), stddev(1000000.5 + score) from pg.orders",
	"servers: a variance of nothing":                        "select stddev(score), var_pop(score), count(score) from servers.orders where id < 0",
	"servers: a median of dates":                            "select median(day), quantile_disc(day, 0.25), count(*) from servers.orders",
	"servers: a median by groups":                           "select region, median(id % 7), median(day), count(distinct paid), sum(id) from servers.orders group by region",
	"servers: quantiles":                                    "select paid, quantile_cont(id % 7, 0.3), quantile_disc(id % 7, 0.75), quantile(id % 7, 0), quantile_cont(id % 7, 1), quantile_disc(month(day), 1.0) from servers.orders group by paid",
	"servers: a quantile within its order":                  "select percentile_cont(0.9) within group (order by id % 7), percentile_disc(0.9) within group (order by id % 7) from servers.orders",
	"servers: a median of what a source lacks":              "select median(extra % 3), quantile_disc(extra % 3, 0.5) from servers.orders",
	"servers: a median of nothing":                          "select median(id % 7), quantile_disc(day, 0.5), quantile_cont(id % 7, 0.1) from servers.orders where id < 0",
	"servers: a median of what is grouped by":               "select day, median(day), count(*) from servers.orders group by day",
	"ma: a median of decimals":                              "select median(amount), quantile_disc(amount, 0.4), typeof(median(amount)), typeof(median(day)), typeof(median(id % 7)) from ma.orders",
	"all: a median of dates":                                "select source, median(day), quantile_disc(id % 7, 0.6) from orders group by source",
	"servers: a count is one of counts":                     "select count(note) from servers.orders",
	"servers: the least":                                    "select min(amount) from servers.orders",
	"servers: the last text":                                "select paid, max(region) from servers.orders group by paid",
	"servers: distinct numbers":                             "select count(distinct id) from servers.orders",
	"servers: distinct texts by groups":                     "select paid, count(distinct region) from servers.orders group by paid",
	"servers: a sum of distinct values beside others":       "select sum(distinct amount), count(*), sum(id) from servers.orders",
	"servers: an average of distinct values":                "select paid, avg(distinct id), max(distinct day) from servers.orders group by paid",
	"servers: FILTER of a count of rows":                    "select count(*) filter (where id > 9) from servers.orders",
	"servers: FILTER of a sum":                              "select region, sum(amount) filter (where day > '2024-06-01') from servers.orders group by region",
	"servers: FILTER of an average":                         "select avg(amount) filter (where paid = 1) from servers.orders",
	"servers: FILTER that no row passes":                    "select count(id) filter (where id < 0), sum(id) filter (where id < 0) from servers.orders",
	"servers: HAVING is of the whole":                       "select region, sum(id) from servers.orders group by region having sum(id) > 60",
	"servers: HAVING without groups":                        "select count(*) from servers.orders having count(*) > 50",
	"servers: HAVING of what is not in the list":            "select region from servers.orders group by region having min(id) < 3",
	"servers: HAVING computes with an alias":                "select region, max(id) as id from servers.orders group by region having id + 0 > 30",
	"servers: HAVING has the column within an aggregate":    "select region, max(id) as id from servers.orders group by region having min(id) < 5",
	"servers: ORDER BY computes with the column":            "select -id as id, count(*) as n from servers.orders group by servers.orders.id order by id + 0 limit 5",
	"servers: ORDER BY an alias alone":                      "select -id as id, count(*) as n from servers.orders group by servers.orders.id order by id limit 5",
	"servers: ORDER BY an aggregate with a limit":           "select id from servers.orders group by id order by count(*) desc, sum(big) desc nulls last, id limit 4",
	"servers: GROUP BY has the column before the alias":     "select id % 2 as paid, count(*) from servers.orders group by paid, id % 2",
	"servers: types are those of one database":              "select typeof(count(*)), typeof(sum(id)), typeof(sum(amount)), typeof(sum(score)), typeof(avg(id)), typeof(min(amount)), typeof(max(day)), typeof(min(region)) from servers.orders",
	"servers: aggregates of constants":                      "select sum(1), sum(2.5), count(1), max(7) from servers.orders",
	"servers: groups with a text literal":                   "select count(*) from servers.orders where day >= '2024-12-30'",
	"servers: groups with a condition on the source":        "select source, count(*) from servers.orders where source <> 'pg' group by source",
	"files: a sum has a high half":                          "select sum(big) from files.orders",
	"files: a sum of negative numbers":                      "select sum(big) from files.orders where big < 0",
	"files: a sum beyond 64 bits":                           "select sum(big), sum(id) from files.orders where big > 0",
	"files: a sum by groups":                                "select region, sum(id) from files.orders group by region",
	"files: a sum of nothing":                               "select sum(id), avg(id), count(id), min(id) from files.orders where id < 0",
	"files: an average is not one of averages":              "select avg(id) from files.orders",
	"files: an average of large numbers":                    "select paid, avg(big) from files.orders group by paid",
	"files: distinct numbers":                               "select count(distinct id) from files.orders",
	"files: FILTER of a sum":                                "select sum(id) filter (where big > 0) from files.orders",
	"files: least and last by groups":                       "select region, min(day), max(id), min(region) from files.orders group by region",
	"all: a sum of integers":                                "select sum(id) from orders",
	"all: a sum of large integers by the source":            "select source, sum(big) from orders group by source",
	"all: an average of integers by groups":                 "select region, avg(id) from orders group by region",
	"all: a count of distinct values":                       "select paid, count(distinct id) from orders group by paid",
	"all: distinct names of sources, of which one is empty": "select count(*), count(distinct source), max(distinct source) from orders",
	"all: distinct values that hang on the source":          "select count(*), count(distinct source || 'x'), count(distinct extra) from orders",
	"all: aggregates of the source":                         "select min(source), max(source), count(source) from orders",
	"all: groups by a cast of the source":                   "select source::varchar as s, count(*) from orders group by source::varchar",
	"all: a table that a source lacks":                      "select count(*), min(name), sum(id) from customers",
	"all: groups of a table that a source lacks":            "select name, count(*), max(id) from customers group by name",
	"none: a count of nothing beside distinct values":       "select count(id), count(*), count(distinct region), sum(id) from none.orders",
	"none: a count of nothing by groups":                    "select region, count(id) from none.orders group by region",
	"a subquery of groups":                                  "select max(n), sum(s) from (select region, count(*) as n, sum(amount) as s from servers.orders group by region)",
	"a join with groups":                                    "select o.id, n from pg.orders o join (select id, count(*) as n from servers.orders group by id) g on g.id = o.id",
}

// In mixedTraps, some sources compute partial aggregates and others send rows instead.
var mixedTraps = map[string]string{
	"rows: a sum of decimals":                          "select sum(amount), count(*), avg(amount) from orders",
	"rows: a sum of decimals by groups":                "select region, paid, sum(amount), min(note), max(day), count(extra), bool_or(id > 30) from orders group by region, paid",
	"rows: a sum of decimals by the source":            "select source, sum(amount), sum(big) from orders group by source",
	"rows: an empty source has no group":               "select source, count(*), sum(amount) from orders where source in ('pg', 'none') group by source",
	"rows: an empty source counts nothing":             "select count(*), sum(amount), max(amount) from orders where source in ('my', 'none')",
	"rows: FILTER of a sum":                            "select region, sum(amount) filter (where day > '2024-06-01'), count(*) filter (where paid = 1) from orders group by region",
	"rows: distinct values":                            "select paid, count(distinct region), sum(amount), avg(distinct id), count(*) from orders group by paid",
	"rows: HAVING and an order":                        "select region, sum(amount) as s from orders group by region having sum(amount) > 0 order by s desc limit 3",
	"rows: a condition that some cannot look at":       "select region, count(*), sum(id) from orders where amount + 1 > 2 group by region",
	"rows: two conditions of which some cannot":        "select region, count(*) from orders where amount + 1 > 2 and id > 5 and source <> 'ma' group by region",
	"rows: a condition, and a table in a schema":       "select servers.orders.region, count(*), sum(id) from servers.orders where servers.orders.score * 2 > 1 group by servers.orders.region",
	"rows: a group that some cannot make":              "select amount * 2 as a, count(*), min(source) from orders group by amount * 2",
	"rows: a group with the alias of a column":         "select -id as id, sum(amount * 2) from orders o where o.id > 4 group by o.id order by o.id desc limit 6",
	"rows: a variance":                                 "select region, stddev(score), var_pop(id), variance(amount), count(*) from orders group by region",
	"rows: a median that some have many values of":     "select median(amount), quantile_disc(amount, 0.25), count(*), sum(id) from orders",
	"rows: a median by groups":                         "select paid, median(amount), median(day), quantile_cont(id, 0.5), count(distinct region) from orders group by paid having count(*) > 1",
	"rows: groups in a subquery":                       "select max(s), count(*) from (select region as k, source, sum(amount) as s from orders group by all)",
	"rows: a column that a source lacks":               "select note, count(extra), sum(amount), sum(extra) from orders group by note",
	"rows: types are those of one database":            "select typeof(sum(amount)), typeof(sum(id)), typeof(avg(amount)), typeof(max(day)), typeof(count(*)), typeof(sum(score)) from orders",
	"rows: sums of constants, and a condition on none": "select sum(amount), sum(1), sum(2.5), max('x') from orders where id < 0",
}

// In pushedTraps, the sources must send fewer rows than their tables have.
var pushedTraps = map[string]string{
	"a text literal is of a date's type":           "select source, id from servers.orders where day = '2024-02-29'",
	"a text literal is of a timestamp's type":      "select source, id from orders where placed >= '2025-01-01 00:00:00'",
	"a text literal is of a number's type":         "select source, id from servers.orders where big in ('7', '1')",
	"a condition on the source chooses sources":    "select source, id from orders where source = 'pg'",
	"a condition on the source and another":        "select source, id, region from orders where source in ('my', 'lite') and region = 'north'",
	"first rows where the whole condition is sent": "select source, id from orders where id >= 3 order by id, source limit 4",
	"first rows with an offset":                    "select source, id from servers.orders order by id desc, source limit 4 offset 6",
	"distinct rows":                                "select distinct region from servers.orders",
	"distinct rows of several columns":             "select distinct paid, id % 3 from servers.orders",
}

// In traps, any plan is allowed; in most of them some part must not be sent to the
// sources.
var traps = map[string]string{
	"count over sources of which one is empty":                        "select count(*), count(amount), sum(amount), avg(amount), min(id) from orders",
	"count over an empty source alone":                                "select count(*), count(amount), sum(amount), avg(amount), min(region), bool_or(amount > 0) from none.orders",
	"a group by the source has no group of an empty one":              "select source, count(*) from orders group by source",
	"a group by the source and a condition that no row of one passes": "select source, count(*), sum(amount) from orders where id >= 35 group by source",
	"a group by a constant has no group of no rows":                   "select 'x' as k, count(*) from none.orders group by k",
	"an average is not one of averages":                               "select region, avg(amount), avg(id), avg(score) from orders group by region",
	"an average of nothing is NULL":                                   "select region, avg(extra), sum(extra) from ma.orders where id < 6 group by region",
	"a limit below an aggregate":                                      "select count(*), sum(amount) from (select amount from orders order by amount, source, id, big, score limit 7)",
	"a limit over groups":                                             "select region, count(*) as n from orders group by region order by n desc, region nulls last limit 2",
	"a limit with an offset is that of all sources":                   "select source, id, amount, big, score from orders order by id, source, amount, big, score limit 5 offset 20",
	"a limit behind a condition that is looked at here":               "select source, id from orders where upper(region) = 'NORTH' order by id, source, amount, big, score limit 4",
	"a limit of zero":                                                 "select id from orders order by id limit 0",
	"NULLs stand last unless said otherwise":                          "select source, id, day from orders order by day desc, source, id, amount, big, score limit 9",
	"NULLs first":                                                     "select source, id, day from orders order by day desc nulls first, source, id, amount, big, score limit 9",
	"texts that differ in case and blanks are different groups":       "select region, count(*), min(note), max(note) from orders group by region",
	"texts that differ in case and blanks are distinct":               "select distinct region from orders",
	"an order of texts is that of their bytes":                        "select source, id, region from orders order by region desc nulls last, source, id, amount, big, score limit 15",
	"a text equals itself alone":                                      "select source, id, region from orders where region = 'north'",
	"a number is not a text":                                          "select source, id from orders where region in ('0', '')",
	"a backslash in LIKE is a character":                              "select source, id from orders where note like '%\\%' or region like '50\\%'",
	"a decimal keeps its type under a condition":                      "select source, amount, typeof(amount) from orders where amount = 1",
	"a literal is a DECIMAL before it is a DOUBLE":                    "select source, id from orders where score > 0.10955390999495607::double - 0.01 and score < 0.3",
	"a float is what it is":                                           "select source, id, score from orders where score = 0.1 or score = 0.30000000000000004",
	"7/2 is 3.5":                                                      "select source, id from orders where id / 2 = 3.5 or 7 / 2 = id",
	"|| joins texts":                                                  "select source, id from orders where region || 'x' = 'northx'",
	"integers beyond 2^53":                                            "select source, big, count(*) from orders where big >= 9007199254740993 group by source, big",
	"a sum beyond 64 bits":                                            "select sum(big), sum(big * 2) from orders where big > 0",
	"a condition above an outer join":                                 "select o.source, o.id, c.name from orders o left join customers c on o.source = c.source and o.id = c.id where c.name is null",
	"a condition on the row that an outer join makes up":              "select o.source, o.id, c.name from orders o left join customers c on o.id = c.id where coalesce(c.name, 'zz') > 'n'",
	"a condition in the ON of an outer join":                          "select o.source, o.id, c.name from orders o left join customers c on o.id = c.id and o.amount > 1",
	"a full join":                                                     "select o.source, o.id, c.source, c.id from orders o full join customers c on o.source = c.source and o.id = c.id where o.id < 3 or c.id > 5",
	"a table joined with itself":                                      "select a.source, a.id, b.id from orders a join orders b on a.source = b.source and a.id = b.id + 1 where a.region = 'north' and b.amount > 0",
	"NOT IN with NULL":                                                "select source, id from orders where region not in ('north', NULL)",
	"NOT IN a list of which one is no value of the column":            "select source, id from orders where amount not in (1, 1.25, 0.05)",
	"a name that WITH gives":                                          "with orders as (select id, source from pg.orders where id < 5) select source, count(*) from orders group by source",
	"an alias that is a column's name":                                "select upper(region) as region, count(*) from orders group by orders.region order by region || ''",
	"HAVING takes the alias":                                          "select region, max(id) as id from orders group by region having id > 20",
	"a group by place":                                                "select year(day), paid, count(*) from orders group by 1, 2",
	"a group by alias":                                                "select date_trunc('month', placed) as m, count(*) from orders group by m",
	"distinct values beside others":                                   "select region, count(distinct note), sum(amount), count(*), max(distinct id) from orders group by region",
	"an aggregate with FILTER":                                        "select region, count(*) filter (where amount > 1), sum(id) filter (where paid = 1), avg(amount) filter (where day > '2024-01-01') from orders group by region",
	"grouping sets":                                                   "select region, paid, count(*) from orders group by grouping sets ((region), (paid), ())",
	"a column that a source lacks":                                    "select source, count(extra), sum(extra), min(note), count(*) from orders group by source",
	"a condition on a column that a source lacks":                     "select source, id from orders where extra is null and coalesce(note, 'none') = 'none'",
	"a table that a source lacks":                                     "select source, count(*) from customers group by source",
	"booleans that are integers elsewhere":                            "select source, paid, count(*) from orders where paid = 1 group by source, paid",
	"the source in a condition with others":                           "select source, id from orders where source = 'pg' and id < 3 or source = 'lite' and id > 36",
	"dates of the year 99":                                            "select source, day, year(day) from orders where day < '1000-01-01'",
	"a date beside a timestamp":                                       "select source, id from orders where placed >= date '2025-01-01' and day < timestamp '2025-01-01 00:00:01'",
	"a correlated subquery":                                           "select o.source, o.id, (select max(c.name) from customers c where c.source = o.source and c.id = o.id) as name from orders o",
	"EXISTS":                                                          "select o.source, o.id from orders o where exists (select 1 from customers c where c.source = o.source and c.id = o.id and c.name > 'a')",
	"a union of groups":                                               "select region as k, count(*) as n from orders group by region union all select name, count(*) from customers group by name",
	"keys of few rows, of integers":                                   "select a.source, a.id, b.source, b.name from orders a join customers b on a.id = b.id where a.amount > 1 and a.region = 'north'",
	"keys of few rows, of texts":                                      "select a.source, a.id, b.source, b.id from orders a, orders b where a.note = b.note and a.id = 3",
	"keys of few rows, of dates":                                      "select a.source, a.id, b.source, b.id from orders a left join orders b on a.day = b.day and a.source <> b.source where a.id < 4",
	"keys of no rows":                                                 "select count(*), min(b.name) from orders a join customers b on a.id = b.id where a.amount > 1000000",
	"keys behind a right join":                                        "select a.source, a.id, b.source, b.name from orders a right join customers b on a.id = b.id and b.name < 'n'",
	"a window over groups":                                            "select region, sum(amount) as s, rank() over (order by count(*) desc) as r from orders group by region",
	"a limit behind a condition that is never sent":                   "select source, id from servers.orders where md5(region) < '8' order by id, source limit 4",
	"a limit behind one condition of two that is not sent":            "select source, id from servers.orders where id > 2 and md5(region) < '8' order by id, source limit 4",
	"a limit behind a condition with a subquery":                      "select source, id from servers.orders where id in (select id + 20 from pg.customers) order by id, source limit 4",
	"a limit behind a condition without columns":                      "select source, id from servers.orders where 1 = 0 order by id, source limit 4",
	"groups behind a condition that is never sent":                    "select count(*) from servers.orders where md5(region) < '8'",
	"groups behind one condition of two that is not sent":             "select paid, sum(id) from servers.orders where id > 2 and md5(region) < '8' group by paid",
	"groups behind a condition with a subquery":                       "select region, count(*) from servers.orders where id in (select id from pg.customers) group by region",
	"groups behind a condition without columns":                       "select count(*), sum(id) from servers.orders where 1 = 0",
	"a FILTER that is never sent":                                     "select count(*) filter (where md5(region) < '8') from servers.orders",
	"a limit over groups that are made here":                          "select region, bit_xor(id), count(*) from servers.orders group by region order by region limit 3",
	"a limit over an aggregate that is made here":                     "select bit_xor(id), count(*) from servers.orders limit 1",
	"a limit over a window":                                           "select source, id, count(*) over () as n from servers.orders order by source, id limit 3",
	"a limit over rows that a list makes":                             "select source, id, unnest(case when id < 30 then [] else [1] end) as x from servers.orders order by id, source limit 3",
	"a limit over distinct rows":                                      "select distinct id % 5 as k from servers.orders order by k limit 3",
	"a limit over HAVING":                                             "select id from servers.orders group by id having bit_xor(big) <> 0 order by id limit 3",
	"a condition on the sources of two tables":                        "select a.source, a.id, b.source as other from orders a, orders b where a.source <> b.source and a.id = b.id and a.id < 3",
	"a condition on the columns of two tables":                        "select a.source, a.id, b.id as other from pg.orders a, my.orders b where a.id + b.id = 7",
	"distinct rows of which a condition is looked at here":            "select distinct paid from servers.orders where md5(region) < '8'",
	"a sum of a product that may not fit at a source":                 "select sum(big * 2) from files.orders where id < 9",
	"several sets of groups over servers":                             "select region, paid, sum(id) from servers.orders group by grouping sets ((region), (paid), ())",
	"an aggregate that wants the rows in order":                       "select string_agg(id::varchar, ',' order by id, source) from servers.orders",
	"an alias of the list within the list":                            "select region as r, count(*) as n, n * 2 as twice from servers.orders group by region",
	"a distinct count with FILTER":                                    "select count(distinct id) filter (where paid = 1) from servers.orders",
	"groups: no source at all":                                        "select count(*), count(id), sum(id), avg(id) from orders where source = 'nowhere'",
	"groups: groups of no source at all":                              "select source, count(*) from orders where source = 'nowhere' group by source",
}
