// Package reduce runs SQL over the gathered rows of all sources, in an embedded DuckDB. The
// DuckDB starts when an [Engine] is opened.
//
//	e, err := reduce.Open(reduce.Options{Memory: 128 << 20})
//	defer e.Close()
//	err = e.Check(sql)                            // does it parse, before anything is sent
//	s := e.Strategy(ctx, sql, reduce.Table{Name: "rows", ...})
//	err = s.Merge(run, query.Dispatch(ctx, tasks, opts), out.Write)
//
// The SQL sees the tables that each [Table] describes, and nothing else: see
// [github.com/fanql/fanql/sources/duckdb/engine]. No value is changed on the way in or out.
// A value that its type cannot hold is an error.
package reduce

import "github.com/fanql/fanql/sources/duckdb/engine"

// Options are the options of an engine.
type Options struct {
	// Memory is the engine's limit in bytes: see [engine.Options]. The stage of the result
	// may use the same amount in addition. 0 is DuckDB's own limit for the engine, and no
	// limit for the stage.
	Memory int64
	// TempDir is the folder for temporary files; empty is [os.TempDir].
	TempDir string
	// Called is the name of the SQL in warnings, such as its flag. By default it is "the
	// reduce".
	Called string
}

// Error is an error of DuckDB for the SQL.
type Error = engine.Error

// An Engine is a DuckDB for one reduce. It is for one goroutine at a time, except for
// [Engine.Remove] and [Engine.Shape].
type Engine struct {
	db *engine.DB
	o  Options

	needs   engine.Needs // of the checked SQL
	pruners pruners
}

// Open starts an engine without rows. The caller must call Close.
func Open(o Options) (*Engine, error) {
	db, err := engine.Open(engine.Options{Memory: o.Memory, TempDir: o.TempDir})
	if err != nil {
		return nil, err
	}
	return &Engine{db: db, o: o}, nil
}

// Version returns the version of the built-in DuckDB.
func Version() string { return engine.Version() }

// Close ends the engine and removes its temporary files. It may be called more than
// once.
func (e *Engine) Close() error { return e.db.Close() }

// Remove removes the temporary files when the process is about to exit without Close. It
// may be called from any goroutine.
func (e *Engine) Remove() error { return e.db.Remove() }
