// Encrypted keys in the forms that openssl writes.

package postgres

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// openssl runs openssl, or skips the test if it is not installed.
func openssl(t *testing.T, args ...string) {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("needs openssl")
	}
	if text, err := exec.CommandContext(t.Context(), "openssl", args...).CombinedOutput(); err != nil {
		t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, text)
	}
}

func TestEncryptedKeys(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	openssl(t, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", in("rsa.key"), "-out", in("rsa.crt"), "-subj", "/CN=reader", "-days", "1")
	openssl(t, "ecparam", "-name", "prime256v1", "-genkey", "-out", in("ec.key"))
	openssl(t, "req", "-x509", "-key", in("ec.key"), "-out", in("ec.crt"), "-subj", "/CN=reader", "-days", "1")
	for name, args := range map[string][]string{
		"aes-256":           {"-v2", "aes-256-cbc"},
		"aes-128, sha1":     {"-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1"},
		"aes-192, sha512":   {"-v2", "aes-192-cbc", "-v2prf", "hmacWithSHA512"},
		"3des":              {"-v2", "des3"},
		"many iterations":   {"-v2", "aes-256-cbc", "-iter", "100000"},
		"not known: scrypt": {"-scrypt"},
		"not known: des":    {"-v1", "PBE-MD5-DES", "-provider", "legacy", "-provider", "default"},
	} {
		for _, kind := range []string{"rsa", "ec"} {
			t.Run(name+" "+kind, func(t *testing.T) {
				key := in(strings.ReplaceAll(name, " ", "") + kind)
				if err := exec.CommandContext(t.Context(), "openssl", append([]string{"pkcs8", "-topk8", "-in", in(kind + ".key"), "-out", key, "-passout", "pass:hunter2"}, args...)...).Run(); err != nil {
					t.Skip("this openssl does not write such keys")
				}
				url := "postgres://h/d?sslmode=require&sslcert=" + in(kind+".crt") + "&sslkey=" + key
				s, err := New("test", url+"&sslpassword=hunter2", nil)
				if strings.HasPrefix(name, "not known") {
					if err == nil || !strings.HasPrefix(err.Error(), "sslkey is encrypted in a way that is not known here") {
						t.Errorf("got %v", err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if mode := s.target.hosts[0].tls[0]; len(mode.Certificates) != 1 {
					t.Errorf("%d certificates are sent", len(mode.Certificates))
				}
				for more, want := range map[string]string{"": "sslkey is encrypted: give its password as sslpassword", "&sslpassword=hunter3": "sslkey cannot be decrypted: sslpassword is not its password"} {
					if _, err := New("test", url+more, nil); err == nil || err.Error() != want {
						t.Errorf("%s: got %v, want %s", more, err, want)
					}
				}
				// A key that is damaged in any way is an error.
				text, err := os.ReadFile(key)
				if err != nil {
					t.Fatal(err)
				}
				for i := 40; i < len(text); i += 97 {
					bad := bytes.Clone(text)
					bad[i] ^= 1
					_, _ = plainKey(bad, "hunter2")
					_, _ = plainKey(bad[:i], "hunter2")
				}
			})
		}
	}
	openssl(t, "rsa", "-in", in("rsa.key"), "-aes128", "-traditional", "-out", in("old"), "-passout", "pass:hunter2")
	if _, err := New("test", "postgres://h/d?sslmode=require&sslpassword=hunter2&sslcert="+in("rsa.crt")+"&sslkey="+in("old"), nil); err != nil {
		t.Errorf("a key of the old form: %v", err)
	}
}
