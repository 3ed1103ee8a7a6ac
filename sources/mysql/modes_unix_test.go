//go:build unix

// Option files that all users may write to are ignored, as the clients mysql and mariadb
// do.

package mysql

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHostileAnOptionFileThatAllMayWriteIsIgnored(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	file := filepath.Join(home, ".my.cnf")
	for mode, host := range map[os.FileMode]string{0o600: "own", 0o644: "own", 0o664: "own", 0o666: "127.0.0.1", 0o602: "127.0.0.1"} {
		if err := os.WriteFile(file, []byte("[client]\nhost=own\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		s, err := New("x", "mysql:///d", nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Place(); !strings.HasPrefix(got, host+":") {
			t.Errorf("%o: it is at %s", mode, got)
		}
		if warned := len(s.notes) == 1 && s.notes[0] == "World-writable config file '"+file+"' is ignored"; warned != (host != "own") {
			t.Errorf("%o: warnings %q", mode, s.notes)
		}
	}
}
