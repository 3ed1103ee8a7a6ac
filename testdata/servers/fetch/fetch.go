// Package fetch fetches database servers that this machine lacks into .cache of the project. They
// run from there. It also fetches packages that tests use. It installs nothing and needs no
// root.
//
//	dir, ok := fetch.MySQL.Have()
//	if !ok {
//		dir, err = fetch.MySQL.Get(ctx)
//	}
//
// Packages come through apt-get, which verifies Debian's signature, and through npm. Both use the
// configuration of this machine. Fetched trees stay for later runs until `make clean`. Trees are
// for Linux on amd64.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// layout is part of the path of the cache. It must change whenever the contents of a tree change.
const layout = "v1"

// fetchTimeout is the limit for fetching one tree, including the wait for another process that
// fetches it.
const fetchTimeout = 5 * time.Minute

// ErrImpossible means that this machine cannot fetch a tree: its system is another one, or it lacks
// the programs for fetching.
var ErrImpossible = errors.New("cannot be fetched on this machine")

// A Tree is a folder of programs with everything that they need.
type Tree struct {
	Name string // the name of its folder in the cache
	// unpack fills the empty folder dir. The folder is then moved to its place.
	unpack func(ctx context.Context, dir string) error
}

// Have returns the tree's folder if it was fetched before.
func (t Tree) Have() (dir string, ok bool) {
	cache, err := cache()
	if err != nil {
		return "", false
	}
	dir = filepath.Join(cache, t.Name)
	_, err = os.Stat(dir)
	return dir, err == nil
}

// Get returns the folder of the tree, and fetches the tree first if necessary. Processes that need
// the same tree wait for the first of them. The error is ErrImpossible if this machine cannot fetch
// the tree.
func (t Tree) Get(ctx context.Context) (dir string, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, fetchTimeout, fmt.Errorf("not fetched within %v", fetchTimeout))
	defer cancel()
	cache, err := cache()
	if err != nil {
		return "", err
	}
	return t.into(ctx, cache)
}

// into is Get with a given cache. A tree gets its name by a rename, so a folder with that name is
// complete.
func (t Tree) into(ctx context.Context, cache string) (dir string, err error) {
	dir = filepath.Join(cache, t.Name)
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	unlock, err := lock(ctx, dir+".lock")
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	part := dir + ".part"
	if err := os.RemoveAll(part); err != nil { // a run that was killed may have left it
		return "", err
	}
	if err := os.Mkdir(part, 0o755); err != nil {
		return "", err
	}
	if err := t.unpack(ctx, part); err != nil {
		return "", errors.Join(fmt.Errorf("fetching %s: %w", t.Name, err), context.Cause(ctx), os.RemoveAll(part))
	}
	return dir, os.Rename(part, dir)
}

// lock waits until no other process holds the lock on a file. The kernel releases the lock when its
// holder ends.
func lock(ctx context.Context, path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return func() { _ = f.Close() }, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, errors.Join(fmt.Errorf("locking %s: %w", path, err), f.Close())
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(context.Cause(ctx), f.Close())
		case <-ticker.C:
		}
	}
}

// cache returns the folder of all trees: .cache next to the go.mod of the working folder or of a
// folder above it.
func cache() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, ".cache", "servers", layout), nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("no go.mod in or above the working folder")
		}
		dir = up
	}
}

// Program returns the path of a program in a fetched tree.
func Program(dir, name string) (string, bool) {
	for _, folder := range []string{"bin", "root/usr/sbin", "root/usr/bin"} {
		path := filepath.Join(dir, folder, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return path, true
		}
	}
	return "", false
}

// Usr is the prefix of the share and lib folders in a tree of Debian packages.
func Usr(dir string) string { return filepath.Join(dir, "root", "usr") }

// libraries returns the folders below root that have shared libraries.
func libraries(root string) (folders []string, err error) {
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		folder := filepath.Dir(path)
		isLibrary := strings.HasPrefix(d.Name(), "lib") && strings.Contains(d.Name(), ".so.")
		if isLibrary && !d.IsDir() && (len(folders) == 0 || folders[len(folders)-1] != folder) {
			folders = append(folders, folder)
		}
		return nil
	})
	return folders, err
}
