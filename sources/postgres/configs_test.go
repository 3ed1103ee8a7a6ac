// A configuration of pgconn that is parsed once for many hosts equals one that is parsed
// for each host.

package postgres

import (
	"crypto/tls"
	"fmt"
	"testing"
)

// describe returns the parts of a configuration that depend on the parameters.
func describe(t *target) (text string) {
	for _, h := range t.hosts {
		text += fmt.Sprintf("%s %d %q", h.name, h.port, h.password)
		for _, mode := range h.tls {
			text += described(mode)
		}
	}
	c := t.config
	return text + fmt.Sprintf("; %s %d %s %s %v %s %s %s %s %s", c.Host, c.Port, c.User, c.Database, c.ConnectTimeout,
		c.SSLNegotiation, c.ChannelBinding, c.RequireAuth, c.MinProtocolVersion, c.MaxProtocolVersion) + described(c.TLSConfig)
}

func described(c *tls.Config) string {
	if c == nil {
		return " plain"
	}
	return fmt.Sprintf(" TLS(%q %t %t %v)", c.ServerName, c.InsecureSkipVerify, c.VerifyPeerCertificate != nil, c.NextProtos)
}

func TestConfigurationsAreParsedOnceForManyHosts(t *testing.T) {
	var urls []string
	for _, parameters := range []string{
		"", "?sslmode=disable", "?sslmode=allow", "?sslmode=prefer", "?sslmode=require", "?sslmode=verify-full", "?sslmode=require&sslsni=0",
		"?sslmode=require&sslnegotiation=direct", "?connect_timeout=7", "?channel_binding=disable", "?require_auth=scram-sha-256", "?max_protocol_version=3.2",
	} {
		for _, place := range []string{
			"a@one/x", "b:secret@two:5433/y", "c@127.0.0.1/x", "d@127.0.0.2:5434/", "e@[::1]/x", "f@%2Ftmp/x", "one/x", "g@/x", "a@one,two/x", "a@one,127.0.0.1:1/x",
		} {
			urls = append(urls, "postgres://"+place+parameters)
		}
	}
	env, shared := environment(), new(configs)
	for _, u := range urls {
		want, wrong := parse(u, env, new(configs))
		got, err := parse(u, env, shared)
		if (err == nil) != (wrong == nil) || err != nil && err.Error() != wrong.Error() {
			t.Errorf("%s: the error is %v, want %v", u, err, wrong)
			continue
		}
		if err == nil && describe(got) != describe(want) {
			t.Errorf("%s: the configuration is\n%s\nwant\n%s", u, describe(got), describe(want))
		}
	}
	if n := len(shared.parsed); n == 0 || n > len(urls)/3 {
		t.Errorf("%d configurations were parsed for %d URLs", n, len(urls))
	}
	// A change of one host's configuration must not change that of another host.
	first, _ := parse("postgres://u@one/x?sslmode=require", env, shared)
	first.hosts[0].tls[0].MinVersion = tls.VersionTLS13
	if second, _ := parse("postgres://u@one/x?sslmode=require", env, shared); second.hosts[0].tls[0].MinVersion != 0 {
		t.Error("two sources share a TLS configuration")
	}
}
