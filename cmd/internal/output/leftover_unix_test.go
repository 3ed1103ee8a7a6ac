//go:build unix

// A killed run leaves a temporary file. The next run with the same path removes it.

package output

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/leftover"
)

func TestHostileAKilledRunsFileIsSwept(t *testing.T) {
	folder := t.TempDir()
	before := time.Now().Add(-2 * leftover.Age)
	var names []string
	for _, name := range []string{".out.csv.0123456789abcdef.tmp", ".out.csv.0123456789abcde.tmp", ".out.csv.x123456789abcdef.tmp", ".other.csv.0123456789abcdef.tmp"} {
		put(t, filepath.Join(folder, name), "rows", 0o600)
		do(t, os.Chtimes(filepath.Join(folder, name), before, before))
		names = append(names, name)
	}
	// A run still writes this file, although its time is old.
	running := &File{name: "out.csv", target: filepath.Join(folder, "out.csv"), named: true}
	do(t, running.open(folder, "out.csv", nil))
	do(t, os.Chtimes(running.temp, before, before))
	f := create(t, filepath.Join(folder, "out.csv"))
	write(t, f, "new")
	do(t, f.Commit())
	if _, err := os.Lstat(filepath.Join(folder, names[0])); err == nil {
		t.Error("the old file was not removed")
	}
	for _, name := range append(names[1:], filepath.Base(running.temp)) {
		if _, err := os.Lstat(filepath.Join(folder, name)); err != nil {
			t.Error(err)
		}
	}
	do(t, running.Discard())
}
