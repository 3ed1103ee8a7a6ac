// channel_binding detects an interceptor that has its own TLS certificate.

package postgres

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/fanql/fanql/testdata/servers/private"
	"github.com/fanql/fanql/testdata/testkit"
)

// withTLS starts a PostgreSQL server for the test, with a certificate for 127.0.0.1.
func withTLS(t *testing.T, authority testkit.Authority) *private.Instance {
	t.Helper()
	found, dir := programs(t)
	cert, key := authority.Certify(t, "server")
	product := private.Postgres
	for option, file := range map[string]string{"ssl_cert_file": cert, "ssl_key_file": key} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		own := filepath.Join(dir, option) // a copy for the server, which runs as another user if root runs the tests
		if err := errors.Join(os.WriteFile(own, text, 0o600), chownToServer(own)); err != nil {
			t.Fatal(err)
		}
		product.Extra = append(product.Extra, "-c", option+"="+own)
	}
	product.Extra = append(product.Extra, "-c", "ssl=on")
	i, err := private.Begin(t.Context(), product, found, filepath.Join(dir, "tls"), rand.Text())
	if i != nil {
		t.Cleanup(i.Stop)
	}
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// chownToServer changes the owner of a file of root to the user that runs the server.
func chownToServer(file string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	who, err := user.Lookup("postgres")
	if err != nil {
		return err
	}
	uid, err1 := strconv.Atoi(who.Uid)
	gid, err2 := strconv.Atoi(who.Gid)
	return errors.Join(err1, err2, os.Chown(file, uid, gid))
}

// interceptor starts a proxy that has one TLS connection with the client and another with
// the server.
func interceptor(t *testing.T, pair tls.Certificate, server string) string {
	t.Helper()
	return testkit.Serve(t, func(c net.Conn) {
		request := make([]byte, 8)
		if _, err := io.ReadFull(c, request); err != nil || binary.BigEndian.Uint32(request[4:]) != 80877103 {
			return // the client does not request TLS
		}
		up, err := new(net.Dialer).DialContext(t.Context(), "tcp", server)
		if err != nil {
			return
		}
		defer up.Close()
		answer := make([]byte, 1)
		if _, err := up.Write(request); err != nil {
			return
		}
		if _, err := io.ReadFull(up, answer); err != nil || answer[0] != 'S' {
			return
		}
		if _, err := c.Write(answer); err != nil {
			return
		}
		ours := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{pair}})
		theirs := tls.Client(up, &tls.Config{InsecureSkipVerify: true})
		go func() {
			_, _ = io.Copy(theirs, ours)
			_ = up.Close()
		}()
		_, _ = io.Copy(ours, theirs)
	})
}

func TestHostileChannelBindingShowsWhoStandsBetween(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	authority := testkit.NewAuthority(t)
	i := withTLS(t, authority)
	pair, err := tls.LoadX509KeyPair(testkit.NewAuthority(t).Certify(t, "somebody else"))
	if err != nil {
		t.Fatal(err)
	}
	direct, through := i.Address(), interceptor(t, pair, i.Address())
	for _, c := range []struct{ address, parameters, want string }{
		{direct, "sslmode=require&channel_binding=require", "true"},
		{direct, "channel_binding=prefer", "true"},
		{direct, "", "true"},
		{direct, "sslmode=require&channel_binding=disable", "true"},
		{direct, "sslmode=verify-full&channel_binding=require&sslrootcert=" + authority.File, "true"},
		{direct, "sslmode=require&channel_binding=require&require_auth=scram-sha-256", "true"},
		{direct, "sslmode=disable", "false"},
		{direct, "sslmode=disable&channel_binding=prefer", "false"},
		{direct, "sslmode=disable&channel_binding=require", "channel binding"},
		{through, "sslmode=require&channel_binding=require", "channel binding"},
		{through, "sslmode=require&channel_binding=prefer", "channel binding"},
		{through, "sslmode=require", "channel binding"},
		{through, "sslmode=require&channel_binding=disable", "true"}, // with channel_binding=disable the interceptor is not detected
		{through, "sslmode=verify-ca&channel_binding=disable&sslrootcert=" + authority.File, "certificate"},
	} {
		u, err := url.Parse(i.URL)
		if err != nil {
			t.Fatal(err)
		}
		u.Host, u.RawQuery = c.address, c.parameters
		o := get(t, u.String(), "select ssl from pg_stat_ssl where pid = pg_backend_pid()")
		switch {
		case c.want != "true" && c.want != "false":
			if o.err == nil || !strings.Contains(o.err.Error(), c.want) {
				t.Errorf("through %v, %s: %v, %v", c.address == through, c.parameters, o.rows, o.err)
			}
		case o.err != nil || len(o.rows) != 1 || o.rows[0][0] != c.want:
			t.Errorf("through %v, %s: %v, %v", c.address == through, c.parameters, o.rows, o.err)
		}
	}
}

// A server that requests the password by another method gets no part of it.
func TestHostileChannelBindingIsNotGivenUp(t *testing.T) {
	pair, err := tls.LoadX509KeyPair(testkit.NewAuthority(t).Certify(t, "server"))
	if err != nil {
		t.Fatal(err)
	}
	for name, request := range map[string]string{
		"password": "R\x00\x00\x00\x08\x00\x00\x00\x03", "md5": "R\x00\x00\x00\x0c\x00\x00\x00\x05salt",
		"nothing": "R\x00\x00\x00\x08\x00\x00\x00\x00Z\x00\x00\x00\x05I", "SCRAM without it": "R\x00\x00\x00\x17\x00\x00\x00\x0aSCRAM-SHA-256\x00\x00",
	} {
		got := make(chan int, 1)
		address := testkit.Serve(t, func(c net.Conn) {
			head := make([]byte, 8)
			if _, err := io.ReadFull(c, head); err != nil {
				return
			}
			if _, err := c.Write([]byte("S")); err != nil {
				return
			}
			over := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{pair}})
			if _, err := io.ReadFull(over, head[:4]); err != nil {
				return
			}
			if _, err := io.CopyN(io.Discard, over, int64(binary.BigEndian.Uint32(head))-4); err != nil {
				return
			}
			if _, err := over.Write([]byte(request)); err != nil {
				return
			}
			n, _ := io.ReadFull(over, head[:1])
			got <- n
		})
		o := get(t, "postgres://u:p4ssw0rd@"+address+"/d?sslmode=require&channel_binding=require", "select 1")
		if o.err == nil || !strings.Contains(o.err.Error(), "channel binding") {
			t.Errorf("%s: %v", name, o.err)
		}
		// The client must not have sent any part of a password. It may have ended the
		// connection.
		if n := <-got; n > 0 && name != "nothing" {
			t.Errorf("%s: the client has answered", name)
		}
	}
}
