// Joins that a source can execute by itself, and joins that it must not: traps, and
// random statements.

package run_test

import (
	"fmt"
	"strings"
)

// In joinedTraps, the sources must join their own tables.
var joinedTraps = map[string]string{
	"join: the source of USING, below a full join":  "select source as c0, id as c1 from servers.orders a join orders b using (source, id) full join customers c on c.source = a.source and c.id = a.id",
	"join: the source of USING, below a right join": "select source as c0, c.id as c1 from orders a join orders b using (source, id) right join customers c on c.source = a.source and c.id = a.id + 30",
	"join: ON":                                 "select a.source, a.id, a.amount, b.name from orders a join customers b on a.source = b.source and a.id = b.id",
	"join: USING":                              "select source, id, region, name from orders join customers using (source, id)",
	"join: a star":                             "select * from orders a join customers b using (source, id)",
	"join: stars of both":                      "select b.*, a.*, a.id + 1 as next from orders a join customers b on a.source = b.source and a.id = b.id where a.id < 5",
	"join: WHERE":                              "select a.source, a.id, b.name from orders a, customers b where a.source = b.source and a.id = b.id and a.amount > 1",
	"join: a table without one":                "select a.source, a.id, b.name, b.source as other from orders a left join customers b on a.source = b.source and a.id = b.id",
	"join: RIGHT":                              "select a.source, b.source as other, b.id, b.name, a.region from orders a right join customers b on a.source = b.source and a.id = b.id + 3",
	"join: RIGHT with USING":                   "select source, id, a.source as left_source, name from orders a right join customers b using (source, id)",
	"join: FULL":                               "select a.source, b.source as other, a.id, b.id from orders a full join customers b on a.source = b.source and a.id = b.id + 3",
	"join: FULL with USING":                    "select source, id, a.source as l, b.source as r, a.region, b.name from orders a full join customers b using (source, id) where id > 2",
	"join: FULL by conditions besides":         "select a.source, b.source as other, a.id, b.id from orders a full join customers b on a.source = b.source and a.id = b.id and b.name > 'n'",
	"join: SEMI":                               "select source, id, region from orders a semi join customers b on a.source = b.source and a.id = b.id and b.name > 'e'",
	"join: ANTI":                               "select source, id, region from orders a anti join customers b using (source, id)",
	"join: ANTI of a value that is NULL":       "select a.source, a.id from orders a anti join orders b on a.source = b.source and a.extra = b.id",
	"join: a chain":                            "select a.source, a.id, b.name, c.region from orders a join customers b using (source, id) left join orders c on c.source = a.source and c.id = b.id + 1",
	"join: a chain of USING":                   "select source, id, count(*) from orders a full join customers b using (source, id) full join orders c using (source, id) group by source, id",
	"join: linked by others in between":        "select a.source, a.id, c.id as other from orders a, customers b, orders c where a.source = b.source and c.source = b.source and a.id = b.id and c.id = b.id + 1",
	"join: a link with what is made up":        "select a.source, a.id, b.name, c.id as other from orders a left join customers b using (source, id) left join orders c on b.source = c.source and c.id = a.id + 1",
	"join: a condition on a source made up":    "select a.source, a.id, b.source as other from orders a left join customers b on a.source = b.source and a.id = b.id and b.source <> 'pg'",
	"join: WHERE on a source made up":          "select a.source, a.id from orders a left join customers b on a.source = b.source and a.id = b.id where b.source is null or b.source > 'm'",
	"join: a source that lacks the left table": "select source, id, name, a.region, a.source as l, b.source as r from pg.orders a right join customers b using (source, id)",
	"join: sources that lack either table":     "select source, id, name, a.source as l, b.source as r, c.day from pg.orders a full join files.customers b using (source, id) left join orders c on c.source = b.source and c.id = b.id",
	"join: groups":                             "select b.name, count(*), sum(a.id), min(a.region), count(distinct a.day) from orders a join customers b using (source, id) group by b.name",
	"join: groups by a source made up":         "select b.source, count(*), count(b.id), max(a.day) from orders a left join customers b on a.source = b.source and a.id = b.id group by b.source",
	"join: groups by the source":               "select source, count(*), sum(amount) from orders join customers using (source, id) group by source",
	"join: groups of none":                     "select count(*), sum(a.id), min(b.name) from orders a join customers b using (source, id) where a.id > 1000",
	"join: sums of decimals by groups":         "select b.name, sum(a.amount), avg(a.amount) from orders a left join customers b using (source, id) where a.id > 3 group by b.name having count(*) > 0",
	"join: first rows":                         "select a.source, a.id, b.name, a.amount from orders a join customers b using (source, id) order by a.amount desc nulls last, a.id, a.source, b.name limit 5 offset 2",
	"join: distinct rows":                      "select distinct b.name, a.paid from orders a join customers b using (source, id)",
	"join: a table with itself":                "select a.source, a.id, b.id as other from orders a join orders b on a.source = b.source and a.id = b.id + 1 where a.region = 'north' and b.amount > 0",
	"join: texts":                              "select a.source, a.id, b.id as other, b.name from orders a join customers b on a.source = b.source and a.region = b.name",
	"join: texts of two character sets":        "select a.source, a.id, b.id as other from ma.orders a join ma.orders b on a.region = b.region and b.id < 5",
	"join: dates with timestamps":              "select a.source, a.id, b.id as other from servers.orders a join servers.orders b on a.source = b.source and a.placed > b.day and a.id = b.id",
	"join: decimals":                           "select a.source, a.id, b.id as other from orders a join orders b on a.source = b.source and a.amount = b.amount and b.id < 6",
	"join: integers with decimals":             "select a.source, a.id, b.id as other from servers.orders a join servers.orders b on a.source = b.source and a.amount = b.id",
	"join: of one source":                      "select a.id, b.name from pg.orders a join pg.customers b on a.id = b.id where a.amount > 1",
	"join: of one source, left":                "select a.id, b.name, b.source from my.orders a left join my.customers b on a.id = b.id + 1",
	"join: in a subquery":                      "select name, sum(n) from (select b.name, a.id, count(*) as n from orders a join customers b using (source, id) group by all) group by name",
	"join: in a WITH":                          "with j as (select a.source, a.id, b.name from orders a left join customers b using (source, id)) select source, count(*), count(name) from j group by source",
	"join: with a subquery that names it":      "select a.source, a.id, (select max(c.day) from orders c where c.source = a.source and c.id = b.id) as latest from orders a join customers b using (source, id)",
	"join: with IN of a subquery":              "select a.source, a.id, b.name from orders a join customers b using (source, id) where a.id in (select id from pg.customers where name > 'a')",
	"join: an alias that is a column":          "select -a.id as id, b.name as region from orders a join customers b using (source, id) order by id, region, a.source limit 4",
	"join: HAVING with an alias":               "select b.name, max(a.id) as id from orders a join customers b using (source, id) group by b.name having id > 2 and min(a.id) < 9",
	"join: a condition that is never sent":     "select a.source, a.id from orders a join customers b using (source, id) where md5(b.name) > '8'",
	"join: a window over it":                   "select a.source, a.id, rank() over (partition by b.name order by a.id, a.source) as r from orders a join customers b using (source, id)",
	"join: a condition on the source":          "select a.id, b.name from orders a join customers b using (source, id) where a.source = 'pg'",
	"join: some cannot look at its condition":  "select a.source, a.id, b.name from orders a join customers b on a.source = b.source and a.id = b.id and a.score * 2 < 2",
	"join: some cannot, and it is by WHERE":    "select a.source, a.id, b.name from orders a, customers b where a.source = b.source and a.id * 2 = b.id * 2",
	"join: several cannot, and it is by WHERE": "select a.source, a.id, b.id as other, b.region from orders a, orders b where a.source = b.source and a.id * 2 = b.id * 2 and a.id < 9",
	"join: some cannot, of groups":             "select b.name, count(*), sum(a.amount) from orders a join customers b on a.source = b.source and a.id = b.id and a.score * 2 < 2 group by b.name",
	"join: some cannot, of a FULL one":         "select source, id, a.source as l, b.name from orders a full join customers b using (source, id) where a.score * 2 < 2 or a.id is null",
	"join: nothing but the source":             "select count(*), sum(a.id) from orders a join customers b using (source)",
	"join: FULL by nothing but the source":     "select count(*), count(a.id), count(b.id) from pg.orders a full join customers b using (source)",
	"join: types of columns":                   "select typeof(a.id), typeof(b.name), typeof(a.amount), typeof(b.source), count(*) from orders a left join customers b using (source, id) group by all",
}

