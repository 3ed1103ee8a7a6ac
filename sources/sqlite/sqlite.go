// Package sqlite asks SQLite database files, through package engine: over the SQLite
// that package sqlite3 compiles.
//
//	if err := sqlite.Check(path); err != nil { ... }  // before anything is asked
//	source := sqlite.New("eu", path)
//	answer, err := source.Run(ctx, question, progress, emit)
//
// A [Source] only reads: the file is opened with mode=ro and query_only, nothing
// can be attached, and an authorizer refuses every statement that is not a
// SELECT, a pragma that looks, or an EXPLAIN: that of a statement which writes is
// compiled, where the question is marked so, and never runs what it explains. Neither the file nor a journal is ever created.
// What does appear: SQLite cannot read a database in WAL mode without its -wal
// and -shm files, and creates them beside the database if they are missing. Where
// it may not, such a database is read as a file that nobody changes (immutable),
// with a warning, if it has no -wal or an empty one; else the rows in that would be
// left out, and it is an error. That nobody did change it is looked at afterwards.
//
// Values are as SQLite stores them, cell by cell: a column declared DATETIME or
// BOOLEAN gives the text or number that stands there. So each column's type is
// [row.Any]; its declared type, in lower case, is [row.Column].Database, and what that
// means for other sources [row.Column].Declared.
package sqlite

import (
	"context"
	"os"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/sqlite/engine"
	"github.com/fanql/fanql/sources/sqlite/sqlite3"
)

// Version is that of the SQLite that is built in, such as 3.51.2.
func Version() string {
	version, _, _ := sqlite3.Version()
	return version
}

// A Source is one database file. It is safe for concurrent use.
type Source struct {
	name, path string
}

// New describes a source; it opens nothing. The path is a plain file path,
// whatever characters it holds, never a URI.
func New(name, path string) *Source {
	return &Source{name: name, path: path}
}

// Name is the source's name.
func (s *Source) Name() string { return s.name }

// Place is the file's path as it was given.
func (s *Source) Place() string { return s.path }

// Run asks the question, as package driver has it. When ctx is done it interrupts
// SQLite, which looks up between opcodes: a single long opcode, or an open() on
// a dead network drive, makes Run late. It then emits nothing more and cleans
// up when it can; the caller gives it up.
func (s *Source) Run(ctx context.Context, q driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error) {
	p.Enter(driver.Connect)
	if ctx.Err() != nil {
		return driver.Answer{}, &driver.Error{Phase: driver.Connect, Err: context.Cause(ctx)}
	}
	var refused error // emit's own error, which the caller gets as it is
	r := execution{q: q, p: p, emit: func(b *row.Batch) error {
		if ctx.Err() != nil {
			b.Release()
			return ctx.Err()
		}
		refused = emit(b)
		return refused
	}}
	err := r.all(ctx, s.path)
	switch {
	case refused != nil:
		return r.answer, refused
	case err != nil:
		return r.answer, explain(ctx, err, &r)
	}
	return r.answer, nil
}

// A execution is one run, from the open file to the last row.
type execution struct {
	q         driver.Request
	p         *driver.Progress
	emit      row.Emit
	file      os.FileInfo // that was opened
	sealed    bool        // it is read as a file that nobody changes
	guard     guard
	executing bool   // SQLite has begun to execute the question
	said      []bool // the columns of which a warning has been given
	answer    driver.Answer
	note      string // what is added to the error: what was meant, and where
}

func (r *execution) all(ctx context.Context, path string) error {
	conn, err := r.open(ctx, path)
	if err != nil {
		return err
	}
	return r.over(ctx, conn, path)
}

// over asks, reads and closes. A close that goes wrong after rows that looked right
// is an error as well.
func (r *execution) over(ctx context.Context, conn *engine.Conn, path string) error {
	stop := context.AfterFunc(ctx, conn.Interrupt)
	err := r.execute(conn)
	if err == nil {
		r.p.Enter(driver.Verify)
		err = r.whole(conn, path)
	}
	if err == nil && r.sealed {
		err = r.unchanged(path)
	}
	stop()
	closing := conn.Close()
	if r.executing && ctx.Err() != nil && closing == nil {
		r.answer.Cancel = driver.Confirmed
	}
	if err == nil {
		err = closing
	}
	if err == nil { // what ends after the deadline is not an answer
		err = ctx.Err()
	}
	return err
}

// execute prepares and runs the question in the transaction that open began.
func (r *execution) execute(conn *engine.Conn) error {
	r.p.Enter(driver.Query)
	args, warnings, err := bind(r.q.Args)
	if err != nil {
		return err
	}
	r.answer.Warnings = append(r.answer.Warnings, warnings...)
	if r.q.Verify {
		if err := verify(conn); err != nil {
			return err
		}
	}
	r.guard.plans = r.q.PlansWrite
	stmt, err := r.statement(conn)
	r.guard.plans = false
	if err != nil {
		r.note = r.meant(conn, err)
		return err
	}
	if r.q.Prepare {
		err = r.emit(row.NewBatch(describe(stmt)))
	} else {
		err = r.rows(stmt, args)
	}
	if closing := stmt.Close(); err == nil {
		err = closing
	}
	return err
}
