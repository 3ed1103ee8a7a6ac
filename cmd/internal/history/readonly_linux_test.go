// Files, folders and disks that cannot be written to, even if root runs the tests.

package history

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fanql/fanql/testdata/unprivileged"
)

func TestAHistoryThatCannotBeWritten(t *testing.T) {
	for name, c := range map[string]struct {
		file, folder os.FileMode // 0 means that there is no file
		want         string
	}{
		"a read-only file":                  {0o400, 0o700, "it cannot be written: permission denied"},
		"a read-only folder without a file": {0, 0o500, "it cannot be written: permission denied"},
		"a read-only folder":                {0o600, 0o500, "it cannot be written: it, its folder or its disk is read-only ("},
	} {
		t.Run(name, func(t *testing.T) {
			file := path(t)
			if c.file != 0 {
				s, err := Open(t.Context(), file)
				if err != nil {
					t.Fatal(err)
				}
				appended(t, s, example(noon))
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				if err := os.Chmod(file, c.file); err != nil {
					t.Fatal(err)
				}
			}
			folder := filepath.Dir(file)
			if err := os.Chmod(folder, c.folder); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.Chmod(folder, 0o700) }) // otherwise the test could not remove the read-only folder
			unprivileged.Thread(t)                            // without a deadline, Open stays on this thread
			began := time.Now()
			if s, err := Open(context.Background(), file); !strings.HasPrefix(errorText(err), c.want) {
				t.Errorf("%v, %v", s, err)
			}
			if took := time.Since(began); took > busyTimeout/2 {
				t.Errorf("it took %v", took)
			}
		})
	}
}

func TestAHistoryOnAReadOnlyDisk(t *testing.T) {
	file, disk := path(t), t.TempDir()
	first, err := Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	appended(t, first, example(noon))
	// A run that is killed leaves its last rows in the file with the suffix -wal.
	for _, name := range []string{file, file + "-wal"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(filepath.Dir(file), strings.Replace(filepath.Base(name), "history", "killed", 1)), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount(filepath.Dir(file), disk, "", unix.MS_BIND, ""); err != nil {
		t.Logf("a read-only mount needs privileges: %v", err) // then only the test above covers this case
		return
	}
	t.Cleanup(func() {
		if err := unix.Unmount(disk, 0); err != nil {
			t.Error(err)
		}
	})
	if err := unix.Mount("", disk, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"history.db", "new.db"} {
		if s, err := Open(t.Context(), filepath.Join(disk, name)); errorText(err) != "it cannot be written: read-only file system" {
			t.Errorf("%v, %v", s, err)
		}
	}
	if s, err := Read(t.Context(), filepath.Join(disk, "killed.db")); !strings.HasPrefix(errorText(err), "the last runs are still in its file -wal") {
		t.Errorf("%v, %v", s, err)
	}
	s, err := Read(t.Context(), filepath.Join(disk, "history.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if list, err := s.Runs(t.Context(), time.Time{}, 0); err != nil || len(list) != 1 {
		t.Errorf("%d runs, %v", len(list), err)
	}
}
