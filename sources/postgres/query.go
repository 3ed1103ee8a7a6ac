// Running a statement. One round trip has the transaction, its settings and the statement.
// There are two if round trips are short or the server's text is not exact. The rows
// follow, and after them the proof that all of them arrived.

package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// A run is one request in progress.
type run struct {
	q       driver.Request
	p       *driver.Progress
	wire    *wire
	servers *Servers
	params  map[string]string // the user's own, by names in lower case

	conn     *pgconn.PgConn
	server   string            // its address
	known    habits            // of the server
	zone     string            // the zone that the session must be in, or empty
	own      map[string]string // the params that are set with the query
	messages *messages         // the messages that conn reads
	outlet   *outlet           // takes what conn writes
	seat     *seat             // conn's

	within   bool // a transaction is open, in which another statement was run
	twoSteps bool // the columns are requested first
	synced   bool // all that was sent ends with a Sync
	probed   bool // the settings were tried one by one
	// cut says that the wire was closed before the server had sent anything. pgconn is not
	// told: it would find out on a goroutine of its own, and after the deadline of thousands
	// of sources, that took a fifth of the time until the end.
	cut    bool
	silent bool // the server's warnings are not for the report
	// checksClient says that the server ends the statement by itself, within half a second,
	// when it finds that the connection is closed.
	checksClient atomic.Bool
	notes        []string // the server's warnings, and ours
	cancel       driver.Cancel
	refused      error  // of emit
	yield        func() // called when the server has answered
	waits        func() // if not nil, called before each wait for the server

	width       int           // the number of columns
	sent        time.Time     // when the statement was sent
	serverLimit time.Duration // the session's statement_timeout, 0 for none
	floatDigits string        // the session's extra_float_digits, if that is known
}

// execute sends the statement and emits its rows, except the last batch. The caller emits
// that batch after it has closed the connection, unless the batch is nil.
func (r *run) execute(ctx context.Context, emit row.Emit) (*row.Batch, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	r.p.Enter(driver.Query)
	c := standBy(ctx, r)
	r.yield = c.yield
	last, err := r.attempts(ctx, emit, c.giveUp)
	if err == nil {
		last, err = r.rest(ctx, last, emit, c.giveUp)
	}
	r.cancel = c.end(r.alive())
	if err == nil && over(ctx) {
		err = ctx.Err()
	}
	if err != nil && last != nil {
		last.Release()
		last = nil
	}
	return last, err
}

// rest runs the statements that follow in the same transaction, each after the rows of the
// previous one have been emitted.
func (r *run) rest(ctx context.Context, last *row.Batch, emit row.Emit, giveUp func()) (*row.Batch, error) {
	for r.q.More != nil && r.conn.TxStatus() == 'T' {
		if last != nil {
			if r.refused = emit(last); r.refused != nil {
				return nil, r.refused
			}
			last = nil
		}
		next, err := r.q.More(ctx)
		if err != nil || next == nil {
			return nil, err
		}
		r.q, r.within = *next, true
		if err := r.reread(); err != nil {
			return nil, err
		}
		r.p.Enter(driver.Query)
		if last, _, err = r.exchange(ctx, emit, giveUp); err != nil {
			return last, err
		}
	}
	return last, nil
}

// closes reports whether the transaction ends with the statement.
func (r *run) closes() bool { return forms[r.known.form].open && r.q.More == nil }

// attempts sends the statement until no other way to send it is left.
func (r *run) attempts(ctx context.Context, emit row.Emit, giveUp func()) (*row.Batch, error) {
	for {
		if forms[r.known.form].writes && !r.q.BestEffort { // another source has found this form
			return nil, errWrites
		}
		last, failed, err := r.exchange(ctx, emit, giveUp)
		if err == nil {
			r.warnOfFallbacks()
		}
		if err == nil || failed == theStatement || ctx.Err() != nil {
			return last, err
		}
		retry, err := r.stepDown(ctx, failed, err)
		if !retry || err != nil {
			return nil, err
		}
	}
}

// exchange sends the statement once, and returns which step failed.
func (r *run) exchange(ctx context.Context, emit row.Emit, giveUp func()) (last *row.Batch, _ stepKind, _ error) {
	line, failed, err := r.put(ctx)
	if err == nil {
		last, err = r.read(ctx, line, emit, giveUp)
	}
	if r.cut {
		return last, failed, err
	}
	// Until then the server skips everything after an error. On a lost connection
	// pgconn says goodbye over another one.
	if !r.synced && !r.conn.IsClosed() {
		_ = line.Sync()
	}
	if rest := line.Close(); err == nil { // reads whatever is left of the answer
		err = rest
	}
	return last, failed, err
}

// alive reports whether the connection is still open.
func (r *run) alive() bool { return !r.cut && !r.conn.IsClosed() }

// put sends the statement, and reads the answers that precede the wait for its rows.
func (r *run) put(ctx context.Context) (line *pgconn.Pipeline, failed stepKind, err error) {
	var steps []step
	err = onFreshStack(func() (err error) {
		steps = r.plan(ctx)
		line = r.conn.StartPipeline(context.Background()) // closing the wire ends it
		r.send(line, steps)
		if !r.twoSteps || r.q.Prepare {
			return nil
		}
		if failed, err = r.before(line, steps); err != nil {
			return err
		}
		steps = nil
		return r.described(line)
	})
	if err != nil {
		return line, failed, err
	}
	failed, err = r.before(line, steps)
	return line, failed, err
}

