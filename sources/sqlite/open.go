// Opening a database so that it can only be read, and waiting for its lock.

package sqlite

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"time"

	"github.com/fanql/fanql/sources/ask"
	"github.com/mattn/go-sqlite3"
)

// While another process locks the database, SQLite itself waits for 50 ms a
// try, deaf to everything; between the tries we look at ctx. One goroutine uses
// the connection, and interrupting needs no mutex: without it a scan takes 0.8
// of the time.
const (
	options = "?mode=ro&_query_only=1&_busy_timeout=50&_mutex=no"
	pause   = 5 * time.Millisecond
)

// open gives a connection in a read transaction that holds its lock already, so
// that the question itself never meets SQLITE_BUSY and sees one state of the
// database. Waiting for another's lock counts as phase query: the database has
// been found by then.
func (r *reading) open(ctx context.Context, path string) (*sqlite3.SQLiteConn, error) {
	file, err := regular(path)
	if err != nil {
		return nil, err
	}
	r.file = file
	r.p.Greeted("SQLite " + Version())

	var conn *sqlite3.SQLiteConn
	err = r.patiently(ctx, func() error {
		// Reads the schema, so it can find the database locked.
		c, err := new(sqlite3.SQLiteDriver).Open(uri(path) + options)
		if err == nil {
			conn = c.(*sqlite3.SQLiteConn)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := r.restrict(ctx, conn); err != nil {
		_ = conn.Close() // never asked anything; err says why
		return nil, err
	}
	return conn, nil
}

// restrict closes what mode=ro leaves open, then takes the lock.
func (r *reading) restrict(ctx context.Context, conn *sqlite3.SQLiteConn) error {
	conn.SetLimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0) // ATTACH creates and writes other files
	if _, err := conn.Exec("pragma trusted_schema = off", nil); err != nil {
		return err
	}
	if _, err := conn.Exec("begin", nil); err != nil {
		return err
	}
	err := r.patiently(ctx, func() error {
		_, err := conn.Exec("select 1 from sqlite_schema limit 1", nil)
		return err
	})
	if err != nil {
		return err
	}
	if r.q.MaxCell > 0 { // after the schema, whose text may be longer
		conn.SetLimit(sqlite3.SQLITE_LIMIT_LENGTH, r.q.MaxCell)
	}
	conn.RegisterAuthorizer(r.guard.authorize)
	return nil
}

// errLocked marks a wait for a lock that the end of ctx cut short.
var errLocked = errors.New("database is locked")

// patiently repeats do while the database is locked.
func (r *reading) patiently(ctx context.Context, do func() error) error {
	for {
		err := do()
		if c := code(err); c != sqlite3.ErrBusy && c != sqlite3.ErrLocked {
			return err
		}
		r.p.Enter(ask.Query)
		select {
		case <-ctx.Done():
			return errLocked
		case <-time.After(pause):
		}
	}
}

// uri writes a plain path as a file: URI. A relative path begins with ./, or
// SQLite would take a file named :memory: for something else.
func uri(path string) string {
	path = strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
	if filepath.IsAbs(path) {
		return "file://" + path
	}
	return "file:./" + path
}
