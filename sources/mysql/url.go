// From a URL to the driver's configuration. No error here quotes a part of the URL that
// may contain a piece of a password.

package mysql

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"
)

var errURL = errors.New("not a URL of the form mysql://user:password@host:port/database" +
	" (special characters in the password are written as %XX: @ %40, / %2F, # %23, ? %3F, : %3A, % %25)")

// New returns the database of a URL:
//
//	mysql://user:password@host:port/database?tls=true
//	mysql://user@/database?socket=/run/mysqld/mysqld.sock
//
// mariadb:// is the same. Parameters are go-sql-driver's own (tls, collation, compress,
// timeout, ...), except those that would break exactness or safety, and MySQL's for
// TLS: see secure. time_zone is the zone of the session if [driver.Request] names none.
// Values that the URL leaves out come from ~/.my.cnf, then 127.0.0.1, 3306, $USER and
// $MYSQL_PWD.
//
// The password function may be nil. Otherwise it is called inside [Source.Run], under
// its context, and takes precedence over the URL's and the file's.
func New(name, rawURL string, password func(context.Context) (string, error)) (*Source, error) {
	u, err := parseURL(rawURL)
	if err != nil {
		return nil, err
	}
	cfg, socket, zone, err := configure(u)
	if err != nil {
		return nil, err
	}
	file := readOptions()
	s := &Source{name: name, cfg: cfg, collate: cfg.Collation, zone: zone, password: password}
	s.plain = !u.Query().Has("compress") && cfg.ReadTimeout == 0
	cfg.Collation = "" // the session sets it: the driver knows only some
	if !identifier(s.collate) {
		return nil, errors.New("parameter collation: not the name of a collation")
	}
	for line := range strings.Lines(file[ignored]) {
		s.notes = append(s.notes, strings.TrimSpace(line))
	}
	fill(cfg, u, socket, file)
	if s.security, err = secure(cfg, u.Query(), file); err != nil {
		return nil, err
	}
	return s, nil
}

// parseURL is url.Parse for this form only, and quotes nothing in its error.
func parseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || (u.Scheme != "mysql" && u.Scheme != "mariadb") || u.Opaque != "" {
		return nil, errURL
	}
	_, rest, ok := strings.Cut(raw, "://")
	if !ok {
		return nil, errURL
	}
	// An @ after the host means that the password has a raw /, ? or #, and that the
	// rest of it looks like a database, parameter or fragment.
	if end := strings.IndexAny(rest, "/?#"); end >= 0 && strings.Contains(rest[end:], "@") {
		return nil, errURL
	}
	if u.Fragment != "" || strings.Contains(strings.TrimPrefix(u.EscapedPath(), "/"), "/") {
		return nil, errURL
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return nil, errURL
		}
	}
	return u, nil
}

// configure reads the parameters.
func configure(u *url.URL) (cfg *mysql.Config, socket, zone string, err error) {
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, "", "", errURL
	}
	dsn := "/?maxAllowedPacket=" + strconv.Itoa(1<<30) // the server's own limit decides
	for key, list := range values {
		key = sslName(key)
		why, known := parameters[key]
		switch {
		case !known:
			return nil, "", "", unknownParameter(key, u.RawQuery)
		case why != "":
			return nil, "", "", fmt.Errorf("parameter %s is not taken: %s", key, why)
		case len(list) != 1:
			return nil, "", "", fmt.Errorf("parameter %s is there twice", key)
		}
		switch key {
		case "socket":
			if socket = list[0]; socket == "" {
				return nil, "", "", errors.New("parameter socket: the path of a socket is missing")
			}
			continue
		case "tls", "serverPubKey", "allowPublicKeyRetrieval", "allowFallbackToPlaintext",
			"ssl-mode", "ssl-ca", "ssl-capath", "ssl-cert", "ssl-key", "ssl-verify-server-cert": // see secure
			continue
		case "time_zone": // go-sql-driver needs quotes around it
			zone = strings.Trim(list[0], "'\"")
			if zone == "" || strings.ContainsFunc(zone, notOfZone) {
				return nil, "", "", errors.New("parameter time_zone: not the name of a zone, an offset such as +09:00, or server")
			}
			continue
		}
		pair := "&" + key + "=" + url.QueryEscape(list[0])
		if _, err := mysql.ParseDSN("/?" + pair); err != nil {
			return nil, "", "", fmt.Errorf("parameter %s: not a value that it can have", key)
		}
		dsn += pair
	}
	if cfg, err = mysql.ParseDSN(dsn); err != nil {
		return nil, "", "", errURL
	}
	cfg.Logger = &mysql.NopLogger{}
	return cfg, socket, zone, nil
}

// fill sets the user and the address: from the URL, then the option file, then
// defaults.
func fill(cfg *mysql.Config, u *url.URL, socket string, o options) {
	pw, has := u.User.Password()
	cfg.Passwd = pw
	if !has {
		cfg.Passwd = cmp.Or(o["password"], os.Getenv("MYSQL_PWD"))
	}
	cfg.User = cmp.Or(u.User.Username(), o["user"], os.Getenv("USER"))
	cfg.DBName = strings.TrimPrefix(u.Path, "/")

	host := u.Hostname()
	if host == "" && socket == "" {
		host = o["host"]
		if host == "" || host == "localhost" { // the mysql client uses the socket for it
			socket = o["socket"]
		}
	}
	if socket != "" {
		cfg.Net, cfg.Addr = "unix", socket
		return
	}
	cfg.Net = "tcp"
	cfg.Addr = net.JoinHostPort(cmp.Or(host, "127.0.0.1"), cmp.Or(u.Port(), o["port"], "3306"))
}

func identifier(s string) bool {
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == ""
}

// notOfZone reports characters that no name of a time zone has.
func notOfZone(r rune) bool {
	return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/:", r)
}
