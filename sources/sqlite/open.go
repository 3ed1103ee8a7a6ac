// Opening a database for reading only, and waiting for its lock.

package sqlite

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/sqlite/engine"
	"github.com/fanql/fanql/sources/sqlite/sqlite3"
)

// pause is the pause between two attempts to read while another process holds a lock;
// SQLite itself waits longer in each attempt.
const pause = 5 * time.Millisecond

// open returns a connection in a read transaction that already holds its lock, so that
// the statement itself never gets SQLITE_BUSY and sees one state of the database.
// Waiting for another's lock counts as phase query, because the database has been found
// by then.
func (r *execution) open(ctx context.Context, path string) (*engine.Conn, error) {
	file, err := regular(path)
	if err != nil {
		return nil, err
	}
	r.file = file
	r.p.Greeted("SQLite " + Version())

	conn, err := r.connect(ctx, URI(path)+"?mode=ro")
	if err == nil {
		return conn, nil
	}
	if r.sealed, err = sealed(path, err); !r.sealed {
		return nil, err
	}
	conn, failed := r.connect(ctx, URI(path)+"?mode=ro&immutable=1")
	if failed != nil { // the files that could not be created were not the reason
		return nil, err
	}
	r.answer.Warnings = append(r.answer.Warnings, sealedWarning)
	return conn, nil
}

// connect returns a connection that holds its lock and can only read.
func (r *execution) connect(ctx context.Context, uri string) (*engine.Conn, error) {
	conn, err := engine.Open(uri)
	if err != nil {
		return nil, err
	}
	if err := r.restrict(ctx, conn); err != nil {
		_ = conn.Close() // it ran nothing; err has the reason
		return nil, err
	}
	return conn, nil
}

// restrict takes the lock and then installs the guard.
func (r *execution) restrict(ctx context.Context, conn *engine.Conn) error {
	if err := conn.Exec("begin"); err != nil {
		return err
	}
	err := r.retryLocked(ctx, func() error {
		return conn.Exec("select 1 from sqlite_schema limit 1")
	})
	if err != nil {
		return err
	}
	if r.q.MaxCell > 0 { // after the schema, whose text may be longer
		conn.LimitLength(r.q.MaxCell)
	}
	return conn.Authorize(r.guard.authorize)
}

// errLocked marks a wait for a lock that the end of ctx cut short.
var errLocked = errors.New("database is locked")

// retryLocked repeats do while the database is locked.
func (r *execution) retryLocked(ctx context.Context, do func() error) error {
	for {
		err := do()
		if c := code(err); c != sqlite3.ErrBusy && c != sqlite3.ErrLocked {
			return err
		}
		r.p.Enter(driver.Query)
		select {
		case <-ctx.Done():
			return errLocked
		case <-time.After(pause):
		}
	}
}

// URI returns a plain path as a file: URI, to which ?mode=ro and its like can be added. A
// relative path begins with ./, because SQLite would not take :memory: for a file.
func URI(path string) string {
	path = strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
	if filepath.IsAbs(path) {
		return "file://" + path
	}
	return "file:./" + path
}
