// The parameters of a URL, and those that people write instead of them.

package mysql

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/fanql/fanql/sources/nearest"
	"github.com/fanql/fanql/sources/option"
)

// parameters are the driver's parameters that a URL may have. The value is the reason if a
// parameter may not be used.
var parameters = map[string]string{
	"allowCleartextPasswords":  "",
	"allowFallbackToPlaintext": "",
	"allowNativePasswords":     "",
	"allowOldPasswords":        "",
	"allowPublicKeyRetrieval":  "",
	"collation":                "",
	"compress":                 "",
	"connectionAttributes":     "",
	"maxAllowedPacket":         "",
	"readTimeout":              "",
	"serverPubKey":             "",
	"socket":                   "",
	"ssl-ca":                   "",
	"ssl-capath":               "",
	"ssl-cert":                 "",
	"ssl-key":                  "",
	"ssl-mode":                 "",
	"ssl-verify-server-cert":   "",
	"time_zone":                "",
	"timeout":                  "",
	"tls":                      "",
	"writeTimeout":             "",

	"allowAllFiles":     "it lets the server read local files",
	"charset":           "the connection is always utf8mb4",
	"checkConnLiveness": "there is no pool",
	"clientFoundRows":   "nothing is ever written",
	"columnsWithAlias":  "it changes the names of columns",
	"interpolateParams": "parameters are bound, never pasted into the text",
	"loc":               "instants are printed in UTC; the session's zone is time_zone=Asia/Tokyo",
	"multiStatements":   "one statement is sent",
	"parseTime":         "it bends zero and impossible dates",
	"rejectReadOnly":    "every session is read-only",
	"strict":            "the driver does not have it any more",
	"timeTruncate":      "it cuts timestamps",
}

// habits are parameters of other clients with the advice what to write here, in lower
// case and without dashes and underscores.
var habits = map[string]string{
	"schema":                  "the database stands in the path: mysql://host/database",
	"database":                "the database stands in the path: mysql://host/database",
	"db":                      "the database stands in the path: mysql://host/database",
	"dbname":                  "the database stands in the path: mysql://host/database",
	"defaultdb":               "the database stands in the path: mysql://host/database",
	"currentschema":           "the database stands in the path: mysql://host/database",
	"user":                    "the user stands before the host: mysql://user@host/database",
	"username":                "the user stands before the host: mysql://user@host/database",
	"password":                "the password stands before the host (mysql://user:password@host/database), in ~/.my.cnf or in MYSQL_PWD",
	"passwd":                  "the password stands before the host (mysql://user:password@host/database), in ~/.my.cnf or in MYSQL_PWD",
	"host":                    "the host stands in the URL: mysql://host:3306/database",
	"hostname":                "the host stands in the URL: mysql://host:3306/database",
	"port":                    "the port stands behind the host: mysql://host:3306/database",
	"unixsocket":              "write socket=/run/mysqld/mysqld.sock",
	"ssl":                     "write ssl-mode=REQUIRED, VERIFY_CA or VERIFY_IDENTITY",
	"sslmode":                 "write ssl-mode=DISABLED, PREFERRED, REQUIRED, VERIFY_CA or VERIFY_IDENTITY",
	"usessl":                  "write ssl-mode=REQUIRED, VERIFY_CA or VERIFY_IDENTITY",
	"requiressl":              "write ssl-mode=REQUIRED",
	"sslca":                   "write ssl-ca=FILE",
	"sslcert":                 "write ssl-cert=FILE, together with ssl-key=FILE",
	"sslkey":                  "write ssl-key=FILE, together with ssl-cert=FILE",
	"sslcrl":                  "lists of revoked certificates are not read here: remove it",
	"sslcrlpath":              "lists of revoked certificates are not read here: remove it",
	"sslcipher":               "leave it out: the ciphers of TLS 1.2 and 1.3 that are safe are offered",
	"tlsversion":              "leave it out: TLS is 1.2 or 1.3",
	"verifyservercertificate": "write ssl-mode=VERIFY_IDENTITY, or ssl-mode=REQUIRED where the certificate is not to be checked",
	"serverpublickeypath":     "write serverPubKey=FILE",
	"getserverpublickey":      "write allowPublicKeyRetrieval=1",
	"timezone":                "write time_zone=Asia/Tokyo, time_zone=+09:00 or time_zone=server",
	"servertimezone":          "write time_zone=Asia/Tokyo, time_zone=+09:00 or time_zone=server",
	"connectiontimezone":      "write time_zone=Asia/Tokyo, time_zone=+09:00 or time_zone=server",
	"connecttimeout":          "write timeout=5s, or {connect-timeout}",
	"connectiontimeout":       "write timeout=5s, or {connect-timeout}",
	"sockettimeout":           "write readTimeout=30s, or {timeout} for all of the query",
	"characterencoding":       "leave it out: the connection is always utf8mb4",
	"useunicode":              "leave it out: the connection is always utf8mb4",
	"connectioncollation":     "write collation=utf8mb4_bin",
	"usecompression":          "write compress=true",
	"compression":             "write compress=true",
	"allowmultiqueries":       "leave it out: one statement is sent",
	"zerodatetimebehavior":    "leave it out: zero dates are printed as the server has them",
	"sqlmode":                 "leave it out: the account's own mode is kept, and the query is read by it",
}

// unknownParameter suggests what to write instead. It quotes the key if it is a
// parameter of another program. Any other may be a piece of a password with a bare &,
// so it is identified by its number among the query's parameters.
func unknownParameter(key, query string) error {
	if what, ok := habits[strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(key))]; ok {
		return option.Errorf("parameter %q is not known: %s", key, option.Hint(what))
	}
	var taken []string
	for name, why := range parameters {
		if why == "" {
			taken = append(taken, name)
		}
	}
	slices.Sort(taken)
	number := 0
	for pair := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if name != "" {
			number++
		}
		if name, err := url.QueryUnescape(name); err == nil && name == key {
			break
		}
	}
	if near, ok := nearest.Name(key, taken); ok {
		return fmt.Errorf("parameter number %d is not known: did you mean %s?", number, near)
	}
	return fmt.Errorf("parameter number %d is not known: there are %s (it is not shown: in a password, an & must be written %%26)", number, strings.Join(taken, ", "))
}
