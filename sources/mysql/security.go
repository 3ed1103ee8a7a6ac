// TLS and passwords: whether a connection is encrypted, what the server must prove, and
// whether it may see the password.

package mysql

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
)

// A tlsMode is MySQL's ssl-mode.
type tlsMode uint8

const (
	tlsPreferred tlsMode = iota // where the server offers it; nothing is verified
	tlsDisabled
	tlsRequired       // nothing is verified
	tlsVerifyCA       // the certificate has a known authority's signature
	tlsVerifyIdentity // and the certificate is the host's
)

// sslModes are the values of ssl-mode.
var sslModes = map[string]tlsMode{
	"DISABLED": tlsDisabled, "PREFERRED": tlsPreferred, "REQUIRED": tlsRequired,
	"VERIFY_CA": tlsVerifyCA, "VERIFY_IDENTITY": tlsVerifyIdentity,
}

// A security is the security settings of a source's connections. Its zero value uses
// plain text only if the server offers no TLS.
type security struct {
	mode      tlsMode
	fallback  bool // plain text is accepted if the server offers no TLS
	config    *tls.Config
	keys      bool // the server's own key may encrypt the password without TLS
	clearSaid bool // the URL says whether the password may be sent as it is
}

var errNoTLS = errors.New("the server offers no TLS: write ssl-mode=PREFERRED, or tls=preferred, to do without it where there is none")

// wants reports whether to begin TLS with a server that has sent its greeting.
func (s security) wants(w *wire) (bool, error) {
	g := w.greeting.Load()
	offered := g != nil && g.tls
	switch s.mode {
	case tlsDisabled:
		return false, nil
	case tlsPreferred:
		return offered && w.network != "unix", nil // as MySQL's own client
	}
	if !offered && !s.fallback {
		return false, errNoTLS
	}
	return offered, nil
}

// verified reports whether the server has proved its identity.
func (s security) verified() bool { return s.mode >= tlsVerifyCA }

// configured returns the TLS configuration for a mode, a host, the authorities (nil for
// the system's) and the client's certificates.
func (s security) configured(host string, authorities *x509.CertPool, certificates []tls.Certificate) *tls.Config {
	c := &tls.Config{ServerName: host, RootCAs: authorities, MinVersion: tls.VersionTLS12}
	if len(certificates) > 0 { // even if the server's list of authorities lacks theirs, as OpenSSL does
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &certificates[0], nil }
	}
	// The chain is verified below, because MySQL's own certificates name their host in
	// a way that Go no longer accepts.
	c.InsecureSkipVerify = true
	if !s.verified() {
		return c
	}
	identity := s.mode == tlsVerifyIdentity
	c.VerifyConnection = func(state tls.ConnectionState) error {
		if len(state.PeerCertificates) == 0 {
			return errors.New("the server shows no certificate: do without one by ssl-mode=REQUIRED")
		}
		leaf, between := state.PeerCertificates[0], x509.NewCertPool()
		for _, cert := range state.PeerCertificates[1:] {
			between.AddCert(cert)
		}
		if _, err := leaf.Verify(x509.VerifyOptions{Roots: authorities, Intermediates: between}); err != nil {
			return err
		}
		if !identity || named(leaf, host) {
			return nil
		}
		return fmt.Errorf("the server's certificate is not that of %s: name the host as the certificate does, or be content with ssl-mode=VERIFY_CA", host)
	}
	return c
}

// named reports whether a certificate belongs to a host. The common name counts if
// there are no other names, as with MySQL's client.
func named(cert *x509.Certificate, host string) bool {
	if cert.VerifyHostname(host) == nil {
		return true
	}
	none := len(cert.DNSNames)+len(cert.IPAddresses)+len(cert.URIs)+len(cert.EmailAddresses) == 0
	return none && strings.EqualFold(cert.Subject.CommonName, host)
}

// explainTLS says what to do about a failed handshake.
func explainTLS(err error) error {
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &unknown):
		return errors.New("the server's certificate is signed by an unknown authority (ssl-ca names the one to trust)")
	case errors.As(err, new(tls.AlertError)):
		return fmt.Errorf("the server refuses TLS: %w (ssl-cert and ssl-key give it a certificate)", err)
	}
	return fmt.Errorf("TLS cannot be begun: %w", plain(err))
}
