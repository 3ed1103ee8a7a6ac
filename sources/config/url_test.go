// URLs: the errors for invalid ones, and that no part of a password is ever shown.

package config

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/sqlite"
)

func TestMalformedURLsAreExplained(t *testing.T) {
	for _, c := range []struct{ what, url, want string }{
		{"no slashes", "postgres:shop", "no // after the scheme: write postgres://host/database"},
		{"a port that is a word", "pg://u:s3cr3t@h:x/d", "the port is not a number"},
		{"a port that is a reference and more", "pg://h:${env:P}x/d", "the port is not a number"},
		{"a port of the second host", "pg://u:s3cr3t@h:1,g:x/d", "the port is not a number"},
		{"a port too high", "pg://u:s3cr3t@h:65536/d", "the port is beyond 65535"},
		{"too many colons", "pg://u:s3cr3t@::1/d", "too many colons in the host: an IPv6 address is written [::1], a : in a password %3A"},
		{"an open bracket", "pg://u:s3cr3t@[::1/d", "an IPv6 address without its second bracket: write [::1]:5432"},
		{"a % in the password", "pg://u:s3cr3t%@h/d", "a % in the user or the password must be written %25"},
		{"a % elsewhere", "pg://u:s3cr3t@h/d%", "a % must be written %25"},
		{"a # in the password", "pg://u:s3cr3t#@h/d", "a # must be written %23"},
		{"a / in the password", "pg://u:12/s3cr3t@h/d", "an @ after the host: in a password, / must be written %2F and ? %3F; elsewhere, @ must be written %40"},
		{"a ? in the password", "pg://u:12?s3cr3t@h/d", "an @ after the host: in a password, / must be written %2F and ? %3F; elsewhere, @ must be written %40"},
		{"a space in the password", "pg://u:s3 cr3t@h/d", "a space or a control character: write a space as %20"},
		{"a bracket in the password", "pg://u:s3cr3t]@h/d", "a character in the user or the password must be percent-encoded: only letters, digits and -._~!$&'()*+,;= stand for themselves"},
		{"something else", "pg://u:s3cr3t@h^/d", "not a well-formed URL"},
	} {
		t.Run(c.what, func(t *testing.T) {
			_, err := Source{Name: "x"}.at(c.url, kinds(known))
			if err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if got := kinds(known).redacted(c.url); got != "" {
				t.Errorf("Redacted gives %q", got)
			}
		})
	}
}

func TestRedactedKeepsHostPortAndDatabase(t *testing.T) {
	for url, want := range map[string]string{
		"postgres://u:s3cr3t@eu.db:5433/shop?sslmode=require":                "eu.db:5433/shop",
		"MySQL://u:s3@cr3t@eu.db/shop":                                       "eu.db/shop",
		"pg://eu.db/":                                                        "eu.db",
		"pg:///shop?host=/run/postgresql":                                    "/shop",
		"pg://u:${file:/run/s3cr3t@x}@${env:HOST}:${env:PORT}/${env:DB}?x=1": "${env:HOST}:${env:PORT}/${env:DB}",
		"${env:DATABASE_URL}":                                                "${env:DATABASE_URL}",
		"${env:BASE}/shop?s3cr3t=1":                                          "${env:BASE}",
		"sqlite:shop.db":                                                     "",
		"s3cr3t":                                                             "",
		"pg://u:s3cr3t${@h/d":                                                "",
	} {
		if got := kinds(known).redacted(url); got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
}

// FuzzNoPasswordIsShown damages a URL that has a password, and searches all texts that
// may be printed for the password.
func FuzzNoPasswordIsShown(f *testing.F) {
	for _, s := range [][5]string{
		{"postgres", "://", "u", "", "h:5432/d"},
		{"postgres", "//", "u", "", "h/d"},
		{"posgres", "://", "u", "/x", "h/d"},
		{"mysql", ":", "u", "%", "h:x/d"},
		{"pg", "://", "u", "#?[", "h/x.db"},
		{"", "", "", "*", "h"},
		{"x=pg", "://", "u", " ", "[::1/d"},
		{"my", "://", "u", "\n\"'", "h/${env:X}"},
		{"tag", "", "", ",b", "h"},
		{">", "@", "\x10", "", "h"},
		{"!pg", "://", "u", ",", "h/d"},
	} {
		f.Add(s[0], s[1], s[2], s[3], s[4])
	}
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, scheme, sep, user, tail, host string) {
		const password = "s3cr3t-"
		url := scheme + sep + user + ":" + password + tail + "@" + host
		if strings.Contains(scheme+sep+user, "${") {
			t.Skip("text in a reference is not a password")
		}
		if name := strings.ToLower(schemeForm().FindString(url)); kinds(known).withScheme(strings.TrimSuffix(name, ":")) == sqlite.Dialect {
			t.Skip("a path is no password")
		}
		hidden := func(where, text string) {
			if strings.Contains(text, password) {
				t.Errorf("%s of %q shows the password: %s", where, url, text)
			}
		}
		hidden("Redacted", kinds(known).redacted(url))
		getenv := func(string) string { return "x" }
		use := func(list []Source, err error) {
			if err != nil {
				hidden("the error", err.Error())
			}
			for _, s := range list {
				hidden("the name", s.Name)
				hidden("the place", s.Place())
				if _, err := s.Expand(known, getenv); err != nil {
					hidden("expanding", err.Error())
				}
			}
		}
		if !strings.Contains(url, "\x00") { // an argument cannot contain a NUL byte
			use(blank().Resolve([]string{url}))
			use(blank().Resolve([]string{"!" + url}))
		}
		path := filepath.Join(folder, strconv.Itoa(os.Getpid())+".yaml")
		for _, yaml := range []string{
			"sources:\n  eu: " + url + "\n",
			"sources:\n  eu: {url: " + strconv.Quote(url) + ", tags: [x]}\n",
			"sources:\n  " + url + ": x\n",
			"sources: " + url + "\n",
			url,
		} {
			if err := os.WriteFile(path, []byte(yaml), 0o644); err != nil {
				t.Fatal(err)
			}
			c, err := Load(path, known, os.Getenv)
			if err != nil {
				hidden("loading", err.Error())
				continue
			}
			hidden("warnings", strings.Join(c.Warnings, "\n"))
			use(c.Resolve(nil))
		}
	})
}
