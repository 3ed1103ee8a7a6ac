// TLS with a real server: the modes, the server's certificate and the client's.

package mysql_test

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/testdata/testdb"
	"github.com/fanql/fanql/testdata/testkit"
)

// clientCertificate creates a certificate that the server's own authority has signed. It
// returns the files with the authority, the certificate and its key.
func clientCertificate(t *testing.T, db testdb.DB) (ca, cert, key string) {
	t.Helper()
	var data string
	if err := db.SQL.QueryRowContext(t.Context(), "select @@datadir").Scan(&data); err != nil {
		t.Fatal(err)
	}
	ca = filepath.Join(data, "ca.pem")
	if _, err := os.Stat(filepath.Join(data, "ca-key.pem")); err != nil {
		t.Skipf("the server's own authority is not available (%v)", err)
	}
	cert, key = testkit.AuthorityOf(t, ca, filepath.Join(data, "ca-key.pem")).Certify(t, "reader")
	return ca, cert, key
}

// with returns a URL with parameters added.
func with(t *testing.T, text string, parameters ...string) string {
	t.Helper()
	u := parsed(t, text)
	values := url.Values{}
	for i := 0; i < len(parameters); i += 2 {
		values.Set(parameters[i], parameters[i+1])
	}
	u.RawQuery = values.Encode()
	return u.String()
}

func TestTheModesOfTLS(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	db := testdb.MySQL(t)
	ca, _, _ := clientCertificate(t, db)
	cipher := driver.Request{SQL: "select variable_value <> '' from performance_schema.session_status where variable_name = 'Ssl_cipher'"}
	for _, c := range []struct {
		parameters []string
		want       string // the prefix of the cipher, or a part of the error
	}{
		{nil, "1"},
		{[]string{"ssl-mode", "PREFERRED"}, "1"},
		{[]string{"tls", "preferred"}, "1"},
		{[]string{"tls", "false"}, "0"},
		{[]string{"ssl_mode", "disabled"}, "0"},
		{[]string{"ssl-mode", "REQUIRED"}, "1"},
		{[]string{"ssl-ca", ca}, "1"},
		{[]string{"ssl-mode", "VERIFY_CA", "ssl-ca", ca}, "1"},
		{[]string{"ssl-mode", "VERIFY_CA"}, "ssl-ca names the one to trust"},
		{[]string{"tls", "true"}, "ssl-ca names the one to trust"},
		{[]string{"ssl-mode", "VERIFY_IDENTITY", "ssl-ca", ca}, "not that of 127.0.0.1"},
		{[]string{"ssl-verify-server-cert", "1", "ssl-ca", ca}, "not that of 127.0.0.1"},
		{[]string{"ssl-verify-server-cert", "0", "ssl-ca", ca}, "1"},
		{[]string{"compress", "true"}, "1"},
		{[]string{"compress", "true", "tls", "false"}, "0"},
	} {
		r := run(t, source(t, with(t, db.URL, c.parameters...)), cipher)
		if len(c.want) > 1 {
			if e := r.failure(t); !strings.Contains(e.Error(), c.want) || e.Phase != driver.Connect {
				t.Errorf("%q: got %v", c.parameters, e)
			}
			continue
		}
		if r.err != nil || len(r.rows) != 1 || r.rows[0][0] != c.want {
			t.Errorf("%q: got %v, %v", c.parameters, r.rows, r.err)
		}
	}
	// The option file ~/.my.cnf can set the same modes.
	file := filepath.Join(os.Getenv("HOME"), ".my.cnf")
	for text, want := range map[string]string{
		"ssl-mode = DISABLED": "0", "skip-ssl": "0", "ssl": "1", "ssl_mode=VERIFY_IDENTITY\nssl_ca=" + ca: "not that of 127.0.0.1",
		"ssl-ca=" + ca: "1", "ssl-verify-server-cert\nssl-ca=" + ca: "not that of 127.0.0.1",
	} {
		if err := os.WriteFile(file, []byte("[client]\n"+text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		r := run(t, source(t, db.URL), cipher)
		if len(want) > 1 {
			if e := r.failure(t); !strings.Contains(e.Error(), want) {
				t.Errorf("%q: got %v", text, e)
			}
		} else if r.err != nil || r.rows[0][0] != want {
			t.Errorf("%q: got %v, %v", text, r.rows, r.err)
		}
	}
}

// An account requires a client certificate. The connection that cancels needs it, too.
func TestAnAccountThatShowsACertificate(t *testing.T) {
	db := testdb.MySQL(t)
	ca, cert, key := clientCertificate(t, db)
	account := ordinaryAccount(t, db, "identified by 'p@ss/w?rd' require x509")
	s := source(t, with(t, account, "ssl-mode", "VERIFY_CA", "ssl-ca", ca, "ssl-cert", cert, "ssl-key", key))
	wantRows(t, run(t, s, driver.Request{SQL: "select 1"}), "1")
	if e := run(t, source(t, with(t, account, "ssl-mode", "REQUIRED")), driver.Request{SQL: "select 1"}).failure(t); e.Code != "1045" {
		t.Errorf("without the certificate: %v", e)
	}
	wantOnlyConnection(t, db)
}

// A server without TLS can be used, unless TLS is required.
func TestAServerWithoutTLS(t *testing.T) {
	db := testdb.MariaDB(t)
	var have string
	if err := db.SQL.QueryRowContext(t.Context(), "select @@have_ssl").Scan(&have); err != nil || have == "YES" {
		t.Skip("this MariaDB has TLS")
	}
	wantRows(t, run(t, source(t, db.URL), driver.Request{SQL: "select 1"}), "1")
	if e := run(t, source(t, with(t, db.URL, "ssl-mode", "REQUIRED")), driver.Request{SQL: "select 1"}).failure(t); !strings.Contains(e.Error(), "offers no TLS") {
		t.Errorf("got %v", e)
	}
}
