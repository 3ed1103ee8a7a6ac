// TLS with MariaDB, and accounts that require a certificate. The MariaDB of `make test` has
// no TLS, so these tests start their own.

package mysql_test

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/testdata/servers/private"
	"github.com/fanql/fanql/testdata/testdb"
	"github.com/fanql/fanql/testdata/testkit"
)

// mariaWithTLS starts a MariaDB with a certificate for 127.0.0.1, and returns the
// authority that signed it.
func mariaWithTLS(t *testing.T) (testdb.DB, testkit.Authority) {
	t.Helper()
	found, ok := private.MariaDB.Find()
	if !ok {
		t.Skip("needs MariaDB's own programs")
	}
	authority := testkit.NewAuthority(t)
	cert, key := authority.Certify(t, "server")
	dir, err := private.Folder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // after the server has stopped
	product := private.MariaDB
	for option, file := range map[string]string{"ca": authority.File, "cert": cert, "key": key} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		readable := filepath.Join(dir, option+".pem") // readable by all, since the server runs as another user if root runs the tests
		if err := os.WriteFile(readable, text, 0o644); err != nil {
			t.Fatal(err)
		}
		product.Extra = append(product.Extra, "--ssl-"+option+"="+readable)
	}
	i, err := private.Begin(t.Context(), product, found, filepath.Join(dir, "tls"), rand.Text())
	if i != nil {
		t.Cleanup(i.Stop)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(testdb.EnvMariaDB, i.URL)
	return testdb.MariaDB(t), authority
}

func TestTheModesOfTLSOfMariaDB(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	db, authority := mariaWithTLS(t)
	other := testkit.NewAuthority(t)
	cipher := driver.Request{SQL: "select variable_value <> '' from information_schema.session_status where variable_name = 'SSL_CIPHER'"}
	for _, c := range []struct {
		parameters []string
		want       string // the prefix of the cipher, or a part of the error
	}{
		{nil, "1"},
		{[]string{"ssl-mode", "DISABLED"}, "0"},
		{[]string{"ssl-mode", "REQUIRED"}, "1"},
		{[]string{"ssl-mode", "VERIFY_CA", "ssl-ca", authority.File}, "1"},
		{[]string{"ssl-mode", "VERIFY_IDENTITY", "ssl-ca", authority.File}, "1"},
		{[]string{"ssl-verify-server-cert", "1", "ssl-ca", authority.File}, "1"},
		{[]string{"ssl-mode", "VERIFY_CA", "ssl-ca", other.File}, "ssl-ca names the one to trust"},
		{[]string{"ssl-mode", "VERIFY_IDENTITY"}, "ssl-ca names the one to trust"},
		{[]string{"compress", "true", "ssl-ca", authority.File}, "1"},
	} {
		r := run(t, source(t, with(t, db.URL, c.parameters...)), cipher)
		if len(c.want) > 1 {
			if e := r.failure(t); !strings.Contains(e.Error(), c.want) || e.Phase != driver.Connect {
				t.Errorf("%q: got %v", c.parameters, e)
			}
		} else if r.err != nil || len(r.rows) != 1 || r.rows[0][0] != c.want {
			t.Errorf("%q: got %v, %v", c.parameters, r.rows, r.err)
		}
	}

	// Accounts that require TLS, any certificate, or one particular certificate.
	cert, key := authority.Certify(t, "reader")
	foreign, foreignKey := other.Certify(t, "reader")
	another, anotherKey := authority.Certify(t, "somebody")
	for clause, c := range map[string]struct{ served, refused [][]string }{
		"require ssl": {[][]string{nil, {"ssl-mode", "REQUIRED"}}, [][]string{{"ssl-mode", "DISABLED"}}},
		"require x509": {
			[][]string{{"ssl-cert", cert, "ssl-key", key}, {"ssl-cert", another, "ssl-key", anotherKey, "ssl-mode", "VERIFY_IDENTITY", "ssl-ca", authority.File}},
			[][]string{nil, {"ssl-mode", "DISABLED"}, {"ssl-cert", foreign, "ssl-key", foreignKey}},
		},
		"require subject '/CN=reader'": {
			[][]string{{"ssl-cert", cert, "ssl-key", key}},
			[][]string{nil, {"ssl-cert", another, "ssl-key", anotherKey}},
		},
	} {
		t.Run(clause, func(t *testing.T) {
			account := ordinaryAccount(t, db, "identified by 'p@ss/w?rd' "+clause)
			for _, parameters := range c.served {
				wantRows(t, run(t, source(t, with(t, account, parameters...)), cipher), "1")
			}
			for _, parameters := range c.refused {
				if e := run(t, source(t, with(t, account, parameters...)), cipher).failure(t); e.Phase != driver.Auth {
					t.Errorf("%q: %v", parameters, e)
				}
			}
			wantOnlyConnection(t, db)
		})
	}
}
