// A file appears completely or not at all. Errors in its path are reported before anything is
// written.

package output

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/fanql/fanql/sources/leftover"
)

// Create calls [CreateFor] with the option -o.
func Create(ctx context.Context, path string) (*File, error) { return CreateFor(ctx, "-o", path) }

func create(t *testing.T, path string) *File {
	t.Helper()
	f, err := Create(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Discard() })
	return f
}

func write(t *testing.T, f *File, text string) {
	t.Helper()
	if _, err := io.WriteString(f, text); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, path, text string, mode fs.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func wantContent(t *testing.T, path, want string) {
	t.Helper()
	if got := read(t, path); got != want {
		t.Errorf("%s holds %q, want %q", filepath.Base(path), got, want)
	}
}

// wantOnlyFiles checks that the folder holds only these files.
func wantOnlyFiles(t *testing.T, folder string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(names, " ") {
		t.Errorf("the folder has %q, want %q", got, names)
	}
}

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode()
}

func TestAFileIsThereOnCommit(t *testing.T) {
	for name, named := range map[string]bool{"without a name": false, "with a temporary name": true} {
		t.Run(name, func(t *testing.T) {
			aFileIsThereOnCommit(t, named)
		})
	}
}

func aFileIsThereOnCommit(t *testing.T, named bool) {
	folder := t.TempDir()
	path := filepath.Join(folder, "out.csv")
	f := &File{name: "-o " + path, target: path, named: named}
	if err := f.open(folder+"/", "out.csv", nil); err != nil {
		t.Fatal(err)
	}
	write(t, f, "new")
	entries, _ := os.ReadDir(folder)
	if _, nameless := leftover.Nameless(folder); nameless && !named {
		wantOnlyFiles(t, folder)
	} else if len(entries) != 1 || !strings.HasPrefix(entries[0].Name(), ".out.csv.") || !strings.HasSuffix(entries[0].Name(), ".tmp") {
		t.Fatalf("before Commit the folder holds %v", entries)
	}
	if info, err := f.f.Stat(); err != nil || info.Mode() != 0o600 {
		t.Errorf("the temporary file has mode %v (%v)", info.Mode(), err)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := f.Discard(); err != nil {
		t.Errorf("Discard after Commit: %v", err)
	}
	wantContent(t, path, "new")
	wantOnlyFiles(t, folder, "out.csv")

	plain, err := os.Create(filepath.Join(folder, "plain")) // its mode shows the umask
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = plain.Close() }()
	if got, want := mode(t, path), mode(t, plain.Name()); got != want {
		t.Errorf("mode %o, want %o", got, want)
	}
}

func TestDiscardLeavesTheOldFile(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "out.csv")
	put(t, path, "old", 0o640)
	f := create(t, path)
	write(t, f, "new")
	wantContent(t, path, "old")
	if err := f.Discard(); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err != nil { // has no effect after Discard
		t.Fatal(err)
	}
	wantContent(t, path, "old")
	wantOnlyFiles(t, folder, "out.csv")
}

func TestTheModeOfAReplacedFileIsKept(t *testing.T) {
	for _, want := range []fs.FileMode{0o600, 0o640, 0o666, 0o755} {
		path := filepath.Join(t.TempDir(), "out.csv")
		put(t, path, "old", want)
		f := create(t, path)
		write(t, f, "new")
		if err := f.Commit(); err != nil {
			t.Fatal(err)
		}
		wantContent(t, path, "new")
		if got := mode(t, path); got != want {
			t.Errorf("mode %o, want %o", got, want)
		}
	}
}

func TestLinksAreFollowed(t *testing.T) {
	for name, exists := range map[string]bool{"to a file": true, "to nothing yet": false} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			real, links := filepath.Join(folder, "real"), filepath.Join(folder, "links")
			for _, d := range []string{real, links} {
				if err := os.Mkdir(d, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if exists {
				put(t, filepath.Join(real, "data.csv"), "old", 0o644)
			}
			// a link to a link, through a folder that is a link
			for link, to := range map[string]string{"one.csv": "two.csv", "two.csv": "away/../real/data.csv", "away": real} {
				if err := os.Symlink(to, filepath.Join(links, link)); err != nil {
					t.Fatal(err)
				}
			}
			f := create(t, filepath.Join(links, "one.csv"))
			write(t, f, "new")
			if err := f.Commit(); err != nil {
				t.Fatal(err)
			}
			wantContent(t, filepath.Join(real, "data.csv"), "new")
			if mode(t, filepath.Join(links, "one.csv"))&fs.ModeSymlink == 0 {
				t.Error("the link was replaced")
			}
			wantOnlyFiles(t, real, "data.csv")
			wantOnlyFiles(t, links, "away", "one.csv", "two.csv")
		})
	}
}

