// Statements are parsed, changed and printed.

package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// tables are the tables that the test statements read.
const tables = `
	create table orders (id bigint, region varchar, amount decimal(12, 2), score double, placed_at timestamp, tags varchar[]);
	insert into orders select i, ['north', 'south', null][1 + i % 3], (i * 7 % 100) / 4, sqrt(i), timestamp '2026-01-31' + to_hours(i), ['a', i::varchar] from range(40) t(i);
	create table customers (id bigint, name varchar);
	insert into customers values (1, 'Ada'), (2, 'it''s "Bob"'), (3, null), (50, 'é');
	create schema sales; create table sales.orders as select id from orders limit 3;
`

// statements are parsed and printed. The printed text must return the same rows with the
// same types.
var statements = []string{
	"select 1", "select 1 as a, 'x' as \"b c\", null as n", "values (1, 'a'), (2, null)", "from customers", "table customers",
	"select 1e3, 1e-3, 5., .5, 1e22, 1e400, -1e400, 123456789012345678901234567890.5, 0.1, 1_000",
	"select typeof(1e3), typeof(5.), typeof(0.1), typeof(1), typeof(3000000000), typeof(99999999999999999999), typeof(1e400), typeof(true)",
	"select 0.10955390999495607::double, 1e3::float, '1e3'::double, 1e16 + 1, 1e300 * 1e10",
	"select 9223372036854775807, -9223372036854775808, 170141183460469231731687303715884105727",
	"select 'it''s', '', 'ünï', e'a\\nb', '\"class\":\"PARAMETER\"', 'Infinity', '1e999', $$dollar$$",
	"select '\\x61\\xff'::blob, date '2026-01-31', timestamp '2026-01-31 08:30:00.25', timestamptz '2026-01-31 08:30:00+02', time '08:30', interval '1 month 2 days'",
	"select [1, 2], {'a': 1, 'b': 'x'}, map {'k': 1.5}, [1, 2][1], {'a': 1}.a, [x + 1 for x in [1, 2] if x > 1]",
	"select list_transform([1, 2], lambda x: x * 2), list_filter([1, 2, 3], lambda x, i: i > 1)",
	"select count(*), count(id), count(distinct region), sum(amount), avg(score), min(region), max(placed_at) from orders",
	"select region, count(*) as n, sum(amount) from orders group by region having count(*) > 2 order by region nulls last",
	"select region, sum(amount) from orders group by all order by all",
	"select sum(amount) filter (where id > 3), string_agg(region, ',' order by id desc) from orders",
	"select region, date_trunc('day', placed_at) as d, count(*) from orders group by grouping sets ((region), (region, d), ()) order by all",
	"select region, count(*) from orders group by rollup (region) order by all",
	"select * from orders where region = 'north' and amount > 1.5 or not (id between 3 and 7) order by id limit 5 offset 2",
	"select id from orders where region is null and id in (1, 2, 5, 8) or region like 'so%' or region ilike 'NO_TH' order by id",
	"select id from orders where region is distinct from 'north' and id not in (select id from customers where id is not null) order by id",
	"select o.id, c.name from orders o join customers c on o.id = c.id order by 1",
	"select o.id, c.name from orders o left join customers c using (id) order by o.id desc limit 3",
	"select count(*) from orders, customers", "select count(*) from orders cross join customers", "select count(*) from orders natural join customers",
	"select c.id from customers c full join orders o on c.id = o.id and o.amount > 3 order by all", "select id from customers semi join orders using (id) order by id",
	"select id from customers anti join orders using (id)", "select o.id from orders o where exists (select 1 from customers c where c.id = o.id) order by 1",
	"select id, (select name from customers c where c.id = o.id) as name from orders o order by id limit 4",
	"select * from (values (1, 'a')) as t(n, s)", "select t.x from (select 1 as x) t", "select x from orders o, lateral (select o.id + 1 as x) l order by x limit 2",
	"select a.id from orders a asof join orders b on a.region = b.region and a.placed_at >= b.placed_at order by 1 limit 2",
	"select orders.id, main.orders.region, s.id from orders join sales.orders s on s.id = orders.id order by 1",
	"with a as (select id from orders), b as materialized (select * from a where id < 3) select * from b order by id",
	"with recursive n(i) as (select 1 union all select i + 1 from n where i < 4) select * from n",
	"select id from orders union select id from customers order by id", "(select 1 as a) union all (select 2) order by a desc", "select 1 intersect all select 1",
	"select 1 as a union all by name select 2 as b, 3 as a", "select id from orders except select id from customers order by id",
	"select id, row_number() over (partition by region order by amount desc, id) as r, sum(amount) over w from orders window w as (order by id rows between 1 preceding and current row) order by id",
	"select id, lag(amount, 1, 0) over (order by id), ntile(3) over (order by id range between unbounded preceding and 1 following) from orders order by id",
	"select id from orders qualify row_number() over (partition by region order by id) = 1 order by id",
	"select distinct region from orders order by region", "select distinct on (region) region, id from orders order by region, id",
	"select case when id > 3 then 'big' when id is null then 'none' else 'small' end, case id when 1 then 'one' end from orders order by id",
	"select coalesce(region, 'x'), nullif(id, 1), greatest(id, 2), cast(id as varchar), try_cast('x' as int), id::hugeint from orders order by id",
	"select extract(year from placed_at), placed_at at time zone 'UTC', placed_at + interval 1 day, placed_at - interval '2' hour from orders order by id limit 2",
	"select substring('hello' from 2 for 3), position('l' in 'hello'), trim(both 'x' from 'xax'), 'a' || 'b' || null, 'a' collate nocase = 'A'",
	"select 7 / 2, 7 // 2, 7 % 3, 2 ** 3, -7 / 2, 5 & 3, 5 | 3, ~5, 1 << 3, not true, - -1, +1",
	"select * exclude (tags, score) replace (id + 1 as id) rename (region as r) from orders order by 1 limit 1", "select columns('^(id|region)$') from orders order by all limit 2",
	"select columns(c -> c like 'a%') from orders order by all limit 1", "select orders.* from orders order by id limit 1", "select o from (select 1 as a, 'x' as b) o",
	"select unnest([1, 2]) as u, unnest({'a': 1, 'b': 2})", "from range(3)", "select * from generate_series(1, 5, 2) as g(n)", "from unnest([1, 2]) as t(x)", "from query_table('customers') order by all",
	"pivot customers on name in ('Ada', 'é') using count(*) group by id order by id", "unpivot (select 1 as a, 2 as b) on a, b into name n value v",
	"from orders select region, count(*) group by 1 order by 1", "select id from orders order by id limit 10%", "select id, amount from orders order by amount desc nulls first, id limit (select 2)",
	"select any_value(id) from orders where id = 3", "select arg_max(id, amount), quantile_cont(score, 0.5), mode(region) from orders", "select id from orders order by region collate nocase desc, 1 limit 1",
	"select id = any (select id from customers) as q, id > all (select 1) as r from orders order by id limit 3", "select (1, 'a') = row(1, 'a'), (1, 2) < (1, 3)",
	"select 1 -- the end\n;", "/* a */ select /* b */ 2;", "select a.b.c from (select {'b': {'c': 1}} as a)", "select '2026-01-31'::date - 1 as d, date '2026-03-01' - date '2026-02-01'",
}