// semiTraps are subqueries that the sources can execute as semi and anti joins.
var semiTraps = map[string]string{
	"exists: within a source":              "select o.source, o.id from orders o where exists (select 1 from customers c where c.source = o.source and c.id = o.id and c.name > 'a')",
	"exists: NOT":                          "select o.source, o.id from orders o where not exists (select * from customers c where c.source = o.source and c.id = o.id and c.name > 'a')",
	"exists: names of its own come first":  "select source, id from orders where exists (select 1 from customers where customers.source = orders.source and customers.id = orders.id and id < 5 and name > 'e')",
	"exists: of the same table":            "select o.source, o.id from orders o where exists (select 1 from orders where orders.source = o.source and orders.id = o.id + 1 and orders.region > o.region)",
	"exists: of the same table and name":   "select source, id from orders where not exists (select 1 from orders o where o.source = orders.source and o.id = orders.id + 2 and o.day > orders.day)",
	"exists: an inequality besides":        "select o.source, o.id from orders o where exists (select 1 from orders p where p.source = o.source and p.region = o.region and p.id < o.id - 20)",
	"exists: with a limit and an order":    "select o.source, o.id from orders o where exists (select c.name from customers c where c.source = o.source and c.id = o.id order by c.name limit 1)",
	"exists: two of them":                  "select o.source, o.id from orders o where exists (select 1 from customers c where c.source = o.source and c.id = o.id) and not exists (select 1 from orders p where p.source = o.source and p.id = o.id + 1 and p.amount is null) and o.id < 9",
	"exists: within one":                   "select o.source, o.id from orders o where exists (select 1 from orders p where p.source = o.source and p.id = o.id and exists (select 1 from customers c where c.source = p.source and c.id = p.id))",
	"exists: groups over it":               "select region, count(*), sum(id) from orders o where exists (select 1 from customers c where c.source = o.source and c.id = o.id) group by region",
	"exists: first rows over it":           "select source, id, region from orders o where not exists (select 1 from customers c where c.source = o.source and c.id = o.id) order by id, source limit 4",
	"exists: a join within it":             "select o.source, o.id from orders o where exists (select 1 from customers c join orders p on p.source = c.source and p.id = c.id where c.source = o.source and c.id = o.id and p.amount > 1)",
	"exists: over a join":                  "select o.source, o.id, c.name from orders o join customers c on c.source = o.source and c.id = o.id where exists (select 1 from orders p where p.source = c.source and p.id = c.id + 1)",
	"exists: NOT, and a condition around":  "select o.source, o.id from orders o where not exists (select 1 from customers c where c.source = o.source and c.id = o.id and o.amount > 1)",
	"exists: NOT, of texts that differ":    "select o.source, o.id from orders o where not exists (select 1 from orders p where p.source = o.source and p.region = o.region and p.id > 20)",
	"exists: of greater texts":             "select o.source, o.id from orders o where exists (select 1 from orders p where p.source = o.source and p.region > o.region and p.amount > 1)",
	"exists: of values that are NULL":      "select o.source, o.id from orders o where not exists (select 1 from orders p where p.source = o.source and p.extra = o.extra and p.id <> o.id)",
	"exists: of one source":                "select o.id from pg.orders o where exists (select 1 from pg.customers c where c.id = o.id and c.name > 'e')",
	"exists: IN":                           "select source, id from orders o where id in (select id from customers c where c.source = o.source and name < 'n')",
	"exists: IN of one source":             "select id, region from my.orders where id in (select id + 1 from my.customers where name > 'e')",
	"exists: IN of texts":                  "select source, id from orders o where o.region in (select name from customers c where c.source = o.source)",
	"exists: IN of distinct values":        "select source, count(*) from orders o where id in (select distinct id from customers c where c.source = o.source and c.name is not null) group by source",
	"exists: IN within EXISTS":             "select o.source, o.id from orders o where exists (select 1 from orders p where p.source = o.source and p.id = o.id and p.id in (select c.id from customers c where c.source = p.source))",
	"exists: WHERE of what may be made up": "select o.source, o.id, c.name from orders o left join customers c on c.source = o.source and c.id = o.id where exists (select 1 from orders p where p.source = o.source and p.id = o.id and p.region is not distinct from c.name)",
}

