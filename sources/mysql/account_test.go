// Ordinary accounts, which may read one database and nothing else.

package mysql_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/testdata/testdb"
	"github.com/fanql/fanql/testdata/testkit"
)

// ordinaryAccount creates an account that may only read the database, and returns the
// database's URL for that account. The clause is one of CREATE USER, or empty.
func ordinaryAccount(t *testing.T, db testdb.DB, clause string) string {
	t.Helper()
	u := parsed(t, db.URL)
	name := strings.TrimPrefix(u.Path, "/")
	// The password has characters that have a meaning in URLs.
	u.User = url.UserPassword("r"+name, "p@ss/w?rd")
	if clause == "" {
		clause = "identified by 'p@ss/w?rd'"
	}
	db.Exec(t, fmt.Sprintf("create user '%s'@'%%' %s", u.User.Username(), clause), fmt.Sprintf("grant select on `%s`.* to '%s'@'%%'", name, u.User.Username()))
	t.Cleanup(func() { db.Exec(t, fmt.Sprintf("drop user '%s'@'%%'", u.User.Username())) })
	return u.String()
}

func TestAnOrdinaryAccountCanQuery(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		numbers(t, db)
		s := source(t, ordinaryAccount(t, db, ""))
		for _, first := range []bool{true, false} { // the server has the second login in its cache, but not the first
			r := run(t, s, driver.Request{SQL: "select sum(i), count(*) from n where i <= ?", Args: []driver.Arg{{Type: driver.Int, Value: "100"}}})
			if r.err != nil {
				t.Fatalf("first login %v: %v", first, r.err)
			}
			wantRows(t, r, "5050 | 100")
			if r.answer.Warnings != nil {
				t.Errorf("warnings %q", r.answer.Warnings)
			}
		}
		// The session is read-only, whatever the account may do.
		e := run(t, s, driver.Request{SQL: "delete from n"}).failure(t)
		if e.Code != "1792" && e.Code != "1142" {
			t.Errorf("got %s: %v", e.Code, e)
		}
	})
}

func TestAnOrdinaryAccountsQueryIsEndedOnItsServer(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		numbers(t, db)
		s := source(t, ordinaryAccount(t, db, ""))
		for _, sql := range []string{
			"select sleep(30)", "select benchmark(1e12, sha2('x', 256))",
			"select sum(a.i + b.i + c.i + d.i) from n a, n b, n c, n d", "select i, if(i > 300, sleep(30), repeat('x', 1000)) from n",
		} {
			const tag = "fanql:ordinary"
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			r := runWith(ctx, s, driver.Request{SQL: sql, Tag: tag, Grace: grace}, nil)
			cancel()
			if !errors.Is(r.err, context.DeadlineExceeded) || r.answer.Cancel != driver.Confirmed {
				t.Errorf("%s: %v, cancel %q", sql, r.err, r.answer.Cancel)
			}
			if n := running(t, db, tag); n != 0 {
				t.Errorf("%s: %d statements are left", sql, n)
			}
		}
		wantOnlyConnection(t, db)
	})
}

// Types that only MySQL has, read by an ordinary account.
func TestMySQLsOwnTypes(t *testing.T) {
	db := testdb.MySQL(t)
	db.Exec(t, "set names utf8mb4", "create table v (id int primary key, j json, v vector(2), g geometry srid 4326, y year, s varchar(20) collate utf8mb4_0900_as_cs, hidden int invisible, b bit(1), t time(6))",
		`insert into v (id, j, v, g, y, s, hidden, b, t) values (1, '{"b": 9007199254740993, "a": [1.50, null]}', string_to_vector('[1,-2.5]'),
			st_geomfromtext('point(1 2)', 4326), '0000', 'Zürich 😀', 7, b'1', '-838:59:58.999999')`)
	u := ordinaryAccount(t, db, "")
	for _, parameters := range []string{"", "?compress=true", "?tls=skip-verify"} {
		r := run(t, source(t, u+parameters), driver.Request{SQL: "select * from v"})
		if r.err != nil {
			t.Fatal(r.err)
		}
		wantRows(t, r, `1 | {"a": [1.5, null], "b": 9007199254740993} | \x0000803f000020c0 | \xe610000001010000000000000000000040000000000000f03f | 0000 | Zürich 😀 | true | -838:59:58.999999`)
		r = run(t, source(t, u+parameters), driver.Request{SQL: "select hidden, s = 'zürich 😀', @@collation_connection from v"})
		wantRows(t, r, "7 | 0 | utf8mb4_0900_ai_ci")
	}
}