func TestEveryStatementIsPrintedAsOneThatMeansTheSame(t *testing.T) {
	db := opened(t, Options{})
	if err := db.Exec(tables); err != nil {
		t.Fatal(err)
	}
	for _, sql := range statements {
		want, columns, err := answered(t, db.Conn, sql)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		tree, err := db.Parse(sql)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		before, _ := json.Marshal(tree)
		text, err := db.Print(tree)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		if second, err := db.Parse(text); err != nil {
			t.Errorf("%s was printed as %s: %v", sql, text, err)
		} else if text, err = db.Print(second); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
		if after, _ := json.Marshal(tree); string(after) != string(before) {
			t.Errorf("%s: printing has changed the tree", sql)
		}
		got, kinds, err := answered(t, db.Conn, text)
		if err != nil || !slices.Equal(got, want) || !slices.Equal(kindsOf(kinds), kindsOf(columns)) {
			t.Errorf("%s\nwas printed as %s\nwhich gives %q %q (%v)\nwant %q %q", sql, text, kinds, got, err, columns, want)
		}
	}
}

// Joins of all kinds, nested on both sides.
func TestNestedJoinsArePrintedAsTheyAre(t *testing.T) {
	db := opened(t, Options{})
	if err := db.Exec("create table j1 as from (values (1, 1), (2, 2), (3, 9)) t(k, a); create table j2 as from (values (1, 4), (3, 3), (4, 9)) t(k, b); create table j3 as from (values (1, 7), (2, 9), (5, 1)) t(k, c); create table j4 as from (values (2, 6), (4, 9)) t(k, d)"); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 18))
	var from func(first, last int) string
	from = func(first, last int) string {
		if first == last {
			return fmt.Sprintf("j%d", first)
		}
		middle := first + r.IntN(last-first)
		left, right := from(first, middle), from(middle+1, last)
		if middle > first {
			left = "(" + left + ")"
		}
		if middle+1 < last {
			right = "(" + right + ")"
		}
		on := fmt.Sprintf(" on j%d.k = j%d.k", first, last)
		kinds := []string{" cross join ", ", ", " join ", " left join ", " right join ", " full join ", " natural join ", " positional join "}
		n := r.IntN(len(kinds))
		if n < 2 || n > 5 {
			on = ""
		}
		return left + kinds[n] + right + on
	}
	tried := 0
	for range 200 {
		sql := "select * from " + from(1, 4) + " order by all"
		want, _, err := answered(t, db.Conn, sql)
		if err != nil { // DuckDB refuses it: a comma within parentheses, or an ambiguous name
			continue
		}
		tree, err := db.Parse(sql)
		if err != nil {
			t.Fatal(err)
		}
		text, err := db.Print(tree)
		if err != nil || !Printable(tree) {
			continue
		}
		got, _, err := answered(t, db.Conn, text)
		if tried++; err != nil || !slices.Equal(got, want) {
			t.Errorf("%s\nwas printed as %s\nwhich gives %q (%v)\nwant %q", sql, text, got, err, want)
		}
	}
	if tried < 50 {
		t.Errorf("%d joins were tried", tried)
	}
}

