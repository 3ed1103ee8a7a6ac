// Random statements, parts of which are executed by the sources.

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

// statement returns a statement whose result does not depend on the order of rows. Some statements
// read only a few sources, since a part that one source cannot execute would keep all sources from
// executing it.
func (g *generator) statement() string {
	sql := g.overAll()
	scopes := []string{"", "servers.", "servers.", "servers.", "my.", "files.", "files."}
	if !strings.Contains(sql, "extra") { // PostgreSQL's table lacks this column
		scopes = append(scopes, "pg.")
	}
	return strings.ReplaceAll(sql, " from orders", " from "+g.pick(scopes...)+"orders")
}

func (g *generator) overAll() string {
	switch g.rand.IntN(18) {
	case 12, 13, 14, 15:
		return g.inside()
	case 16, 17:
		return g.around()
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
	for range 1 + g.rand.IntN(2) {
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
		"sum(case when amount > 1 then 1 else 0 end)", "bool_and(amount > 0)", "bool_or(region = 'north')", "min(id + 1)",
		"stddev(score)", "var_pop(id)", "stddev_samp(amount)", "variance(extra)", "stddev_pop(big)", "median(day)", "median(amount)", "quantile_disc(day, 0.3)", "median(id % 7)",
		"quantile_cont(id % 7, 0.3)", "quantile_cont(length(region), 0.5)", "percentile_disc(0.75) within group (order by id % 7)", "quantile_disc(amount, 1)") + filter
}

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