// hangUp ends the connection. On a broken one, pgconn gets the rest of the grace to
// send its own cancel request.
func (r *run) hangUp() {
	if r.cut { // by the wire
		return
	}
	if !r.conn.IsClosed() {
		// A deadline of the connection takes no goroutine, as the end of a context would.
		_ = r.conn.Conn().SetDeadline(time.Now().Add(time.Second))
		cork(r.conn.Conn())
		_ = r.conn.Close(context.Background()) // the exchange is over: nothing can be lost by it
		return
	}
	if r.cancel == driver.NotNeeded {
		select {
		case <-r.conn.CleanupDone():
		case <-time.After(r.q.Grace):
		}
	}
	r.wire.close()
	<-r.conn.CleanupDone()
}

// prefix returns the text before the user's statement.
func (r *run) prefix() string {
	if r.q.Tag == "" {
		return ""
	}
	return "/* " + r.q.Tag + " */ "
}

// send writes everything in one packet, unless the columns are requested first. A
// failure to send appears in the first answer.
func (r *run) send(line *pgconn.Pipeline, steps []step) {
	r.synced = false
	r.sent = time.Now()
	r.checksClient.Store(r.major() >= 14 && r.known.settings[checkInterval] != notAtAll)
	for i := range steps {
		line.SendQueryParams(r.outlet.later(steps[i].sql), nil, nil, nil, nil)
		steps[i].sql = "" // it is long, and the wait for the answers may be, too
	}
	values, oids := r.arguments()
	switch {
	case r.q.Prepare:
		line.SendPrepare("", r.prefix()+r.q.SQL, oids)
	case r.twoSteps:
		line.SendPrepare("", r.prefix()+r.q.SQL, oids)
		if r.syncsBetween() {
			r.sync(line)
			return
		}
		line.SendFlushRequest()
		_ = line.Flush()
		return
	default:
		line.SendQueryParams(r.prefix()+r.q.SQL, values, oids, nil, nil)
	}
	r.end(line)
}

// syncsBetween reports whether a Sync precedes the statement. Up to PostgreSQL 10, a
// new statement_timeout applies only from the next Sync on.
func (r *run) syncsBetween() bool {
	major := r.major()
	return major > 0 && major < 11 && forms[r.known.form].open
}

// end ends the messages.
func (r *run) end(line *pgconn.Pipeline) {
	if r.closes() {
		line.SendQueryParams("rollback", nil, nil, nil, nil)
	}
	r.sync(line)
}

// sync sends the end of the exchange.
func (r *run) sync(line *pgconn.Pipeline) {
	r.synced = true
	_ = line.Sync()
}

func (r *run) arguments() (values [][]byte, oids []uint32) {
	values = make([][]byte, len(r.q.Args))
	oids = make([]uint32, len(r.q.Args))
	for i, a := range r.q.Args {
		if oids[i] = parameterOID(a); !a.Null {
			values[i] = []byte(a.Value)
		}
	}
	return values, oids
}

// described reads a near server's description of the columns, and requests the rows.
func (r *run) described(line *pgconn.Pipeline) error {
	answer, err := r.results(line)
	if err != nil {
		return err
	}
	d, ok := answer.(*pgconn.StatementDescription)
	if !ok {
		return fmt.Errorf("the server answered the statement with %T", answer)
	}
	if r.syncsBetween() {
		if _, err := line.GetResults(); err != nil {
			return err
		}
		r.synced = false
	}
	values, _ := r.arguments()
	line.SendQueryPrepared("", values, nil, formats(d.Fields))
	r.end(line)
	return nil
}

// before reads the answers to the steps before the statement, and returns which one
// failed.
func (r *run) before(line *pgconn.Pipeline, steps []step) (stepKind, error) {
	for _, s := range steps {
		answer, err := r.results(line)
		if rows, ok := answer.(*pgconn.ResultReader); ok && err == nil {
			if rows.NextRow() && s.read != nil {
				s.read(rows.Values())
			}
			_, err = rows.Close()
		}
		if err != nil {
			return s.what, err
		}
	}
	return theStatement, nil
}

// read reads the answers in their order. It calls giveUp if it stops in the middle of
// the rows.
func (r *run) read(ctx context.Context, line *pgconn.Pipeline, emit row.Emit, giveUp func()) (last *row.Batch, err error) {
	answer, err := r.results(line)
	if server := new(pgconn.PgError); err != nil && !errors.As(err, &server) && !lost(err) {
		// pgconn met a message that no query causes, such as COPY's.
		return nil, &rewordedError{"only queries can be asked: the server did not answer with rows", []error{err}}
	}
	if err != nil {
		return nil, err
	}
	if described, ok := answer.(*pgconn.StatementDescription); ok {
		return r.prepared(line, described)
	}
	rows, ok := answer.(*pgconn.ResultReader)
	if !ok {
		return nil, fmt.Errorf("the server answered the statement with %T", answer)
	}
	if rows.FieldDescriptions() == nil {
		tag, err := rows.Close()
		switch {
		case err != nil:
			return nil, err
		case tag.String() == "":
			return nil, errors.New("the statement is empty")
		}
		return nil, fmt.Errorf("%s gives no rows: only queries can be asked", tag)
	}
	last, n, err := r.rows(ctx, rows, emit, giveUp)
	if err != nil {
		giveUp()
		return last, err
	}
	tag, err := rows.Close()
	if err != nil {
		return last, err
	}
	r.p.Enter(driver.Verify)
	if err := whole(tag.String(), n); err != nil {
		return last, err
	}
	if err := r.ended(line); err != nil {
		return last, err
	}
	if n > 0 && last.Rows() == 0 {
		last.Release()
		last = nil
	}
	return last, nil
}

// ended reads the answers after the statement: to the rollback, and to the end of the
// pipeline.
func (r *run) ended(line *pgconn.Pipeline) error {
	answers := 1
	if r.closes() {
		answers++
	}
	for range answers {
		if _, err := line.GetResults(); err != nil {
			return err
		}
	}
	return nil
}
