// Connections: internal statements, and the interruption of statements.

package engine

import (
	"context"
	"errors"
	"strings"
	"time"

	duckdb "github.com/duckdb/duckdb-go-bindings"
)

// A Conn is a connection to an engine. Only one goroutine may use it at a time. All
// connections of one engine see the same tables.
type Conn struct{ conn duckdb.Connection }

// Connect returns a connection, which the caller closes before the engine.
func (db *DB) Connect() (*Conn, error) {
	c := new(Conn)
	if duckdb.Connect(db.db, &c.conn) != duckdb.StateSuccess {
		return nil, errors.New("DuckDB gives no connection")
	}
	return c, nil
}

// Close ends the connection and rolls back uncommitted changes. It may be called more
// than once.
func (c *Conn) Close() {
	if c.conn.Ptr != nil {
		duckdb.Disconnect(&c.conn)
	}
}

// Exec runs internal statements, and drops their rows. The error is an [Error].
func (c *Conn) Exec(sql string) error {
	var r duckdb.Result
	defer duckdb.DestroyResult(&r)
	if duckdb.Query(c.conn, sql, &r) != duckdb.StateSuccess {
		return newError(duckdb.ResultError(&r), sql)
	}
	return nil
}

// Value returns the single text that an internal statement returns. Its error has no place,
// because the place would not be in the user's text.
func (c *Conn) Value(sql string) (string, error) {
	var r duckdb.Result
	defer duckdb.DestroyResult(&r)
	if duckdb.Query(c.conn, sql, &r) != duckdb.StateSuccess {
		return "", newError(duckdb.ResultError(&r), "")
	}
	chunk := duckdb.FetchChunk(r)
	defer duckdb.DestroyDataChunk(&chunk)
	if chunk.Ptr == nil || duckdb.DataChunkGetSize(chunk) != 1 {
		return "", errors.New("DuckDB gives no value")
	}
	vector := duckdb.DataChunkGetVector(chunk, 0)
	if mask := duckdb.VectorGetValidity(vector); mask != nil && !duckdb.ValidityRowIsValid(mask, 0) {
		return "", errors.New("DuckDB gives NULL")
	}
	return string(bytesAt(duckdb.VectorGetData(vector), 0)), nil
}

// interrupt stops the connection's statement when ctx is done. It does so repeatedly,
// because an interrupt just before a statement begins has no effect.
func (c *Conn) interrupt(ctx context.Context) (stop func()) {
	over, left := make(chan struct{}), make(chan struct{})
	cancel := context.AfterFunc(ctx, func() {
		defer close(left)
		ticker := time.NewTicker(10 * time.Millisecond)
		defer ticker.Stop()
		for {
			duckdb.Interrupt(c.conn)
			select {
			case <-ticker.C:
			case <-over:
				return
			}
		}
	})
	return func() {
		if !cancel() {
			close(over)
			<-left
		}
	}
}

// Quote returns a name as an SQL identifier.
func Quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Literal returns a text as an SQL literal.
func Literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
