// Parquet files as sources.

package file

import (
	"context"
	"errors"
	"io"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/row"
)

// A Parquet is a Parquet file as a source. An embedded DuckDB, which is started for each
// run, reads it.
type Parquet struct{ path string }

// engineMemory is DuckDB's memory limit for reading the file.
const engineMemory = 64 << 20

// openParquet checks whether the file begins and ends like Parquet.
func openParquet(path string) (*Parquet, error) {
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // it was opened for reading only
	const magic = "PAR1"
	buf := make([]byte, len(magic))
	begins := func() bool {
		_, err := io.ReadFull(f, buf)
		return err == nil && string(buf) == magic
	}
	if !begins() {
		return nil, errors.New("not a Parquet file")
	}
	if _, err := f.Seek(-int64(len(magic)), io.SeekEnd); err != nil || !begins() {
		return nil, errors.New("not a whole Parquet file: its end is missing; save it once more")
	}
	return &Parquet{path}, nil
}

// Name returns the file's path as it was given.
func (s *Parquet) Name() string { return s.path }

// Typed reports that the columns have types.
func (s *Parquet) Typed() bool { return true }

// Run returns the rows of the file.
func (s *Parquet) Run(ctx context.Context, _ driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error) {
	p.Enter(driver.Query)
	var taken error // emit's own error is returned as it is
	err := engine.ReadParquet(ctx, engine.Options{Memory: engineMemory}, s.path, func(b *row.Batch) error {
		p.Enter(driver.Stream)
		taken = emit(b)
		return taken
	})
	if err != nil && taken == nil {
		err = &driver.Error{Phase: p.Phase(), Err: err}
	}
	return driver.Answer{}, err
}
