// Databases that rows are loaded into.

package sources

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/duckdb"
	"github.com/fanql/fanql/sources/load"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/tunnel"
)

// OpenLoader makes a loader of a configured source. This dials nothing and creates nothing.
// The source's settings for reading (read_only, columns, timestamps_in) have no effect.
func OpenLoader(s config.Source, getenv func(string) string) (load.Loader, error) {
	if s.Discovery != nil {
		return nil, errors.New("it stands for several databases: name one of them")
	}
	x, err := s.Expand(Dialects, getenv)
	if err != nil {
		return nil, err
	}
	target := x.URL
	if x.Kind.File {
		target = x.Path
	}
	src, err := lineOf(x.Kind).begin()(s.Name, target, x.Password)
	if err != nil {
		return nil, err
	}
	l, ok := src.(load.Loader)
	if !ok {
		return nil, fmt.Errorf("rows cannot be loaded into %s", strings.Join(x.Kind.Products, " and "))
	}
	if s.Tunnel != nil {
		return tunneledLoader{l, s.Tunnel}, nil
	}
	return l, nil
}

// tunneledLoader is a loader whose address is a tunnel's port.
type tunneledLoader struct {
	load.Loader
	tunnel *tunnel.Tunnel
}

// Look calls Look of the loader when the tunnel is up.
func (t tunneledLoader) Look(ctx context.Context, r load.Request, p *driver.Progress) (load.Table, error) {
	if err := t.up(ctx, r, p); err != nil {
		return load.Table{}, err
	}
	return t.Loader.Look(ctx, r, p)
}

// Load calls Load of the loader when the tunnel is up.
func (t tunneledLoader) Load(ctx context.Context, r load.Request, p *driver.Progress, rows func(row.Emit) error) (load.Answer, error) {
	if err := t.up(ctx, r, p); err != nil {
		return load.Answer{}, err
	}
	return t.Loader.Load(ctx, r, p, rows)
}

func (t tunneledLoader) up(ctx context.Context, r load.Request, p *driver.Progress) error {
	p.Enter(driver.Open)
	if by, ok := (driver.Request{ConnectBy: r.ConnectBy}).ConnectDeadline(ctx); ok {
		var stop context.CancelFunc
		ctx, stop = context.WithDeadline(ctx, by)
		defer stop()
	}
	if err := t.tunnel.Up(ctx); err != nil {
		return &driver.Error{Phase: driver.Open, Err: err}
	}
	return nil
}

// DuckDBPath returns the file that a text names, as duckdb:FILE or by its suffix, if it is
// a database of DuckDB, which cannot be a source.
func DuckDBPath(text string) (path string, ok bool) {
	for _, prefix := range []string{"duckdb://", "duckdb:"} {
		if path, ok := strings.CutPrefix(text, prefix); ok {
			return path, path != ""
		}
	}
	return text, slices.Contains(duckdb.Suffixes, strings.ToLower(filepath.Ext(text))) && !strings.Contains(text, "://")
}

// OpenDuckDB makes a loader of a database file of DuckDB's.
func OpenDuckDB(path string) load.Loader { return duckdb.NewLoader(path) }
