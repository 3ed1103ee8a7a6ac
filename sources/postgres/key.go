// The client's certificate and its key, which may be encrypted.

package postgres

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"hash"
	"os"
	"path/filepath"

	"github.com/fanql/fanql/sources/trust"
)

var errTLSFile = errors.New("a file that the TLS parameters name (sslrootcert, sslcert, sslkey) is not what it should be: certificates and keys are in PEM form, and a key that is encrypted wants sslpassword")

// clientCertificate reads the certificate that sslcert and sslkey name, or else the
// user's own in ~/.postgresql.
func clientCertificate(all map[string]string) ([]tls.Certificate, error) {
	cert, key := all["sslcert"], all["sslkey"]
	switch {
	case all["sslcertmode"] == "disable" || all["sslmode"] == "disable" && (cert == "") == (key == ""):
		return nil, nil
	case (cert == "") != (key == ""):
		return nil, errors.New("sslcert and sslkey go together: one of them is missing")
	case cert == "":
		home, err := os.UserHomeDir()
		if err != nil {
			return nil, nil
		}
		cert, key = filepath.Join(home, ".postgresql", "postgresql.crt"), filepath.Join(home, ".postgresql", "postgresql.key")
		for _, file := range []string{cert, key} {
			if _, err := os.Stat(file); err != nil {
				return nil, nil
			}
		}
	}
	certificate, err := os.ReadFile(cert)
	if err != nil {
		return nil, explain(all, err)
	}
	if err := keyIsPrivate(key); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(key)
	if err != nil {
		return nil, explain(all, err)
	}
	plain, err := plainKey(text, all["sslpassword"])
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(certificate, plain)
	if err != nil {
		return nil, errTLSFile
	}
	return []tls.Certificate{pair}, nil
}

// keyIsPrivate returns, in libpq's words, why a key must not be used: others can read
// it. A key of root's may be readable by a group.
func keyIsPrivate(key string) error {
	info, err := os.Stat(key)
	if err != nil {
		return nil // reading it returns the reason
	}
	if !info.Mode().IsRegular() {
		return errors.New("private key file (sslkey) is not a regular file")
	}
	uid, _, known := trust.IDs(info)
	if mode := info.Mode().Perm(); known && (mode&0o077 != 0 && uid != 0 || mode&0o037 != 0) {
		return errors.New("private key file (sslkey) has group or world access; file must have permissions u=rw (0600) or less if owned by the current user, or permissions u=rw,g=r (0640) or less if owned by root")
	}
	return nil
}

// plainKey decrypts a key in PEM form, if it is encrypted.
func plainKey(text []byte, password string) ([]byte, error) {
	var block *pem.Block
	for rest := text; ; { // EC PARAMETERS may stand before the key
		if block, rest = pem.Decode(rest); block == nil {
			return nil, errTLSFile
		}
		if block.Type != "EC PARAMETERS" {
			break
		}
	}
	var der []byte
	var err error
	switch {
	case block.Type == "ENCRYPTED PRIVATE KEY":
		if password == "" {
			return nil, errors.New("sslkey is encrypted: give its password as sslpassword")
		}
		der, err = decryptPKCS8(block.Bytes, password)
		block.Type = "PRIVATE KEY"
	case x509.IsEncryptedPEMBlock(block): //nolint:staticcheck // what old keys are
		if password == "" {
			return nil, errors.New("sslkey is encrypted: give its password as sslpassword")
		}
		der, err = x509.DecryptPEMBlock(block, []byte(password)) //nolint:staticcheck // as above
		if err != nil {
			err = errKeyPassword
		}
	default:
		return pem.EncodeToMemory(block), nil
	}
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: der}), nil
}

var errKeyPassword = errors.New("sslkey cannot be decrypted: sslpassword is not its password")

// The object identifiers of the encryption in PKCS #8 (RFC 5958): PBES2 of RFC 8018.
var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}

	keyHashes = map[string]func() hash.Hash{
		"":                    sha1.New, // the default
		"1.2.840.113549.2.7":  sha1.New,
		"1.2.840.113549.2.8":  sha256.New224,
		"1.2.840.113549.2.9":  sha256.New,
		"1.2.840.113549.2.10": sha512.New384,
		"1.2.840.113549.2.11": sha512.New,
		"1.2.840.113549.2.12": sha512.New512_224,
		"1.2.840.113549.2.13": sha512.New512_256,
	}
	keyCiphers = map[string]struct {
		size  int
		block func([]byte) (cipher.Block, error)
	}{
		"1.2.840.113549.3.7":      {24, des.NewTripleDESCipher},
		"2.16.840.1.101.3.4.1.2":  {16, aes.NewCipher},
		"2.16.840.1.101.3.4.1.22": {24, aes.NewCipher},
		"2.16.840.1.101.3.4.1.42": {32, aes.NewCipher},
	}
)

// decryptPKCS8 returns the key in a PKCS #8 EncryptedPrivateKeyInfo.
func decryptPKCS8(der []byte, password string) ([]byte, error) {
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}
	var scheme struct{ Derivation, Encryption pkix.AlgorithmIdentifier }
	var derivation struct {
		Salt       []byte
		Iterations int
		Length     int                      `asn1:"optional"`
		PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
	}
	var iv []byte
	for _, part := range []struct {
		der  func() []byte
		into any
	}{
		{func() []byte { return der }, &info},
		{func() []byte { return info.Algorithm.Parameters.FullBytes }, &scheme},
		{func() []byte { return scheme.Derivation.Parameters.FullBytes }, &derivation},
		{func() []byte { return scheme.Encryption.Parameters.FullBytes }, &iv},
	} {
		if _, err := asn1.Unmarshal(part.der(), part.into); err != nil {
			return nil, errKeyCipher
		}
	}
	hash, known := keyHashes[derivation.PRF.Algorithm.String()]
	c, ok := keyCiphers[scheme.Encryption.Algorithm.String()]
	if !known || !ok || !info.Algorithm.Algorithm.Equal(oidPBES2) || !scheme.Derivation.Algorithm.Equal(oidPBKDF2) {
		return nil, errKeyCipher
	}
	if derivation.Iterations < 1 || derivation.Iterations > 100_000_000 {
		return nil, errKeyCipher
	}
	key, err := pbkdf2.Key(hash, password, derivation.Salt, derivation.Iterations, c.size)
	if err != nil {
		return nil, fmt.Errorf("sslkey cannot be decrypted: %w", err)
	}
	block, err := c.block(key)
	if err != nil || len(iv) != block.BlockSize() || len(info.Data) == 0 || len(info.Data)%block.BlockSize() != 0 {
		return nil, errKeyCipher
	}
	plain := make([]byte, len(info.Data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, info.Data)
	padding := int(plain[len(plain)-1])
	if padding == 0 || padding > block.BlockSize() {
		return nil, errKeyPassword
	}
	for _, b := range plain[len(plain)-padding:] {
		if int(b) != padding {
			return nil, errKeyPassword
		}
	}
	plain = plain[:len(plain)-padding]
	if _, err := x509.ParsePKCS8PrivateKey(plain); err != nil {
		return nil, errKeyPassword
	}
	return plain, nil
}

var errKeyCipher = errors.New("sslkey is encrypted in a way that is not known here: write it anew with openssl pkcs8 -topk8 -v2 aes-256-cbc")
