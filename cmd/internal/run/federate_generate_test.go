// Random statements of what is done at the sources, and of what is not.

package run_test

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	_ "github.com/fanql/fanql/sources/sqlite/sqlite3"
)

func openSQLite(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func mustExec(t *testing.T, db *sql.DB, text string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), text); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

type generator struct{ rand *rand.Rand }

func (g *generator) pick(all ...string) string { return all[g.rand.IntN(len(all))] }
func (g *generator) chance(n int) bool         { return g.rand.IntN(n) == 0 }

// statement gives one whose answer does not hang on the order of rows.
func (g *generator) statement() string {
	switch g.rand.IntN(12) {
	case 0, 1, 2, 3, 4:
		return g.groups()
	case 5, 6:
		return g.firstRows()
	case 7:
		return "select distinct " + g.pick("region", "paid, region", "source, day", "note", "amount", "year(day)", "extra") + " from orders" + g.where()
	case 8:
		return fmt.Sprintf("select o.source, o.id, c.name, o.amount from orders o %s join customers c on o.source = c.source and o.id = c.id%s",
			g.pick("", "left", "right", "full", "semi"), "")
	case 9:
		return g.joins()
	case 10:
		return g.nested()
	}
	return "select source, " + g.pick("*", "id, region", "id, amount, big", "id, note, day, placed", "id, paid, extra, score") + " from orders" + g.where()
}

func (g *generator) groups() string {
	keys := []string{}
	for range g.rand.IntN(3) {
		keys = append(keys, g.pick("region", "source", "paid", "note", "year(day)", "date_trunc('month', placed)", "extra", "amount", "length(region)", "month(placed)", "day", "id % 3"))
	}
	var list []string
	list = append(list, keys...)
	for range 1 + g.rand.IntN(3) {
		list = append(list, g.aggregate())
	}
	sql := "select " + strings.Join(list, ", ") + " from orders" + g.where()
	if len(keys) > 0 {
		sql += " group by " + strings.Join(keys, ", ")
	}
	if g.chance(5) {
		sql += " having " + g.pick("count(*) > 2", "sum(amount) > 0", "min(region) is not null", "count(distinct id) >= 2")
	}
	return sql
}

func (g *generator) aggregate() string {
	filter := ""
	if g.chance(5) {
		filter = " filter (where " + g.condition() + ")"
	}
	return g.pick("count(*)", "count(amount)", "count(region)", "sum(amount)", "sum(id)", "sum(big)", "sum(score)", "avg(amount)", "avg(id)", "avg(score)",
		"min(region)", "max(region)", "min(note)", "max(amount)", "min(day)", "max(placed)", "min(big)", "max(score)", "sum(amount * 2)", "count(extra)", "sum(extra)",
		"sum(case when amount > 1 then 1 else 0 end)", "bool_and(amount > 0)", "bool_or(region = 'north')", "min(id + 1)") + filter
}

// distinctly is for aggregates that take no filter.
func (g *generator) nested() string {
	return g.pick(
		"select count(distinct region), count(distinct amount) from orders"+g.where(),
		"select region, count(distinct day), sum(distinct amount), avg(distinct id), count(*) from orders group by region",
		"select max(n), sum(s) from (select region, count(*) as n, sum(amount) as s from orders"+g.where()+" group by region)",
		"select region, sum(amount) over (partition by region order by source, id, amount, big, score rows unbounded preceding) from orders"+g.where(),
		"with a as (select region, avg(amount) as m from orders group by region) select o.source, o.id from orders o join a on o.region = a.region where o.amount > a.m",
		"select id, source from orders where amount = (select max(amount) from orders)",
		"select region, stddev_pop(score), median(amount), mode(paid) from orders group by region",
		"select region, string_agg(note, '|' order by note, id, source) from orders"+g.where()+" group by region",
		"select region, count(*) from orders"+g.where()+" group by rollup (region)",
		"select region, count(*) as n from orders group by all having n > 1 order by n desc, region",
		"select source, count(*) from pg.orders group by source union all select 'files', count(*) from files.orders",
		"select a.source, a.id, b.id from pg.orders a join my.orders b on a.id = b.id and a.region = b.region",
		"select count(*) from servers.orders where source <> 'pg'",
		"select c.name, count(o.id), sum(o.amount) from customers c left join orders o on o.source = c.source and o.id = c.id group by c.name",
		"select region as source2, upper(region) as region, count(*) from orders group by orders.region order by region || ''",
		"select distinct on (region) region, 1 from orders",
		"select source, id from orders where id in (select id from customers where name < 'n')",
		"select sum(x) from (select distinct region, amount as x from orders"+g.where()+")",
	)
}

