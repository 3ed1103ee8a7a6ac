//go:build unix

// Links, files and FIFOs that other users put into a sticky folder to which fanql writes.

package output

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// somebody is the id of a user who is neither the current user nor root.
const somebody = 12345

func rootOnly(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can change the owner of a file: run it as root")
	}
}

func do(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// sharedFolder creates a folder with the mode of /tmp. victim is a file of the current user in
// another folder.
func sharedFolder(t *testing.T) (folder, victim string) {
	t.Helper()
	folder, victim = t.TempDir(), filepath.Join(t.TempDir(), "victim")
	put(t, victim, "precious", 0o600)
	do(t, os.Chmod(folder, 0o777|os.ModeSticky))
	return folder, victim
}

func TestHostileWhatOthersPlantedIsNotWrittenTo(t *testing.T) {
	rootOnly(t)
	for what, c := range map[string]struct {
		plant func(t *testing.T, path, victim string)
		want  string
	}{
		"a link to the user's file": {func(t *testing.T, path, victim string) {
			do(t, os.Symlink(victim, path), os.Lchown(path, somebody, somebody))
		}, "is a link of another user (12345)"},
		"a link to a file that does not exist": {func(t *testing.T, path, victim string) {
			do(t, os.Symlink(victim+".new", path), os.Lchown(path, somebody, somebody))
		}, "is a link of another user (12345)"},
		"the user's link to another user's link": {func(t *testing.T, path, victim string) {
			do(t, os.Symlink(victim, path+".2"), os.Lchown(path+".2", somebody, somebody), os.Symlink(path+".2", path))
		}, "is a link of another user (12345)"},
		"a link to an open file": {func(t *testing.T, path, _ string) {
			do(t, os.Symlink("/dev/stderr", path), os.Lchown(path, somebody, somebody))
		}, "is a link of another user (12345)"},
		"a file that all can read and write": {func(t *testing.T, path, _ string) {
			put(t, path, "theirs", 0o666)
			do(t, os.Chown(path, somebody, somebody))
		}, "it belongs to another user (12345), in a folder that others may write to"},
		"a FIFO": {func(t *testing.T, path, _ string) {
			do(t, syscall.Mkfifo(path, 0o666), os.Chown(path, somebody, somebody))
		}, "it belongs to another user (12345), in a folder that others may write to"},
	} {
		t.Run(what, func(t *testing.T) {
			folder, victim := sharedFolder(t)
			path := filepath.Join(folder, "out.csv")
			c.plant(t, path, victim)
			before, _ := os.ReadDir(folder)
			ctx, stop := context.WithTimeout(t.Context(), 5*time.Second)
			defer stop()
			f, err := Create(ctx, path)
			if err == nil {
				do(t, f.Discard())
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "-o "+path+": ") {
				t.Errorf("got %v, want %s", err, c.want)
			}
			wantContent(t, victim, "precious")
			if after, _ := os.ReadDir(folder); len(after) != len(before) {
				t.Errorf("the folder holds %v", after)
			}
		})
	}
	t.Run("a folder that is a link", func(t *testing.T) {
		folder, victim := sharedFolder(t)
		link := filepath.Join(folder, "sub")
		do(t, os.Symlink(filepath.Dir(victim), link), os.Lchown(link, somebody, somebody))
		if _, err := Create(t.Context(), filepath.Join(link, "victim")); err == nil || !strings.Contains(err.Error(), "is a link of another user") {
			t.Error(err)
		}
		if _, err := Create(t.Context(), link+"/../x"); err == nil || !strings.Contains(err.Error(), "is a link of another user") {
			t.Error(err)
		}
	})
}

// In a shared folder, the user's own files are written as in any other folder.
func TestHostileTheUsersOwnFilesInASharedFolderAreWritten(t *testing.T) {
	folder, victim := sharedFolder(t)
	link, file := filepath.Join(folder, "link"), filepath.Join(folder, "file")
	do(t, os.Symlink(victim, link))
	put(t, file, "old", 0o640)
	for _, path := range []string{link, file} {
		f := create(t, path)
		write(t, f, "new")
		do(t, f.Commit())
		wantContent(t, path, "new")
	}
	if got := mode(t, file); got != 0o640 {
		t.Errorf("mode %o", got)
	}
	if mode(t, link)&fs.ModeSymlink == 0 {
		t.Error("the link was replaced")
	}
}

func TestHostileOwnerAndGroupAreKeptAndNoModeIsTakenOver(t *testing.T) {
	rootOnly(t)
	old := syscall.Umask(0o022)
	defer syscall.Umask(old)
	for _, c := range []struct{ was, want fs.FileMode }{{0o666, 0o644}, {0o600, 0o600}, {0o640, 0o640}, {0o777, 0o644}} {
		path := filepath.Join(t.TempDir(), "out.csv") // the folder is the user's own, and the file belongs to another user
		put(t, path, "old", c.was)
		do(t, os.Chown(path, somebody, somebody+1))
		f := create(t, path)
		write(t, f, "new")
		temporary, err := f.f.Stat()
		do(t, err)
		if at := temporary.Sys().(*syscall.Stat_t); at.Uid != 0 || temporary.Mode() != 0o600 {
			t.Errorf("while it is written: owner %d, mode %v", at.Uid, temporary.Mode())
		}
		do(t, f.Commit())
		info, err := os.Stat(path)
		do(t, err)
		if at := info.Sys().(*syscall.Stat_t); at.Uid != somebody || at.Gid != somebody+1 || info.Mode() != c.want {
			t.Errorf("from %o: owner %d, group %d, mode %o; want mode %o", c.was, at.Uid, at.Gid, info.Mode(), c.want)
		}
		if f.Warning() != "" {
			t.Error(f.Warning())
		}
	}
}

// Another user may put a hard link to the user's file into a shared folder. After a write through
// it, the file is not more readable than a new file would be.
func TestHostileAHardLinkToTheUsersFile(t *testing.T) {
	old := syscall.Umask(0o077)
	defer syscall.Umask(old)
	folder, victim := t.TempDir(), ""
	do(t, os.Chmod(folder, 0o777|os.ModeSticky))
	victim, path := filepath.Join(folder, "victim"), filepath.Join(folder, "out.csv")
	put(t, victim, "precious", 0o644)
	do(t, os.Link(victim, path))
	f := create(t, path)
	write(t, f, "new")
	do(t, f.Commit())
	wantContent(t, victim, "precious")
	if got := mode(t, path); got != 0o600 {
		t.Errorf("mode %o", got)
	}
}

func TestHostileAFIFOThatNobodyReadsHasTheDeadline(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	do(t, syscall.Mkfifo(path, 0o600))
	late := errors.New("timed out after 100ms")
	ctx, stop := context.WithTimeoutCause(t.Context(), 100*time.Millisecond, late)
	defer stop()
	began := time.Now()
	_, err := CreateFor(ctx, "--report", path)
	if !errors.Is(err, late) || err.Error() != "--report "+path+": no reader has opened it: timed out after 100ms" {
		t.Error(err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}
