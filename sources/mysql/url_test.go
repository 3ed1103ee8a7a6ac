// URLs, the option file, and logins.

package mysql_test

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/mysql"
	"github.com/fanql/fanql/testdata/testdb"
)

func TestPlaceSaysWhereWithoutSecrets(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	for _, c := range []struct{ url, want string }{
		{"mysql://u:S3CRET@db.example:3307/shop", "db.example:3307/shop"},
		{"mariadb://u:S3CRET@db.example/shop?tls=true", "db.example:3306/shop"},
		{"mysql://[::1]/shop", "[::1]:3306/shop"},
		{"mysql:///shop", "127.0.0.1:3306/shop"},
		{"mysql://db.example", "db.example:3306"},
		{"mysql://u:S3CRET@/shop?socket=/run/m.sock", "/run/m.sock/shop"},
		{"mysql://u:p%40S3CRET@h/a%40b", "h:3306/a@b"},
	} {
		if got := source(t, c.url).Place(); got != c.want {
			t.Errorf("%s is at %q, want %q", c.url, got, c.want)
		}
	}
}

func TestTheOptionFileFillsWhatTheURLLeavesOut(t *testing.T) {
	testdb.InTurn(t, func(t *testing.T, db testdb.DB) {
		u, err := url.Parse(db.URL)
		if err != nil {
			t.Fatal(err)
		}
		pw, _ := u.User.Password()
		home := t.TempDir()
		t.Setenv("HOME", home)
		file := "# mine\n!includedir /etc/mysql\n[mysqldump]\npassword=not this\n[client]\n" +
			"user = " + u.User.Username() + " # me\npassword=\"" + pw + "\"\n; no\nhost='" + u.Hostname() + "'\n" +
			"port=1\n[mysql]\nno-auto-rehash\nport = " + u.Port() + "\n"
		if err := os.WriteFile(filepath.Join(home, ".my.cnf"), []byte(file), 0o644); err != nil {
			t.Fatal(err)
		}
		s := source(t, "mysql://"+u.Path)
		if r := run(t, s, driver.Request{SQL: "select 1"}); r.err != nil {
			t.Error(r.err)
		}
		if want := u.Host + u.Path; s.Place() != want {
			t.Errorf("it is at %q, want %q", s.Place(), want)
		}
		// The URL takes precedence.
		if got := source(t, "mysql://db.example:3307/x").Place(); got != "db.example:3307/x" {
			t.Errorf("it is at %q", got)
		}
	})
}

