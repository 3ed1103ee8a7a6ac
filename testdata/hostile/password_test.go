package hostile_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/mysql"
	"github.com/fanql/fanql/sources/postgres"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/hostile"
	"github.com/fanql/fanql/testdata/testkit"
)

// otherAddress returns an address of this machine outside of loopback, or skips the test.
func otherAddress(t *testing.T) string {
	t.Helper()
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if ip, ok := a.(*net.IPNet); ok && !ip.IP.IsLoopback() && ip.IP.To4() != nil {
			return ip.IP.String()
		}
	}
	t.Skip("this machine has no address except loopback")
	return ""
}

// serveAt serves on a free port of an address.
func serveAt(t *testing.T, ip string, serve func(net.Conn)) string {
	t.Helper()
	return testkit.ServeAt(t, net.JoinHostPort(ip, "0"), serve)
}

func failing(t *testing.T, s source) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	_, err := s.Run(ctx, driver.Request{SQL: "select 1", Grace: 20 * time.Millisecond}, new(driver.Progress), func(b *row.Batch) error { b.Release(); return nil })
	if err == nil {
		t.Fatal("it went well")
	}
	return err.Error()
}

// A server with its own key does not get the password over plain TCP, whichever plugin it requests.
func TestAServersOwnKeyGetsNoPassword(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	file := filepath.Join(t.TempDir(), "server.pem")
	if err := os.WriteFile(file, public, 0o600); err != nil {
		t.Fatal(err)
	}
	ip := otherAddress(t)
	for _, plugin := range []string{"caching_sha2_password", "sha256_password"} {
		for _, c := range []struct {
			host, parameters string
			gets             bool
		}{
			{ip, "", false},
			{ip, "?ssl-mode=DISABLED", false},
			{ip, "?allowPublicKeyRetrieval=0", false},
			{ip, "?allowPublicKeyRetrieval=1", true},
			{ip, "?serverPubKey=" + file, plugin == "caching_sha2_password"}, // it is encrypted with the key that the user has configured
			{"127.0.0.1", "", true},
		} {
			got := make(chan string, 10)
			address := serveAt(t, c.host, func(conn net.Conn) { hostile.StealPassword(conn, plugin, public, key, got) })
			s, err := mysql.New("test", "mysql://reader:p4ssw0rd@"+address+"/shop"+c.parameters, nil)
			if err != nil {
				t.Fatal(err)
			}
			said := failing(t, s)
			stolen := ""
			select {
			case stolen = <-got:
			default:
			}
			if c.gets != (stolen == "p4ssw0rd") {
				t.Errorf("%s, %s%s: the server got %q; %s", plugin, c.host, c.parameters, stolen, said)
			}
			if !c.gets && !strings.Contains(said, "allowPublicKeyRetrieval=1") && !strings.Contains(c.parameters, "PubKey") {
				t.Errorf("%s, %s%s: %s", plugin, c.host, c.parameters, said)
			}
		}
	}
}

func TestAPasswordInClearIsNotSentOnRequest(t *testing.T) {
	ip := otherAddress(t)
	for _, c := range []struct {
		host, parameters string
		gets             bool
	}{
		{ip, "sslmode=disable", false},
		{ip, "sslmode=prefer", false},
		{ip, "sslmode=disable&require_auth=!md5", false},
		{ip, "sslmode=disable&require_auth=scram-sha-256", false},
		{ip, "sslmode=disable&require_auth=password", true},
		{ip, "sslmode=disable&require_auth=scram-sha-256,password", true},
		{"127.0.0.1", "sslmode=disable", true},
	} {
		got := make(chan string, 10)
		address := serveAt(t, c.host, func(conn net.Conn) { hostile.RequestPassword(conn, got) })
		s, err := postgres.New("test", "postgres://reader:p4ssw0rd@"+address+"/shop?"+c.parameters, nil)
		if err != nil {
			t.Fatal(err)
		}
		said := failing(t, s)
		stolen := ""
		select {
		case stolen = <-got:
		default:
		}
		if c.gets != (stolen == "p4ssw0rd") {
			t.Errorf("%s, %s: the server got %q; %s", c.host, c.parameters, stolen, said)
		}
		if !c.gets && !strings.Contains(said, "password") {
			t.Errorf("%s, %s: %s", c.host, c.parameters, said)
		}
	}
}
