// The servers of one run. They are in one folder, and are started and stopped at the same time.
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/fanql/fanql/testdata/servers/private"
)

// A fleet is the servers for COMMAND. The zero value has nothing to stop.
type fleet struct {
	dir    string
	env    []string
	native []*private.Instance
	docker *composition
}

// launch starts the installed products from their programs, and the missing ones in containers. The
// fleet has everything that has started, even if there is an error.
func launch(ctx context.Context, here map[string]private.Programs, missing []private.Product) (fleet, error) {
	var f fleet
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	password := rand.Text()
	if len(here) > 0 {
		dir, err := private.Folder()
		if err != nil {
			return f, err
		}
		f.dir = dir
	}
	var (
		mu      sync.Mutex
		failure error
		wg      sync.WaitGroup
	)
	// Each start reports here; the first failure cancels the others.
	report := func(what string, i *private.Instance, env []string, err error) {
		mu.Lock()
		defer mu.Unlock()
		if i != nil {
			f.native = append(f.native, i)
		}
		f.env = append(f.env, env...)
		if err != nil && failure == nil {
			failure = fmt.Errorf("%s: %w", what, err)
			cancel()
		}
	}
	for _, p := range private.Products {
		if found, ok := here[p.Name]; ok {
			wg.Go(func() {
				i, url, err := native(ctx, p, found, filepath.Join(f.dir, p.Folder), password)
				report(p.Name, i, []string{p.Env + "=" + url}, err)
			})
		}
	}
	if len(missing) > 0 {
		f.docker = &composition{services: missing, password: password}
		wg.Go(func() {
			env, err := f.docker.up(ctx)
			report("containers", nil, env, err)
		})
	}
	wg.Wait()
	return f, failure
}

// native runs a server from its programs and returns the URL for COMMAND. The caller must stop the
// instance unless it is nil, even if there is an error.
func native(ctx context.Context, p private.Product, found private.Programs, dir, password string) (*private.Instance, string, error) {
	begun := time.Now()
	i, err := private.Begin(ctx, p, found, dir, password)
	if err != nil {
		return i, "", err
	}
	version, err := i.Version(ctx)
	if err != nil {
		return i, "", err
	}
	say("%s on %s (%.1f s)", version, i.Address(), time.Since(begun).Seconds())
	return i, i.URL, nil
}

// environment returns the variables that COMMAND gets in addition to its own.
func (f fleet) environment() []string { return append(f.env, "FANQL_REQUIRE_SERVERS=1") }

// obituary reports servers that have ended by themselves. They explain failures.
func (f fleet) obituary() {
	for _, i := range f.native {
		select {
		case <-i.Ended:
			say("%s ended before its time: %v\n%s", i.Product.Name, i.Err, i.LastWords())
		default:
		}
	}
}

// stop ends the servers and removes their files.
func (f fleet) stop() {
	var wg sync.WaitGroup
	for _, i := range f.native {
		wg.Go(i.Stop)
	}
	if f.docker != nil {
		wg.Go(f.docker.down)
	}
	wg.Wait()
	if f.dir != "" {
		if err := os.RemoveAll(f.dir); err != nil {
			say("%v", err)
		}
	}
}
