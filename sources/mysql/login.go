// Logins that fail before the server has given a reason.

package mysql

import (
	"errors"
	"fmt"

	"github.com/go-sql-driver/mysql"
)

// A loginLog keeps the name of a missing plugin, which the driver only logs.
type loginLog struct{ plugin string }

// Print implements mysql.Logger.
func (l *loginLog) Print(v ...any) {
	const unknown = "unknown auth plugin:"
	for i := range len(v) - 1 {
		if v[i] == unknown {
			l.plugin, _ = v[i+1].(string)
		}
	}
}

// explain says what to do about a login method that the driver lacks, or may not use.
func (l *loginLog) explain(err error) error {
	switch {
	case errors.Is(err, mysql.ErrUnknownPlugin):
		plugin := "a login plugin"
		if l.plugin != "" {
			plugin = fmt.Sprintf("the login plugin %q", l.plugin)
		}
		return fmt.Errorf("the account needs %s, which fanql does not have: use an account with caching_sha2_password, sha256_password, mysql_native_password or ed25519", plugin)
	case errors.Is(err, mysql.ErrCleartextPassword):
		return errors.New("the account wants its password in clear text: allow that with allowCleartextPasswords=true in the URL, together with tls=true")
	case errors.Is(err, mysql.ErrOldPassword):
		return errors.New("the account's password is stored in the form of MySQL 4.0: set it anew on the server, or add allowOldPasswords=true to the URL")
	case errors.Is(err, mysql.ErrNativePassword):
		return errors.New("the account uses mysql_native_password: leave allowNativePasswords=false out of the URL")
	case errors.Is(err, mysql.ErrNoTLS):
		return errors.New("the server offers no TLS: leave tls out of the URL, or allow plain text with tls=preferred")
	}
	return err
}
