package hostile_test

import (
	"crypto/tls"
	"net"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources/mysql"
	"github.com/fanql/fanql/testdata/hostile"
	"github.com/fanql/fanql/testdata/testkit"
)

// A MySQL server requests the password in clear text. It gets the password over TLS if its
// certificate was verified. Otherwise it gets it only if the user has allowed that.
func TestAPasswordInClearIsForVerifiedServers(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	authority, other := testkit.NewAuthority(t), testkit.NewAuthority(t)
	pair, err := tls.LoadX509KeyPair(authority.Certify(t, "server"))
	if err != nil {
		t.Fatal(err)
	}
	ca, theirs := "ssl-ca="+authority.File, "ssl-ca="+other.File
	for _, c := range []struct {
		offersTLS  bool
		parameters string
		gets       bool
		says       string
	}{
		{false, "", false, "allowCleartextPasswords=true"},
		{false, "ssl-mode=DISABLED", false, "allowCleartextPasswords=true"},
		{false, "ssl-mode=REQUIRED&allowCleartextPasswords=true", false, "offers no TLS"},
		{false, "allowCleartextPasswords=false", false, "allowCleartextPasswords=true"},
		{false, "allowCleartextPasswords=true", true, ""},
		{true, "", false, "allowCleartextPasswords=true"},
		{true, "ssl-mode=DISABLED", false, "allowCleartextPasswords=true"},
		{true, "ssl-mode=REQUIRED", false, "allowCleartextPasswords=true"},
		{true, "ssl-mode=REQUIRED&allowCleartextPasswords=true", true, ""},
		{true, ca, true, ""},
		{true, "ssl-mode=VERIFY_CA&" + ca, true, ""},
		{true, "ssl-mode=VERIFY_IDENTITY&" + ca, true, ""},
		{true, "ssl-mode=VERIFY_IDENTITY&allowCleartextPasswords=false&" + ca, false, "allowCleartextPasswords=true"},
		{true, "ssl-mode=VERIFY_CA&" + theirs, false, "ssl-ca names the one to trust"},
		{true, "ssl-mode=VERIFY_CA&allowCleartextPasswords=true&" + theirs, false, "ssl-ca names the one to trust"},
	} {
		got := make(chan string, 10)
		var certificate *tls.Certificate
		if c.offersTLS {
			certificate = &pair
		}
		address := testkit.Serve(t, func(conn net.Conn) { hostile.RequestClearPassword(conn, certificate, got) })
		s, err := mysql.New("test", "mysql://reader:p4ssw0rd@"+address+"/shop?"+c.parameters, nil)
		if err != nil {
			t.Fatal(err)
		}
		said := failing(t, s)
		stolen := ""
		select {
		case stolen = <-got:
		default:
		}
		if c.gets != (stolen == "p4ssw0rd") || !c.gets && stolen != "" || !strings.Contains(said, c.says) {
			t.Errorf("TLS %v, %s: the server got %q; %s", c.offersTLS, c.parameters, stolen, said)
		}
	}
}
