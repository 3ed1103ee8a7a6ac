// Portable texts over logical tables. Each server executes its own text of the table, and returns
// what DuckDB returns for the rows of that text.

package run_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/testdata/testdb"
)

// On each server the sales are in other tables, with other names and types.
const salesConfig = `
tables:
  sales:
    sql: select id, region, amount, day from orders
    variants:
      pg: select no as id, town as region, total as amount, placed::date as day from bills where not void
      mysql: "with c as (select * from achats) select id, ville as region, montant as amount, jour as day from c -- all of them"
      lite: select id, region, amount, day from orders where id > 0 order by id
  here_only: {variants: {pg: select no as id from bills}}
  broken: {sql: select nope from orders, variants: {pg: "select nope from bills", mysql: "select nope from achats"}}
`

var salesQueries = map[string]string{
	"rows":               "select id, region, amount, day from sales where region = 'eu' or amount > 5 order by id",
	"texts by bytes":     "select region, count(*) as n, min(amount) as least from sales group by region order by region nulls first",
	"a join with itself": "select a.id, b.id as other from sales a join sales b on a.region = b.region and a.id < b.id",
	"a subquery":         "select id from sales where id = (select max(id) from sales) or id in (select id from sales where day is null)",
	"a UNION":            "select region from sales union select region from sales where id > 1",
	"a window":           "select id, rank() over (order by amount desc) as r from sales",
	"a WITH":             "with eu as (select id, amount from sales where region like 'e%') select count(*) as n, max(id) as m from eu",
}

func TestPortableTextsReadLogicalTables(t *testing.T) {
	f := openOne(t)
	f.load(t, "create table sales (source varchar, id bigint, region varchar, amount decimal(12, 3), day date)")
	const rows = "(1, 'eu', 10.5, '2026-01-31'), (2, 'EU', 3, null), (3, 'eu ', 7.125, '2026-02-02'), (4, null, 100, '2026-02-03'), (5, 'é', 0.5, '2026-03-01'), (6, 'eu', 2, '2026-01-31')"
	pg, my, ma := testdb.Postgres(t), testdb.MySQL(t), testdb.MariaDB(t)
	path := filepath.Join(t.TempDir(), "lite.db")
	lite := openSQLite(t, path)
	mustExec(t, pg.SQL, "create table bills (no int, town varchar(20), total numeric(12, 3), placed timestamp, void boolean default false)")
	mustExec(t, pg.SQL, "insert into bills values "+rows)
	mustExec(t, pg.SQL, "insert into bills values (7, 'eu', 9, null, true)") // the text of the logical table excludes this row
	for _, db := range []testdb.DB{my, ma} {
		mustExec(t, db.SQL, "create table achats (id int, ville varchar(20) character set utf8mb4, montant decimal(12, 3), jour date)")
		mustExec(t, db.SQL, "insert into achats values "+rows)
	}
	mustExec(t, lite, "create table orders (id integer, region text, amount decimal(12, 3), day date)")
	mustExec(t, lite, "insert into orders values "+rows)
	names := []string{"pg", "my", "ma", "lite"}
	for _, name := range names {
		f.load(t, "insert into sales select '"+name+"', * from (values "+rows+")")
	}
	file := filepath.Join(t.TempDir(), "fanql.yaml")
	text := "sources: {pg: '" + pg.URL + "', my: '" + my.URL + "', ma: '" + ma.URL + "', lite: 'sqlite:" + path + "'}" + salesConfig
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	if f.config, err = config.Load(file, sources.Dialects, os.Getenv); err != nil {
		t.Fatal(err)
	}
	for what, sql := range salesQueries {
		for _, name := range names {
			want, err := f.loaded("with sales as (select * exclude (source) from main.sales where source = '" + name + "') " + strings.Replace(sql, "with eu as", ", eu as", 1))
			if err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
			got, err := f.portably(name, sql)
			if diff := different(want, got); err != nil || diff != "" {
				t.Errorf("%s: %s: %s, %v", what, name, diff, err)
			}
		}
	}
	for _, name := range names {
		_, err := f.portably(name, "select nope from broken")
		if err == nil || !strings.Contains(err.Error(), "fanql.yaml:") || !strings.Contains(err.Error(), "nope") {
			t.Errorf("%s: %v, want the position of the text", name, err)
		}
		if _, err := f.portably(name, "select id from here_only"); (err == nil) != (name == "pg") || err != nil && !strings.Contains(err.Error(), "here_only") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
