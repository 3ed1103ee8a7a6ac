// Statements as in reports, over music shops on three systems. Each result must equal the result of
// one database with all rows.

package run_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/testdata/testdb"
)

// A musicTable is a table of a shop. Its columns have types of PostgreSQL, MySQL, SQLite and
// DuckDB.
type musicTable struct {
	name    string
	columns [][5]string
}

var musicTables = []musicTable{
	{"artists", [][5]string{{"artist_id", "int primary key", "int primary key", "integer primary key", "bigint"}, {"name", "text", "varchar(60) character set utf8mb4", "text", "varchar"}}},
	{"albums", [][5]string{{"album_id", "int primary key", "int primary key", "integer primary key", "bigint"}, {"title", "varchar(80)", "varchar(80) character set utf8mb4", "text", "varchar"}, {"artist_id", "int", "int", "integer", "bigint"}}},
	{"genres", [][5]string{{"genre_id", "smallint primary key", "tinyint primary key", "integer primary key", "bigint"}, {"name", "varchar(20)", "varchar(20) character set utf8mb4", "varchar(20)", "varchar"}}},
	{"tracks", [][5]string{
		{"track_id", "int primary key", "int primary key", "integer primary key", "bigint"},
		{"name", "text", "varchar(80) character set utf8mb4", "text", "varchar"},
		{"album_id", "int", "int", "integer", "bigint"},
		{"genre_id", "smallint", "tinyint", "integer", "bigint"},
		{"milliseconds", "int", "int", "integer", "bigint"},
		{"score", "double precision", "double", "real", "double"},
	}},
	{"employees", [][5]string{{"employee_id", "int primary key", "int primary key", "integer primary key", "bigint"}, {"name", "text", "varchar(40) character set utf8mb4", "text", "varchar"}, {"reports_to", "int", "int", "integer", "bigint"}}},
	{"customers", [][5]string{
		{"customer_id", "int primary key", "int primary key", "integer primary key", "bigint"},
		{"email", "varchar(40)", "varchar(40) character set utf8mb4", "text", "varchar"},
		{"country", "varchar(20)", "varchar(20) character set utf8mb4", "varchar(20)", "varchar"},
		{"support_rep", "int", "int", "integer", "bigint"},
	}},
	{"invoices", [][5]string{
		{"invoice_id", "int primary key", "int primary key", "integer primary key", "bigint"},
		{"customer_id", "int", "int", "integer", "bigint"},
		{"billed", "date", "date", "date", "date"},
		{"paid_at", "timestamp", "datetime", "timestamp", "timestamp"},
	}},
	{"invoice_lines", [][5]string{
		{"line_id", "int primary key", "int primary key", "integer primary key", "bigint"},
		{"invoice_id", "int", "int", "integer", "bigint"},
		{"track_id", "int", "int", "integer", "bigint"},
		{"unit_price", "numeric(10,2)", "decimal(8,2)", "decimal(10,2)", "decimal(38, 2)"},
		{"quantity", "smallint", "smallint", "integer", "bigint"},
	}},
}

// musicRows returns the rows of a shop's table as SQL that all products accept. All shops have the
// same artists and genres, and some customers are in several shops.
func musicRows(r *rand.Rand, table string, shop int) (rows []string) {
	add := func(format string, args ...any) { rows = append(rows, "("+fmt.Sprintf(format, args...)+")") }
	either := func(all ...string) string { return all[r.IntN(len(all))] }
	switch table {
	case "artists":
		for i, name := range []string{"Ada", "ada", "Björk", "Café Tacvba", "Die Ärzte", "Emi", "Faro", "Ghost "} {
			add("%d, %s", i+1, engine.Literal(name))
		}
	case "albums":
		for i := range 16 {
			add("%d, 'Album %c%d', %d", i+1, 'A'+i%3, i, i%8+1)
		}
	case "genres":
		for i, name := range []string{"Rock", "Jazz", "Latin", "rock", "Opera"} {
			add("%d, %s", i+1, engine.Literal(name))
		}
	case "tracks":
		for i := range 60 {
			add("%d, 'Track %d', %d, %s, %d, %s", i+1, i%50, i%16+1, either("1", "2", "3", "4", "NULL"), 60000+r.IntN(400000), either("0.5", "0.1", "4.75", "NULL"))
		}
	case "employees":
		for i := range 6 {
			add("%d, 'Employee %d', %s", i+1, i+1, map[bool]string{true: "NULL", false: fmt.Sprint((i + 1) / 2)}[i == 0])
		}
	case "customers":
		for i := range 24 {
			email := fmt.Sprintf("c%d@shop%d.example", i, shop)
			if i < 8 { // these customers buy in other shops too
				email = fmt.Sprintf("shared%d@example.org", i+shop)
			}
			add("%d, '%s', %s, %d", i+1, email, either("'Norway'", "'Chile'", "'Japan'", "'chile'", "NULL"), r.IntN(6)+1)
		}
	case "invoices":
		for i := range 80 {
			day := time.Date(2025, time.Month(1+r.IntN(14)), 1+r.IntN(28), r.IntN(24), r.IntN(60), 0, 0, time.UTC)
			paid := "'" + day.Add(time.Duration(r.IntN(400))*time.Hour).Format(time.DateTime) + "'"
			add("%d, %d, '%s', %s", i+1, r.IntN(24)+1, day.Format(time.DateOnly), either(paid, paid, paid, "NULL"))
		}
	case "invoice_lines":
		for i := range 240 {
			add("%d, %d, %d, %s, %d", i+1, i%80+1, r.IntN(60)+1, either("0.99", "1.99", "12.50", "0.10"), 1+r.IntN(4))
		}
	}
	return rows
}

