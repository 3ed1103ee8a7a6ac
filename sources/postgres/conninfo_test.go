// The parameters of libpq that are used, wherever they are set.

package postgres

import (
	"crypto/tls"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/testdata/testdb"
)

func TestConnectionStrings(t *testing.T) {
	t.Setenv("PGUSER", "reader")
	for raw, want := range map[string]string{
		"host=db.example user=u dbname=shop port=5433":                        "db.example:5433/shop",
		"host = db.example  dbname = 'my shop'":                               "db.example:5432/my shop",
		`host=db.example password='it\'s \\' dbname=shop`:                     "db.example:5432/shop",
		"host=a,b port=5433,5434 dbname=x":                                    "a:5433,b:5434/x",
		"hostaddr=127.0.0.1 dbname=shop":                                      "127.0.0.1:5432/shop",
		"host=db.example hostaddr=127.0.0.1 dbname=shop":                      "db.example:5432/shop",
		"host=/run/pg dbname=shop":                                            "/run/pg:5432/shop",
		"postgres://u@%2Ftmp%2Fsock/shop":                                     "/tmp/sock:5432/shop",
		"postgres://u@%2Ftmp%2Fsock:5433/shop":                                "/tmp/sock:5433/shop",
		"postgres://u:p@/shop?host=%2Ftmp&port=5433":                          "/tmp:5433/shop",
		"postgresql://[::1]/":                                                 "[::1]:5432/reader",
		"postgres://h/d?connect_timeout=-1":                                   "h:5432/d",
		"postgres://h/d?keepalives=1&keepalives_idle=5&keepalives_interval=2": "h:5432/d",
		"postgres://h/d?gssencmode=disable&sslcompression=0&krbsrvname=x":     "h:5432/d",
		"postgres://h/d?replication=false&client_encoding=auto&gsslib=gssapi": "h:5432/d",
	} {
		s, err := New("test", raw, nil)
		if err != nil {
			t.Errorf("%s: %v", raw, err)
		} else if got := s.Place(); got != want {
			t.Errorf("%s: got %s, want %s", raw, got, want)
		}
	}
}

