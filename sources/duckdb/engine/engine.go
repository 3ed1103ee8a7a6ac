// Package engine is the embedded DuckDB, which starts when it is opened:
//
//	db, err := engine.Open(engine.Options{Memory: 128 << 20})
//	defer db.Close()
//	tree, err := db.Parse(sql)          // errors of syntax, with their place
//	err = db.CheckFunctions(sql, tree)  // only functions that compute values
//	err = db.Exec("create table t (id bigint, name varchar)")
//	a, err := db.Append("main", "t", columns)
//	err = a.Add(batch, places)          // rows of a [row.Batch]
//	err = errors.Join(a.Flush(), a.Commit(), a.Close())
//	err = db.Lock()                     // before a statement of a user's
//	err = db.Query(ctx, sql, emit)      // rows as batches; the end of ctx interrupts it
//
// SQL in it cannot reach anything outside: it reads and writes no files except its own
// temporary ones and those that [Options] name, loads no extension and reaches no
// network. No value is changed on the way in or out; one that its type cannot hold is
// an error.
//
// Only this package uses DuckDB's binding, which brings in cgo.
package engine

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

	"github.com/fanql/fanql/sources/leftover"
)

// Options are the options of an engine.
type Options struct {
	// Memory is the engine's limit in bytes. Less than 32 MiB counts as 32 MiB, because
	// DuckDB does not work with less. The rest goes to temporary files. 0 is DuckDB's
	// own limit.
	Memory int64
	// TempDir is the parent of the folder of temporary files; empty is [os.TempDir].
	TempDir string
	// Threads is the number of threads of a statement after [DB.Lock]; 0 is as many as
	// there are processors and Memory allows. Before, it is one.
	Threads int
	// Database is the path of a database file; empty is a database in memory, which
	// ends with the engine. The file is only read, and must exist, unless Writes is set.
	Database string
	// Writes opens the file for writing, and creates it if it is not there.
	Writes bool
	// Files are the paths of the only files that SQL may read and write.
	Files []string
}

const (
	minMemory       = 32 << 20 // sorts, joins and windows over 3,000,000 rows have passed with it on one thread
	memoryPerThread = 64 << 20 // with less, two threads failed where one did not
)

// A DB is a running DuckDB with one connection, and more by [DB.Connect].
type DB struct {
	*Conn   // only one goroutine may use it at a time
	db      duckdb.Database
	folder  string // the folder of temporary files, which no other process uses
	release func() // releases the folder
	o       Options
}

// Open starts an engine. The caller closes it.
func Open(o Options) (*DB, error) {
	db := &DB{o: o}
	leftover.Sweep(cmp.Or(o.TempDir, os.TempDir()), isFolder)
	var err error
	if db.folder, err = os.MkdirTemp(o.TempDir, "fanql-*.reduce"); err != nil {
		// Data that fits into memory needs no files; DuckDB creates the folder when it
		// needs one. Nobody can have created something under a random name.
		db.folder = filepath.Join(cmp.Or(o.TempDir, os.TempDir()), fmt.Sprintf("fanql-%d.reduce", rand.Uint64()))
	}
	db.release = leftover.Hold(db.folder)
	if err := db.start(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// isFolder reports whether a name in TMPDIR is one of our folders'.
func isFolder(name string) bool { return leftover.IsFolder(name, "reduce") }

// Version returns the version of the built-in DuckDB.
func Version() string { return strings.TrimPrefix(duckdb.LibraryVersion(), "v") }

func (db *DB) start() error {
	var config duckdb.Config
	if duckdb.CreateConfig(&config) != duckdb.StateSuccess {
		return errors.New("DuckDB: no memory for its settings")
	}
	defer duckdb.DestroyConfig(&config)
	for _, s := range settings(db.folder, db.o) {
		if duckdb.SetConfig(config, s.name, s.value) != duckdb.StateSuccess {
			return fmt.Errorf("DuckDB does not take the setting %s = %s", s.name, s.value)
		}
	}
	var text string
	if duckdb.OpenExt(cmp.Or(db.o.Database, ":memory:"), &db.db, config, &text) != duckdb.StateSuccess {
		return newError(text, "")
	}
	var err error
	if db.Conn, err = db.Connect(); err != nil {
		return err
	}
	// This is not set at the start: DuckDB could then read files with the name of the
	// database, which :memory: can be, and .wal if it has no name.
	allowed := make([]string, len(db.o.Files))
	for i, path := range db.o.Files {
		allowed[i] = Literal(path)
	}
	if err := db.Exec("set allowed_paths = [" + strings.Join(allowed, ", ") + "]; set enable_external_access = false"); err != nil {
		return err
	}
	return db.Exec("set TimeZone = 'UTC'") // a setting of the ICU extension, which is loaded only now
}

// Lock prepares the engine for a user's SQL: with all its threads, and with settings
// that nothing can change any more. Until then it has one thread. Rows are loaded on
// our own threads, and DuckDB's further threads would only wait for each other, which
// took a third more processor time.
func (db *DB) Lock() error {
	return errors.Join(db.Exec("set threads = "+strconv.Itoa(db.Threads())), db.Exec("set lock_configuration = true"))
}

// Threads returns the number of threads of a statement after [DB.Lock].
func (db *DB) Threads() int {
	if db.o.Threads > 0 {
		return db.o.Threads
	}
	threads := runtime.GOMAXPROCS(0)
	if db.o.Memory > 0 {
		threads = min(threads, int(max(db.o.Memory/memoryPerThread, 1)))
	}
	return threads
}

// TempDir returns the folder of the engine's own temporary files.
func (db *DB) TempDir() string { return db.folder }

type setting struct{ name, value string }

// settings returns the settings at the start. Access to the outside is disabled when
// the database is open: afterwards the folder can no longer be set.
func settings(folder string, o Options) []setting {
	all := []setting{
		{"temp_directory", folder},
		{"errors_as_json", "true"}, // with the position as a number
		{"threads", "1"},           // while the rows are loaded: see Lock
		{"autoinstall_known_extensions", "false"},
		{"autoload_known_extensions", "false"},
		{"allow_community_extensions", "false"},
		{"allow_persistent_secrets", "false"}, // they would be read from the home folder
	}
	if o.Memory > 0 {
		all = append(all, setting{"memory_limit", strconv.FormatInt(max(o.Memory, minMemory), 10) + "B"})
	}
	if o.Database != "" && !o.Writes {
		all = append(all, setting{"access_mode", "READ_ONLY"})
	}
	return all
}

// Close ends the engine and removes its temporary files. It may be called more than
// once.
func (db *DB) Close() error {
	if db.Conn != nil {
		db.Conn.Close()
	}
	if db.db.Ptr != nil {
		duckdb.Close(&db.db)
	}
	return db.Remove()
}

// Remove removes the temporary files, perhaps on another goroutine, when the process is
// about to exit without Close.
func (db *DB) Remove() error {
	defer db.release()
	return os.RemoveAll(db.folder)
}
