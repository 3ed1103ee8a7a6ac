// Loading rows into a table: one transaction, in which COPY takes the rows. Readers of
// the table see the old rows until it commits, and the new ones afterwards.

package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/load"
	"github.com/fanql/fanql/sources/row"
)

// incoming is the temporary table of an upsert. It belongs to the session, so the server
// drops it in any case.
const incoming = "pg_temp.fanql_load"

// Look returns the table. See [load.Loader].
func (s *Source) Look(ctx context.Context, q load.Request, p *driver.Progress) (t load.Table, err error) {
	err = s.loading(ctx, q, p, func(l *loading) error {
		t, err = l.look(q)
		return err
	})
	return t, err
}

// Load loads the rows. See [load.Loader].
func (s *Source) Load(ctx context.Context, q load.Request, p *driver.Progress, rows func(row.Emit) error) (answer load.Answer, err error) {
	err = s.loading(ctx, q, p, func(l *loading) error {
		name, err := l.resolve(q)
		if err != nil {
			return err
		}
		statements := statementsOf(q, name)
		if err := l.all(append(beginLoad[:len(beginLoad):len(beginLoad)], statements.before...)); err != nil {
			return err
		}
		p.Enter(driver.Stream)
		if err := l.copy(ctx, statements.copy, q.Columns, rows); err != nil {
			return err
		}
		p.Enter(driver.Verify)
		if err := l.all(statements.after); err != nil {
			return err
		}
		return l.commit()
	}, &answer)
	return answer, err
}

// Statements returns what Load runs. See [load.Loader].
func (s *Source) Statements(q load.Request) []string {
	name := q.Table
	if parts, err := splitTable(q.Table); err == nil {
		name = identifiers(parts)
	}
	all := statementsOf(q, name)
	return slices.Concat(beginLoad[:1], all.before, []string{all.copy}, all.after, []string{"commit"})
}

// beginLoad begins the transaction. The server sends no notices of triggers, because fanql
// reads none while it writes rows. A server of version 14 or later ends a statement whose
// client has gone within half a second.
var beginLoad = []string{
	"begin isolation level read committed read write",
	"set local client_min_messages = error",
	"select pg_catalog.set_config(name, '500', true) from pg_catalog.pg_settings where name = 'client_connection_check_interval'",
}

// loadStatements are the statements of one load.
type loadStatements struct {
	before []string
	copy   string
	after  []string
}

// statementsOf returns the statements of a load into the table of the given name. To
// replace rows, it deletes them, because TRUNCATE would show an empty table to older
// transactions. From then on writers wait, and readers do not.
func statementsOf(q load.Request, name string) (s loadStatements) {
	var names, definitions []string
	for _, c := range q.Columns {
		names = append(names, identifier(c.Name))
		definitions = append(definitions, identifier(c.Name)+" "+c.Type)
	}
	list := strings.Join(names, ", ")
	into := name
	switch q.Mode {
	case load.Create:
		s.before = []string{"create table " + name + " (" + strings.Join(definitions, ", ") + ")"}
	case load.Append:
	case load.Replace:
		s.before = []string{"lock table " + name + " in share row exclusive mode", "delete from " + name}
	case load.Upsert:
		into = incoming
		s.before = []string{"create temporary table fanql_load on commit drop as select " + list + " from " + name + " with no data"}
		own := "" // COPY writes the rows' own values into such columns without it
		if slices.ContainsFunc(q.Columns, func(c load.Column) bool { return c.Identity }) {
			own = "overriding system value "
		}
		s.after = []string{"insert into " + name + " (" + list + ") " + own + "select " + list + " from " + incoming + " on conflict (" + keyList(q.Key) + ") do " + changes(q)}
	}
	form := ""
	if inBinary(q.Columns) {
		form = " (format binary)"
	}
	s.copy = "copy " + into + " (" + list + ") from stdin" + form
	return s
}

func keyList(key []string) string {
	var all []string
	for _, k := range key {
		all = append(all, identifier(k))
	}
	return strings.Join(all, ", ")
}

// changes returns the SQL for a row whose key is already in the table.
func changes(q load.Request) string {
	var sets []string
	for _, c := range q.Columns {
		if !slices.Contains(q.Key, c.Name) {
			sets = append(sets, identifier(c.Name)+" = excluded."+identifier(c.Name))
		}
	}
	if len(sets) == 0 {
		return "nothing"
	}
	return "update set " + strings.Join(sets, ", ")
}

// A loading is a session that writes.
type loading struct {
	*run
	answer *load.Answer
}

