// A MySQL server that requests the password in clear text.

package hostile

import (
	"crypto/tls"
	"net"
	"strings"
)

// RequestClearPassword is a MySQL server that requests the password by mysql_clear_password, and
// sends the received password to got. With a certificate it offers TLS.
func RequestClearPassword(c net.Conn, certificate *tls.Certificate, got chan<- string) {
	const requestsTLS = 0x08 // in the second byte of the client's capabilities
	m := mysqlTalk{talk{conn: c, note: func(Field) {}}, 0}
	if !m.greetWith(certificate != nil) {
		return
	}
	login, ok := m.read()
	if !ok {
		return
	}
	if certificate != nil && len(login) == 32 && login[1]&requestsTLS != 0 {
		over := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{*certificate}})
		m.conn = over
		if login, ok = m.read(); !ok { // this is the login packet after TLS has begun
			return
		}
	}
	if len(login) < 32 || !m.packet("switch", []byte("\xfemysql_clear_password\x00")) {
		return
	}
	if secret, ok := m.read(); ok {
		got <- strings.TrimRight(string(secret), "\x00")
	}
}
