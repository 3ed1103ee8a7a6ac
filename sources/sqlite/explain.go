// Errors for users, with SQLite's name for the code.

package sqlite

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/sqlite/engine"
	"github.com/fanql/fanql/sources/sqlite/sqlite3"
)

// code returns SQLite's primary result code of an error, or 0 if it has none.
func code(err error) sqlite3.ErrNo {
	var e *engine.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return 0
}

// explain returns why a run failed. If ctx is done, that is the reason, whatever SQLite
// reports.
func explain(ctx context.Context, err error, r *execution) error {
	e := &driver.Error{Phase: r.p.Phase(), Code: codes[code(err)]}
	var raw *engine.Error
	var damaged *damage
	var large *engine.LargeError
	switch {
	case errors.Is(err, errLocked):
		e.Code, e.Err = "SQLITE_BUSY", fmt.Errorf("%w: %w", errLocked, context.Cause(ctx))
	case ctx.Err() != nil:
		e.Code, e.Err = "", context.Cause(ctx)
		if r.executing {
			e.Code = "SQLITE_INTERRUPT"
		}
	case errors.As(err, &damaged):
		e.Code, e.Err = "SQLITE_CORRUPT", damaged
	case r.guard.refused != "":
		e.Code, e.Err = "SQLITE_AUTH", fmt.Errorf("not allowed: %s (fanql only reads)", line(r.guard.refused))
	case errors.Is(err, errWrites):
		e.Code, e.Err = "SQLITE_READONLY", err
	case errors.Is(err, errUnread):
		e.Err = errUnread
	case errors.As(err, &large), code(err) == sqlite3.ErrTooBig:
		e.Code, e.Err = "SQLITE_TOOBIG", fmt.Errorf("%s (the limit is %d bytes)", line(err.Error()), r.q.MaxCell)
	case errors.As(err, &raw) && hints[raw.Extended] != "":
		e.Err = fmt.Errorf("%s: %s", line(err.Error()), hints[raw.Extended])
	default:
		e.Err = errors.New(line(err.Error()) + r.note)
	}
	return e
}

// line limits a message to one line of bearable length: SQLite quotes the statement
// with its line breaks.
func line(text string) string {
	text = strings.ToValidUTF8(strings.Join(strings.Fields(text), " "), "?")
	if runes := []rune(text); len(runes) > 300 {
		return string(runes[:300]) + "…"
	}
	return text
}

// hints add what SQLite's own text leaves out.
var hints = map[sqlite3.ErrNoExtended]string{
	sqlite3.ErrReadonlyRollback:                "a writer that crashed left a journal behind; open the database once with a tool that may write",
	sqlite3.ErrReadonlyRecovery:                "its -wal file needs recovery; open the database once with a tool that may write",
	sqlite3.ErrReadonlyCantLock:                "its -shm file cannot be locked; it needs a folder where files may be created",
	readonlyDirectory:                          "it is in WAL mode, and its -wal and -shm files cannot be created in its folder",
	sqlite3.ErrNoExtended(sqlite3.ErrCantOpen): "it must be readable and, in WAL mode, stand where its -wal and -shm files can be created",
}

var codes = map[sqlite3.ErrNo]string{
	sqlite3.ErrError:      "SQLITE_ERROR",
	sqlite3.ErrInternal:   "SQLITE_INTERNAL",
	sqlite3.ErrPerm:       "SQLITE_PERM",
	sqlite3.ErrAbort:      "SQLITE_ABORT",
	sqlite3.ErrBusy:       "SQLITE_BUSY",
	sqlite3.ErrLocked:     "SQLITE_LOCKED",
	sqlite3.ErrNomem:      "SQLITE_NOMEM",
	sqlite3.ErrReadonly:   "SQLITE_READONLY",
	sqlite3.ErrInterrupt:  "SQLITE_INTERRUPT",
	sqlite3.ErrIoErr:      "SQLITE_IOERR",
	sqlite3.ErrCorrupt:    "SQLITE_CORRUPT",
	sqlite3.ErrNotFound:   "SQLITE_NOTFOUND",
	sqlite3.ErrFull:       "SQLITE_FULL",
	sqlite3.ErrCantOpen:   "SQLITE_CANTOPEN",
	sqlite3.ErrProtocol:   "SQLITE_PROTOCOL",
	sqlite3.ErrSchema:     "SQLITE_SCHEMA",
	sqlite3.ErrTooBig:     "SQLITE_TOOBIG",
	sqlite3.ErrConstraint: "SQLITE_CONSTRAINT",
	sqlite3.ErrMismatch:   "SQLITE_MISMATCH",
	sqlite3.ErrMisuse:     "SQLITE_MISUSE",
	sqlite3.ErrNoLFS:      "SQLITE_NOLFS",
	sqlite3.ErrAuth:       "SQLITE_AUTH",
	sqlite3.ErrFormat:     "SQLITE_FORMAT",
	sqlite3.ErrRange:      "SQLITE_RANGE",
	sqlite3.ErrNotADB:     "SQLITE_NOTADB",
}
