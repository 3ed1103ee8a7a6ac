//go:build unix

// The folder of temporary files that a killed run has left.

package engine

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/leftover"
)

func TestHostileAKilledRunsFolderIsSwept(t *testing.T) {
	tmp := t.TempDir()
	before := time.Now().Add(-2 * leftover.Age)
	open := func() *DB {
		t.Helper()
		e, err := Open(Options{TempDir: tmp})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	old := filepath.Join(tmp, "fanql-123.reduce")
	if err := os.MkdirAll(filepath.Join(old, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	running := open()
	for _, path := range []string{old, running.TempDir()} {
		if err := os.Chtimes(path, before, before); err != nil {
			t.Fatal(err)
		}
	}
	e := open()
	if _, err := os.Stat(old); err == nil {
		t.Error("the old folder was not removed")
	}
	if _, err := os.Stat(running.TempDir()); err != nil {
		t.Error(err)
	}
	for _, e := range []*DB{e, running} {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
	if left, _ := os.ReadDir(tmp); len(left) > 0 {
		t.Errorf("left are %v", left)
	}
}
