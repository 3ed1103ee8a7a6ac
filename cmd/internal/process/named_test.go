// A lock whose file names its holder.

package process

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestALockSaysWhoHoldsIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".x.lock")
	unlock, err := LockNamed(t.Context(), path, 0)
	if err != nil {
		t.Fatal(err)
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	_, err = LockNamed(t.Context(), path, 0)
	held, ok := errors.AsType[*HeldError](err)
	if !ok || !errors.Is(err, ErrHeld) || !strings.HasPrefix(held.Holder, "pid ") || !strings.Contains(held.Holder, " on "+host+" since 2") {
		t.Fatalf("%v", err)
	}
	began := time.Now()
	if _, err = LockNamed(t.Context(), path, 120*time.Millisecond); !errors.Is(err, ErrHeld) || time.Since(began) < 120*time.Millisecond {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = LockNamed(ctx, path, time.Hour); !errors.Is(err, ErrHeld) {
		t.Error(err)
	}
	given := make(chan error, 1)
	time.AfterFunc(100*time.Millisecond, func() { given <- unlock() })
	second, err := LockNamed(t.Context(), path, 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(<-given, second()); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); err == nil {
		t.Error("the file stays")
	}
}

func TestALockThatAKilledProcessLeftIsTakenOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".x.lock")
	if err := os.WriteFile(path, []byte("pid 1 on elsewhere\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	unlock, err := LockNamed(t.Context(), path, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got := holder(path); strings.Contains(got, "elsewhere") {
		t.Errorf("its holder is %q", got)
	}
	if err := unlock(); err != nil {
		t.Error(err)
	}
}

// Each holder removes the file, so another process may have opened a file that is removed.
func TestOneAtATimeHoldsALock(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".x.lock")
	var inside, most atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 5 {
				unlock, err := LockNamed(t.Context(), path, 20*time.Second)
				if err != nil {
					t.Error(err)
					return
				}
				most.Store(max(most.Load(), inside.Add(1)))
				inside.Add(-1)
				if err := unlock(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if most.Load() != 1 {
		t.Errorf("%d held it at the same time", most.Load())
	}
}

func TestHostileFilesInPlaceOfALock(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, ".x.lock")
	if err := os.Symlink(filepath.Join(folder, "other"), path); err != nil {
		t.Fatal(err)
	}
	if _, err := LockNamed(t.Context(), path, 0); err == nil || errors.Is(err, ErrHeld) {
		t.Errorf("a link: %v", err)
	}
	if _, err := os.Lstat(filepath.Join(folder, "other")); err == nil {
		t.Error("the link was followed")
	}
}