// musicShops creates three shops, each with a tag, and one database with all rows.
func musicShops(t *testing.T) *fleet {
	t.Helper()
	f := openOne(t)
	for _, table := range musicTables {
		columns := []string{"source varchar"}
		for _, c := range table.columns {
			columns = append(columns, c[0]+" "+c[4])
		}
		f.load(t, "create table "+table.name+" ("+strings.Join(columns, ", ")+")")
	}
	pg, my := testdb.Postgres(t), testdb.MySQL(t)
	path := filepath.Join(t.TempDir(), "west.db")
	lite := openSQLite(t, path)
	text := fmt.Sprintf("sources:\n  north: {url: %q, tags: [shops]}\n  south: {url: %q, tags: [shops]}\n  west: {url: %q, tags: [shops]}\n", pg.URL, my.URL, "sqlite:"+path)
	r := rand.New(rand.NewPCG(18, 5))
	for shop, exec := range []func(string){
		func(sql string) { mustExec(t, pg.SQL, sql) }, func(sql string) { mustExec(t, my.SQL, sql) }, func(sql string) { mustExec(t, lite, sql) },
	} {
		name := []string{"north", "south", "west"}[shop]
		f.load(t, "create schema "+name)
		for _, table := range musicTables {
			var columns []string
			for _, c := range table.columns {
				columns = append(columns, c[0]+" "+c[1+shop])
			}
			exec("create table " + table.name + " (" + strings.Join(columns, ", ") + ")")
			rows := strings.Join(musicRows(r, table.name, shop), ", ")
			exec("insert into " + table.name + " values " + rows)
			f.load(t, "insert into "+table.name+" values "+strings.ReplaceAll(rows, "(", "('"+name+"', "))
			f.load(t, fmt.Sprintf("create view %s.%s as from main.%s where source = '%s'", name, table.name, table.name, name))
		}
	}
	file := filepath.Join(t.TempDir(), "fanql.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	if f.config, err = config.Load(file, sources.Dialects, os.Getenv); err != nil {
		t.Fatal(err)
	}
	return f
}

// lines joins the sold lines to the tracks within each shop.
const lines = `from invoice_lines l join tracks t on l.source = t.source and l.track_id = t.track_id
	join invoices i on i.source = l.source and i.invoice_id = l.invoice_id
	join customers c on c.source = i.source and c.customer_id = i.customer_id `

