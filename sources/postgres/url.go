// From connection parameters to the place of a database and the way to connect.

package postgres

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/fanql/fanql/sources/driver"
)

// A target is a database to connect to. It holds secrets.
type target struct {
	hosts   []host
	config  *pgconn.Config    // of the first host; hosts has what differs for the others
	notes   []string          // warnings, of files that are ignored
	params  map[string]string // settings that the user gives, by names in lower case
	suits   suits
	shuffle bool // hosts and addresses are tried in random order

	keepAlive   net.KeepAliveConfig
	userTimeout time.Duration // TCP_USER_TIMEOUT, 0 for the system's
}

// A host is one of the hosts of a URL, with the TLS configurations to try in order; nil
// is plain text.
type host struct {
	name     string // or the directory of a socket
	ip       string // hostaddr: it is not resolved
	port     uint16
	tls      []*tls.Config
	password string
}

func (h host) local() bool {
	network, _ := pgconn.NetworkAddress(h.name, h.port)
	return network == "unix"
}

func (h host) portText() string { return strconv.Itoa(int(h.port)) }

func (h host) String() string { return net.JoinHostPort(h.name, h.portText()) }

// pgconns are the parameters that pgconn reads as libpq does, besides host, port, user and
// dbname. pgconn gets no other parameters.
var pgconns = []string{
	"connect_timeout", "sslmode", "sslrootcert", "sslsni", "sslnegotiation", "sslcertmode",
	"channel_binding", "require_auth", "min_protocol_version", "max_protocol_version",
}

// parse reads the URL or connection string and the environment. pgconn's errors are
// neither passed on nor wrapped: they contain its input.
func parse(text string, environment map[string]string, known *configs) (*target, error) {
	all, err := parameters(text, environment)
	if err != nil {
		return nil, err
	}
	if required := all["requiressl"]; required == "1" && all["sslmode"] == "" {
		all["sslmode"] = "require"
	}
	if strings.HasPrefix(all["connect_timeout"], "-") && number(all, "connect_timeout", 0) {
		delete(all, "connect_timeout") // it means no timeout, as 0 does
	}
	if err := values(all); err != nil {
		return nil, err
	}
	if err := searchPath(all); err != nil {
		return nil, err
	}
	t := &target{suits: attributes[all["target_session_attrs"]], shuffle: all["load_balance_hosts"] == "random"}
	certificates, err := clientCertificate(all)
	if err != nil {
		return nil, err
	}
	names, ports, ips := list(all["host"]), list(all["port"]), list(all["hostaddr"])
	if all["hostaddr"] != "" && all["host"] == "" {
		names = make([]string, len(ips))
	}
	if len(ports) > 1 && len(ports) != len(names) || all["hostaddr"] != "" && len(ips) != len(names) {
		return nil, errors.New("malformed PostgreSQL URL: there are not as many ports, or addresses (hostaddr), as hosts")
	}
	for i, name := range names {
		h := host{name: name}
		if all["hostaddr"] != "" {
			if h.ip = ips[i]; h.ip != "" && net.ParseIP(h.ip) == nil {
				return nil, errors.New("hostaddr is not an IP address")
			}
			if h.name == "" {
				h.name = h.ip
			}
		}
		config, err := known.of(all, h.name, cmp.Or(ports[min(i, len(ports)-1)], defaultPort))
		if err != nil {
			return nil, explain(all, err)
		}
		h.name, h.port, h.tls = config.Host, config.Port, tlsAttempts(config)
		for _, mode := range h.tls {
			if mode != nil {
				mode.Certificates = certificates
				mode.MinVersion = versions[strings.ToLower(all["ssl_min_protocol_version"])]
				mode.MaxVersion = versions[strings.ToLower(all["ssl_max_protocol_version"])]
			}
		}
		if t.config == nil {
			t.config = config
		}
		t.hosts = append(t.hosts, h)
	}
	t.config.Password = all["password"]
	database := cmp.Or(t.config.Database, t.config.User) // the server's own default
	for i := range t.hosts {
		if t.hosts[i].password = all["password"]; all["password"] == "" {
			var warning string
			t.hosts[i].password, warning = known.passwordIn(all["passfile"], t.hosts[i], database, t.config.User)
			if warning != "" && !slices.Contains(t.notes, warning) {
				t.notes = append(t.notes, warning)
			}
		}
	}
	t.params = userSettings(all)
	t.overTCP(all)
	return t, nil
}

