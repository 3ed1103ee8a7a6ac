// Connecting to a server, and the errors if that fails.

package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/testdb"
	"github.com/fanql/fanql/testdata/testkit"
)

func hostOf(t *testing.T, rawURL string) string {
	t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

func TestAServerThatIsNotThere(t *testing.T) {
	t.Parallel()
	closed := testkit.Refusing(t)
	for name, c := range map[string]struct {
		url, text string
		phase     driver.Phase
		is        error
	}{
		"a refused port":   {"postgres://u:hunter2@" + closed + "/db", closed + ": connection refused", driver.Connect, syscall.ECONNREFUSED},
		"no such socket":   {"postgres://u:hunter2@/db?host=/nowhere/at/all&port=5432", "/nowhere/at/all:5432: no such file or directory", driver.Connect, syscall.ENOENT},
		"several hosts":    {"postgres://u:hunter2@127.0.0.1,127.0.0.1/db?port=1,2", "127.0.0.1:1: connection refused; 127.0.0.1:2: connection refused", driver.Connect, syscall.ECONNREFUSED},
		"an unknown host":  {"postgres://u:hunter2@nowhere.invalid/db", "nowhere.invalid:5432: ", driver.Resolve, nil},
		"TLS is demanded":  {"", ": server refused TLS connection", driver.Connect, nil},
		"no such database": {"", `: database "nope" does not exist`, driver.Auth, nil},
	} {
		t.Run(name, func(t *testing.T) {
			switch name {
			case "no such database":
				db := testdb.Postgres(t)
				u, _ := url.Parse(db.URL)
				u.Path = "/nope"
				c.url, c.text = u.String(), u.Host+c.text
			case "TLS is demanded":
				db := testdb.Postgres(t)
				c.url = with(db.URL, "sslmode", "require")
				c.text = hostOf(t, db.URL) + ": tls error" + c.text
				if o := get(t, c.url, "select 1"); o.err == nil {
					t.Skip("the test server has TLS")
				}
			}
			o := get(t, c.url, "select 1")
			e := failed(t, o)
			if !strings.HasPrefix(e.Error(), c.text) || e.Phase != c.phase {
				t.Errorf("got %q in %s, want %q in %s", e, e.Phase, c.text, c.phase)
			}
			if c.is != nil && !errors.Is(e, c.is) {
				t.Errorf("%v is not %v", e, c.is)
			}
			if strings.Contains(e.Error(), "hunter2") || strings.Contains(e.Error(), "://") {
				t.Errorf("%q reveals too much", e)
			}
		})
	}
}

func TestPasswords(t *testing.T) {
	db := testdb.Postgres(t)
	user := strings.ToLower("fanql_" + rand.Text()[:12])
	db.Exec(t, "create role "+user+" login password 'right'")
	t.Cleanup(func() { db.Exec(t, "drop role "+user) })
	u, err := url.Parse(db.URL)
	if err != nil {
		t.Fatal(err)
	}
	address := u.Host
	u.User = url.User(user)
	bare := u.String()
	given := func(password string) string {
		u.User = url.UserPassword(user, password)
		return u.String()
	}
	trusting, err := New("pg", given("wrong"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if runOn(t.Context(), trusting, request("select 1")).err == nil {
		t.Skip("this server trusts everyone: run make test")
	}
	passfile := filepath.Join(t.TempDir(), "pgpass")
	if err := os.WriteFile(passfile, []byte("*:*:*:*:right\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	says := func(password string) func(context.Context) (string, error) {
		return func(context.Context) (string, error) { return password, nil }
	}
	for name, c := range map[string]struct {
		url             string
		env             map[string]string
		passwordCommand func(context.Context) (string, error)
		want            string
	}{
		"in the URL":                          {url: given("right")},
		"wrong in the URL":                    {url: given("wrong"), want: address + `: password authentication failed for user "` + user + `"`},
		"none":                                {url: bare, env: map[string]string{"PGPASSFILE": "/nowhere"}, want: address + ": the server asks for a password, and none was given: "},
		"in PGPASSWORD":                       {url: bare, env: map[string]string{"PGPASSWORD": "right"}},
		"in PGPASSFILE":                       {url: bare, env: map[string]string{"PGPASSFILE": passfile}},
		"of a function":                       {url: bare, passwordCommand: says("right")},
		"of a function before all the others": {url: given("wrong"), env: map[string]string{"PGPASSWORD": "wrong"}, passwordCommand: says("right")},
		"wrong of a function":                 {url: given("right"), passwordCommand: says("wrong"), want: address + ": password authentication failed"},
		"of a function that fails":            {url: bare, passwordCommand: func(context.Context) (string, error) { return "", errStop }, want: "password: " + errStop.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			for k, v := range c.env {
				t.Setenv(k, v)
			}
			s, err := New("pg", c.url, c.passwordCommand)
			if err != nil {
				t.Fatal(err)
			}
			o := runOn(t.Context(), s, request("select 1"))
			if c.want == "" {
				if o.err != nil {
					t.Error(o.err)
				}
				return
			}
			e := failed(t, o)
			phase := driver.Auth
			if strings.HasPrefix(c.want, "password: ") { // the driver finds no password, and does not log in
				phase = driver.Open
			}
			if !strings.HasPrefix(e.Error(), c.want) || e.Phase != phase || strings.Contains(e.Error(), "wrong") {
				t.Errorf("got %q in %s, want %q in %s", e, e.Phase, c.want, phase)
			}
			if strings.Contains(c.want, "authentication") && e.Code != "28P01" {
				t.Errorf("code %s, want 28P01", e.Code)
			}
		})
	}
}

func TestWhatIsNoPostgreSQLServerIsReportedAsSuch(t *testing.T) {
	for name, greeting := range map[string]string{
		"a MySQL":                       "\x4b\x00\x00\x00\x0a9.7.4-2\x00" + strings.Repeat("\x01", 60),
		"a MySQL of an unlucky version": "R\x00\x00\x00\x0a9.7.4-2\x00" + strings.Repeat("\x01", 70),
		"a web server":                  "HTTP/1.1 400 Bad Request\r\n\r\n",
	} {
		for _, mode := range []string{"disable", "prefer"} {
			address := testkit.Serve(t, func(client net.Conn) {
				_, _ = client.Write([]byte(greeting))
				_, _ = io.Copy(io.Discard, client)
			})
			e := failed(t, get(t, "postgres://u:S3CRET@"+address+"/db?sslmode="+mode, "select 1"))
			if !strings.HasPrefix(e.Error(), address+": what answers there is no PostgreSQL server") || e.Phase != driver.Connect || e.Retry != driver.Never {
				t.Errorf("%s, sslmode=%s: got %v in %s, retry %d", name, mode, e, e.Phase, e.Retry)
			}
		}
	}
}

func TestThePasswordFunctionRunsUnderTheDeadline(t *testing.T) {
	s, err := New("slow", "postgres://u@127.0.0.1:1/db", func(ctx context.Context) (string, error) {
		<-ctx.Done()
		return "", ctx.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeoutCause(t.Context(), 30*time.Millisecond, errStop)
	defer cancel()
	if e := failed(t, runOn(ctx, s, request("select 1"))); !errors.Is(e, errStop) || e.Phase != driver.Open {
		t.Errorf("got %v in %s", e, e.Phase)
	}
}

func TestASilentHostLeavesTimeForTheNext(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	u, _ := url.Parse(db.URL)
	u.Host = testkit.Silent(t) + "," + u.Host
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
	defer cancel()
	o := runOn(ctx, open(t, u.String()), request("select 1"))
	if o.err != nil || o.took < 1990*time.Millisecond {
		t.Errorf("got %v after %v, want an answer after half of the time", o.err, o.took)
	}
}

func TestConnectTimeoutOfTheURL(t *testing.T) {
	address := testkit.Silent(t)
	o := get(t, "postgres://u@"+address+"/db?connect_timeout=1", "select 1")
	if e := failed(t, o); e.Error() != address+": no answer within 1s" || e.Phase != driver.Connect {
		t.Errorf("got %v in %s", e, e.Phase)
	}
	if o.took < 990*time.Millisecond || o.took > 3000*time.Millisecond {
		t.Errorf("it took %v, want 1s", o.took)
	}
}

func TestAServerWithoutTLSIsConnectedToOnce(t *testing.T) {
	db := testdb.Postgres(t)
	for mode, want := range map[string]string{"prefer": "", "require": "server refused TLS connection"} {
		t.Run(mode, func(t *testing.T) {
			g := &gate{}
			g.open(t, db.URL)
			s := open(t, strings.ReplaceAll(g.url, "sslmode=disable", "sslmode="+mode))
			_, err := s.Run(t.Context(), driver.Request{SQL: "select 1"}, new(driver.Progress), func(b *row.Batch) error { b.Release(); return nil })
			if text := fmt.Sprint(err); (err == nil) != (want == "") || !strings.Contains(text, want) {
				t.Errorf("got %v, want %q", err, want)
			}
			if n := g.conns.Load(); n != 1 {
				t.Errorf("%d connections, want 1", n)
			}
		})
	}
}

func TestTargetSessionAttrs(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	for attrs, want := range map[string]string{
		"read-write": "", "primary": "", "any": "", "prefer-standby": "",
		"standby":   ": server is not in hot standby mode",
		"read-only": ": connection is not read only",
	} {
		o := get(t, with(db.URL, "target_session_attrs", attrs), "select 1")
		if want == "" && o.err != nil || want != "" && (o.err == nil || !strings.HasSuffix(o.err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", attrs, o.err, want)
		}
	}
	e := failed(t, get(t, with(db.URL, "target_session_attrs", "read-write"), "create table t ()"))
	if e.Code != "25006" {
		t.Errorf("read-write does not mean that we may write: %v", e)
	}
}

func TestTheUsersOwnSettingsHold(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	db.Exec(t, "create schema depot", "create table depot.t as select 7 as n")
	if got := one(t, with(db.URL, "search_path", "depot"), "select n from t"); got != "7" {
		t.Errorf("got %s", got)
	}
	if got := one(t, with(db.URL, "options", "-c search_path=depot"), "select n from t"); got != "7" {
		t.Errorf("got %s", got)
	}
	if got := one(t, db.URL, "select current_setting('application_name')"); got != "fanql" {
		t.Errorf("application_name is %s, want fanql", got)
	}
	if got := one(t, with(db.URL, "application_name", "report"), "select current_setting('application_name')"); got != "report" {
		t.Errorf("application_name is %s, want the URL's", got)
	}
	if e := failed(t, get(t, with(db.URL, "no_such_setting", "1"), "select 1")); e.Code != "42704" || !strings.Contains(e.Error(), `"no_such_setting"`) {
		t.Errorf("a setting that the server does not know: %s %v", e.Code, e)
	}
}

func TestADeadlineBeyondTheServersOwnLimitsIsKept(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	for _, left := range []time.Duration{999_999 * time.Hour, math.MaxInt32 * time.Millisecond, math.MaxInt64} {
		ctx, cancel := context.WithTimeout(t.Context(), left)
		o := runOn(ctx, open(t, db.URL), request("select setting from pg_settings where name = 'statement_timeout'"))
		cancel()
		if o.err != nil || o.rows[0][0] != "2147483647" {
			t.Errorf("with %v left statement_timeout is %v (%v), want its maximum", left, o.rows, o.err)
		}
	}
}

func TestTheServerEndsWhatWeCannot(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	const sql = "select setting::int from pg_settings where name = 'statement_timeout'"
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	o := runOn(ctx, open(t, db.URL), request(sql))
	if o.err != nil || o.rows[0][0] < "20000" || o.rows[0][0] > "21000" {
		t.Errorf("statement_timeout is %v (%v), want a second more than the 20 left", o.rows, o.err)
	}
	if o := runOn(t.Context(), open(t, db.URL), request(sql)); o.err != nil || o.rows[0][0] != "0" {
		t.Errorf("statement_timeout is %v (%v) without a deadline, want none", o.rows, o.err)
	}
	if got := one(t, db.URL, "select coalesce((select setting from pg_settings where name = 'client_connection_check_interval'), '500')"); got != "500" {
		t.Errorf("client_connection_check_interval is %s, want 500", got)
	}
}

func TestALocalSocket(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	dir := one(t, db.URL, "select split_part(current_setting('unix_socket_directories'), ',', 1)")
	u, _ := url.Parse(db.URL)
	port := u.Port()
	if _, err := os.Stat(filepath.Join(dir, ".s.PGSQL."+port)); err != nil {
		t.Skip("the test server has no socket on this machine")
	}
	u.Host = ""
	local := with(with(u.String(), "host", dir), "port", port)
	o := runAndCancel(t, open(t, local), request("select pg_sleep(60)"), "the query runs", func() bool { return countSurvivors(t, db) == 1 })
	if !errors.Is(o.err, errStop) || o.answer.Cancel != driver.Confirmed || slices.Contains(o.phases, driver.Resolve) {
		t.Errorf("got %v, cancel %q, phases %v", o.err, o.answer.Cancel, o.phases)
	}
	awaitNoConnections(t, db)
}