var musicReports = map[string]string{
	"revenue by genre": `select coalesce(g.name, 'none') as genre, sum(l.unit_price * l.quantity) as revenue, count(*) as lines ` + lines +
		`left join genres g on g.source = t.source and g.genre_id = t.genre_id group by 1 order by revenue desc, genre`,
	"revenue of each shop":              `select source, sum(unit_price * quantity) as revenue, min(unit_price), max(quantity) from invoice_lines group by source order by source`,
	"top customers":                     `select c.email, sum(l.unit_price * l.quantity) as spent ` + lines + `group by c.email order by spent desc, c.email limit 10`,
	"average basket":                    `select avg(total) as average, min(total), max(total) from (select source, invoice_id, sum(unit_price * quantity) as total from invoice_lines group by all)`,
	"average basket by country":         `select country, count(*) as n, avg(total) as average from (select c.source, c.country, i.invoice_id, sum(l.unit_price * l.quantity) as total ` + lines + `group by all) group by country order by country nulls last`,
	"month over month":                  `with m as (select date_trunc('month', i.billed) as month, sum(l.unit_price * l.quantity) as revenue ` + lines + `group by 1) select month, revenue, revenue - lag(revenue) over (order by month) as more from m order by month`,
	"customers in more than one shop":   `select email, count(distinct source) as shops from customers group by email having count(distinct source) > 1 order by email`,
	"best seller of each country":       `select * from (select c.country, t.name, sum(l.quantity) as sold, row_number() over (partition by c.country order by sum(l.quantity) desc, t.name) as place ` + lines + `group by 1, 2) where place = 1 order by country nulls last`,
	"share of each shop":                `select source, round(100.0 * sum(quantity) / sum(sum(quantity)) over (), 2) as share from invoice_lines group by source order by source`,
	"running total by month":            `select month, sum(n) over (order by month rows unbounded preceding) as total from (select date_trunc('month', billed) as month, count(*) as n from invoices group by 1) order by month`,
	"customers who never bought":        `select source, email from customers c where not exists (select 1 from invoices i where i.source = c.source and i.customer_id = c.customer_id) order by all`,
	"tracks that were never sold":       `select count(*) as n, min(t.name) from tracks t left join invoice_lines l on l.source = t.source and l.track_id = t.track_id where l.line_id is null`,
	"unpaid invoices":                   `select source, count(*) as open, min(billed) as oldest from invoices where paid_at is null and billed < '2026-01-01' group by source order by source`,
	"days until paid":                   `select source, avg(date_diff('day', billed, paid_at::date)) as days, count(paid_at) from invoices group by source order by source`,
	"employees by revenue of customers": `select e.source, e.name, sum(l.unit_price * l.quantity) as revenue ` + lines + `join employees e on e.source = c.source and e.employee_id = c.support_rep group by all order by revenue desc, e.source, e.name limit 5`,
	"who reports to whom":               `select e.source, e.name, b.name as boss from employees e left join employees b on b.source = e.source and b.employee_id = e.reports_to order by all nulls last`,
	"albums with the longest tracks":    `select a.title, r.name as artist, max(t.milliseconds) // 1000 as seconds from tracks t join albums a using (source, album_id) join artists r on r.source = a.source and r.artist_id = a.artist_id group by all order by seconds desc, a.title limit 6`,
	"albums sold in one shop and not in another": `select a.title from north.albums a join north.tracks t using (album_id) join north.invoice_lines l using (track_id) group by a.title
		except select a.title from west.albums a join west.tracks t using (album_id) join west.invoice_lines l using (track_id) where l.quantity > 3 and l.unit_price > 12 order by 1`,
	"median price and spread by genre": `select t.genre_id, median(l.unit_price) as middle, stddev_pop(t.score) as spread ` + lines + `group by t.genre_id order by t.genre_id nulls last`,
	"weekdays, cold and warm":          `select isodow(i.billed) as weekday, count(*) filter (where month(i.billed) in (12, 1, 2)) as cold, count(*) as all_year from invoices i group by 1 order by 1`,
	"first and last invoice of shared customers": `select c.email, min(i.billed) as first, max(i.billed) as last, count(*) as n from customers c join invoices i on i.source = c.source and i.customer_id = c.customer_id
		where c.email like 'shared%' group by c.email order by c.email`,
	"tracks of one name at two shops": `select count(*) as n, count(distinct n.name) from north.tracks n join south.tracks s on n.name = s.name where n.milliseconds < s.milliseconds`,
}

func TestReportsOverMusicShops(t *testing.T) {
	f := musicShops(t)
	if n := len(musicReports); n < 20 {
		t.Fatalf("there are %d reports", n)
	}
	t.Run("reports", func(t *testing.T) {
		for name, sql := range musicReports {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				rows, err := f.loaded(sql)
				if _, wrong := f.differs(sql, sampled(name, 4)); wrong != "" || err != nil || len(rows) < 1 || len(rows[0]) == 0 {
					t.Errorf("%s\n%v, %s, %v", sql, rows, wrong, err)
				}
			})
		}
	})
}