// Each parameter of libpq is used, ignored, or rejected with its name.
func TestParametersThatAreRefused(t *testing.T) {
	for query, want := range map[string]string{
		"gssencmode=require":             "gssencmode: connections are not encrypted by GSSAPI here",
		"replication=database":           "replication: a replication connection answers no queries",
		"sslcrl=/x":                      "sslcrl: lists of revoked certificates are not read here",
		"sslcrldir=/x":                   "sslcrldir: lists of revoked certificates are not read here",
		"requirepeer=postgres":           "requirepeer: the user that runs the server is not looked at here",
		"sslkeylogfile=/x":               "sslkeylogfile: ",
		"oauth_issuer=x":                 "oauth_issuer: a login by OAuth is not known here",
		"scram_client_key=x":             "scram_client_key: a login by keys of SCRAM is not known here",
		"ssl_min_protocol_version=SSLv3": "ssl_min_protocol_version is not one of TLSv1, ",
		"keepalives_idle=soon":           "keepalives_idle is not a number of seconds",
		"tcp_user_timeout=soon":          "tcp_user_timeout is not a number of milliseconds",
		"load_balance_hosts=round":       "load_balance_hosts is not one of disable, random",
		"hostaddr=nowhere":               "hostaddr is not an IP address",
		"hostaddr=127.0.0.1,127.0.0.2":   "malformed PostgreSQL URL: there are not as many",
		"channel_binding=x":              "channel_binding is not one of",
		"require_auth=hunter2":           "require_auth is not a list of",
		"sslnegotiation=x":               "sslnegotiation is not one of",
		"sslcertmode=x":                  "sslcertmode is not one of",
		"search_path=a&schema=depot":     "schema and search_path say the same: give one of them",
		"currentSchema=depot":            "the parameter currentschema is not PostgreSQL's: write search_path=NAME",
		"sslMode=require":                "a parameter is misspelt: did you mean sslmode?",
		"ssl_mode=require":               "a parameter is misspelt: did you mean sslmode?",
		"connectTimeout=5":               "the parameter connecttimeout is not PostgreSQL's: write connect_timeout=SECONDS",
		"targetServerType=primary":       "the parameter targetservertype is not PostgreSQL's: write target_session_attrs=",
		"min_protocol_version=latest&max_protocol_version=3.0": "min_protocol_version is over max_protocol_version",
	} {
		for _, text := range []string{"postgres://h/d?" + query, "host=h dbname=d " + strings.ReplaceAll(query, "&", " ")} {
			if _, err := New("test", text, nil); err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: got %v, want %q", text, err, want)
			}
		}
		// The same holds in a service file.
		file := filepath.Join(t.TempDir(), "services")
		if err := os.WriteFile(file, []byte("# ours\n[other]\nhost=x\n[shop]\nhost=h\n"+strings.ReplaceAll(query, "&", "\n")+"\n[last]\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv("PGSERVICEFILE", file)
		if _, err := New("test", "postgres:///?service=shop", nil); err == nil || !strings.HasPrefix(strings.TrimPrefix(err.Error(), "the service file: "), want) {
			t.Errorf("%s in a service: got %v, want %q", query, err, want)
		}
	}
	for variable, value := range map[string]string{"PGGSSENCMODE": "require", "PGSSLCRL": "/x", "PGREQUIREPEER": "x", "PGLOADBALANCEHOSTS": "x", "PGSSLMINPROTOCOLVERSION": "x"} {
		t.Run(variable, func(t *testing.T) {
			t.Setenv(variable, value)
			if _, err := New("test", "postgres://h/d", nil); err == nil {
				t.Errorf("the variable %s is ignored", variable)
			}
		})
	}
}

// libpq18 is the output of PQconndefaults in libpq 18.4: each parameter with its
// environment variable.
const libpq18 = `
service:PGSERVICE user:PGUSER password:PGPASSWORD passfile:PGPASSFILE
channel_binding:PGCHANNELBINDING connect_timeout:PGCONNECT_TIMEOUT dbname:PGDATABASE host:PGHOST
hostaddr:PGHOSTADDR port:PGPORT client_encoding:PGCLIENTENCODING options:PGOPTIONS
application_name:PGAPPNAME fallback_application_name keepalives keepalives_idle keepalives_interval
keepalives_count tcp_user_timeout sslmode:PGSSLMODE sslnegotiation:PGSSLNEGOTIATION
sslcompression:PGSSLCOMPRESSION sslcert:PGSSLCERT sslkey:PGSSLKEY sslcertmode:PGSSLCERTMODE
sslpassword sslrootcert:PGSSLROOTCERT sslcrl:PGSSLCRL sslcrldir:PGSSLCRLDIR sslsni:PGSSLSNI
requirepeer:PGREQUIREPEER require_auth:PGREQUIREAUTH min_protocol_version:PGMINPROTOCOLVERSION
max_protocol_version:PGMAXPROTOCOLVERSION ssl_min_protocol_version:PGSSLMINPROTOCOLVERSION
ssl_max_protocol_version:PGSSLMAXPROTOCOLVERSION gssencmode:PGGSSENCMODE krbsrvname:PGKRBSRVNAME
gsslib:PGGSSLIB gssdelegation:PGGSSDELEGATION replication target_session_attrs:PGTARGETSESSIONATTRS
load_balance_hosts:PGLOADBALANCEHOSTS scram_client_key scram_server_key oauth_issuer oauth_client_id
oauth_client_secret oauth_scope sslkeylogfile
`

func TestEveryParameterOfLibpqIsInTheTable(t *testing.T) {
	listed := map[string]string{}
	for _, pair := range strings.Fields(libpq18) {
		name, variable, _ := strings.Cut(pair, ":")
		listed[name] = variable
		if got, ok := libpq[name]; !ok || variable != "" && got.variable != variable {
			t.Errorf("%s is there: %v, with the variable %q, want %q", name, ok, got.variable, variable)
		}
	}
	// These are parameters of earlier versions of libpq, and one that PostgreSQL 19 adds.
	// PGSSLPASSWORD is a variable of pgx.
	others := []string{"requiressl", "authtype", "tty", "servicefile"}
	for name, p := range libpq {
		if variable, ok := listed[name]; !ok && !slices.Contains(others, name) || ok && p.variable != variable && p.variable != "PGSSLPASSWORD" {
			t.Errorf("libpq 18 has no %s with the variable %q", name, p.variable)
		}
	}
}

// A date is parsed, and cast to text, with the environment's settings, as in psql. A column
// of dates is printed as always.
func TestTheEnvironmentsSettingsCount(t *testing.T) {
	db := testdb.Postgres(t)
	const text = "select '01/02/2026'::date, '01/02/2026'::date::text, current_setting('geqo')"
	for _, c := range []struct{ dates, geqo, url, want string }{
		{want: "2026-01-02 2026-01-02 on", url: db.URL},
		{dates: "SQL, DMY", geqo: "off", want: "2026-02-01 01/02/2026 off", url: db.URL},
		{dates: "Default", geqo: "DEFAULT", want: "2026-01-02 2026-01-02 on", url: db.URL},
		{dates: "SQL, DMY", want: "2026-01-02 2026-01-02 on", url: with(db.URL, "datestyle", "ISO, MDY")},
	} {
		t.Setenv("PGDATESTYLE", c.dates)
		t.Setenv("PGGEQO", c.geqo)
		o := get(t, c.url, text)
		if o.err != nil {
			t.Fatal(o.err)
		}
		if got := strings.Join(o.rows[0], " "); got != c.want {
			t.Errorf("PGDATESTYLE %q, PGGEQO %q: got %s, want %s", c.dates, c.geqo, got, c.want)
		}
	}
}

// A parameter in the URL takes precedence over the service file, and the service file over
// the environment.
func TestThePrecedenceOfParameters(t *testing.T) {
	file := filepath.Join(t.TempDir(), "services")
	if err := os.WriteFile(file, []byte("[shop]\nhost=file\ndbname=file\nsearch_path=file\nkeepalives=0\nssl_max_protocol_version=tlsv1.2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PGSERVICEFILE", file)
	for variable, value := range map[string]string{"PGHOST": "env", "PGDATABASE": "env", "PGUSER": "env", "PGPORT": "7", "PGAPPNAME": "env", "PGLOADBALANCEHOSTS": "random"} {
		t.Setenv(variable, value)
	}
	s := open(t, "postgres://:5/url?service=shop&fallback_application_name=no")
	target := s.target
	if got := s.Place() + " " + target.config.User; got != "file:5/url env" {
		t.Errorf("it is %s", got)
	}
	if target.keepAlive.Enable || !target.shuffle || target.params["application_name"] != "env" || target.params["search_path"] != "file" {
		t.Errorf("%+v", target)
	}
	if mode := target.hosts[0].tls[0]; mode.MaxVersion != tls.VersionTLS12 {
		t.Errorf("the highest version of TLS is %x", mode.MaxVersion)
	}
	t.Setenv("PGAPPNAME", "")
	if got := open(t, "postgres://h/d?fallback_application_name=yes").target.params["application_name"]; got != "yes" {
		t.Errorf("the application's name is %q", got)
	}
	if len(target.params) != 2 {
		t.Errorf("the server is sent %v", target.params)
	}
}

func TestTCPSettingsAreUsed(t *testing.T) {
	s := open(t, "postgres://h/d?keepalives_idle=7&keepalives_interval=3&keepalives_count=4&tcp_user_timeout=1500")
	k := s.target.keepAlive
	if !k.Enable || k.Idle != 7*time.Second || k.Interval != 3*time.Second || k.Count != 4 || s.target.userTimeout != 1500*time.Millisecond {
		t.Errorf("%+v, %v", k, s.target.userTimeout)
	}
}

// With hostaddr, the host name is not resolved, so it may be unknown.
func TestHostaddrIsNotResolved(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	u, err := url.Parse(db.URL)
	if err != nil {
		t.Fatal(err)
	}
	host, port := u.Hostname(), u.Port()
	u.Host = "nowhere.invalid:" + port
	for _, raw := range []string{with(u.String(), "hostaddr", host), with(with(u.String(), "hostaddr", host), "tcp_user_timeout", "2000")} {
		if got := one(t, raw, "select 1"); got != "1" {
			t.Errorf("got %s", got)
		}
	}
	secret, _ := u.User.Password()
	pairs := fmt.Sprintf("hostaddr=%s port=%s user=%s password='%s' dbname=%s sslmode=prefer", host, port, u.User.Username(), secret, strings.TrimPrefix(u.Path, "/"))
	if got := one(t, pairs, "select 2"); got != "2" {
		t.Errorf("got %s", got)
	}
}

func TestHostsInRandomOrder(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	var gates [3]gate
	var hosts []string
	for i := range gates {
		gates[i].open(t, db.URL)
		hosts = append(hosts, hostOf(t, gates[i].url))
	}
	u, _ := url.Parse(gates[0].url)
	u.Host = strings.Join(hosts, ",")
	s := open(t, with(u.String(), "load_balance_hosts", "random"))
	for range 60 {
		if o := runOn(t.Context(), s, request("select 1")); o.err != nil {
			t.Fatal(o.err)
		}
	}
	for i := range gates {
		if n := gates[i].starts.Load(); n < 5 {
			t.Errorf("host %d was tried %d times of 60", i, n)
		}
	}
}

func TestASettingThatTheServerDoesNotKnowHasAHint(t *testing.T) {
	t.Parallel()
	db := testdb.Postgres(t)
	for name, want := range map[string]string{"serch_path": "did you mean search_path?", "sslmod": "did you mean sslmode?"} {
		e := failed(t, get(t, with(db.URL, name, "x"), "select 1"))
		if e.Code != "42704" || !strings.HasSuffix(e.Error(), want) {
			t.Errorf("%s: got %v, want %s", name, e, want)
		}
	}
}

func TestPasswordFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pgpass")
	text := strings.Join([]string{
		"# a comment", "#h:1:d:u:commented",
		`first:*:*:u:one:a sixth field`,
		`second:5433:shop:u:two`,
		`second:*:*:u:not\:five\\`,
		`a\:b:*:*:*:colon`,
		`*:*:*:nobody:`,
		`localhost:*:*:u:local` + "\r",
		`/tmp/other:*:*:v:socket`,
		`short:*:*`,
		`*:*:data\\base:u\:x:escaped`,
	}, "\n")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PGPASSFILE", file)
	t.Setenv("PGPASSWORD", "")
	for raw, want := range map[string][]string{
		"postgres://u@first,second,third/shop":                  {"one", `not:five\`, ""},
		"postgres://u@first,second/shop?port=,5433":             {"one", "two"},
		"postgres://nobody@first/shop":                          {""},
		"postgres://u@localhost/shop":                           {"local"},
		"postgres://u@%2Ftmp/shop":                              {"local"},
		"postgres://v@%2Ftmp%2Fother/shop":                      {"socket"},
		"postgres://u:given@first,second/shop":                  {"given", "given"},
		"postgres://short@short/":                               {""},
		`host=h user=u:x dbname='data\\base'`:                   {"escaped"},
		"host=second user=u hostaddr=::1 port=5433 dbname=shop": {"two"},
	} {
		s := open(t, raw)
		for i, h := range s.target.hosts {
			if h.password != want[i] {
				t.Errorf("%s, host %d: got %q, want %q", raw, i+1, h.password, want[i])
			}
		}
	}
}

// The help page lists every parameter and variable of the table.
func TestTheHelpHasEveryParameter(t *testing.T) {
	page, err := os.ReadFile("../../cmd/fanql/help/postgres.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range libpq {
		if !strings.Contains(string(page), "`"+name+"`") || !strings.Contains(string(page), p.variable) {
			t.Errorf("fanql help postgres has no %s, or not its variable %s", name, p.variable)
		}
	}
}
