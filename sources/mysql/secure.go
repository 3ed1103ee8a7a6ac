// The settings of the URL and the option file for TLS and for sending the password.

package mysql

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// sslName normalizes a parameter's name as in the tables: those for TLS may have
// underscores.
func sslName(key string) string {
	if dashed := strings.ReplaceAll(key, "_", "-"); strings.HasPrefix(dashed, "ssl-") {
		return dashed
	}
	return key
}

// tlsValues are the values of go-sql-driver's parameter tls.
var tlsValues = map[string]tlsMode{
	"preferred": tlsPreferred, "skip-verify": tlsRequired,
	"true": tlsVerifyIdentity, "1": tlsVerifyIdentity, "false": tlsDisabled, "0": tlsDisabled,
}

var booleans = map[string]bool{"1": true, "true": true, "on": true, "0": false, "false": false, "off": false}

// A secret holds the input of secure: the URL's parameters, and the option file's
// options for what the URL leaves out.
type secret struct {
	given url.Values
	file  options
}

func (s secret) of(name string) (value string, ok bool) {
	for key, list := range s.given {
		if sslName(key) == name {
			return list[0], true
		}
	}
	value, ok = s.file[name]
	return value, ok
}

// flag reads a parameter that is true or false; it returns unset if there is none.
func (s secret) flag(name string, unset bool) (bool, error) {
	text, ok := s.of(name)
	if !ok {
		return unset, nil
	}
	value, known := booleans[strings.ToLower(text)]
	if !known {
		return false, fmt.Errorf("parameter %s: write 1 or 0", name)
	}
	return value, nil
}

// secure returns the security settings of a source. The URL has tls, as in
// go-sql-driver, or ssl-mode as in MySQL, with ssl-ca, ssl-capath, ssl-cert and ssl-key
// for files, and MariaDB's ssl-verify-server-cert. ~/.my.cnf applies where the URL sets
// nothing. It reads the files.
func secure(cfg *mysql.Config, given url.Values, file options) (security, error) {
	from := secret{given, file}
	s := security{clearSaid: given.Has("allowCleartextPasswords")}
	for _, name := range []string{"ssl-crl", "ssl-crlpath"} {
		if file[name] != "" {
			return s, fmt.Errorf("%s of ~/.my.cnf: lists of revoked certificates are not read here, and it is not ignored in silence: remove it", name)
		}
	}
	var err error
	if s.mode, err = modeOf(from); err != nil {
		return s, err
	}
	if s.fallback, err = from.flag("allowFallbackToPlaintext", false); err != nil {
		return s, err
	}
	if s.keys, err = from.flag("allowPublicKeyRetrieval", false); err != nil {
		return s, err
	}
	if !given.Has("allowPublicKeyRetrieval") && !s.keys {
		if s.keys, err = from.flag("get-server-public-key", false); err != nil {
			return s, err
		}
	}
	if err := serverKey(cfg, from); err != nil {
		return s, err
	}
	authorities, err := authoritiesOf(from)
	if err != nil {
		return s, err
	}
	certificates, err := certificatesOf(from)
	if err != nil {
		return s, err
	}
	host := cfg.Addr
	if name, _, err := net.SplitHostPort(cfg.Addr); err == nil && cfg.Net != "unix" {
		host = name
	}
	s.config = s.configured(host, authorities, certificates)
	return s, nil
}

// modeOf returns the mode of tls, ssl-mode and similar parameters. As with MySQL's
// client, a named authority must have signed the server's certificate.
func modeOf(from secret) (tlsMode, error) {
	if text := from.given.Get("tls"); from.given.Has("tls") {
		for key := range from.given {
			if name := sslName(key); name == "ssl-mode" || name == "ssl-verify-server-cert" {
				return 0, fmt.Errorf("tls and %s are both set: write one of them", name)
			}
		}
		mode, ok := tlsValues[strings.ToLower(text)]
		if !ok {
			return 0, errors.New("parameter tls: write true, false, skip-verify or preferred")
		}
		return mode, nil
	}
	mode := tlsPreferred
	if on, err := (secret{nil, from.file}).flag("ssl", true); err != nil {
		return 0, errors.New("ssl of ~/.my.cnf: write 1 or 0")
	} else if !on {
		mode = tlsDisabled
	} else if from.file["ssl"] != "" {
		mode = tlsRequired
	}
	ca, hasCA := from.of("ssl-ca")
	path, hasPath := from.of("ssl-capath")
	if hasCA && ca != "" || hasPath && path != "" {
		mode = tlsVerifyCA
	}
	if text, ok := from.of("ssl-mode"); ok {
		if mode, ok = sslModes[strings.ReplaceAll(strings.ToUpper(text), "-", "_")]; !ok {
			return 0, errors.New("parameter ssl-mode: write DISABLED, PREFERRED, REQUIRED, VERIFY_CA or VERIFY_IDENTITY")
		}
		return mode, nil
	}
	if _, ok := from.of("ssl-verify-server-cert"); !ok {
		return mode, nil
	}
	verify, err := from.flag("ssl-verify-server-cert", false)
	if verify {
		return tlsVerifyIdentity, err
	}
	return min(mode, tlsRequired), err
}