// loading connects and calls do. A transaction that do has begun and not committed is
// rolled back when the connection is closed.
func (s *Source) loading(ctx context.Context, q load.Request, p *driver.Progress, do func(*loading) error, answer ...*load.Answer) error {
	w := &wire{keepAlive: s.target.keepAlive, userTimeout: s.target.userTimeout}
	defer w.close()
	r := &run{p: p, wire: w, servers: s.servers, params: s.target.params, zone: "UTC", notes: slices.Clone(s.target.notes)}
	r.q.ConnectBy, r.q.Grace = q.ConnectBy, q.Grace
	if err := s.connect(ctx, r); err != nil {
		return r.failure(ctx, err)
	}
	if version := r.version(); version != "" {
		p.Greeted("PostgreSQL " + version)
	}
	p.Enter(driver.Query)
	l := &loading{run: r, answer: new(load.Answer)}
	if len(answer) > 0 {
		l.answer = answer[0]
	}
	c := standBy(ctx, r)
	err := do(l)
	l.cancel = c.end(!r.conn.IsClosed())
	r.hangUp()
	l.answer.Warnings = r.notes
	switch {
	case err == nil:
		return nil
	case r.refused != nil:
		return r.refused
	}
	if unknown, ok := errors.AsType[*load.UnknownError](err); ok {
		return &driver.Error{Phase: driver.Verify, Err: unknown}
	}
	return r.failure(ctx, err)
}

// commit makes the rows visible.
func (l *loading) commit() error {
	_, err := l.exec("commit")
	if server := new(pgconn.PgError); err != nil && !errors.As(err, &server) {
		return &load.UnknownError{Err: errors.New(reason(err))}
	}
	return err
}

// all runs statements one after the other.
func (l *loading) all(statements []string) error {
	for _, sql := range statements {
		if _, err := l.exec(sql); err != nil {
			return l.meant(err)
		}
	}
	return nil
}

// exec runs one statement and returns its rows as text.
func (l *loading) exec(sql string) (rows [][]string, err error) {
	front := l.conn.Frontend()
	front.SendQuery(&pgproto3.Query{String: sql})
	if err := front.Flush(); err != nil {
		return nil, err
	}
	for {
		message, err := front.Receive()
		if err != nil {
			return nil, err
		}
		switch m := message.(type) {
		case *pgproto3.DataRow:
			values := make([]string, len(m.Values))
			for i, v := range m.Values {
				values[i] = string(v)
			}
			rows = append(rows, values)
		case *pgproto3.CopyInResponse:
			return nil, nil
		case *pgproto3.ErrorResponse:
			failed := serverError(m)
			return nil, errors.Join(failed, l.ready(front))
		case *pgproto3.ReadyForQuery:
			return rows, nil
		}
	}
}

// ready reads to the end of an answer that has failed; it returns only an error of the
// connection.
func (l *loading) ready(front *pgproto3.Frontend) error {
	for {
		message, err := front.Receive()
		if err != nil {
			return err
		}
		if _, ok := message.(*pgproto3.ReadyForQuery); ok {
			return nil
		}
	}
}

// serverError converts a server's error. It leaves out the position in our own statement,
// which does not help a user. It keeps the place in the rows that COPY received.
func serverError(m *pgproto3.ErrorResponse) error {
	e := pgconn.ErrorResponseToPgError(m)
	e.Position = 0
	if at, _, _ := strings.Cut(e.Where, "\n"); strings.HasPrefix(at, "COPY ") && (strings.HasPrefix(e.Code, "22") || strings.HasPrefix(e.Code, "23")) {
		e.Message += " (" + at + ")"
	}
	return e
}

// copy sends the rows.
func (l *loading) copy(ctx context.Context, sql string, columns []load.Column, rows func(row.Emit) error) error {
	if _, err := l.exec(sql); err != nil {
		return l.meant(err)
	}
	front := l.conn.Frontend()
	w := newCopyWriter(columns, func(message []byte) error { return front.SendUnbufferedEncodedCopyData(message) })
	var broken error
	l.refused = rows(func(b *row.Batch) error {
		defer b.Release()
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if broken = w.add(b); broken != nil {
			return broken
		}
		l.answer.Rows += int64(b.Rows())
		return nil
	})
	if broken != nil {
		l.refused = nil
		return broken
	}
	if ctx.Err() != nil {
		l.refused = nil
		return context.Cause(ctx)
	}
	if l.refused != nil {
		front.Send(&pgproto3.CopyFail{Message: "fanql: the rows are not complete"})
		_ = front.Flush() // the transaction is rolled back in any case
		return l.refused
	}
	if err := w.end(); err != nil {
		return err
	}
	l.answer.Bytes = w.sent
	front.Send(&pgproto3.CopyDone{})
	if err := front.Flush(); err != nil {
		return err
	}
	return l.completed(front)
}

// completed reads the answer to COPY. It returns an error unless COPY has taken all rows.
func (l *loading) completed(front *pgproto3.Frontend) error {
	want := fmt.Sprintf("COPY %d", l.answer.Rows)
	tag := ""
	for {
		message, err := front.Receive()
		if err != nil {
			return err
		}
		switch m := message.(type) {
		case *pgproto3.CommandComplete:
			tag = string(m.CommandTag)
		case *pgproto3.ErrorResponse:
			return errors.Join(serverError(m), l.ready(front))
		case *pgproto3.ReadyForQuery:
			if tag != want {
				return fmt.Errorf("the server took other rows than it was sent: %s, and %d were sent", tag, l.answer.Rows)
			}
			return nil
		}
	}
}

// meant adds to some errors of the server what a user can do about them.
func (l *loading) meant(err error) error {
	switch {
	case code(err, "42P07"):
		return load.ErrIsTable
	case code(err, "21000"):
		return load.ErrTwice
	}
	return err
}
