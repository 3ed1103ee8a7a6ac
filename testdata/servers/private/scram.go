// A password in the form that PostgreSQL stores.
package private

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
)

// scramSecret returns a password in the form that PostgreSQL stores for SCRAM, with one round of
// hashing. With the usual 4,096 rounds, a login takes 10 ms of processor time in a client that has
// the race detector, and tests log in thousands of times. If Go refuses so few rounds, the server
// hashes the password itself.
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
