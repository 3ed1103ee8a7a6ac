// Package reduce runs SQL over the gathered rows of all sources, in an embedded
// DuckDB that is started when an [Engine] is opened and not before.
//
//	e, err := reduce.Open(reduce.Options{Memory: 128 << 20})
//	defer e.Close()
//	err = e.Check(sql)                            // does it parse, before anything is asked
//	s := e.Strategy(ctx, sql, reduce.Table{Name: "rows", ...})
//	err = s.Merge(run, query.Dispatch(ctx, asks, opts), out.Write)
//
// The SQL sees the rows as a [Table] says, and nothing else: see
// [github.com/fanql/fanql/sources/duckdb/engine]. No value is changed on the way in
// or out; one that its type cannot hold is an error.
package reduce

import "github.com/fanql/fanql/sources/duckdb/engine"

// Options of an engine.
type Options struct {
	// Memory is what the engine may hold, in bytes: see [engine.Options]. As much again
	// is for the stage of the result. 0 is DuckDB's own limit.
	Memory int64
	// TempDir takes the temporary files; empty is [os.TempDir].
	TempDir string
	// Called is what warnings call the SQL, such as the flag that it is given by; empty
	// is the reduce.
	Called string
}

// Error is what DuckDB has against the SQL.
type Error = engine.Error

// An Engine is a DuckDB for one reduce. It is for one goroutine at a time, but for
// [Engine.Remove] and [Engine.Shape].
type Engine struct {
	db *engine.DB
	o  Options

	needs   engine.Needs // of the SQL that was checked
	pruners pruners
}

// Open starts an engine that holds no rows.
func Open(o Options) (*Engine, error) {
	db, err := engine.Open(engine.Options{Memory: o.Memory, TempDir: o.TempDir})
	if err != nil {
		return nil, err
	}
	return &Engine{db: db, o: o}, nil
}

// Version is that of the DuckDB built in.
func Version() string { return engine.Version() }

// Close ends the engine and removes its temporary files. It may be called again.
func (e *Engine) Close() error { return e.db.Close() }

// Remove removes the temporary files, also from another goroutine, when the process
// is about to leave without Close.
func (e *Engine) Remove() error { return e.db.Remove() }
