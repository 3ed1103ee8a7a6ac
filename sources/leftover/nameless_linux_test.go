package leftover

import (
	"os"
	"path/filepath"
	"testing"
)

// A file without a name can be written and read, and the folder does not show it. Without
// the folder there is no such file.
func TestAFileWithoutAName(t *testing.T) {
	folder := t.TempDir()
	f, ok := Nameless(folder)
	if !ok { // some file systems of containers do not support it; tmpfs does
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
		t.Error("a file was opened in a folder that does not exist")
	}
}