func (g *generator) firstRows() string {
	order := g.pick("amount desc nulls last, source, id, big, score", "region, source, id, amount, big, score", "day nulls first, source, id, amount, big", "score, id, source, amount, big", "note desc, source, id, amount, big, score", "source desc, id, region, amount, big", "placed, big, source, id, amount, score")
	sql := "select source, id, region, amount, day, placed, note, big, score from orders" + g.where() + " order by " + order + fmt.Sprintf(" limit %d", g.rand.IntN(12))
	if g.chance(3) {
		sql += fmt.Sprintf(" offset %d", g.rand.IntN(5))
	}
	return sql
}

func (g *generator) joins() string {
	return fmt.Sprintf("select a.source, a.id, b.name from orders a %s join customers b on a.id = b.id and %s%s",
		g.pick("", "left", "right", "full"), g.pick("a.source = b.source", "b.name > 'n'", "a.amount > 1", "true"), g.pick("", " where a.paid = 1", " where b.name is null", " where a.region = 'north' and b.id < 5", " where a.source = 'pg'"))
}

func (g *generator) where() string {
	if g.chance(4) {
		return ""
	}
	text := " where " + g.condition()
	for range g.rand.IntN(3) {
		text += g.pick(" and ", " and ", " or ") + g.condition()
	}
	return text
}

func (g *generator) condition() string {
	text := g.pick("'north'", "'North'", "'é'", "''", "'o''k'", "'zebra'", "'north '", "'日本'", "'e'")
	number := g.pick("0", "1", "1.25", "-0.05", "10.0", "12.5", "0.1")
	switch g.rand.IntN(16) {
	case 0:
		return "region " + g.pick("=", "<>", "<", ">=", "is distinct from") + " " + text
	case 1:
		return "note " + g.pick("=", "<", ">", "is not distinct from") + " " + text
	case 2:
		return "amount " + g.pick("=", "<>", "<", ">=") + " " + number
	case 3:
		return "score " + g.pick("=", "<", ">") + " " + number
	case 4:
		return "big " + g.pick("=", ">", "<=") + " " + g.pick("0", "9007199254740993", "4611686018427387904", "1")
	case 5:
		return "day " + g.pick("=", ">", "<=") + " '" + g.pick("2024-02-29", "2025-01-01", "1999-12-31") + "'"
	case 6:
		return "placed " + g.pick(">=", "<", "=") + " " + g.pick("timestamp '2025-01-01 00:00:00'", "date '2025-01-01'", "'2024-02-29 23:59:59'")
	case 7:
		return g.pick("paid = 1", "paid = 0", "paid is null", "paid is not null")
	case 8:
		return "region in (" + text + ", 'south', " + g.pick("'x'", "NULL") + ")"
	case 9:
		return "id not in (1, 2, " + g.pick("5", "NULL") + ")"
	case 10:
		return "region like '" + g.pick("%o%", "n%", "N%", "_orth", "%\\%", "%a_b%", "%é") + "'"
	case 11:
		return "amount between " + g.pick("0", "-1") + " and " + number
	case 12:
		return g.pick("source = 'pg'", "source in ('pg', 'lite')", "source <> 'my'", "source like 'l%'", "upper(source) = 'MA'")
	case 13:
		return g.pick("year(day) = 2024", "month(placed) = 2", "length(region) > 4", "coalesce(extra, 9) > 2", "extra is null", "id % 2 = 0", "abs(id - 10) < 5", "amount + 1 > 2", "not (amount > 1)", "amount / 2 > 1", "contains(note, 'o')", "starts_with(region, 'n')", "upper(region) = 'NORTH'", "case when amount > 1 then paid = 1 else region = 'south' end")
	case 14:
		return "(" + g.condition() + " or " + g.condition() + ")"
	}
	return "not (" + g.condition() + ")"
}

// traps are statements by what is easily wrong about them.
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
}
