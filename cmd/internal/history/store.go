// Opens a history: checks the file and its permissions, and upgrades its tables.

package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/fanql/fanql/sources/sqlite"
	"github.com/fanql/fanql/sources/sqlite/sqlite3" // database/sql's "sqlite3"
)

const (
	// applicationID marks the file, for fanql and for file(1): "fqlh".
	applicationID = 0x66716c68
	// busyTimeout is how long a run waits for others that are writing.
	busyTimeout = 5 * time.Second
	// pause is the pause between two attempts if SQLite does not wait by itself.
	pause = 10 * time.Millisecond
)

// A Store is an open history. Only one goroutine may use it at a time.
type Store struct{ db *sql.DB }

// Open opens a history for writing, and creates it unless it exists. The error says in one
// line why the file cannot be a history, or cannot be written. The caller calls Close.
func Open(ctx context.Context, path string) (*Store, error) {
	folder := filepath.Dir(path)
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("its folder does not exist: make it, or name another file")
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("it cannot be written: %w", cause(err))
	}
	if err := errors.Join(f.Close(), trusted(path, folder)); err != nil {
		return nil, err
	}
	s, err := open(path, "rw")
	if err != nil {
		return nil, err
	}
	if err := s.prepare(ctx, versions); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Read opens an existing history, for reading only. The caller calls Close.
func Read(ctx context.Context, path string) (*Store, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errors.New("there is none yet: a run of fanql check with it begins it")
	case err != nil:
		return nil, cause(err)
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a regular file")
	}
	s, err := open(path, "ro")
	if err != nil {
		return nil, err
	}
	state, err := s.state(ctx)
	if c := code(err); c == sqlite3.ErrCantOpen || c == sqlite3.ErrReadonly {
		if !sealed(path) {
			return nil, errors.Join(errors.New("the last runs are still in its file -wal, which is read only where files can be made next to it: copy both files into such a folder"), s.Close())
		}
		if err := s.Close(); err != nil {
			return nil, err
		}
		if s, err = open(path, "ro&immutable=1"); err != nil {
			return nil, err
		}
		state, err = s.state(ctx)
	}
	if err == nil {
		err = state.judge(len(versions))
	}
	if err == nil && state.version < len(versions) {
		err = fmt.Errorf("an older fanql wrote it (version %d of its tables): a run of fanql check with it brings it up to version %d", state.version, len(versions))
	}
	if err != nil {
		return nil, errors.Join(explained(err), s.Close())
	}
	return s, nil
}

// sealed reports whether the file contains the whole history (its -wal is empty or
// missing). Such a file can be read even if SQLite cannot create additional files in the
// folder.
func sealed(path string) bool {
	info, err := os.Stat(path + "-wal")
	return err != nil || info.Size() == 0
}

func open(path, mode string) (*Store, error) {
	db, err := sql.Open("sqlite3", fmt.Sprintf("%s?mode=%s&_busy_timeout=%d&_txlock=immediate", sqlite.URI(path), mode, busyTimeout.Milliseconds()))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return &Store{db}, nil
}

// Close closes the file.
func (s *Store) Close() error { return s.db.Close() }

// A state has the identification of a database file.
type state struct {
	application, version int
	tables               int
}

func (s *Store) state(ctx context.Context) (v state, err error) {
	err = s.db.QueryRowContext(ctx, `select (select application_id from pragma_application_id), (select user_version from pragma_user_version), count(*) from sqlite_schema`).
		Scan(&v.application, &v.version, &v.tables)
	return v, err
}

// fresh reports whether the file was just created, or its creation was interrupted.
func (v state) fresh() bool { return v == state{} }

// judge returns an error if the file is not a history that this fanql can use.
func (v state) judge(known int) error {
	switch {
	case v.application != applicationID:
		return errors.New("it is no history of checks: it is a SQLite database of something else")
	case v.version > known:
		return fmt.Errorf("a newer fanql wrote it (version %d of its tables, and this one knows %d): use that fanql, or another file", v.version, known)
	}
	return nil
}

// prepare creates the tables, or upgrades them to the last version.
func (s *Store) prepare(ctx context.Context, versions []string) error {
	v, err := s.state(ctx)
	if err != nil {
		return explained(err)
	}
	if !v.fresh() {
		if err := v.judge(len(versions)); err != nil {
			return err
		}
	} else if _, err := s.db.ExecContext(ctx, "pragma auto_vacuum = incremental"); err != nil {
		return explained(err)
	}
	if err := s.walMode(ctx); err != nil {
		return explained(err)
	}
	if v.version == len(versions) && !v.fresh() {
		return s.writable(ctx)
	}
	return explained(s.transact(ctx, func(tx *sql.Tx) error {
		var version int // another run may have been faster
		if err := tx.QueryRowContext(ctx, "pragma user_version").Scan(&version); err != nil {
			return err
		}
		for ; version < len(versions); version++ {
			if _, err := tx.ExecContext(ctx, fmt.Sprintf("%s; pragma application_id = %d; pragma user_version = %d", versions[version], applicationID, version+1)); err != nil {
				return err
			}
		}
		return nil
	}))
}

// walMode puts the file into WAL mode, in which readers and the writer do not wait for
// each other. SQLite itself does not wait for another connection that does the same.
func (s *Store) walMode(ctx context.Context) error {
	for began := time.Now(); ; {
		var mode string
		err := s.db.QueryRowContext(ctx, "pragma journal_mode = wal").Scan(&mode)
		if code(err) != sqlite3.ErrBusy || time.Since(began) > busyTimeout {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}

// writable returns why the file cannot be written. A concurrent writer is not an error.
func (s *Store) writable(ctx context.Context) error {
	err := s.transact(ctx, func(tx *sql.Tx) error { return errUndone })
	if errors.Is(err, errUndone) || code(err) == sqlite3.ErrBusy {
		return nil
	}
	return explained(err)
}

// errUndone ends a transaction that was not meant to change anything.
var errUndone = errors.New("undone")

// transact runs do in a transaction that may write, and commits it unless there is an
// error.
func (s *Store) transact(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		_ = tx.Rollback() // err has the reason
		return err
	}
	return tx.Commit()
}

// explained returns an error of SQLite in words that say what the user can do.
func explained(err error) error {
	switch code(err) {
	case sqlite3.ErrNotADB:
		return errors.New("it is no history of checks: it is no SQLite database")
	case sqlite3.ErrCorrupt:
		return errors.New("it is damaged: move it away, and the next run begins another")
	case sqlite3.ErrReadonly, sqlite3.ErrCantOpen:
		return fmt.Errorf("it cannot be written: it, its folder or its disk is read-only (%w)", err)
	case sqlite3.ErrBusy:
		return fmt.Errorf("others have been writing to it for %s (%w): try again when they have ended", busyTimeout, err)
	}
	return err
}

// code returns the result code of SQLite, or 0 if the error is not SQLite's.
func code(err error) sqlite3.ErrNo {
	if e, ok := errors.AsType[sqlite3.Error](err); ok {
		return e.Code
	}
	return 0
}

// cause returns an error about a file without its path.
func cause(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}
