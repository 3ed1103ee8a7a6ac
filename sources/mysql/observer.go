// The second connection, which looks for the statement on its server.

package mysql

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"net"
)

// An observer is a second connection to the victim's server, on which it has found the
// victim. The thread stays the victim's, because thread ids are not reused.
type observer struct {
	conn sqldriver.Conn
	self int64
	list string // the process list
	seen sighting
}

// The process lists. MySQL's older one warns that it is deprecated; its newer one is
// empty if the performance schema is off.
const (
	olderList = "information_schema.PROCESSLIST"
	newerList = "performance_schema.processlist"
)

func (l *observer) close() { _ = l.conn.Close() }

// reach opens a second connection to the same address as the victim, and looks for the
// victim there.
func (k *killer) reach(ctx context.Context) (*observer, error) {
	conn, own, err := k.connect(ctx)
	if err != nil {
		return nil, err
	}
	l := &observer{conn: conn, self: int64(own.thread), list: newerList}
	if own.maria() {
		l.list = olderList
	}
	victim := k.victim.greeting.Load()
	// If the statement is missing on another server behind the same address, that means
	// nothing. Thread ids of one server only grow: otherwise it was restarted, or the
	// ids are not its own.
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

// connect opens a second connection to the same address as the victim.
func (k *killer) connect(ctx context.Context) (sqldriver.Conn, *greeting, error) {
	var w *wire
	cfg := k.cfg.Clone()
	cfg.MultiStatements = false
	conn, _, err := logIn(ctx, cfg, k.security, func(ctx context.Context, _, _ string) (*wire, error) {
		var err error
		w, err = dialWire(ctx, k.victim.network, k.victim.target, 0)
		return w, err
	})
	if err != nil {
		return nil, nil, err
	}
	return conn, w.greeting.Load(), nil
}

// identified distinguishes servers behind the same address: two on one host by their
// ports and data, two of one image by their hosts. MariaDB skips the part for MySQL
// 5.7.
const identified = "CONCAT_WS(' ', @@hostname, @@port, @@server_id, @@datadir /*!50700 , @@server_uuid */)"

// identity queries a connection for the server that it has reached.
func identity(ctx context.Context, conn sqldriver.Conn) (string, error) {
	cells := make([]sqldriver.Value, 1)
	if err := one(ctx, conn, "SELECT "+identified, cells); err != nil {
		return "", err
	}
	return asText(cells[0]), nil
}

// A sighting is the process list's information on the victim.
type sighting struct {
	threads int64 // 1 while the victim's id is in the list
	ours    int64 // 1 while it is certainly the victim, and no other client with that id
}

// look reads the observer's process list for the victim. A list without the observer
// itself means nothing.
func (k *killer) look(ctx context.Context, l *observer) error {
	victim := k.victim.greeting.Load().thread
	cells := make([]sqldriver.Value, 5)
	err := one(ctx, l.conn, fmt.Sprintf("SELECT %s, CONNECTION_ID(), COUNT(CASE WHEN ID = CONNECTION_ID() THEN 1 END),"+
		" COUNT(CASE WHEN ID = %d THEN 1 END), COUNT(CASE WHEN ID = %[2]d AND (%s) THEN 1 END) FROM %s WHERE ID IN (%[2]d, CONNECTION_ID())",
		identified, victim, k.surely(), l.list), cells)
	if l.list == newerList && (serverSaid(err) || err == nil && asInt(cells[2]) != 1) {
		l.list = olderList
		return k.look(ctx, l)
	}
	if err != nil {
		return err
	}
	if asText(cells[0]) != k.server || asInt(cells[1]) != l.self || asInt(cells[2]) != 1 { // a proxy: ids are not the server's
		return errElsewhere
	}
	l.seen = sighting{asInt(cells[3]), asInt(cells[4])}
	return nil
}

// surely returns the condition for a thread with the victim's id to be the victim. The
// tag alone would miss it if the process list shows a statement of a stored function,
// or none yet; the client's port alone would miss it behind an address translation.
func (k *killer) surely() string {
	local, ok := k.victim.LocalAddr().(*net.TCPAddr)
	if !ok {
		return "TRUE" // a unix socket has one server behind it
	}
	condition := fmt.Sprintf("HOST LIKE '%%:%d'", local.Port)
	if k.tag != "" { // it has no quotes, backslashes or percent signs: see driver.Request
		condition += " OR INFO LIKE '%" + k.tag + "%'"
	}
	return condition
}
