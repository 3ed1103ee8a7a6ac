// Reading the URL: what pgconn makes of it, minus what it would let through or
// give away.

package postgres

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// poolParameters are pgx's own, for pools and for its higher layer. pgconn
// would send them to the server, which refuses them by a name that tells
// nobody what is wrong.
var poolParameters = []string{
	"pool_max_conns", "pool_min_conns", "pool_min_idle_conns",
	"pool_max_conn_lifetime", "pool_max_conn_lifetime_jitter", "pool_max_conn_idle_time",
	"pool_health_check_period", "default_query_exec_mode",
	"statement_cache_capacity", "statement_cache_mode", "description_cache_capacity",
}

// parse reads the URL and the environment. pgconn's errors are not passed on,
// nor wrapped: they hold the URL, and mask its password as well as they can
// guess where it is.
func parse(rawURL string) (*pgconn.Config, error) {
	_, rest, ok := strings.Cut(rawURL, "://")
	if !ok || !(strings.HasPrefix(rawURL, "postgres://") || strings.HasPrefix(rawURL, "postgresql://")) {
		return nil, errors.New("not a PostgreSQL URL: write postgres://user@host:5432/database")
	}
	// A password with a bare @ or / would be cut in two, and its second half
	// taken for a host or a database and shown in listings.
	if before, after, found := strings.Cut(rest, "@"); found && (strings.Contains(before, "/") || strings.Contains(after, "@")) {
		return nil, errors.New("the URL is ambiguous: write @ as %40 and / as %2F in its user, password, database and parameters")
	}
	config, err := pgconn.ParseConfig(rawURL)
	if err != nil {
		return nil, explain(rest, err)
	}
	for name := range config.RuntimeParams {
		if slices.Contains(poolParameters, name) {
			return nil, fmt.Errorf("the parameter %s is for connection pools, and a source is asked over one connection: remove it", name)
		}
	}
	return config, nil
}

// explain finds out for itself what pgconn did not like, so that it can say so
// in words that hold nothing of the URL.
func explain(rest string, err error) error {
	if file := new(fs.PathError); errors.As(err, &file) {
		return fmt.Errorf("a file that the TLS parameters name (sslrootcert, sslcert, sslkey) cannot be read: %w", file.Err)
	}
	beforeQuery, query, _ := strings.Cut(rest, "?")
	params, bad := url.ParseQuery(query)
	switch {
	case bad != nil || strings.Contains(query, ";"):
		return errors.New("the URL's parameters are malformed: write ?name=value&name=value, with % as %25 and & as %26 in values")
	case !number(params, "connect_timeout"):
		return errors.New("connect_timeout is not a number of seconds")
	case !oneOf(params, "sslmode", "disable", "allow", "prefer", "require", "verify-ca", "verify-full"):
		return errors.New("sslmode is not one of disable, allow, prefer, require, verify-ca, verify-full")
	case !oneOf(params, "target_session_attrs", "any", "read-write", "read-only", "primary", "standby", "prefer-standby"):
		return errors.New("target_session_attrs is not one of any, read-write, read-only, primary, standby, prefer-standby")
	case params.Has("service"):
		return errors.New("the service that the URL names is not in the service file")
	case given(params, "sslcert", "PGSSLCERT") != given(params, "sslkey", "PGSSLKEY"):
		return errors.New("sslcert and sslkey go together: one of them is missing")
	}
	authority, _, _ := strings.Cut(beforeQuery, "/")
	authority = authority[strings.LastIndex(authority, "@")+1:]
	for _, host := range strings.Split(authority, ",") {
		host = host[strings.Index(host, "]")+1:] // an IPv6 address holds colons
		if _, port, _ := strings.Cut(host, ":"); port != "" && host[0] != '[' {
			if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
				return errors.New("the URL's port is not a number from 1 to 65535, or its password has a character to escape: write : as %3A, / as %2F, @ as %40")
			}
		}
	}
	for _, name := range []string{"sslcert", "sslkey", "sslrootcert"} {
		if params.Has(name) {
			return errors.New("a file that the TLS parameters name (sslrootcert, sslcert, sslkey) is not what it should be: certificates and keys are in PEM form, and a key that is encrypted wants sslpassword")
		}
	}
	return errors.New("malformed PostgreSQL URL: write postgres://user@host:5432/database?name=value, with other characters as %XX; libpq's environment (PGPORT, PGSERVICE, …) counts as well")
}

func number(params url.Values, name string) bool {
	_, err := strconv.ParseUint(params.Get(name), 10, 31)
	return err == nil || !params.Has(name)
}

// given reports whether the URL or the environment sets the parameter.
func given(params url.Values, name, variable string) bool {
	return params.Get(name) != "" || os.Getenv(variable) != ""
}

func oneOf(params url.Values, name string, values ...string) bool {
	return !params.Has(name) || slices.Contains(values, params.Get(name))
}

// A host is one of those that a URL names, with the ways to encrypt a
// connection to it in the order of trial; nil is none.
type host struct {
	name string // or the directory of a socket
	port uint16
	tls  []*tls.Config
}

func (h host) local() bool {
	network, _ := pgconn.NetworkAddress(h.name, h.port)
	return network == "unix"
}

func (h host) String() string { return net.JoinHostPort(h.name, strconv.Itoa(int(h.port))) }

// hostsOf undoes pgconn's flattening of hosts and TLS modes into one list.
func hostsOf(config *pgconn.Config) []host {
	hosts := []host{{config.Host, config.Port, []*tls.Config{config.TLSConfig}}}
	for _, f := range config.Fallbacks {
		last := &hosts[len(hosts)-1]
		if f.Host != last.name || f.Port != last.port {
			hosts = append(hosts, host{f.Host, f.Port, nil})
			last = &hosts[len(hosts)-1]
		}
		last.tls = append(last.tls, f.TLSConfig)
	}
	return hosts
}