// In keyedTraps, few rows of one table are fetched first, and then only those rows of the other
// table that have their keys.
var keyedTraps = map[string]string{
	"keys: EXISTS":              "select o.source, o.id, o.region from orders o where exists (select 1 from customers c where c.id = o.id and c.name > 'z')",
	"keys: EXISTS of few":       "select c.source, c.id, c.name from customers c where c.name > 'z' and exists (select 1 from orders o where o.id = c.id and o.amount > 1)",
	"keys: NOT EXISTS of few":   "select c.source, c.id, c.name from customers c where c.name > 'e' and not exists (select 1 from orders o where o.id = c.id and o.amount > 1)",
	"keys: IN":                  "select source, id, region from orders where id in (select id from customers where name > 'z')",
	"keys: IN of texts":         "select source, id from orders where region in (select name from customers where id < 3)",
	"keys: ON of an outer one":  "select c.source, c.id, o.source as other, o.id as o from customers c left join orders o on o.id = c.id and o.amount > 1 where c.name > 'z'",
	"keys: ON of a row made up": "select c.source, c.id, p.source as other, p.id as o from customers c left join (orders o left join orders p on p.id = o.id + 30 and p.source = 'pg') on c.id = o.id and p.id is null where c.name > 'z'",
	"keys: ON of an inner one":  "select c.source, c.id, o.source as other from customers c join orders o on o.id = c.id and c.name > 'z'",
}

