// pgconn's configuration of a host, which sources that differ only in their place share.

package postgres

import (
	"crypto/tls"
	"net"
	"strconv"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
)

// configs are the configurations that pgconn has parsed. Parsing one looks for a dozen
// files, and takes longer than everything else that opening a source does. The zero value
// is ready; it is safe for concurrent use.
type configs struct {
	mu        sync.Mutex
	parsed    map[configKey]*pgconn.Config
	passfiles map[string]passfile // by path; the empty path is the user's own file
}

// A configKey is what a configuration depends on, apart from the values that are copied
// into it: the other parameters, and the class of the host, on which pgconn's treatment of
// TLS depends.
type configKey struct {
	manner     string
	socket, ip bool
}

// of returns the configuration for one host and port of the parameters. The caller owns
// it, except for what its pointers share: it may change the TLS configurations.
func (c *configs) of(all map[string]string, name, port string) (*pgconn.Config, error) {
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 || name == "" || all["user"] == "" { // pgconn has its own defaults and errors
		return pgconn.ParseConfig(place(all, name, port) + manner(all))
	}
	network, _ := pgconn.NetworkAddress(name, uint16(number))
	key := configKey{manner(all), network == "unix", net.ParseIP(name) != nil}
	c.mu.Lock()
	model := c.parsed[key]
	c.mu.Unlock()
	if model == nil {
		if model, err = pgconn.ParseConfig(place(all, name, port) + key.manner); err != nil {
			return nil, err
		}
		c.mu.Lock()
		if c.parsed == nil {
			c.parsed = map[configKey]*pgconn.Config{}
		}
		c.parsed[key] = model
		c.mu.Unlock()
	}
	config := *model
	config.Host, config.Port, config.User, config.Database = name, uint16(number), all["user"], all["dbname"]
	config.TLSConfig = renamed(model.TLSConfig, model.Host, name)
	config.Fallbacks = make([]*pgconn.FallbackConfig, len(model.Fallbacks))
	for i, f := range model.Fallbacks {
		config.Fallbacks[i] = &pgconn.FallbackConfig{Host: name, Port: uint16(number), TLSConfig: renamed(f.TLSConfig, model.Host, name)}
	}
	return &config, nil
}

// renamed returns a copy of a TLS configuration. If the configuration names the host from,
// the copy names the host to.
func renamed(t *tls.Config, from, to string) *tls.Config {
	if t == nil {
		return nil
	}
	t = t.Clone()
	if t.ServerName == from {
		t.ServerName = to
	}
	return t
}
