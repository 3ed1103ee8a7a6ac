// URLs: which are accepted, which are rejected, and that neither a listing nor an error
// shows a password.

package postgres

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPlace(t *testing.T) {
	t.Setenv("PGUSER", "reader")
	for raw, want := range map[string]string{
		"postgres://u:hunter2@db.example:5433/shop":           "db.example:5433/shop",
		"postgresql://db.example/shop":                        "db.example:5432/shop",
		"postgres://a,b:5433/shop":                            "a:5432,b:5433/shop",
		"postgres://[::1]:5433/shop":                          "[::1]:5433/shop",
		"postgres:///shop?host=/run/postgresql":               "/run/postgresql:5432/shop",
		"postgres://db.example":                               "db.example:5432/reader",
		"postgres://u:hun%40ter%2F2@db.example/shop":          "db.example:5432/shop",
		"postgres://db.example/shop?password=hunter2":         "db.example:5432/shop",
		"postgres://u:p?q=hunter2@db.example/shop":            "db.example:5432/shop",
		"postgres://db.example/shop?application_name=a%40b.c": "db.example:5432/shop",
	} {
		if got := open(t, raw).Place(); got != want {
			t.Errorf("%s: got %s, want %s", raw, got, want)
		}
	}
	if got := open(t, "postgres://h/d").Name(); got != "test" {
		t.Errorf("the name is %s", got)
	}
}

func TestServicesAreRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "services")
	if err := os.WriteFile(file, []byte("[shop]\nhost=db.example\nport=5433\ndbname=orders\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PGSERVICEFILE", file)
	t.Setenv("PGSERVICE", "shop")
	if got := open(t, "postgres://").Place(); got != "db.example:5433/orders" {
		t.Errorf("got %s", got)
	}
}

func TestURLsThatAreRefused(t *testing.T) {
	for raw, want := range map[string]string{
		"":                                            "not a PostgreSQL URL",
		"shop":                                        "not a PostgreSQL URL",
		"host=db password='hunter2":                   "malformed connection string",
		"host=db hunter2":                             "malformed connection string",
		"mysql://u:hunter2@h/d":                       "not a PostgreSQL URL",
		"postgres:/u:hunter2@h/d":                     "not a PostgreSQL URL",
		"postgres://u:hunter2@s@h/d":                  "the URL is ambiguous",
		"postgres://u:hun/ter2@h/d":                   "the URL is ambiguous",
		"postgres://u:12/hunter2@h/d":                 "the URL is ambiguous",
		"postgres://u:1/x?hunter2=1@h/d":              "the URL is ambiguous",
		"postgres://u:hunter2:5432/d":                 "the URL's port is not a number",
		"postgres://h:0/d":                            "the URL's port is not a number",
		"postgres://h:65536/d":                        "the URL's port is not a number",
		"postgres://u:hunter2%zz@h/d":                 "malformed PostgreSQL URL",
		"postgres://u:hunter2@[::1/d":                 "malformed PostgreSQL URL",
		"postgres://a,b:1,c:2/d?port=1,2":             "malformed PostgreSQL URL",
		"postgres://h/d?hunter2":                      "malformed PostgreSQL URL",
		"postgres://h/d?a=hunter%zz":                  "the URL's parameters are malformed",
		"postgres://h/d?connect_timeout=5s":           "connect_timeout is not a number of seconds",
		"postgres://h/d?connect_timeout=-x":           "connect_timeout is not a number of seconds",
		"postgres://h/d?sslmode=hunter2":              "sslmode is not one of",
		"postgres://h/d?target_session_attrs=hunter2": "target_session_attrs is not one of",
		"postgres://h/d?sslkey=hunter2":               "sslcert and sslkey go together",
		"postgres://h/d?sslcert=hunter2":              "sslcert and sslkey go together",
		"postgres://h/d?service=hunter2":              "the service that is named",

		"postgres://h/d?sslmode=verify-full&sslrootcert=/no/hunter2": "a file that the TLS parameters name (sslrootcert, sslcert, sslkey) cannot be read: no such file or directory",
		"postgres://h/d?sslmode=require&sslrootcert=/dev/null":       "a file that the TLS parameters name (sslrootcert, sslcert, sslkey) is not what it should be",
		"postgres://u:hunter2@h/d?pool_max_conns=4":                  "the parameter pool_max_conns is not PostgreSQL's: remove it: it is for connection pools",
		"postgres://u:hunter2@h/d?default_query_exec_mode=hunter2":   "the parameter default_query_exec_mode is not PostgreSQL's: remove it: it is for connection pools",
		"postgres://u:hunter2@h/d?password=a&pool_min_conns=hunter2": "the parameter pool_min_conns is not PostgreSQL's: remove it: it is for connection pools",
	} {
		_, err := New("test", raw, nil)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", raw, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter") {
			t.Errorf("%s: the error shows the password: %v", raw, err)
		}
	}
}

// Whatever surrounds a password, and however it is escaped, no error of New and no
// listing shows it.
func FuzzURLs(f *testing.F) {
	for _, seed := range [][2]string{
		{"postgres://u:", "@h/d"},
		{"postgres://u:", "/x@h/d"},
		{"postgres://u:x@", "@h/d"},
		{"postgres://u:1/", "@h"},
		{"postgres://h/d?password=", ""},
		{"postgres://h/d?password=", "%"},
		{"postgres://u:%", "@h:x/d"},
		{"postgres://u:", "@[::1/d"},
		{"host=h password=", " sslmode=x"},
		{"postgres://u:a,", "@h/d"},
		{"postgres://u:[", "@h/d"},
		{"postgres://u:?", "@h/d?x"},
	} {
		f.Add(seed[0], seed[1])
	}
	const secret = "Hunter2Xyzzy"
	f.Fuzz(func(t *testing.T, before, after string) {
		s, err := New("test", before+secret+after, nil)
		if err != nil {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%q: the error shows the password: %v", before+secret+after, err)
			}
			return
		}
		// Text outside of the URL's password may be shown in the listing, since it parses
		// as something else.
		_, rest, _ := strings.Cut(before, "://")
		if user, _, ok := strings.Cut(rest, ":"); ok && !strings.ContainsAny(user, "@/?[") && strings.Contains(after, "@") {
			if _, err := url.Parse(before + secret + after); err == nil && strings.Contains(s.Place(), secret) {
				t.Errorf("%q: the listing shows the password: %s", before+secret+after, s.Place())
			}
		}
	})
}