// userSettings returns the settings that the user gives, by names in lower case. The
// result is nil if there are none.
func userSettings(all map[string]string) (given map[string]string) {
	set := func(name, value string) {
		if given == nil { // it usually stays nil, for each of thousands of sources
			given = map[string]string{}
		}
		given[name] = value
	}
	if app := cmp.Or(all["application_name"], all["fallback_application_name"]); app != "" {
		set("application_name", app)
	}
	if all["options"] != "" {
		set("options", all["options"])
	}
	for name, value := range all {
		if _, ours := libpq[name]; !ours {
			set(strings.ToLower(name), value)
		}
	}
	return given
}

// searchPath sets the search path for a named schema: that schema alone, so that a
// table which it lacks is missing and not taken from another schema.
func searchPath(all map[string]string) error {
	schema, ok := all[driver.SchemaParameter]
	if !ok {
		return nil
	}
	delete(all, driver.SchemaParameter)
	for name := range all {
		if strings.EqualFold(name, "search_path") {
			return errors.New("schema and search_path say the same: give one of them")
		}
	}
	all["search_path"] = `"` + strings.ReplaceAll(schema, `"`, `""`) + `"`
	return nil
}

// list splits a list of hosts, ports or addresses, which has at least one.
func list(text string) []string { return strings.Split(text, ",") }

const defaultPort = "5432"

// place returns one part of the connection string for pgconn: the place of the database,
// and the user.
func place(all map[string]string, name, port string) string {
	text := pair("host", name) + pair("port", port)
	for _, name := range []string{"user", "dbname"} {
		if value, ok := all[name]; ok {
			text += pair(name, value)
		}
	}
	return text
}

// manner returns the rest of that string. Its empty values keep pgconn from reading files,
// except those that the TLS parameters name.
func manner(all map[string]string) string {
	text := "password='given later' sslcert='' sslkey='' options='' application_name='' target_session_attrs='any' "
	for _, name := range pgconns {
		if value, ok := all[name]; ok {
			text += pair(name, value)
		}
	}
	return text
}

func pair(name, value string) string { return name + "='" + quotable.Replace(value) + "' " }

// quotable escapes a value for the quotes of that string.
var quotable = strings.NewReplacer(`\`, `\\`, `'`, `\'`)

// tlsAttempts undoes pgconn's flattening of TLS modes.
func tlsAttempts(config *pgconn.Config) []*tls.Config {
	tlsAttempts := []*tls.Config{config.TLSConfig}
	for _, f := range config.Fallbacks {
		tlsAttempts = append(tlsAttempts, f.TLSConfig)
	}
	return tlsAttempts
}

var versions = map[string]uint16{"tlsv1": tls.VersionTLS10, "tlsv1.1": tls.VersionTLS11, "tlsv1.2": tls.VersionTLS12, "tlsv1.3": tls.VersionTLS13}

// numbers are the parameters whose value is a number, with the unit for errors.
var numbers = []struct{ name, unit string }{
	{"connect_timeout", " of seconds"},
	{"keepalives", ""},
	{"keepalives_idle", " of seconds"},
	{"keepalives_interval", " of seconds"},
	{"keepalives_count", ""},
	{"tcp_user_timeout", " of milliseconds"},
}

// words are the parameters whose value is one of a few words.
var words = []struct {
	name  string
	words []string
}{
	{"sslmode", []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}},
	{"target_session_attrs", []string{"any", "read-write", "read-only", "primary", "standby", "prefer-standby"}},
	{"load_balance_hosts", []string{"disable", "random"}},
	{"sslnegotiation", []string{"postgres", "direct"}},
	{"sslcertmode", []string{"disable", "allow", "require"}},
	{"channel_binding", []string{"disable", "prefer", "require"}},
	{"min_protocol_version", []string{"3.0", "3.2", "latest"}},
	{"max_protocol_version", []string{"3.0", "3.2", "latest"}},
}

