package fetch

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// counted returns a tree with one file. It counts how often the tree is unpacked.
func counted(n *atomic.Int32) Tree {
	return Tree{Name: "tree", unpack: func(_ context.Context, dir string) error {
		n.Add(1)
		return os.WriteFile(filepath.Join(dir, "whole"), nil, 0o644)
	}}
}

func TestATreeIsFetchedOnceForConcurrentCallers(t *testing.T) {
	cache := filepath.Join(t.TempDir(), "cache")
	var (
		times atomic.Int32
		wg    sync.WaitGroup
	)
	for range 8 {
		wg.Go(func() {
			dir, err := counted(&times).into(t.Context(), cache)
			if err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(filepath.Join(dir, "whole")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := times.Load(); got != 1 {
		t.Errorf("it was unpacked %d times", got)
	}
}

func TestAHalfFetchedTreeIsNotUsed(t *testing.T) {
	cache := t.TempDir()
	broken := errors.New("the line broke")
	bad := Tree{Name: "tree", unpack: func(_ context.Context, dir string) error {
		return errors.Join(broken, os.WriteFile(filepath.Join(dir, "half"), nil, 0o644))
	}}
	if _, err := bad.into(t.Context(), cache); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	// A process that was killed while it fetched the tree has left this.
	if err := os.MkdirAll(filepath.Join(cache, "tree.part", "half"), 0o755); err != nil {
		t.Fatal(err)
	}
	var times atomic.Int32
	dir, err := counted(&times).into(t.Context(), cache)
	if err != nil || times.Load() != 1 {
		t.Fatalf("unpacked %d times: %v", times.Load(), err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != "whole" {
		t.Errorf("it holds %v: %v", entries, err)
	}
}

func TestAWaitForAnotherFetchCanBeCancelled(t *testing.T) {
	cache := t.TempDir()
	unlock, err := lock(t.Context(), filepath.Join(cache, "tree.lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	late := errors.New("too late")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 10*time.Millisecond, late)
	defer cancel()
	var times atomic.Int32
	if _, err := counted(&times).into(ctx, cache); !errors.Is(err, late) || times.Load() != 0 {
		t.Errorf("unpacked %d times: %v", times.Load(), err)
	}
}

// A binary of this machine is in a root with its own loader and libraries. It can be run after the
// root was moved, and through links. Its arguments do not change.
func TestAWrappedBinaryRunsWithItsOwnLoader(t *testing.T) {
	if _, err := os.Stat("/lib64/" + loader); err != nil {
		t.Skip("needs glibc on amd64")
	}
	dir := t.TempDir()
	root := filepath.Join(dir, "before", "root")
	for from, to := range map[string]string{
		"/bin/echo": "usr/bin/echo", "/lib64/" + loader: "usr/lib/x86_64-linux-gnu/" + loader,
		"/lib/x86_64-linux-gnu/libc.so.6": "usr/lib/x86_64-linux-gnu/libc.so.6",
	} {
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(root, to)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := wrapAll(root); err != nil {
		t.Fatal(err)
	}
	after := filepath.Join(dir, "after words")
	if err := os.Rename(filepath.Join(dir, "before"), after); err != nil {
		t.Fatal(err)
	}
	echo, ok := Program(after, "echo")
	if !ok {
		t.Fatal("the tree has no echo")
	}
	out, err := exec.CommandContext(t.Context(), echo, "a b", "$HOME", "").Output()
	if err != nil || string(out) != "a b $HOME \n" {
		t.Errorf("it printed %q: %v", out, err)
	}
	script, err := os.ReadFile(echo)
	if err != nil || strings.Contains(string(script), dir) {
		t.Errorf("the script has the path where it was made: %s %v", script, err)
	}
}

func TestTheNewestPackageOfAMajorVersionIsTaken(t *testing.T) {
	versions := []string{"1.2.0", "10.9.0-beta.6", "10.23.0-beta.6", "12.1.0", "18.4.0-beta.17"}
	for major, want := range map[int]string{1: "1.2.0", 10: "10.23.0-beta.6", 18: "18.4.0-beta.17", 2: ""} {
		if got, ok := newest(versions, major); got != want || ok != (want != "") {
			t.Errorf("the newest package of version %d is %q, %v", major, got, ok)
		}
	}
}

func TestWhatNpmDropsIsRestored(t *testing.T) {
	for _, c := range []struct {
		name, links string
		fails       bool
	}{
		{"a link beside its target", `[{"source":"native/lib/libpq.so.5.14","target":"native/lib/libpq.so.5"}]`, false},
		{"a link out of the package", `[{"source":"../../../etc/passwd","target":"native/lib/libpq.so.5"}]`, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			native := filepath.Join(dir, "package", "native")
			for path, text := range map[string]string{
				"bin/postgres": "#!/bin/sh\ncat \"$(dirname \"$0\")/../lib/libpq.so.5\"\n", "lib/libpq.so.5.14": "library", "pg-symlinks.json": c.links,
			} {
				path = filepath.Join(native, path)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if err := mend(dir); err != nil || c.fails {
				if err == nil {
					t.Error("it is accepted")
				} else if !c.fails {
					t.Error(err)
				}
				return
			}
			out, err := exec.CommandContext(t.Context(), filepath.Join(dir, "bin", "postgres")).Output()
			if err != nil || string(out) != "library" {
				t.Errorf("the program printed %q: %v", out, err)
			}
		})
	}
}
