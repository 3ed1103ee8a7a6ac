// Parquet files, which DuckDB reads.

package engine

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/fanql/fanql/sources/row"
)

// ReadParquet emits the rows of a Parquet file, with its types. Its engine can read no
// other file. The end of ctx interrupts it.
func ReadParquet(ctx context.Context, o Options, path string, emit row.Emit) (err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return err
	}
	if at := strings.IndexAny(path, "*?[]"); at >= 0 {
		return fmt.Errorf("DuckDB takes the %q in its path for a pattern: give the file another name", path[at])
	}
	o.Files = []string{path}
	db, err := Open(o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	err = db.Query(ctx, "select * from read_parquet("+Literal(path)+")", emit)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return err
}