// values checks the parameters with a restricted form.
func values(all map[string]string) error {
	for _, p := range numbers {
		if !number(all, p.name, 31) {
			return fmt.Errorf("%s is not a number%s", p.name, p.unit)
		}
	}
	for _, p := range words {
		if value, ok := all[p.name]; ok && !slices.Contains(p.words, value) {
			return fmt.Errorf("%s is not one of %s", p.name, strings.Join(p.words, ", "))
		}
	}
	for _, name := range []string{"ssl_min_protocol_version", "ssl_max_protocol_version"} {
		if value := all[name]; value != "" && versions[strings.ToLower(value)] == 0 {
			return fmt.Errorf("%s is not one of TLSv1, TLSv1.1, TLSv1.2, TLSv1.3", name)
		}
	}
	return nil
}

// number reports whether a parameter, if it is set, is a number of at most the given
// bits, or a signed one if bits is 0.
func number(all map[string]string, name string, bits int) bool {
	value, ok := all[name]
	if !ok {
		return true
	}
	var err error
	if bits == 0 {
		_, err = strconv.ParseInt(value, 10, 32)
	} else {
		_, err = strconv.ParseUint(value, 10, bits)
	}
	return err == nil
}

// explain describes what pgconn refused, in words that contain nothing of its input.
func explain(all map[string]string, err error) error {
	if file := new(fs.PathError); errors.As(err, &file) {
		return fmt.Errorf("a file that the TLS parameters name (sslrootcert, sslcert, sslkey) cannot be read: %w", file.Err)
	}
	for _, port := range list(all["port"]) {
		if port != "" && !isPort(port) {
			return errors.New("the URL's port is not a number from 1 to 65535, or its password has a character to escape: write : as %3A, / as %2F, @ as %40")
		}
	}
	switch {
	case all["sslrootcert"] != "" && all["sslmode"] != "disable":
		return errTLSFile
	case all["require_auth"] != "":
		return errors.New("require_auth is not a list of password, md5, gss, sspi, scram-sha-256, oauth, none, each with a ! before it or none")
	case all["min_protocol_version"] != "" || all["max_protocol_version"] != "":
		return errors.New("min_protocol_version is over max_protocol_version")
	}
	return errURL
}

func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0
}

// suits decides whether the user wants a connected server, and returns the reason if not. A
// preference is ignored if there is no other server.
type suits struct {
	check      func(ctx context.Context, conn *pgconn.PgConn) error
	preference bool
}

// attributes are the values of target_session_attrs.
var attributes = map[string]suits{
	"read-write":     {check: pgconn.ValidateConnectTargetSessionAttrsReadWrite},
	"read-only":      {check: pgconn.ValidateConnectTargetSessionAttrsReadOnly},
	"primary":        {check: pgconn.ValidateConnectTargetSessionAttrsPrimary},
	"standby":        {check: pgconn.ValidateConnectTargetSessionAttrsStandby},
	"prefer-standby": {check: pgconn.ValidateConnectTargetSessionAttrsStandby, preference: true},
}

// database returns the name for listings.
func (t *target) database() string { return cmp.Or(t.config.Database, t.config.User) }

// overTCP reads how TCP should treat an idle or a dead connection.
func (t *target) overTCP(all map[string]string) {
	n := func(name string) int {
		if all[name] == "" {
			return 0
		}
		n, _ := strconv.Atoi(all[name]) // it has been checked
		return n
	}
	seconds := func(name string) time.Duration { return time.Duration(n(name)) * time.Second }
	t.keepAlive = net.KeepAliveConfig{
		Enable: all["keepalives"] != "0",
		Idle:   seconds("keepalives_idle"), Interval: seconds("keepalives_interval"), Count: n("keepalives_count"),
	}
	t.userTimeout = time.Duration(n("tcp_user_timeout")) * time.Millisecond
}
