// A folder for temporary files that is not writable.

package query

import (
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/fanql/fanql/testdata/unprivileged"
)

func TestAFolderWithoutThePermissionToWriteIsFound(t *testing.T) {
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(folder, 0o700) }) // the test's cleanup could not remove a read-only folder
	unprivileged.Thread(t)
	err := (&spill{folder: folder}).open()
	if !errors.Is(err, unix.EACCES) || err.Error() != "temporary file in "+folder+": permission denied: raise memory, or set TMPDIR to a folder with more room" {
		t.Errorf("got %v", err)
	}
	s := NewBudget(1<<10, 1, folder).Stage()
	defer s.Discard()
	for _, b := range numbered(1000, func() int { return 10 }) {
		if err = s.Add(b); err != nil {
			break
		}
	}
	if !errors.Is(err, unix.EACCES) {
		t.Errorf("rows that do not fit gave %v", err)
	}
}
