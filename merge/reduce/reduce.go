// Package reduce runs SQL over the gathered rows of all sources, in an embedded
// DuckDB that is started when an [Engine] is opened and not before.
//
//	e, err := reduce.Open(reduce.Options{Memory: 128 << 20})
//	defer e.Close()
//	err = e.Check(sql)                            // does it parse, before anything is asked
//	s := e.Strategy(ctx, sql, reduce.Table{Name: "rows", ...})
//	err = s.Merge(run, query.Dispatch(ctx, asks, opts), out.Write)
//
// The SQL sees the rows as a [Table] says, and nothing else: the engine reads and
// writes no file but its own temporary ones, loads no extension, reaches no
// network, and its settings are locked. No value is bent on the way in or out;
// one that its type cannot hold is an error.
//
// This package alone knows DuckDB, and holds the cgo that comes with it.
package reduce

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	duckdb "github.com/duckdb/duckdb-go-bindings"

	"github.com/fanql/fanql/query/leftover"
)

// Options of an engine.
type Options struct {
	// Memory is what the engine may hold, in bytes, but for minMemory, below
	// which it does not work; the rest goes to temporary files. 0 is DuckDB's
	// own limit.
	Memory int64
	// TempDir takes the folder of temporary files; empty is [os.TempDir].
	TempDir string

	file string // the only one that SQL may reach; empty for none
}

const (
	minMemory       = 32 << 20 // sorts, joins and windows over 3,000,000 rows were seen to pass in it on one thread
	memoryPerThread = 64 << 20 // with less, two threads failed where one did not
)

// An Engine is a DuckDB. It is for one goroutine at a time, but for [Engine.Remove]
// and [Engine.Shape].
type Engine struct {
	db     duckdb.Database
	conn   duckdb.Connection
	folder string // of temporary files, ours alone
	hold   func() // gives up the folder
	temp   string // for the stage of the result; empty is os.TempDir
	memory int64

	needs    needs // of the SQL that was checked
	fittings fittings
}

// Open starts an engine that holds no rows.
func Open(o Options) (*Engine, error) {
	e := &Engine{temp: o.TempDir, memory: o.Memory}
	leftover.Sweep(cmp.Or(o.TempDir, os.TempDir()), isFolder)
	var err error
	if e.folder, err = os.MkdirTemp(o.TempDir, "fanql-*.reduce"); err != nil {
		// What fits into memory needs no files; DuckDB names the folder if it needs it.
		// Nobody can have put something there under a random name.
		e.folder = filepath.Join(cmp.Or(o.TempDir, os.TempDir()), fmt.Sprintf("fanql-%d.reduce", rand.Uint64()))
	}
	e.hold = leftover.Hold(e.folder)
	if err := e.start(o); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// isFolder reports whether a name is one of our folders' in TMPDIR.
func isFolder(name string) bool {
	middle, ok := strings.CutPrefix(name, "fanql-")
	middle, ours := strings.CutSuffix(middle, ".reduce")
	_, err := strconv.ParseUint(middle, 10, 64)
	return ok && ours && err == nil
}

// Version is that of the DuckDB built in.
func Version() string { return strings.TrimPrefix(duckdb.LibraryVersion(), "v") }

func (e *Engine) start(o Options) error {
	var config duckdb.Config
	if duckdb.CreateConfig(&config) != duckdb.StateSuccess {
		return errors.New("DuckDB: no memory for its settings")
	}
	defer duckdb.DestroyConfig(&config)
	for _, s := range settings(e.folder, o) {
		if duckdb.SetConfig(config, s.name, s.value) != duckdb.StateSuccess {
			return fmt.Errorf("DuckDB does not take the setting %s = %s", s.name, s.value)
		}
	}
	var text string
	if duckdb.OpenExt(":memory:", &e.db, config, &text) != duckdb.StateSuccess {
		return said(text, "")
	}
	if duckdb.Connect(e.db, &e.conn) != duckdb.StateSuccess {
		return errors.New("DuckDB gives no connection")
	}
	// Not a setting at the start: with it DuckDB may read the files that have the name of
	// the database, of which :memory: can be one, and so can .wal where it has no name.
	allowed := ""
	if o.file != "" {
		allowed = literal(o.file)
	}
	if err := e.exec("set allowed_paths = [" + allowed + "]; set enable_external_access = false"); err != nil {
		return err
	}
	return e.exec("set TimeZone = 'UTC'") // of the ICU extension, which is there only now
}

// unleash readies the engine for SQL that is not ours: with all its threads, and
// with settings that nothing can change any more. Rows are loaded on threads of
// ours, beside which DuckDB's own only waited for each other: that took a third
// more time on the processors.
func (e *Engine) unleash() error {
	return errors.Join(e.exec("set threads = "+strconv.Itoa(e.threads())), e.exec("set lock_configuration = true"))
}

// threads is how many the memory allows for.
func (e *Engine) threads() int {
	threads := runtime.GOMAXPROCS(0)
	if e.memory > 0 {
		threads = min(threads, int(max(e.memory/memoryPerThread, 1)))
	}
	return threads
}

type setting struct{ name, value string }

// settings are those at the start. That nothing outside can be reached is set when the
// database is open: then the folder could no longer be named.
func settings(folder string, o Options) []setting {
	all := []setting{
		{"temp_directory", folder},
		{"errors_as_json", "true"}, // with the position as a number
		{"threads", "1"},           // until the rows are loaded: see unleash
		{"autoinstall_known_extensions", "false"},
		{"autoload_known_extensions", "false"},
		{"allow_community_extensions", "false"},
		{"allow_persistent_secrets", "false"}, // which would be read from the home folder
	}
	if o.Memory > 0 {
		all = append(all, setting{"memory_limit", strconv.FormatInt(max(o.Memory, minMemory), 10) + "B"})
	}
	return all
}

// Close ends the engine and removes its temporary files. It may be called again.
func (e *Engine) Close() error {
	if e.conn.Ptr != nil {
		duckdb.Disconnect(&e.conn)
	}
	if e.db.Ptr != nil {
		duckdb.Close(&e.db)
	}
	return e.Remove()
}

// Remove removes the temporary files, also from beside, when the process is about
// to leave without Close.
func (e *Engine) Remove() error {
	defer e.hold()
	return os.RemoveAll(e.folder)
}

// exec runs a statement of our own.
func (e *Engine) exec(sql string) error { return exec(e.conn, sql) }

func exec(conn duckdb.Connection, sql string) error {
	var r duckdb.Result
	defer duckdb.DestroyResult(&r)
	if duckdb.Query(conn, sql, &r) != duckdb.StateSuccess {
		return said(duckdb.ResultError(&r), sql)
	}
	return nil
}
