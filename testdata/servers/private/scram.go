// What PostgreSQL stores of a password.
package private

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
)

// scramSecret returns a password as PostgreSQL stores it for SCRAM, with one round of
// hashing. With the usual 4,096 rounds a login takes a client that has the race detector
// 10 ms of processor time, and tests log in by the thousand. Where Go refuses so few, the
// server hashes the password itself.
func scramSecret(password string) string {
	const rounds = 1
	salt := []byte(rand.Text()[:16])
	salted, err := pbkdf2.Key(sha256.New, password, salt, rounds, sha256.Size)
	if err != nil {
		return password
	}
	keyed := func(text string) []byte {
		h := hmac.New(sha256.New, salted)
		_, _ = h.Write([]byte(text)) // it never fails
		return h.Sum(nil)
	}
	stored := sha256.Sum256(keyed("Client Key"))
	text := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("SCRAM-SHA-256$%d:%s$%s:%s", rounds, text(salt), text(stored[:]), text(keyed("Server Key")))
}
