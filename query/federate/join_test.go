// Joins that a source executes by itself: the SQL for each source, tested without a
// database.

package federate

import (
	"slices"
	"strings"
	"testing"
)

func TestASourceJoinsItsOwnTables(t *testing.T) {
	for sql, want := range map[string][]string{
		"select o.id, c.name from orders o join customers c using (source, id)": {
			`pg: select "t1"."id" as "o.id", "t2"."name" as "c.name" from "public"."orders" as "t1" inner join "public"."customers" as "t2" on ("t1"."id" = "t2"."id")`,
		},
		"select o.id from orders o left join customers c on o.source = c.source and o.id = c.id where c.name is null": { // only pg has both tables
			`pg: select "t1"."id" as "o.id", "t2"."name" as "c.name" from "public"."orders" as "t1" left join "public"."customers" as "t2" on ("t1"."id" = "t2"."id") where ("t2"."name" is null)`,
			"my: select `t1`.`id` as `o.id` from `shop`.`orders` as `t1` where ((cast(null as char)) is null)",
			`files/a: select "t1"."id" as "o.id" from "main"."orders" as "t1" where ((null) is null)`,
		},
		"select o.id from servers.orders o anti join customers c using (source, id)": {
			`pg: select "t1"."id" as "o.id" from "public"."orders" as "t1" where (not exists (select 1 from "public"."customers" as "t2" where ("t1"."id" = "t2"."id")))`,
			"my: select `t1`.`id` as `o.id` from `shop`.`orders` as `t1`",
		},
		"select o.id, count(*) from orders o, customers c where o.source = c.source and o.id = c.id group by o.id": {
			`pg: select "t1"."id" as "fanql 0", count(*) as "fanql 1" from "public"."orders" as "t1" cross join "public"."customers" as "t2" where ("t1"."id" = "t2"."id") group by "t1"."id"`,
		},
		"select o.id, c.source from pg.orders o left join pg.customers c on o.id = c.id and o.region = 'x'": { // tables of one source
			`pg: select "t1"."id" as "o.id", "t2"."fanql source" as "c.source" from "public"."orders" as "t1" left join (select 'pg' as "fanql source", "t"."id" as "id" from "public"."customers" as "t") as "t2" on (("t1"."id" = "t2"."id") and ("t1"."region" = 'x'))`,
		},
		"select a.id from pg.orders a full join pg.customers b on a.source = b.source and a.id = b.id and a.id > 3": { // PostgreSQL cannot execute a FULL JOIN with >
			`pg: select "t"."id" as "id" from "public"."orders" as "t"`, `pg: select "t"."id" as "id" from "public"."customers" as "t"`,
		},
		"select a.id, b.id from pg.orders a join pg.customers b on a.source = b.source": { // the source would send all pairs of rows
			`pg: select "t"."id" as "id" from "public"."orders" as "t"`, `pg: select "t"."id" as "id" from "public"."customers" as "t"`,
		},
	} {
		if got := fragmentsOf(t, Options{}, sql); !slices.Equal(got, want) {
			t.Errorf("%s sends\n%s\nwant\n%s", sql, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

func TestAJoinOfSeveralSourcesIsNotSent(t *testing.T) {
	for _, sql := range []string{
		"select o.id from orders o join customers c using (id)",
		"select o.id from orders o left join customers c on o.id = c.id where o.source = c.source",
		"select o.id from orders o join customers c on o.id = c.id and (o.source = c.source or o.id = 1)",
		"select o.id from orders o join customers c using (source, id) join orders p on p.id = c.id",
	} {
		p, err := bound(t, Options{}, sql)
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		fragments, err := p.Split()
		if err != nil || len(p.Reasons()) == 0 || !strings.HasSuffix(p.Reasons()[0], ": its rows may be of several sources") {
			t.Errorf("%s: %v, %q", sql, err, p.Reasons())
		}
		for _, f := range fragments {
			if strings.Contains(f.SQL, `"t2"`) {
				t.Errorf("%s sends %s", sql, f.SQL)
			}
		}
	}
}

// Joins are printed without parentheses. A cross join stays the left side of an outer join. If
// a join would mean something else without parentheses, the whole statement stays as it is.
func TestJoinsKeepTheirSides(t *testing.T) {
	for sql, want := range map[string]string{
		"select o.id from orders o cross join customers c right join orders p on p.id = c.id":  `AS o INNER JOIN memory."fanql internal".v1 AS c ON (true) RIGHT JOIN`,
		"select id from orders natural join (customers c join pg.orders p using (source, id))": "select id from orders natural join (customers c join pg.orders p using (source, id))",
	} {
		p, err := bound(t, Options{}, sql)
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		if _, err := p.Split(); err != nil || !strings.Contains(p.Final(), want) {
			t.Errorf("%s: %v, %s\nwant %s", sql, err, p.Final(), want)
		}
	}
}

// The source computes the groups of a correlated subquery, or the subquery's table waits for
// the keys of few rows around it.
func TestASourceGroupsByWhatRowsAroundAreComparedWith(t *testing.T) {
	for sql, want := range map[string][]string{
		"select o.id, (select max(c.name) from customers c where c.id = o.id) from pg.orders o": {
			`pg: select "t"."id" as "id" from "public"."orders" as "t"`,
			`pg: select "t"."id" as "fanql 0", max(("t"."name" collate "C")) as "fanql 1" from "public"."customers" as "t" group by "t"."id"`,
		},
		"select o.id from pg.orders o where o.amount > (select max(p.id) from my.orders p where p.region = o.region and p.id > 3)": {
			`pg: select "t"."id" as "id", "t"."region" as "region", "t"."amount" as "amount" from "public"."orders" as "t"`,
			"my: select convert(min(cast(`t`.`region` as binary)) using utf8mb4) as `fanql 0`, max(`t`.`id`) as `fanql 1` from `shop`.`orders` as `t` where (`t`.`id` > 3) group by cast(`t`.`region` as binary)",
		},
		"select o.id, (select count(*) from my.orders p where p.id < o.id) from pg.orders o": { // each row would be compared with as many groups as there are rows
			`pg: select "t"."id" as "id" from "public"."orders" as "t"`, "my: select `t`.`id` as `id` from `shop`.`orders` as `t`",
		},
	} {
		got := fragmentsOf(t, Options{}, sql)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s sends\n%s\nwant\n%s", sql, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	for sql, waits := range map[string]bool{
		"select c.id, (select count(*) from my.orders p where p.id = c.id) from customers c where c.name > 'x'":                                               true,
		"select c.id, (select p.region from my.orders p where p.id = c.id) from customers c order by c.id limit 3":                                            true,
		"select c.id, (select count(*) from my.orders p where p.id = c.id) from customers c":                                                                  false,
		"select c.id, (select count(*) from my.orders p where p.id = c.id) from customers c where c.source = 'pg'":                                            false,
		"select c.id, (select count(*) from my.orders p where p.id = c.id) from customers c join orders o using (source, id) where c.name > 'x' and o.id > 1": false,
	} {
		p, err := bound(t, Options{}, sql)
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		fragments, err := p.Split()
		if got := slices.ContainsFunc(fragments, (*Fragment).Waits); err != nil || got != waits {
			t.Errorf("%s: %v, a fragment waits: %v, want %v", sql, err, got, waits)
		}
	}
}

// The reason why groups are computed by fanql names the tables as the user does.
func TestTheReasonForGroupsOverAJoinNamesItsTables(t *testing.T) {
	p, err := bound(t, Options{}, "select c.name, bit_xor(o.id) from orders o join customers c using (source, id) group by c.name")
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Split()
	if want := "the groups of orders and customers are made here: bit_xor is made here of the rows"; err != nil || !slices.Contains(p.Reasons(), want) {
		t.Errorf("%v, %q, want %q", err, p.Reasons(), want)
	}
}

// fanql executes a join that no source can execute on the rows. The attempt to send it
// leaves the statement unchanged.
func TestAJoinThatNoSourceCanExecuteRunsOnTheRows(t *testing.T) {
	p, err := bound(t, Options{}, "select o.id, c.name as n from orders o join customers c on o.source = c.source and upper(o.region) = c.name where o.id > 2 order by n")
	if err != nil {
		t.Fatal(err)
	}
	fragments, err := p.Split()
	const want = `SELECT o.id, c."name" AS n FROM memory."fanql internal".v0 AS o INNER JOIN memory."fanql internal".v1 AS c ON (((o."source" = c."source") AND (upper(o.region) = c."name"))) WHERE (o.id > 2) ORDER BY n`
	if err != nil || len(fragments) != 4 || p.Final() != want {
		t.Errorf("%v, %d fragments, %s\nwant %s", err, len(fragments), p.Final(), want)
	}
}
