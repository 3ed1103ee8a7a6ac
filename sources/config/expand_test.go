// Expanded references: values reach the driver unchanged, whatever characters they contain.

package config

import (
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/fanql/fanql/sources/sqlite"
)

func expandOne(t *testing.T, text string, env map[string]string) (Target, error) {
	t.Helper()
	list, err := Source{Name: "us"}.at(text, kinds(known))
	if err != nil {
		t.Fatal(err)
	}
	return list[0].Expand(known, func(name string) string { return env[name] })
}

func TestExpandedPasswordsSurvive(t *testing.T) {
	for _, pw := range []string{
		"plain", "a@b", "a/b", "a:b", "a?b", "a#b", "100%", "%41", "a b", "${env:PW}", `"\'`, "ü€", "a&b=c", "[::1]", "a\nb", "@h2/",
	} {
		for _, text := range []string{"mysql://reader:${env:PW}@us.db:3306/shop?tls=true", "my://reader:${file:pw.txt}@us.db:3306/shop?tls=true"} {
			write(t, map[string]string{"pw.txt": pw + "\n"})
			got, err := expandOne(t, text, map[string]string{"PW": pw})
			if err != nil {
				t.Errorf("%q: %v", pw, err)
				continue
			}
			u, err := url.Parse(got.URL)
			if err != nil {
				t.Errorf("%q does not survive: %v", pw, err)
				continue
			}
			if seen, _ := u.User.Password(); seen != pw || u.Scheme != "mysql" || u.Host != "us.db:3306" || u.Path != "/shop" || u.RawQuery != "tls=true" {
				t.Errorf("%q became %q in %s", pw, seen, got.URL)
			}
		}
	}
}

func TestExpand(t *testing.T) {
	write(t, map[string]string{"crlf": "pw\r\n", "two": "a\n\n", "dir/x": ""})
	env := map[string]string{
		"HOST": "db.example:5433", "DB": "my shop/x", "CERT": "/etc/a&b.pem", "URL": "postgresql://u:p%40@h/d?x=1", "BASE": "mysql://u:p@h",
		"LITE": "sqlite:x.db", "DIR": "data/a@b:c", "BAD": "h/evil?x=@", "BADURL": "postgres://u:s3cr3t@h:x/d", "WORD": "hello", "PORT": "54x",
	}
	for _, c := range []struct{ what, text, want, err string }{
		{"nothing to expand", "postgresql://u:p@h/d", "postgres://u:p@h/d", ""},
		{"other names of schemes", "MariaDB://h/d", "mysql://h/d", ""},
		{"a host with its port", "pg://u@${env:HOST}/d", "postgres://u@db.example:5433/d", ""},
		{"a database", "pg://h/${env:DB}", "postgres://h/my%20shop%2Fx", ""},
		{"a parameter", "pg://h/d?sslrootcert=${env:CERT}&x=1", "postgres://h/d?sslrootcert=%2Fetc%2Fa%26b.pem&x=1", ""},
		{"two references in one part", "pg://${env:WORD}${env:WORD}:${env:WORD}@h/d", "postgres://hellohello:hello@h/d", ""},
		{"a whole URL", "${env:URL}", "postgres://u:p%40@h/d?x=1", ""},
		{"the beginning of a URL", "${env:BASE}/${env:DB}", "mysql://u:p@h/my%20shop%2Fx", ""},
		{"a file's CRLF is cut", "pg://u:${file:crlf}@h/d", "postgres://u:pw@h/d", ""},
		{"of two newlines one is cut", "pg://u:${file:two}@h/d", "postgres://u:a%0A@h/d", ""},
		{"a SQLite file", "x.db", "x.db", ""},
		{"a SQLite file by reference", "${env:LITE}", "x.db", ""},
		{"a folder of SQLite", "sqlite:${env:DIR}/x.db", "data/a@b:c/x.db", ""},
		{"a dollar is only a dollar", "pg://u:$x$@h/d", "postgres://u:$x$@h/d", ""},
		{"an unset variable", "pg://u:${env:NO}@h/d", "", "${env:NO}: the variable is not set, or empty"},
		{"two references without a value", "pg://${env:NO}:${file:no/pw}@h/d", "", "${env:NO}: the variable is not set, or empty\n${file:no/pw}: no such file or directory"},
		{"a missing file", "pg://u:${file:no/pw}@h/d", "", "${file:no/pw}: no such file or directory"},
		{"a folder", "pg://u:${file:dir}@h/d", "", "${file:dir}: is a directory"},
		{"a host with characters that no host has", "pg://u@${env:BAD}/d", "", "${env:BAD}: its value has characters that a host cannot have"},
		{"a port that is no number", "pg://u@h:${env:PORT}/d", "", "the port is not a number"},
		{"a URL that is malformed", "${env:BADURL}", "", "the port is not a number"},
		{"a word instead of a URL", "${env:WORD}", "", "neither a database URL nor a SQLite file: write postgres://host/database, mysql://host/database or sqlite:FILE"},
	} {
		t.Run(c.what, func(t *testing.T) {
			got, err := expandOne(t, c.text, env)
			if c.err != "" {
				if err == nil || err.Error() != c.err {
					t.Errorf("error %v, want %s", err, c.err)
				}
				return
			}
			if err != nil || got.URL+got.Path != c.want {
				t.Errorf("%+v, %v, want %s", got, err, c.want)
			}
			if (got.Kind == sqlite.Dialect) != (got.Path != "") {
				t.Errorf("%+v is of the wrong kind", got)
			}
		})
	}
}

func TestExpandReadsFilesNextToTheConfig(t *testing.T) {
	c := mustLoad(t, "sources:\n  eu: pg://u:${file:secrets/pw}@h/d\n")
	if err := os.Mkdir("conf/secrets", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("conf", "secrets", "pw"), []byte("s"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Sources[0].Expand(known, os.Getenv); err != nil || got.URL != "postgres://u:s@h/d" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestExpandGivesThePasswordCommand(t *testing.T) {
	c := mustLoad(t, `sources:
  a: {url: pg://u@h/d, password_command: "cat pw"}
  b: {url: pg://u@h/d}
  c: {url: "${env:LITE}", password_command: "cat pw"}
`, "conf/pw")
	if err := os.WriteFile("conf/pw", []byte("of the folder\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{true, false, false} {
		got, err := c.Sources[i].Expand(known, func(string) string { return "sqlite:x.db" })
		if err != nil || (got.Password != nil) != want {
			t.Errorf("source %d: password %v, %v", i, got.Password != nil, err)
		}
		if want {
			if pw, err := got.Password(t.Context()); pw != "of the folder" || err != nil {
				t.Errorf("password %q, %v", pw, err)
			}
		}
	}
}
