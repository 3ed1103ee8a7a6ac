//go:build unix

// Which files are removed, and which are kept.

package leftover

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestHostileOnlyOurOwnOldOnesAreSwept(t *testing.T) {
	folder, elsewhere := t.TempDir(), t.TempDir()
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	at := func(name string) string { return filepath.Join(folder, name) }
	for _, name := range []string{"old.x", "held.x", "young.x", "theirs.x", "other.y"} {
		do(os.Mkdir(at(name), 0o700))
		do(os.WriteFile(filepath.Join(at(name), "block"), []byte("rows"), 0o600))
	}
	do(os.WriteFile(at("file.x"), []byte("rows"), 0o600))
	do(os.Symlink(elsewhere, at("link.x")))
	do(syscall.Mkfifo(at("fifo.x"), 0o600))
	do(os.WriteFile(filepath.Join(elsewhere, "precious"), nil, 0o600))
	before := time.Now().Add(-2 * Age)
	for _, name := range []string{"old.x", "held.x", "theirs.x", "other.y", "file.x", "fifo.x"} {
		do(os.Chtimes(at(name), before, before))
	}
	if os.Geteuid() == 0 {
		do(os.Chown(at("theirs.x"), 12345, 12345))
	} else {
		do(os.RemoveAll(at("theirs.x")))
	}
	release := Hold(at("held.x"))
	match := func(name string) bool { return strings.HasSuffix(name, ".x") }
	left := func() (names []string) {
		entries, err := os.ReadDir(folder)
		do(err)
		for _, e := range entries {
			if e.Name() != "theirs.x" {
				names = append(names, e.Name())
			}
		}
		return names
	}
	Sweep(folder, match)
	if got, want := left(), []string{"fifo.x", "held.x", "link.x", "other.y", "young.x"}; !slices.Equal(got, want) {
		t.Errorf("left are %q, want %q", got, want)
	}
	if _, err := os.Lstat(at("theirs.x")); os.Geteuid() == 0 && err != nil {
		t.Error("a file of another user was removed")
	}
	if _, err := os.Stat(filepath.Join(elsewhere, "precious")); err != nil {
		t.Error(err)
	}
	release()
	Sweep(folder, match)
	if got, want := left(), []string{"fifo.x", "link.x", "other.y", "young.x"}; !slices.Equal(got, want) {
		t.Errorf("after the release, left are %q, want %q", got, want)
	}
	Sweep(at("missing"), match)
}
