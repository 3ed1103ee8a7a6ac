// A whole statement printed in one dialect.

package federate

import (
	"errors"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/catalog"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/mysql"
	"github.com/fanql/fanql/sources/postgres"
	"github.com/fanql/fanql/sources/sqlite"
)

// shop returns a small schema as that product's catalog shows it.
func shop(d *driver.Dialect) []catalog.Table {
	of := map[*driver.Dialect][]string{
		postgres.Dialect: {"integer", "text", "numeric(12,2)", "timestamp without time zone", "double precision"},
		mysql.Dialect:    {"int", "varchar(40)", "decimal(12,2)", "datetime", "double"},
		sqlite.Dialect:   {"INTEGER", "TEXT", "DECIMAL(12,2)", "TIMESTAMP", "REAL"},
	}[d]
	column := func(name string, at int) catalog.Column {
		return catalog.Column{Name: name, Type: of[at], Charset: "utf8mb4", Nullable: true}
	}
	return []catalog.Table{
		{Schema: "main", Name: "orders", Visible: true, Columns: []catalog.Column{column("id", 0), column("customer", 0), column("region", 1), column("amount", 2), column("placed_at", 3), column("score", 4)}},
		{Schema: "main", Name: "customers", Visible: true, Columns: []catalog.Column{column("id", 0), column("name", 1)}},
	}
}

