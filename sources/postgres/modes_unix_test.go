//go:build unix

// Files with secrets that others can read are rejected, as in psql.

package postgres

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHostileModesOfFilesWithSecrets(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pgpass")
	for mode, want := range map[os.FileMode]string{0o600: "pw", 0o400: "pw", 0o640: "", 0o604: "", 0o644: "", 0o610: "", 0o666: ""} {
		if err := os.WriteFile(file, []byte("*:*:*:*:pw\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		target, err := parse("postgres://u@a,b/d?sslmode=disable&passfile="+file, environment(), new(configs))
		if err != nil {
			t.Fatal(err)
		}
		if got := target.hosts[0].password; got != want {
			t.Errorf("%o: the password is %q, want %q", mode, got, want)
		}
		warned := len(target.notes) == 1 && strings.Contains(target.notes[0], "has group or world access; permissions should be u=rw (0600) or less")
		if warned != (want == "") || len(target.notes) > 1 {
			t.Errorf("%o: warnings %q", mode, target.notes)
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	ours := os.Geteuid()
	for _, c := range []struct {
		mode os.FileMode
		uid  int
		ok   bool
	}{{0o600, ours, true}, {0o400, ours, true}, {0o644, ours, false}, {0o660, ours, false}, {0o604, ours, false}, {0o640, 0, true}, {0o640, 12345, false}} {
		if c.uid != ours && ours != 0 {
			continue
		}
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, c.mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(file, c.uid, -1); err != nil {
			t.Fatal(err)
		}
		if err := keyIsPrivate(file); (err == nil) != c.ok || err != nil && !strings.Contains(err.Error(), "has group or world access; file must have permissions") {
			t.Errorf("a key of %d with mode %o: %v", c.uid, c.mode, err)
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
}