func TestTheOptionFileIsReadAsTheClientReadsIt(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USER", "nobody")
	write := func(name, content string) {
		t.Helper()
		path := filepath.Join(home, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	write("one.cnf", "[client]\nhost=one\nport=1001\n")
	write("more[1]/b.cnf", "[mysql]\nport=1003\n[mysqldump]\nport=9\n")
	write("more[1]/a.cnf", "[mariadb-client]\nport=1002\n!include "+home+"/more[1]/a.cnf\n") // it includes itself
	write("more[1]/c.txt", "[client]\nport=1004\n")
	for _, c := range []struct{ file, want string }{
		{"[client]\nhost=own\n!include " + home + "/one.cnf\n", "one:1001"},
		{"!include " + home + "/one.cnf\n[client]\nhost=own\n", "own:1001"},
		{"!include " + home + "/missing.cnf\n!include\n!unknown x\n[client]\nhost=own\n", "own:3306"},
		{"[client]\nhost=own\n!includedir " + home + "/more[1]\n", "own:1003"},
		{"[client]\nloose-host=own\nloose_port = 1005\n", "own:1005"},
		{"[client]\nhost=own\nloose-unknown\nunknown_too=1\nskip-ssl\n", "own:3306"},
		{"[client]\nhost=own\n!includedir " + home + "/nothing\n", "own:3306"},
	} {
		write(".my.cnf", c.file)
		if got := source(t, "mysql:///db").Place(); got != c.want+"/db" {
			t.Errorf("%q is %s, want %s", c.file, got, c.want)
		}
	}
}

func TestThePasswordOfTheEnvironmentIsTheLast(t *testing.T) {
	testdb.InTurn(t, func(t *testing.T, db testdb.DB) {
		home := t.TempDir()
		t.Setenv("HOME", home)
		t.Setenv("MYSQL_PWD", "p@ss/w?rd")
		u := parsed(t, ordinaryAccount(t, db, ""))
		u.User = url.User(u.User.Username())
		if r := run(t, source(t, u.String()), driver.Request{SQL: "select 1"}); r.err != nil {
			t.Error(r.err)
		}
		if err := os.WriteFile(filepath.Join(home, ".my.cnf"), []byte("[client]\npassword=wrong\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if e := run(t, source(t, u.String()), driver.Request{SQL: "select 1"}).failure(t); e.Code != "1045" {
			t.Errorf("got %s: %v", e.Code, e)
		}
	})
}

func TestTheSocketOfTheOptionFile(t *testing.T) {
	testdb.InTurn(t, func(t *testing.T, db testdb.DB) {
		u, err := url.Parse(db.URL)
		if err != nil {
			t.Fatal(err)
		}
		var socket string
		if err := db.SQL.QueryRowContext(t.Context(), "select @@socket").Scan(&socket); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(socket); err != nil {
			t.Skip("the server is on another machine")
		}
		home := t.TempDir()
		t.Setenv("HOME", home)
		if err := os.WriteFile(filepath.Join(home, ".my.cnf"), []byte("[client]\nsocket="+socket+"\nhost=localhost\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		s := source(t, "mysql://"+u.User.String()+"@"+u.Path)
		if !strings.HasPrefix(s.Place(), socket) {
			t.Errorf("it is at %q", s.Place())
		}
		r := run(t, s, driver.Request{SQL: "select host from information_schema.processlist where id = connection_id()"})
		wantRows(t, r, "localhost")
	})
}

func TestAnUnfitURLIsRefusedWithoutItsPassword(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	for _, c := range []struct{ url, want string }{
		{"postgres://u:S3CRET@h/db", "not a URL of the form"},
		{"mysql:u:S3CRET@h/db", "not a URL of the form"},
		{"mysql://u:S3CRET/x@h/db", "not a URL of the form"},
		{"mysql://u:1/S3CRET@h/db", "%2F"},
		{"mysql://u:1?S3CRET@h/db", "%3F"},
		{"mysql://u:1#S3CRET@h/db", "%23"},
		{"mysql://u:%S3CRET@h/db", "%25"},
		{"mysql://u:S3CRET@h:port/db", "not a URL of the form"},
		{"mysql://u:S3CRET@h:70000/db", "not a URL of the form"},
		{"mysql://u:S3CRET@h/db/more", "not a URL of the form"},
		{"mysql://u:S3CRET@h/db?parseTime=true", "parseTime is not taken"},
		{"mysql://u:S3CRET@h/db?multiStatements=1", "multiStatements is not taken"},
		{"mysql://u:S3CRET@h/db?allowAllFiles=1", "allowAllFiles is not taken"},
		{"mysql://u:S3CRET@h/db?strict=1", "strict is not taken"},
		{"mysql://u:S3CRET@h/db?sql_mode=ANSI", `"sql_mode" is not known: leave it out`},
		{"mysql://u:S3CRET@h/db?schema=x", "the database stands in the path"},
		{"mysql://u:S3CRET@h/?dbname=x", "the database stands in the path"},
		{"mysql://u:S3CRET@h/db?sslmode=require", "ssl-mode=DISABLED, PREFERRED"},
		{"mysql://u:S3CRET@h/db?ssl-ca=S3CRET.pem", "ssl-ca: the file cannot be read"},
		{"mysql://u:S3CRET@h/db?ssl-mode=S3CRET", "parameter ssl-mode"},
		{"mysql://u:S3CRET@h/db?ssl_mode=REQUIRED&tls=true", "write one of them"},
		{"mysql://u:S3CRET@h/db?ssl-key=S3CRET", "ssl-cert"},
		{"mysql://u:S3CRET@h/db?allowPublicKeyRetrieval=S3CRET", "write 1 or 0"},
		{"mysql://u:S3CRET@h/db?serverPubKey=S3CRET", "serverPubKey: the file cannot be read"},
		{"mysql://u:S3CRET@h/db?useSSL=true", "ssl-mode=REQUIRED"},
		{"mysql://u:S3CRET@h/db?serverTimezone=UTC", "time_zone="},
		{"mysql://u:S3CRET@h/db?unix_socket=/x", "socket="},
		{"mysql://h/db?user=u&password=S3CRET", "before the host"},
		{"mysql://u:S3CRET@h/db?colation=x", "did you mean collation?"},
		{"mysql://u:S3CRET@h/db?quux=x", "there are allowCleartextPasswords"},
		{"mysql://u@h/db?tls=true&collation=a&S3CRET", "parameter number 3 is not known: did you mean socket?"},
		{"mysql://u@h/db?S3CRET77=1&tls=true", "an & must be written %26"},
		{"mysql://u:S3CRET@h/db?loc=Local", "time_zone="},
		{"mysql://u:S3CRET@h/db?time_zone=x'S3CRET", "parameter time_zone"},
		{"mysql://u:S3CRET@h/db?time_zone=", "parameter time_zone"},
		{"mysql://u:S3CRET@/db?socket=", "parameter socket"},
		{"mysql://u:S3CRET@h/db?tls=S3CRET", "parameter tls"},
		{"mysql://u:S3CRET@h/db?timeout=S3CRET", "parameter timeout"},
		{"mysql://u:S3CRET@h/db?tls=true&tls=false", "twice"},
		{"mysql://u:S3CRET@h/db?collation=x;S3CRET", "not a URL of the form"},
		{"mysql://u:S3CRET@h/db?collation=x'S3CRET", "parameter collation"},
	} {
		_, err := mysql.New("x", c.url, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "S3CRET") {
			t.Errorf("%s: got %v", c.url, err)
		}
	}
}

func FuzzNoErrorHoldsThePassword(f *testing.F) {
	f.Setenv("HOME", f.TempDir())
	for _, s := range []string{"", "/", "?", "#", "@", ":", "%", "1/", "1?a=", "@h/", "[", "%zz", " "} {
		f.Add(s, "", "")
		f.Add("", s, "?tls=true")
		f.Add(s, s, s)
	}
	f.Fuzz(func(t *testing.T, before, after, end string) {
		const secret = "S3CRET"
		if strings.Contains(end, secret) {
			t.Skip()
		}
		s, err := mysql.New("x", "mysql://u:"+before+secret+after+"@h/db"+end, nil)
		if err != nil {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error has the password: %v", err)
			}
		} else if strings.Contains(s.Place(), secret) {
			t.Errorf("the place has the password: %s", s.Place())
		}
	})
}

func TestAWrongPasswordIsAnErrorOfAuth(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		u, _ := url.Parse(db.URL)
		u.User = url.UserPassword(u.User.Username(), "S3CRET")
		e := run(t, source(t, u.String()), driver.Request{SQL: "select 1"}).failure(t)
		if e.Code != "1045" || e.Phase != driver.Auth || strings.Contains(e.Error(), "S3CRET") {
			t.Errorf("got %s in %v: %v", e.Code, e.Phase, e)
		}
	})
}

func TestThePasswordFunctionWins(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		u, _ := url.Parse(db.URL)
		pw, _ := u.User.Password()
		u.User = url.UserPassword(u.User.Username(), "wrong")
		s, err := mysql.New("x", u.String(), func(context.Context) (string, error) { return pw, nil })
		if err != nil {
			t.Fatal(err)
		}
		if r := run(t, s, driver.Request{SQL: "select 1"}); r.err != nil {
			t.Error(r.err)
		}
		locked := errors.New("the keyring is locked")
		s, err = mysql.New("x", u.String(), func(context.Context) (string, error) { return "", locked })
		if err != nil {
			t.Fatal(err)
		}
		if e := run(t, s, driver.Request{SQL: "select 1"}).failure(t); !errors.Is(e, locked) || e.Phase != driver.Open {
			t.Errorf("got %v in %v", e, e.Phase)
		}
	})
}

func TestARefusedPortIsAnErrorOfConnect(t *testing.T) {
	e := run(t, source(t, "mysql://u:S3CRET@127.0.0.1:1/db"), driver.Request{SQL: "select 1"}).failure(t)
	if e.Phase != driver.Connect || !errors.Is(e, syscall.ECONNREFUSED) || e.Error() != "127.0.0.1:1: connect: connection refused" {
		t.Errorf("got %v in %v", e, e.Phase)
	}
}

func TestAnUnknownHostIsAnErrorOfResolve(t *testing.T) {
	e := run(t, source(t, "mysql://u:S3CRET@nowhere.invalid/db"), driver.Request{SQL: "select 1"}).failure(t)
	if e.Phase != driver.Resolve || !strings.Contains(e.Error(), "nowhere.invalid") {
		t.Errorf("got %v in %v", e, e.Phase)
	}
}

func TestAMissingDatabaseIsAnErrorOfAuth(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		e := run(t, source(t, db.URL+"_not"), driver.Request{SQL: "select 1"}).failure(t)
		if e.Code != "1049" || e.Phase != driver.Auth {
			t.Errorf("got %s in %v: %v", e.Code, e.Phase, e)
		}
	})
}