// crossTraps are joins across sources: no source may execute them.
var crossTraps = map[string]string{
	"apart: no condition on the source":    "select a.source, a.id, b.name from orders a join customers b on a.id = b.id",
	"apart: within OR":                     "select a.source, b.source as other, a.id from orders a join customers b on a.id = b.id and (a.source = b.source or b.id = 2)",
	"apart: in the WHERE of an outer join": "select a.source, b.source as other, a.id from orders a left join customers b on a.id = b.id where a.source = b.source or b.id is null",
	"apart: in WHERE behind an outer join": "select a.source, b.source as other, a.id from orders a left join customers b on a.id = b.id where a.source = b.source",
	"apart: of tables on one side":         "select a.source, c.source as other, a.id from orders a join customers b using (source, id) left join orders c on a.source = b.source and c.id = a.id",
	"apart: one of three":                  "select a.source, c.source as other, a.id from orders a join customers b using (source, id) join orders c on c.id = a.id + 1",
	"apart: sources that differ":           "select a.source, b.source as other, a.id from orders a join customers b on a.source <> b.source and a.id = b.id",
	"apart: NOT":                           "select a.source, b.source as other, a.id from orders a join customers b on not (a.source = b.source) and a.id = b.id",
	"apart: EXISTS":                        "select o.source, o.id from orders o where exists (select 1 from customers c where c.id = o.id and c.source <> o.source)",
	"apart: NOT EXISTS and the row itself": "select o.source, o.id from orders o where not exists (select 1 from customers c where c.id = o.id and o.amount > 1)",
	"apart: EXISTS within OR":              "select o.source, o.id from orders o where o.id < 3 or exists (select 1 from customers c where c.source = o.source and c.id = o.id)",
	"apart: EXISTS of groups":              "select o.source, o.id from orders o where exists (select count(*) from customers c where c.source = o.source and c.id = o.id)",
	"apart: EXISTS of no row":              "select o.source, o.id from orders o where exists (select 1 from customers c where c.source = o.source and c.id = o.id limit 0)",
	"apart: EXISTS behind an offset":       "select o.source, o.id from orders o where not exists (select 1 from customers c where c.source = o.source and c.name < o.region offset 1)",
	"apart: EXISTS behind a limit, too":    "select o.source, o.id from orders o where exists (select 1 from customers c where c.source = o.source and c.id = o.id limit 1 offset 1)",
	"apart: IN":                            "select source, id from orders where id in (select id + 1 from customers)",
	"apart: NOT IN":                        "select o.source, o.id from orders o where o.id not in (select c.id from customers c where c.source = o.source)",
	"apart: NOT IN of NULL":                "select o.source, o.id from orders o where o.region not in (select c.name from customers c where c.source = o.source)",
	"apart: IN that is negated":            "select o.source, o.id from orders o where not (o.extra in (select p.id from orders p where p.source = o.source and p.id < 3))",
	"apart: made up on the other side":     "select b.source, c.source as other, c.id from orders a full join customers b on a.id = b.id right join orders c on a.source = c.source and a.id = c.id",
}