// serverKey registers the key that serverPubKey names: a file in PEM form, or a name
// under which a program has registered a key with the driver.
func serverKey(cfg *mysql.Config, from secret) error {
	name := from.given.Get("serverPubKey")
	if name == "" {
		name = from.file["server-public-key-path"]
	}
	if name == "" {
		return nil
	}
	if cfg.ServerPubKey = name; known(cfg) {
		return nil
	}
	block, err := pemIn("serverPubKey", name)
	if err != nil {
		return err
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	public, ok := key.(*rsa.PublicKey)
	if err != nil || !ok {
		return errors.New("serverPubKey: the file holds no RSA public key")
	}
	cfg.ServerPubKey = fmt.Sprintf("fanql-%x", sha256.Sum256(block.Bytes))
	mysql.RegisterServerPubKey(cfg.ServerPubKey, public)
	return nil
}

// known reports whether the driver knows the key.
func known(cfg *mysql.Config) bool {
	_, err := mysql.NewConnector(cfg)
	return err == nil
}

// pemIn returns the first block of a file.
func pemIn(name, path string) (*pem.Block, error) {
	text, err := readPEM(name, path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s: the file is not in PEM form", name)
	}
	return block, nil
}

// readPEM reads a file of certificates or keys. Its error contains no path, because a
// URL is not quoted.
func readPEM(name, path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: not a regular file", name)
	case info.Size() > 4<<20:
		return nil, fmt.Errorf("%s: a file of more than 4 MiB", name)
	default:
		text, err := os.ReadFile(path)
		if err == nil {
			return text, nil
		}
	}
	if cause, ok := errors.AsType[*os.PathError](err); ok {
		err = cause.Err
	}
	return nil, fmt.Errorf("%s: the file cannot be read: %w", name, err)
}

// authoritiesOf reads the certificates of authorities for the server; nil stands for
// those of the system.
func authoritiesOf(from secret) (*x509.CertPool, error) {
	file, _ := from.of("ssl-ca")
	folder, _ := from.of("ssl-capath")
	if file == "" && folder == "" {
		return nil, nil
	}
	pool := x509.NewCertPool()
	if file != "" {
		text, err := readPEM("ssl-ca", file)
		if err != nil {
			return nil, err
		}
		if !pool.AppendCertsFromPEM(text) {
			return nil, errors.New("ssl-ca: the file holds no certificate in PEM form")
		}
	}
	if folder == "" {
		return pool, nil
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, errors.New("ssl-capath: the folder cannot be read")
	}
	for _, entry := range entries {
		if text, err := readPEM("ssl-capath", filepath.Join(folder, entry.Name())); err == nil {
			pool.AppendCertsFromPEM(text)
		}
	}
	return pool, nil
}

// certificatesOf reads the client's certificate.
func certificatesOf(from secret) ([]tls.Certificate, error) {
	cert, _ := from.of("ssl-cert")
	key, _ := from.of("ssl-key")
	switch {
	case cert == "" && key == "":
		return nil, nil
	case cert == "":
		return nil, errors.New("ssl-key is there without ssl-cert: give both")
	case key == "":
		key = cert // one file may hold both
	}
	shown, err := readPEM("ssl-cert", cert)
	if err != nil {
		return nil, err
	}
	secret, err := readPEM("ssl-key", key)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(shown, secret)
	if err != nil {
		return nil, errors.New("ssl-cert and ssl-key: not a certificate and its key in PEM form, without a passphrase")
	}
	return []tls.Certificate{pair}, nil
}
