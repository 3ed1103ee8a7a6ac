// A file that is discarded while it is flushed to the disk, or just after.

package output

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/leftover"
)

// blockSync makes the file's fsync block until goOn is called. waits is closed when the fsync has
// begun.
func blockSync(t *testing.T, f *File) (waits <-chan struct{}, goOn func()) {
	t.Helper()
	begun, end := make(chan struct{}), make(chan struct{})
	real := f.sync
	f.sync = func() error {
		close(begun)
		<-end
		return real()
	}
	goOn = sync.OnceFunc(func() { close(end) })
	t.Cleanup(goOn)
	return begun, goOn
}

func TestAFileIsDiscardedWhileItIsFlushed(t *testing.T) {
	for name, old := range map[string]bool{"over an old file": true, "over none": false} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			path := filepath.Join(folder, "out.csv")
			left := func() {
				if !old {
					wantOnlyFiles(t, folder)
					return
				}
				wantContent(t, path, "old")
				wantOnlyFiles(t, folder, "out.csv")
			}
			if old {
				put(t, path, "old", 0o640)
			}
			f := create(t, path)
			write(t, f, "new")
			waits, goOn := blockSync(t, f)
			committed := make(chan error)
			go func() { committed <- f.Commit() }()
			<-waits
			discarded := make(chan error)
			go func() { discarded <- f.Discard() }()
			select {
			case err := <-discarded: // Discard does not wait for the disk
				if err != nil {
					t.Error(err)
				}
			case <-time.After(5 * time.Second):
				t.Fatal("Discard waits for the disk")
			}
			left()
			goOn()
			if err := <-committed; !errors.Is(err, errTakenBack) {
				t.Errorf("Commit returned %v", err)
			}
			left()
		})
	}
}

func TestOfConcurrentCommitAndDiscardOneCounts(t *testing.T) {
	counts := map[bool]int{}
	for range 200 {
		folder := t.TempDir()
		path := filepath.Join(folder, "out.csv")
		put(t, path, "old", 0o640)
		f := create(t, path)
		write(t, f, "new")
		f.sync = func() error { return nil }
		var committed, discarded error
		var both sync.WaitGroup
		both.Go(func() { discarded = f.Discard() })
		both.Go(func() { committed = f.Commit() })
		both.Wait()
		if discarded != nil || (committed != nil && !errors.Is(committed, errTakenBack)) {
			t.Fatalf("Commit returned %v, and Discard %v", committed, discarded)
		}
		// If Discard came first, Commit may return nil too.
		isNew := read(t, path) == "new"
		if isNew && committed != nil {
			t.Fatalf("the file is there, and Commit returned %v", committed)
		}
		if !isNew {
			wantContent(t, path, "old")
		}
		wantOnlyFiles(t, folder, "out.csv")
		counts[isNew]++
	}
	t.Logf("%d of 200 were there", counts[true])
}

func TestADiskThatFailsAtTheEndLeavesTheOldFile(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "out.csv")
	put(t, path, "old", 0o640)
	f := create(t, path)
	write(t, f, "new")
	f.sync = func() error { return syscall.EIO }
	if err := f.Commit(); !errors.Is(err, syscall.EIO) {
		t.Errorf("got %v", err)
	}
	wantContent(t, path, "old")
	wantOnlyFiles(t, folder, "out.csv")
}

// If a file without a name cannot be linked into the folder, its content is copied.
func TestAFileThatCannotBeNamedIsCopied(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "out.csv")
	put(t, path, "old", 0o640)
	f := create(t, path)
	other, ok := leftover.Nameless(folder) // f gets this file, and cannot link it into its folder
	if !ok {
		return // the system has no files without a name
	}
	if err := f.f.Close(); err != nil {
		t.Fatal(err)
	}
	f.f, f.sync = other, other.Sync
	write(t, f, "new")
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	wantContent(t, path, "new")
	if m := mode(t, path); m != 0o640 {
		t.Errorf("mode %o", m)
	}
	wantOnlyFiles(t, folder, "out.csv")
}

func TestAnExclusiveFileReplacesNothing(t *testing.T) {
	for _, named := range []bool{false, true} {
		folder := t.TempDir()
		path := filepath.Join(folder, "new.yaml")
		f := create(t, path)
		if named && f.temp == "" {
			if err := f.nameTemporary(); err != nil {
				t.Fatal(err)
			}
		}
		f.Exclusive()
		write(t, f, "ours")
		put(t, path, "theirs", 0o600)
		if err := f.Commit(); err == nil || !strings.HasSuffix(err.Error(), "new.yaml: file exists") {
			t.Errorf("named %v: %v", named, err)
		}
		wantContent(t, path, "theirs")
		wantOnlyFiles(t, folder, "new.yaml")
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		f = create(t, path)
		f.Exclusive()
		write(t, f, "ours")
		if err := f.Commit(); err != nil {
			t.Error(err)
		}
		wantContent(t, path, "ours")
		wantOnlyFiles(t, folder, "new.yaml")
	}
}
