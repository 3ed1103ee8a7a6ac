// Killing a statement on its server. The driver only closes its socket, which a
// server does not notice before it writes: a sleeping or computing statement
// would run on for good.

package mysql

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fanql/fanql/sources/ask"
	"github.com/go-sql-driver/mysql"
)

// A killer ends the statement of one connection, once.
type killer struct {
	cfg     *mysql.Config // as the victim connected: TLS, account, password
	victim  *wire
	server  string // the victim's, as [identity] has it
	tag     string
	grace   time.Duration
	spare   *spare      // of a slow line; or nil
	running atomic.Bool // a statement may be running on the server
	once    sync.Once
	state   ask.Cancel // valid after kill has returned
}

// kill ends what is running, and returns when it is gone or the grace is over.
// All calls return only then. It outlives ctx, which is that of the Run, and is
// safe for concurrent use.
func (k *killer) kill(ctx context.Context) {
	k.once.Do(func() {
		if !k.running.Load() {
			return
		}
		ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), k.grace)
		defer stop()
		k.state = k.killWithin(ctx)
	})
}

func (k *killer) killWithin(ctx context.Context) ask.Cancel {
	if l := k.spare.take(ctx); l != nil {
		if state, ok := k.strike(ctx, l); ok || ctx.Err() != nil {
			return state
		}
		// It has gone while it waited.
	}
	l, err := k.reach(ctx)
	if err != nil {
		return ask.Unknown
	}
	state, _ := k.strike(ctx, l)
	return state
}

// A lookout is a connection beside the victim's, to the same server, which has
// seen the victim there. It stays the victim: its thread id does not come again.
type lookout struct {
	conn driver.Conn
	self int64
	seen sighting
}

func (l *lookout) close() { _ = l.conn.Close() }

// strike kills the victim and looks until it is gone. It is ok unless the lookout
// was of no use. It closes the lookout.
func (k *killer) strike(ctx context.Context, l *lookout) (state ask.Cancel, ok bool) {
	defer l.close()
	state = ask.Unknown
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		switch {
		case l.seen.threads == 0:
			return ask.Confirmed, true
		case l.seen.ours > 0:
			// The connection and not only its query: it is of no more use, and
			// a statement that was still on its way to the server goes with it.
			// That it has just gone is an error as well; the next look tells.
			if exec(ctx, l.conn, "KILL "+strconv.FormatUint(uint64(k.victim.greeting.Load().thread), 10)) == nil {
				state = ask.Sent
			}
		}
		select {
		case <-ctx.Done():
			return state, true
		case <-time.After(pause):
		}
		if k.look(ctx, l) != nil {
			return state, state == ask.Sent
		}
	}
}

// reach opens a second connection to the very address of the victim, and looks
// for it there.
func (k *killer) reach(ctx context.Context) (*lookout, error) {
	conn, own, err := k.connect(ctx)
	if err != nil {
		return nil, err
	}
	l := &lookout{conn: conn, self: int64(own.thread)}
	victim := k.victim.greeting.Load()
	// Another server behind the same address says nothing about our statement
	// by not having it. Thread ids of one server only grow: where they do not,
	// it was started anew, or the ids are not its own.
	if victim == nil || own.thread <= victim.thread {
		l.close()
		return nil, errElsewhere
	}
	if err := k.look(ctx, l); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

var errElsewhere = errors.New("the second connection did not reach the same server")

// connect opens a second connection to the very address of the victim.
func (k *killer) connect(ctx context.Context) (driver.Conn, *greeting, error) {
	var w *wire
	cfg := k.cfg.Clone()
	cfg.DialFunc = func(ctx context.Context, _, _ string) (net.Conn, error) {
		var err error
		if w, err = dialWire(ctx, k.victim.network, k.victim.target, 0); err != nil {
			return nil, err // not w: an interface that holds a nil is not nil
		}
		return w, nil
	}
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, nil, err
	}
	conn, err := connector.Connect(ctx)
	if err != nil {
		return nil, nil, err
	}
	return conn, w.greeting.Load(), nil
}

// identified tells one server from another behind the same address: two of one
// host by their ports and data, two of one image by their hosts. MariaDB does not
// read what is marked for MySQL 5.7.
const identified = "CONCAT_WS(' ', @@hostname, @@port, @@server_id, @@datadir /*!50700 , @@server_uuid */)"

// identity asks a connection which server it has reached.
func identity(ctx context.Context, conn driver.Conn) (string, error) {
	cells := make([]driver.Value, 1)
	if err := one(ctx, conn, "SELECT "+identified, cells); err != nil {
		return "", err
	}
	return asText(cells[0]), nil
}

// A sighting is what the process list says of the victim.
type sighting struct {
	threads int64 // 1 while the victim's id is there
	ours    int64 // 1 while it is surely the victim, and no stranger of that id
}

// look asks the lookout's server for what it sees of the victim.
func (k *killer) look(ctx context.Context, l *lookout) error {
	cells := make([]driver.Value, 4)
	err := one(ctx, l.conn, fmt.Sprintf(
		"SELECT %s, CONNECTION_ID(), COUNT(*), COUNT(CASE WHEN %s THEN 1 END)"+
			" FROM information_schema.PROCESSLIST WHERE ID = %d", identified, k.surely(), k.victim.greeting.Load().thread), cells)
	if err != nil {
		return err
	}
	if asText(cells[0]) != k.server || asInt(cells[1]) != l.self { // a proxy: ids are not the server's
		return errElsewhere
	}
	l.seen = sighting{asInt(cells[2]), asInt(cells[3])}
	return nil
}

// one asks for one row of so many cells.
func one(ctx context.Context, conn driver.Conn, statement string, cells []driver.Value) error {
	rows, err := conn.(driver.QueryerContext).QueryContext(ctx, statement, nil)
	if err != nil {
		return err
	}
	if err := rows.Next(cells); err != nil {
		return err
	}
	for i, v := range cells { // they are the driver's own, until the next row
		if v, ok := v.([]byte); ok {
			cells[i] = string(v)
		}
	}
	// The driver's Close would read what is left without minding ctx.
	if err := rows.Next(make([]driver.Value, len(cells))); err != io.EOF { //nolint:errorlint // an error that only wraps io.EOF is no end of rows
		return errors.Join(errors.New("the answer to one of our own questions did not end"), err)
	}
	return rows.Close()
}

// surely is the condition for a thread of the victim's id to be the victim. The
// tag alone would miss it where the process list shows a statement of a stored
// function, or none yet; the client's port alone would miss it behind an
// address translation.
func (k *killer) surely() string {
	local, ok := k.victim.LocalAddr().(*net.TCPAddr)
	if !ok {
		return "TRUE" // a unix socket has one server behind it
	}
	condition := fmt.Sprintf("HOST LIKE '%%:%d'", local.Port)
	if k.tag != "" { // it has no quotes, backslashes or percent signs: see ask.Question
		condition += " OR INFO LIKE '%" + k.tag + "%'"
	}
	return condition
}

func asText(v driver.Value) string {
	text, _ := v.(string)
	return text
}

func asInt(v driver.Value) int64 {
	switch v := v.(type) {
	case int64:
		return v
	case uint64:
		return int64(v)
	}
	return -1
}

func exec(ctx context.Context, conn driver.Conn, statement string) error {
	_, err := conn.(driver.ExecerContext).ExecContext(ctx, statement, nil)
	return err
}