func TestEachLoginMethodOfMySQLWorks(t *testing.T) {
	db := testdb.MySQL(t)
	for _, plugin := range []string{"caching_sha2_password", "sha256_password"} {
		t.Run(plugin, func(t *testing.T) {
			if db.Count(t, "select count(*) from information_schema.plugins where plugin_name = ? and plugin_status = 'ACTIVE'", plugin) == 0 {
				t.Skip("this server does not have the method any more")
			}
			u := ordinaryAccount(t, db, "identified with "+plugin+" by 'p@ss/w?rd'")
			for _, parameters := range []string{"", "?tls=skip-verify", "?compress=true"} {
				for _, when := range []string{"first", "again", "after the server has forgotten it"} {
					if strings.HasPrefix(when, "after") {
						db.Exec(t, "flush privileges") // empties the cache of logins, as a restart does
					}
					if r := run(t, source(t, u+parameters), driver.Request{SQL: "select 1"}); r.err != nil {
						t.Errorf("%s %s: %v", parameters, when, r.err)
					}
				}
			}
			wrong := parsed(t, u)
			wrong.User = url.UserPassword(wrong.User.Username(), "S3CRET")
			db.Exec(t, "flush privileges")
			if e := run(t, source(t, wrong.String()), driver.Request{SQL: "select 1"}).failure(t); e.Code != "1045" || e.Phase != driver.Auth {
				t.Errorf("got %s in %s: %v", e.Code, e.Phase, e)
			}
		})
	}
}

func TestEd25519OfMariaDB(t *testing.T) {
	db := testdb.MariaDB(t)
	const active = "select count(*) from information_schema.all_plugins where plugin_name = 'ed25519' and plugin_status = 'ACTIVE'"
	if db.Count(t, active) == 0 {
		if _, err := db.SQL.ExecContext(t.Context(), "install soname 'auth_ed25519'"); err != nil {
			t.Fatalf("this MariaDB does not load ed25519, which Debian's package mariadb-server and the image have: %v", err)
		}
	}
	if r := run(t, source(t, ordinaryAccount(t, db, "identified via ed25519 using password('p@ss/w?rd')")), driver.Request{SQL: "select 1"}); r.err != nil {
		t.Error(r.err)
	}
}

func TestALoginThatFanqlLacksIsNamed(t *testing.T) {
	addr := testkit.Serve(t, func(client net.Conn) {
		greeting := "\x0a9.7.0\x00" + "\x01\x00\x00\x00" + "12345678\x00" + "\xff\xf7" + "\xff\x02\x00" + "\xff\xdf" + "\x15" + strings.Repeat("\x00", 10) + "123456789012\x00" + "caching_sha2_password\x00"
		_, _ = client.Write(append([]byte{byte(len(greeting)), 0, 0, 0}, greeting...))
		_, _ = client.Read(make([]byte, 4096))
		change := "\xfeauthentication_kerberos_client\x00data\x00"
		_, _ = client.Write(append([]byte{byte(len(change)), 0, 0, 2}, change...))
		_, _ = client.Read(make([]byte, 4096))
	})
	e := run(t, source(t, "mysql://u:S3CRET@"+addr+"/db"), driver.Request{SQL: "select 1"}).failure(t)
	if e.Phase != driver.Auth || e.Retry != driver.Never || !strings.Contains(e.Error(), `"authentication_kerberos_client"`) || !strings.Contains(e.Error(), "caching_sha2_password") {
		t.Errorf("got %v in %s", e, e.Phase)
	}
}

func TestAnExpiredPasswordIsTheReason(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		e := run(t, source(t, ordinaryAccount(t, db, "identified by 'p@ss/w?rd' password expire")), driver.Request{SQL: "select 1"}).failure(t)
		if e.Phase != driver.Auth || e.Retry != driver.Never || e.Code != "1862" && e.Code != "1820" ||
			!strings.Contains(e.Error(), "password has expired") || strings.Contains(e.Error(), "sql_mode") {
			t.Errorf("got %s in %s: %v", e.Code, e.Phase, e)
		}
	})
}

func TestAnAccountsLimitOfConnectionsPasses(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		clause := "identified by 'p@ss/w?rd' with max_user_connections 1"
		u := ordinaryAccount(t, db, clause)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan reply)
		go func() {
			done <- runWith(ctx, source(t, u), driver.Request{SQL: "select sleep(0.7)", Tag: "fanql:limit", Grace: grace}, nil)
		}()
		testkit.Eventually(t, 3*time.Second, "the first runs", func() bool { return running(t, db, "fanql:limit") == 1 })
		e := run(t, source(t, u), driver.Request{SQL: "select 1"}).failure(t)
		if e.Code != "1226" || e.Retry != driver.Crowded || e.Phase != driver.Auth {
			t.Errorf("got %s in %s, retry %d: %v", e.Code, e.Phase, e.Retry, e)
		}
		if r := <-done; r.err != nil {
			t.Error(r.err)
		}
		cancel()
		db.Exec(t, fmt.Sprintf("alter user '%s'@'%%' with max_user_connections 0 max_queries_per_hour 1", parsed(t, u).User.Username()), "flush privileges")
		e = run(t, source(t, u), driver.Request{SQL: "select 1"}).failure(t)
		if e.Code != "1226" || e.Retry != driver.Never {
			t.Errorf("got %s, retry %d: %v", e.Code, e.Retry, e)
		}
	})
}