func TestAPathThatCannotBeWrittenIsReportedAtOnce(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "file", "x", 0o644)
	if err := os.Mkdir("folder", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("loop", "loop"); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"":                       "-o: the file has no name",
		"reports/x.csv":          `-o reports/x.csv: folder "reports" does not exist`,
		"folder":                 "-o folder: is a folder: name a file in it",
		"folder/":                "-o folder/: is a folder: name a file in it",
		".":                      "-o .: is a folder: name a file in it",
		"file/x.csv":             `-o file/x.csv: "file" is not a folder`,
		"loop":                   "-o loop: too many symbolic links",
		"/proc/self/x.csv":       `-o /proc/self/x.csv: no file can be created in folder "/proc/`, // even root cannot create one
		"a\x1b[2Jb/x.csv":        `-o a\x1b[2Jb/x.csv: folder "a\\x1b[2Jb" does not exist`,
		strings.Repeat("x", 300): "-o " + strings.Repeat("x", 300) + ": file name too long",
	} {
		f, err := Create(t.Context(), path)
		if err == nil {
			_ = f.Discard()
			t.Errorf("%q was created", path)
			continue
		}
		if !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got  %s\nwant %s", err, want)
		}
	}
	if _, err := CreateFor(t.Context(), "--report", "folder"); err == nil || err.Error() != "--report folder: is a folder: name a file in it" {
		t.Errorf("got %v", err)
	}
	wantOnlyFiles(t, ".", "file", "folder", "loop")
	wantOnlyFiles(t, "folder")
}

// A name may have the maximum length, although the name of the temporary file is longer.
func TestALongName(t *testing.T) {
	folder := t.TempDir()
	name := strings.Repeat("n", 255)
	f := create(t, filepath.Join(folder, name))
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	wantOnlyFiles(t, folder, name)
}

func TestSpecialFilesAreWrittenDirectly(t *testing.T) {
	t.Run("a device", func(t *testing.T) {
		f := create(t, os.DevNull)
		write(t, f, "gone")
		if err := f.Commit(); err != nil {
			t.Fatal(err)
		}
		if mode(t, os.DevNull)&fs.ModeCharDevice == 0 {
			t.Fatal("the device was replaced")
		}
	})
	t.Run("a fifo", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "fifo")
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
		read := make(chan string)
		go func() {
			got, _ := os.ReadFile(path)
			read <- string(got)
		}()
		f := create(t, path)
		write(t, f, "through")
		if err := f.Commit(); err != nil {
			t.Fatal(err)
		}
		if got := <-read; got != "through" {
			t.Errorf("the reader got %q", got)
		}
		if mode(t, path)&fs.ModeNamedPipe == 0 {
			t.Error("the fifo was replaced")
		}
	})
	t.Run("an open file by its number, as /dev/stdout is", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "log")
		put(t, path, "before ", 0o644)
		open, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = open.Close() }()
		link := filepath.Join(t.TempDir(), "stdout")
		if err := os.Symlink("/proc/self/fd/"+strconv.Itoa(int(open.Fd())), link); err != nil {
			t.Fatal(err)
		}
		f := create(t, link)
		write(t, f, "after")
		if err := f.Commit(); err != nil {
			t.Fatal(err)
		}
		wantContent(t, path, "before after")
	})
}

func TestAFullDiskIsNamedAsTheUserNamedIt(t *testing.T) {
	f := create(t, "/dev/full")
	_, err := f.Write([]byte("x"))
	if !errors.Is(err, syscall.ENOSPC) || err.Error() != "-o /dev/full: no space left on device" {
		t.Errorf("got %v", err)
	}
}