// kindsOf returns the kinds of columns without their names, since a column without an alias
// may get another name.
func kindsOf(columns []string) (kinds []string) {
	for _, c := range columns {
		kinds = append(kinds, c[strings.LastIndexByte(c, ' ')+1:])
	}
	return kinds
}

func TestParametersStay(t *testing.T) {
	db := opened(t, Options{})
	for sql, want := range map[string]string{"select $1, $2": "SELECT $1, $2", "select ?, ?": "SELECT $1, $2", "select $name": "SELECT $name"} {
		tree, err := db.Parse(sql)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := db.Print(tree); err != nil || text != want {
			t.Errorf("%s was printed as %q, %v", sql, text, err)
		}
	}
}

func TestAChangedTreeIsPrintedAsItIs(t *testing.T) {
	db := opened(t, Options{})
	if err := db.Exec(tables); err != nil {
		t.Fatal(err)
	}
	const sql = "select region, count(*) as n from orders where amount > 3 group by region order by region nulls last"
	tree, err := db.Parse(sql)
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	tree.Walk(func(n Node) {
		switch {
		case n["type"] == "BASE_TABLE":
			n["schema_name"], n["table_name"], n["alias"] = "sales", "orders", "o"
			at, ok := Location(n)
			if !ok || !strings.HasPrefix(sql[at:], "orders") {
				t.Errorf("the table is at %d, %v", at, ok)
			}
		case n["class"] == "COLUMN_REF":
			n["column_names"] = []any{"o", "id"}
		case n["function_name"] == "count_star":
			seen = append(seen, "count_star")
		}
	})
	tree.Statements[0]["node"].(Node)["where_clause"] = Node{
		"class": "COMPARISON", "type": "COMPARE_LESSTHAN", "alias": "", "query_location": json.Number("18446744073709551615"),
		"left":  Node{"class": "COLUMN_REF", "type": "COLUMN_REF", "alias": "", "query_location": json.Number("0"), "column_names": []any{"o", "id"}},
		"right": Node{"class": "CONSTANT", "type": "VALUE_CONSTANT", "alias": "", "query_location": json.Number("0"), "value": Node{"type": Node{"id": "UBIGINT", "type_info": nil}, "is_null": false, "value": json.Number("2")}},
	}
	text, err := db.Print(tree)
	if err != nil {
		t.Fatal(err)
	}
	lines, columns, err := answered(t, db.Conn, text)
	if want := []string{"0|1", "1|1"}; err != nil || !slices.Equal(lines, want) || !slices.Equal(columns, []string{"id integer", "n integer"}) {
		t.Errorf("%s gives %q %q (%v)", text, columns, lines, err)
	}
	if !strings.Contains(text, "CAST('2' AS UBIGINT)") || len(seen) != 1 {
		t.Errorf("%s; seen were %q", text, seen)
	}
}