// inside returns a statement that joins a source's own tables, or one that looks like such a join.
func (g *generator) inside() string {
	scope := g.pick("", "", "servers.", "files.", "my.", "pg.")
	second, text := "customers", "b.name"
	if g.chance(3) {
		second, text = "orders", "b.region"
	}
	kind := g.pick("", "", "left", "left", "right", "full", "semi", "anti")
	link := g.pick("a.source = b.source", "a.source = b.source", "b.source = a.source", "true")
	equal := g.pick("a.id = b.id", "a.id = b.id", "a.id = b.id + 1", "a.region = "+text, "a.id = b.id and a.region > "+text)
	from := fmt.Sprintf(" from %sorders a %s join %s%s b on %s and %s", scope, kind, scope, second, link, equal)
	merged := false
	switch {
	case g.chance(3):
		from, merged = fmt.Sprintf(" from %sorders a %s join %s%s b using (source, id)", scope, kind, scope, second), true
	case kind == "" && g.chance(3):
		from = fmt.Sprintf(" from %sorders a, %s%s b where %s and %s", scope, scope, second, link, equal)
	}
	shown := kind != "semi" && kind != "anti"
	columns := []string{"a.source", "a.id", "a.region", "a.amount", "a.day"}
	if shown {
		columns = append(columns, "b.source", "b.id", text, "coalesce("+text+", a.region)", "a.id + b.id")
	}
	if merged {
		columns = append(columns, "source", "id")
	}
	if shown && !strings.Contains(from, " where ") && g.chance(4) {
		third := g.pick("c.source = a.source and c.id = a.id", "c.source = b.source and c.id = b.id", "c.id = a.id", "c.source = a.source and c.id = b.id + 1")
		from += fmt.Sprintf(" %s join %scustomers c on %s", g.pick("", "left", "left", "right", "full", "semi", "anti"), scope, third)
	}
	joint := " where "
	if strings.Contains(from, " where ") {
		joint = " and "
	}
	for range g.rand.IntN(3) {
		conditions := []string{"a.id < 7", "a.region = 'north'", "a.amount > 1", "a.source = 'pg'", "a.source <> 'lite'", "a.score * 2 > 1", "upper(a.region) <> 'NORTH'", "a.id is not null", "a.day >= '2024-02-29'"}
		if shown {
			conditions = append(conditions, text+" > 'e'", text+" is null", "b.id is null", "b.source is not null", "(b.id < 5 or a.id > 20)", text+" is distinct from a.region")
		}
		from += joint + g.pick(conditions...)
		joint = " and "
	}
	for g.chance(4) {
		from += joint + g.subquery(scope, "a")
		joint = " and "
	}
	return g.over(columns, from)
}

// subquery returns a condition with a subquery. The sources may execute it as a join.
func (g *generator) subquery(scope, of string) string {
	second, text := "customers", "s.name"
	if g.chance(2) {
		second, text = "orders", "s.region"
	}
	conditions := []string{
		g.pick("s.source = "+of+".source", "s.source = "+of+".source", "s.id >= 0"),
		g.pick("s.id = "+of+".id", "s.id = "+of+".id + 1", text+" = "+of+".region", "s.id > "+of+".id"),
		g.pick("s.id < 6", text+" > 'e'", "true", text+" <> "+of+".region", "s.id is not null"),
	}
	all := strings.Join(conditions, " and ")
	switch g.rand.IntN(5) {
	case 0, 1:
		return "exists (select 1 from " + scope + second + " s where " + all + ")"
	case 2:
		return "not exists (select 1 from " + scope + second + " s where " + all + ")"
	case 3:
		return of + ".id in (select s.id from " + scope + second + " s where " + conditions[0] + " and " + conditions[2] + ")"
	}
	return of + ".region " + g.pick("in", "in", "not in") + " (select " + text + " from " + scope + second + " s where " + conditions[0] + " and " + conditions[2] + ")"
}

// over returns a statement over the columns of a FROM clause.
func (g *generator) over(columns []string, from string) string {
	var list, groups, places []string
	for i := range 2 + g.rand.IntN(3) {
		list, places = append(list, g.pick(columns...)+fmt.Sprintf(" as c%d", i)), append(places, fmt.Sprintf("%d", i+1))
	}
	switch g.rand.IntN(6) {
	case 0:
		return "select distinct " + strings.Join(list, ", ") + from
	case 1:
		return "select " + strings.Join(list, ", ") + from + " order by " + strings.Join(places, ", ") + fmt.Sprintf(" limit %d", g.rand.IntN(9))
	case 2, 3:
		for range g.rand.IntN(3) {
			groups = append(groups, g.pick(columns...))
		}
		sql := "select " + strings.Join(append(groups, g.pick("count(*)", "count(a.amount)", "sum(a.id)"), g.pick("sum(a.amount)", "min(a.region)", "max(a.day)", "count(distinct a.region)", "avg(a.id)")), ", ") + from
		if len(groups) > 0 {
			sql += " group by " + strings.Join(groups, ", ")
		}
		return sql
	}
	return "select " + strings.Join(list, ", ") + from
}
