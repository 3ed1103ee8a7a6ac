// Suggestions and positions in errors, and EXPLAIN of statements that write.

package sqlite_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/driver"
)

func TestErrorsNameWhatWasMeantAndWhere(t *testing.T) {
	path := file(t, `create table orders(id, amount, "net total")`, "create table customers(id, name, region)",
		"create view big as select amount as sum from orders", "create table \"o'dd [x]\"(first)", "create table elsewhere(nam)")
	for _, c := range []struct{ sql, words string }{
		{"select id, amuont from orders", "no such column: amuont (character 12): did you mean amount?"},
		{"select o.amuont from orders o", "no such column: o.amuont (character 8): did you mean o.amount?"},
		{"select ordres.id from orders", "no such column: ordres.id (character 8)"},
		{"select nam from customers", "no such column: nam (character 8): did you mean name?"},
		{"select 'ü', regoin from customers", "no such column: regoin (character 13): did you mean region?"},
		{"select smu from big", "no such column: smu (character 8): did you mean sum?"},
		{`select frist from "o'dd [x]"`, "no such column: frist (character 8): did you mean first?"},
		{"select [net totl] from orders", "no such column: net totl (character 8): did you mean net total?"},
		{"select quantity from orders", "no such column: quantity (character 8)"},
		{"select 1 -- from ordres\n from ordres", "no such table: ordres (character 31): did you mean orders?"},
		{"select 'ordres' from main.Ordres", "no such table: main.Ordres (character 27): did you mean main.orders?"},
		{"select lengt(id) from orders", "no such function: lengt (character 8): did you mean length?"},
		{"select id from from orders", `near "from": syntax error (character 16)`},
		{"select 1 +", "incomplete input (character 11)"},
		{"select sum(id) over w from orders", "no such window: w"},
	} {
		q := driver.Request{SQL: c.sql}
		run(context.Background(), path, q).fails(t, driver.Query, "SQLITE_ERROR", "")
		q.Locate = func(character int) (line, column int, ok bool) { return 1, character, true }
		r := run(context.Background(), path, q)
		if want := strings.Replace(c.words, "(character", "(line 1, column", 1); r.err == nil || r.err.Error() != want {
			t.Errorf("%s\n got %v\nwant %s", c.sql, r.err, want)
		}
	}
}

func TestNothingIsAddedToAPlaceThatIsNotTheUsers(t *testing.T) {
	path := file(t, "create table orders(id)")
	q := driver.Request{SQL: "select idd from orders", Locate: func(int) (int, int, bool) { return 0, 0, false }}
	r := run(context.Background(), path, q)
	if want := "no such column: idd: did you mean id?"; r.err == nil || r.err.Error() != want {
		t.Errorf("got %v, want %s", r.err, want)
	}
}

func TestExplainPlansWhatWritesAndNeverRunsIt(t *testing.T) {
	path := file(t, "create table t(a, b)", "insert into t values (1, 2)", "create table log(a)",
		"create trigger on_t after delete on t begin insert into log values (old.a); end",
		"create virtual table notes using fts4(body)", "create virtual table places using rtree(id, x0, x1)")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		"delete from t", "delete from t where a = 1 returning a", "update t set a = 3", "insert into t values (3, 4)",
		"replace into t values (1, 2)", "with x as (select 1, 2) insert into t select * from x",
		"insert into notes values ('x')", "delete from places",
	} {
		for _, explain := range []string{"explain ", "explain query plan "} {
			r := run(context.Background(), path, driver.Request{SQL: explain + statement, PlansWrite: true})
			if r.err != nil {
				t.Errorf("%s%s: %v", explain, statement, r.err)
			}
			run(context.Background(), path, driver.Request{SQL: explain + statement}).fails(t, driver.Query, "SQLITE_AUTH", "not allowed")
		}
		run(context.Background(), path, driver.Request{SQL: statement, PlansWrite: true}).fails(t, driver.Query, "SQLITE_READONLY", "not allowed: a statement that writes")
	}
	for _, statement := range []string{
		"create table n(a)", "drop table t", "pragma user_version = 5", "pragma journal_mode = wal", "vacuum", "attach 'x' as y",
		"delete from sqlite_schema", "insert into t select load_extension('x')", "alter table t add c", "analyze", "begin",
	} {
		for _, explain := range []string{"", "explain ", "explain query plan "} {
			r := run(context.Background(), path, driver.Request{SQL: explain + statement, PlansWrite: true})
			if planned := explain != "" && statement == "vacuum"; (r.err == nil) != planned {
				t.Errorf("%s%s: %v", explain, statement, r.err)
			}
		}
	}
	after, err := os.ReadFile(path)
	if err != nil || string(before) != string(after) {
		t.Errorf("the file has changed (%v)", err)
	}
}