func TestATreeThatDuckDBDoesNotTakeIsAnError(t *testing.T) {
	db := opened(t, Options{})
	for name, spoil := range map[string]func(*Tree){
		"no node":           func(t *Tree) { delete(t.Statements[0], "node") },
		"a kind of its own": func(t *Tree) { t.Statements[0]["node"].(Node)["type"] = "NO_SUCH_NODE" },
		"a list of none":    func(t *Tree) { t.Statements[0]["node"].(Node)["select_list"] = "x" },
		"nothing that JSON has": func(t *Tree) {
			t.Statements[0]["node"] = func() {}
		},
		"two statements": func(t *Tree) { t.Statements = append(t.Statements, t.Statements[0]) },
		"none":           func(t *Tree) { t.Statements = nil },
	} {
		tree, err := db.Parse("select 1")
		if err != nil {
			t.Fatal(err)
		}
		spoil(tree)
		if text, err := db.Print(tree); err == nil || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "(line") {
			t.Errorf("%s: printed as %q, %v", name, text, err)
		}
	}
	if text, err := db.Value("select 'well'"); err != nil || text != "well" {
		t.Errorf("afterwards the engine gives %q, %v", text, err)
	}
}

func TestSyntaxErrorsHaveTheirPosition(t *testing.T) {
	db := opened(t, Options{})
	for sql, want := range map[string]struct {
		kind         string
		line, column int
		text         string
	}{
		"selec 1":                       {KindParser, 1, 1, `syntax error at or near "selec"`},
		"select 1,\n  'é' from from":    {KindParser, 2, 12, `syntax error at or near "from"`},
		"select (\n'é'":                 {KindParser, 2, 4, "syntax error at end of input"},
		"select 'é', é.; select":        {KindParser, 1, 15, `syntax error at or near ";"`},
		"select 1;\n\n\tselect frm x y": {KindParser, 3, 15, `syntax error at or near "y"`},
		"select :name":                  {KindParser, 1, 8, `syntax error at or near ":"`},
		"select 'open":                  {KindParser, 1, 8, "unterminated quoted string"},
		"insert into t values (1)":      {KindNotImplemented, 0, 0, "Only SELECT"},
		"copy (select 1) to 'x'":        {KindNotImplemented, 0, 0, "Only SELECT"},
		"select 1 between symmetric 1 and 2": {
			KindNotImplemented, 0, 0, "Expression type",
		},
	} {
		_, err := db.Parse(sql)
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Kind != want.kind || e.Line != want.line || e.Column != want.column || !strings.Contains(e.Text, want.text) {
			t.Errorf("%q: %v", sql, err)
		}
	}
	_, err := db.Parse("select\x00 1")
	wantError(t, err, "zero byte")
	for sql, n := range map[string]int{"": 0, " -- nothing\n;": 0, "select 1": 1, "select 1; select 2;": 2} {
		if tree, err := db.Parse(sql); err != nil || len(tree.Statements) != n {
			t.Errorf("%q: %d statements, %v", sql, len(tree.Statements), err)
		}
	}
}
