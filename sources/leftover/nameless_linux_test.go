package leftover

import (
	"os"
	"path/filepath"
	"testing"
)

// A file that never has a name is written and read, and is nowhere to be seen; where
// there is no folder, there is none.
func TestAFileWithoutAName(t *testing.T) {
	folder := t.TempDir()
	f, ok := Nameless(folder)
	if !ok { // as on some file systems of containers: memory's own has them
		var err error
		if folder, err = os.MkdirTemp("/dev/shm", "fanql-test-"); err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(folder)
		if f, ok = Nameless(folder); !ok {
			t.Fatal("neither TMPDIR nor /dev/shm has such files")
		}
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("%v (%v)", info, err)
	}
	text := make([]byte, 4)
	if _, err := f.WriteAt([]byte("rows"), 10); err != nil {
		t.Error(err)
	}
	if _, err := f.ReadAt(text, 10); err != nil || string(text) != "rows" {
		t.Errorf("%q (%v)", text, err)
	}
	if names, err := os.ReadDir(folder); err != nil || len(names) > 0 {
		t.Errorf("there are %v (%v)", names, err)
	}
	if _, ok := Nameless(filepath.Join(folder, "missing")); ok {
		t.Error("a file in a folder that is not there")
	}
}
