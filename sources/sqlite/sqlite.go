// Package sqlite queries SQLite database files through package engine, which uses the
// SQLite that package sqlite3 compiles.
//
//	if err := sqlite.Check(path); err != nil { ... }  // before any run
//	source := sqlite.New("eu", path)
//	answer, err := source.Run(ctx, request, progress, emit)
//
// A [Source] only reads. The file is opened with mode=ro and query_only, nothing can be
// attached, and an authorizer refuses every statement except SELECT, pragmas that only
// read, and EXPLAIN. The EXPLAIN of a statement that writes is compiled if the request
// is marked so, and never runs the explained statement. Neither the file nor a journal
// is ever created. SQLite cannot read a database in WAL mode without its -wal and -shm
// files, and creates them next to the database if they are missing. If that is not
// permitted, such a database is read as an unchanging file (immutable), with a warning,
// if it has no -wal or an empty one. Otherwise the rows in the -wal would be left out,
// and the source fails. After the run the source checks that nobody has changed the
// file.
//
// Values are as SQLite stores them, cell by cell: a column declared DATETIME or BOOLEAN
// returns the stored text or number. So each column's type is [row.Any]; its declared
// type, in lower case, is [row.Column].Database, and the kind that other sources should
// take it for is [row.Column].Declared.
package sqlite

import (
	"context"
	"os"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/sqlite/engine"
	"github.com/fanql/fanql/sources/sqlite/sqlite3"
)

// Version returns the version of the built-in SQLite, such as 3.51.2.
func Version() string {
	version, _, _ := sqlite3.Version()
	return version
}

// A Source is one database file. It is safe for concurrent use.
type Source struct {
	name, path string
}

// New describes a source; it opens nothing. The path is a plain file path with any
// characters, never a URI.
func New(name, path string) *Source {
	return &Source{name: name, path: path}
}

// Name returns the source's name.
func (s *Source) Name() string { return s.name }

// Place returns the file's path as it was given.
func (s *Source) Place() string { return s.path }

// Run runs the request by the contract of package driver. When ctx is done it
// interrupts SQLite, which checks for that between opcodes: a single long opcode, or an
// open() on a dead network drive, makes Run late. It then emits nothing more and cleans
// up when it can; the caller abandons it.
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

// An execution is one run, from the open file to the last row.
type execution struct {
	q         driver.Request
	p         *driver.Progress
	emit      row.Emit
	file      os.FileInfo // the opened file
	sealed    bool        // it is read as an unchanging file
	guard     guard
	executing bool   // SQLite has begun to execute the statement
	said      []bool // the columns that a warning was given for
	answer    driver.Answer
	note      string // an addition to the error: a suggestion, and the place
}

func (r *execution) all(ctx context.Context, path string) error {
	conn, err := r.open(ctx, path)
	if err != nil {
		return err
	}
	return r.over(ctx, conn, path)
}

// over runs the statement on an open connection, and closes it. A failing close after
// rows that looked right is an error as well.
func (r *execution) over(ctx context.Context, conn *engine.Conn, path string) error {
	stop := context.AfterFunc(ctx, conn.Interrupt)
	err := r.execute(conn)
	for more := r.q.More; err == nil && more != nil; more = r.q.More { // in the one transaction
		var next *driver.Request
		if next, err = more(ctx); err != nil || next == nil {
			break
		}
		r.q = *next
		err = r.execute(conn)
	}
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
	if err == nil { // a run that ends after the deadline has no answer
		err = ctx.Err()
	}
	return err
}

// execute prepares and runs the statement in the transaction that open began.
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