// portable prints a statement for a dialect.
func portable(t *testing.T, d *driver.Dialect, text string) (string, error) {
	t.Helper()
	p, err := Open(Options{Sources: []Source{{Name: "shop", Dialect: d}}, Portable: true, TempDir: t.TempDir(), Note: func(int, string) {}, Refuse: func(int, error) {}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	locate := func(character int) (int, int, bool) { return 1, character, true }
	if err := p.Read(driver.Request{SQL: text, Locate: locate}); err != nil {
		return "", err
	}
	p.Found(0, shop(d))
	if err := errors.Join(p.Match(), p.Bind()); err != nil {
		return "", err
	}
	return p.Portable()
}

func TestPortableTextIsPrintedInEveryDialect(t *testing.T) {
	for _, c := range []struct {
		text string
		want map[*driver.Dialect]string
	}{
		{"select region, count(*) as n from orders where placed_at >= '2026-01-01' group by region having count(*) > 1 order by n desc, region limit 5", map[*driver.Dialect]string{
			postgres.Dialect: `select ("orders"."region" collate "C") as "region", count(*) as "n" from "orders" as "orders" where ("orders"."placed_at" >= '2026-01-01 00:00:00'::timestamp) group by ("orders"."region" collate "C") having (count(*) > 1) order by count(*) desc nulls last, ("orders"."region" collate "C") asc nulls last limit 5`,
			sqlite.Dialect:   `select ("orders"."region" collate binary) as "region", count(*) as "n" from "orders" as "orders" where ("orders"."placed_at" >= '2026-01-01 00:00:00') group by ("orders"."region" collate binary) having (count(*) > 1) order by count(*) desc nulls last, ("orders"."region" collate binary) asc nulls last limit 5`,
		}},
		{"select * from customers c join orders using (id) order by 2 nulls first", map[*driver.Dialect]string{
			mysql.Dialect: "select `c`.`id` as `id`, `c`.`name` as `name`, `orders`.`customer` as `customer`, `orders`.`region` as `region`, `orders`.`amount` as `amount`, `orders`.`placed_at` as `placed_at`, `orders`.`score` as `score` from `customers` as `c` inner join `orders` as `orders` on (`c`.`id` = `orders`.`id`) order by cast(`c`.`name` as binary) asc",
		}},
		{"with big(r, i) as (select region, id from orders where id > 10) select r, count(distinct i) as n from big group by all order by all", map[*driver.Dialect]string{
			postgres.Dialect: `select ("big"."r" collate "C") as "r", count(distinct "big"."i") as "n" from (select "orders"."region" as "r", "orders"."id" as "i" from "orders" as "orders" where ("orders"."id" > 10)) as "big" group by ("big"."r" collate "C") order by ("big"."r" collate "C") asc nulls last, count(distinct "big"."i") asc nulls last`,
		}},
		{"select id as k, k / 2 as half from orders where k > 5", map[*driver.Dialect]string{
			postgres.Dialect: `select "orders"."id" as "k", ("orders"."id"::float8 / 2::float8) as "half" from "orders" as "orders" where ("orders"."id" > 5)`,
			mysql.Dialect:    "select `orders`.`id` as `k`, ((`orders`.`id` + 0e0) / 2) as `half` from `orders` as `orders` where (`orders`.`id` > 5)",
		}},
		{"select count(*) as n from (select id from orders limit 3) x, main.customers", map[*driver.Dialect]string{
			sqlite.Dialect: `select count(*) as "n" from (select "orders"."id" as "id" from "orders" as "orders" limit 3) as "x" cross join "main"."customers" as "customers"`,
		}},
		{"select distinct left(region, 2) as x from orders order by x desc", map[*driver.Dialect]string{
			sqlite.Dialect: `select (substr("orders"."region", 1, 2) collate binary) as "x" from "orders" as "orders" group by (substr("orders"."region", 1, 2) collate binary) order by (substr("orders"."region", 1, 2) collate binary) desc nulls last`,
		}},
		{"select 2 * 3 as six, 'it''s' as word", map[*driver.Dialect]string{mysql.Dialect: "select 6 as `six`, _utf8mb4 'it''s' as `word`"}},
	} {
		for d, want := range c.want {
			if sql, err := portable(t, d, c.text); sql != want || err != nil {
				t.Errorf("%s: %s is\n%s, want\n%s (%v)", d, c.text, sql, want, err)
			}
		}
	}
}

func TestWhatADialectCannotExpressIsRefusedWithItsPosition(t *testing.T) {
	for text, want := range map[string]string{
		"select upper(region) from orders":                                "upper of letters differs from server to server (line 1, column 8)",
		"select id from orders where md5(region) = 'x'":                   "md5(VARCHAR) is not known to mean the same (line 1, column 29)",
		"select id, ntile(4) over (order by id) from orders":              "the window function ntile is not known to mean the same (line 1, column 12)",
		"select id from orders where id > any (select id from customers)": "a subquery with ANY or ALL (line 1, column 32)",
		"select id from orders except all select id from customers":       "EXCEPT ALL is not said in all dialects alike (line 1, column 8)",
		"select count(*) from orders group by rollup (region)":            "GROUPING SETS, ROLLUP and CUBE",
		"select distinct on (region) id from orders":                      "DISTINCT ON",
		"select id from orders qualify row_number() over () = 1":          "QUALIFY",
		"select id from orders using sample 3":                            "samples",
		"select * exclude (id) from orders":                               "write the columns",
		"select columns('i.*') from orders":                               "write the columns",
		"select id from orders limit 10%":                                 "",
		"select o.id from orders o asof join customers c on o.id >= c.id": "a join of this kind is DuckDB's own",
		"select id from orders right join customers using (id)":           "USING of a right join: write ON",
		"select string_agg(region, ',') from orders":                      "the aggregate string_agg is not known to mean the same",
		"select sum(distinct id) from orders":                             "sum(distinct ...) is not said in all dialects alike",
		"select random() from orders":                                     "it gives another value each time (line 1, column 8)",
		"select id from range(3) t(id)":                                   "only tables, subqueries and joins of them",
		"select region || 1 from orders":                                  "",

		"with recursive n(i) as (select 1 union all select i + 1 from n where i < 4) select i from n":                    "",
		"select count(*) as \"a name that is longer than the sixty-three bytes which are kept of it there\" from orders": "is longer than",
	} {
		for _, d := range []*driver.Dialect{postgres.Dialect, mysql.Dialect} {
			sql, err := portable(t, d, text)
			_, untranslatable := errors.AsType[*Untranslatable](err)
			if !untranslatable || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %s is %s, %v; want a refusal with %s", d, text, sql, err, want)
			}
		}
	}
	for text, want := range map[string]string{
		"select nope from orders":                  "no table of the statement has a column nope",
		"select id from nope":                      "source shop has no table nope (line 1, column 16)",
		"select id from a.b.c":                     "a table is called by its schema and its name",
		"select id from information_schema.tables": "is a catalogue",
	} {
		sql, err := portable(t, sqlite.Dialect, text)
		if _, untranslatable := errors.AsType[*Untranslatable](err); untranslatable || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is %s, %v; want %s", text, sql, err, want)
		}
	}
}
