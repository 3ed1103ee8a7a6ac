// Loads rows into a table: by LOAD DATA LOCAL if the server accepts it, and otherwise by
// INSERT of many rows at a time, in one transaction.

package mysql

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/load"
	"github.com/fanql/fanql/sources/row"
)

// loadSettings are the settings of a session that writes. Its modes make the server refuse
// values that it would otherwise change, and accept dates that another MySQL has sent; a
// backslash stands for itself. Notes are off, because they would count among the warnings
// of LOAD DATA, of which the server keeps as many as it can count. The server waits for a
// day for the rows, because they may come from a slow source.
const loadSettings = "SET NAMES utf8mb4, time_zone='+00:00', autocommit=1, sql_notes=0, max_error_count=65535, net_read_timeout=86400, wait_timeout=86400, " +
	"sql_mode='STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES,ALLOW_INVALID_DATES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION'"

// incoming is the temporary table of an upsert, which ends with the session.
const incoming = "`fanql_load`"

// insertSize is the size of a statement that inserts rows, in bytes, if the server accepts
// that.
const insertSize = 1 << 20

func backticked(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// A loading is a session that writes.
type loading struct {
	conn    sqldriver.Conn
	link    *channel
	hard    context.Context // ends a while after the caller's, so that there is time to clean up
	packet  int             // the largest statement
	refused error           // of the caller's rows
}

// loading connects and calls do.
func (s *Source) loading(ctx context.Context, q load.Request, p *driver.Progress, do func(*loading) error) error {
	cfg := s.cfg.Clone()
	cfg.MaxAllowedPacket = 1 << 30 // the server's own limit applies
	p.Enter(driver.Open)
	if s.password != nil {
		pw, err := s.password(ctx)
		if err != nil {
			return &driver.Error{Phase: driver.Open, Err: fmt.Errorf("password: %w", err)}
		}
		cfg.Passwd = pw
	}
	p.Enter(driver.Resolve)
	log := new(loginLog)
	cfg.Logger = log
	d := dialer{q: driver.Request{ConnectBy: q.ConnectBy}, progress: p}
	by, ok := d.q.ConnectDeadline(ctx)
	connecting := ctx
	if ok {
		var stop context.CancelFunc
		connecting, stop = context.WithDeadline(ctx, by)
		defer stop()
	}
	conn, link, err := logIn(connecting, cfg, s.security, d.dial)
	if err != nil {
		if ctx.Err() != nil {
			err = d.wire.silent(context.Cause(ctx), p.Phase(), link)
		} else if connecting.Err() != nil {
			err = d.wire.silent(lateConnection{}, p.Phase(), link)
		}
		return explain(log.explain(err), p.Phase(), d.wire)
	}
	defer func() { _ = conn.Close() }() // what was not committed is rolled back
	p.Enter(driver.Query)
	hard, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(q.Grace/2, cancel) })
	defer stop()
	stopWrites := context.AfterFunc(hard, func() { _ = link.Close() }) // the driver does this only for its own writes
	defer stopWrites()
	l := &loading{conn: conn, link: link, hard: hard}
	if err = l.exec(loadSettings); err == nil {
		err = do(l)
	}
	unknown, lost := errors.AsType[*load.UnknownError](err)
	switch {
	case err == nil:
		return nil
	case lost:
		return &driver.Error{Phase: driver.Verify, Err: unknown}
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	}
	return explain(err, p.Phase(), d.wire)
}

// lateConnection is the cause if the time for connecting is over.
type lateConnection struct{}

func (lateConnection) Error() string { return "no answer within the time for connecting" }
func (lateConnection) Timeout() bool { return true }

func (l *loading) exec(sql string) error { return exec(l.hard, l.conn, sql) }

// rows returns the rows of an internal query, as text.
func (l *loading) rows(sql string) (all [][]string, err error) {
	defer unreadable(&err)
	rows, err := l.conn.(sqldriver.QueryerContext).QueryContext(l.hard, sql, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	values := make([]sqldriver.Value, len(rows.Columns()))
	for {
		if err := rows.Next(values); err != nil {
			if isEnd(err) {
				return all, nil
			}
			return nil, err
		}
		var texts []string
		for _, v := range values {
			switch v := v.(type) {
			case nil:
				texts = append(texts, "")
			case []byte:
				texts = append(texts, string(v))
			default:
				texts = append(texts, fmt.Sprint(v))
			}
		}
		all = append(all, texts)
	}
}

// Look returns the table. See [load.Loader].
func (s *Source) Look(ctx context.Context, q load.Request, p *driver.Progress) (t load.Table, err error) {
	err = s.loading(ctx, q, p, func(l *loading) error {
		t, err = l.look(q)
		return err
	})
	return t, err
}

// Statements returns what Load runs. See [load.Loader].
func (s *Source) Statements(q load.Request) []string {
	name, err := tableName(q.Table)
	if err != nil {
		return nil
	}
	all := statementsOf(q, name, "`fanql_load_...`")
	rows := []string{"-- if the server takes no files: " + all.insert + "...", fileStatement(all.into, all.columns, "...")}
	return slices.Concat(all.before, []string{"START TRANSACTION READ WRITE"}, all.first, rows, all.after, []string{"COMMIT"}, all.last)
}

// loadStatements are the statements of one load.
type loadStatements struct {
	before  []string // before the transaction
	first   []string // in it, before the rows
	into    string   // the table that the rows go to
	columns []load.Column
	insert  string   // up to VALUES
	after   []string // in the transaction, after the rows
	last    []string // after it
}

// statementsOf returns the statements of a load. A new table is filled under the name
// made, and then gets its own in one step.
func statementsOf(q load.Request, name, made string) (s loadStatements) {
	var names, definitions, on, absent, sets, key []string
	for _, c := range q.Columns {
		id := backticked(c.Name)
		names, definitions = append(names, id), append(definitions, id+" "+c.Type)
		if !slices.Contains(q.Key, c.Name) {
			sets = append(sets, "t."+id+" = s."+id)
		}
	}
	for _, k := range q.Key {
		id := backticked(k)
		key, on, absent = append(key, id), append(on, "t."+id+" = s."+id), append(absent, "t."+id+" IS NULL")
	}
	list, into := strings.Join(names, ", "), name
	switch q.Mode {
	case load.Create:
		into = made
		s.before = []string{"CREATE TABLE " + made + " (" + strings.Join(definitions, ", ") + ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"}
		s.last = []string{"RENAME TABLE " + made + " TO " + name}
	case load.Replace:
		s.first = []string{"DELETE FROM " + name}
	case load.Upsert:
		into = incoming
		s.before = []string{"CREATE TEMPORARY TABLE " + incoming + " (UNIQUE KEY (" + strings.Join(key, ", ") + ")) ENGINE=InnoDB AS SELECT " + list + " FROM " + name + " LIMIT 0"}
		if len(sets) > 0 {
			s.after = []string{"UPDATE " + name + " t JOIN " + incoming + " s ON " + strings.Join(on, " AND ") + " SET " + strings.Join(sets, ", ")}
		}
		s.after = append(s.after, "INSERT INTO "+name+" ("+list+") SELECT s."+strings.Join(names, ", s.")+" FROM "+incoming+" s LEFT JOIN "+name+" t ON "+strings.Join(on, " AND ")+" WHERE "+absent[0])
	case load.Append:
	}
	s.into, s.columns = into, q.Columns
	s.insert = "INSERT INTO " + into + " (" + list + ") VALUES "
	return s
}

// Load loads the rows. See [load.Loader].
func (s *Source) Load(ctx context.Context, q load.Request, p *driver.Progress, rows func(row.Emit) error) (answer load.Answer, err error) {
	var refused error
	err = s.loading(ctx, q, p, func(l *loading) error {
		defer func() { refused = l.refused }()
		name, err := tableName(q.Table)
		if err != nil {
			return err
		}
		made := ""
		if q.Mode == load.Create {
			if made, err = l.newTable(q.Table); err != nil {
				return err
			}
		}
		err = l.load(ctx, statementsOf(q, name, made), p, &answer, rows)
		if err != nil && made != "" {
			_ = l.exec("DROP TABLE IF EXISTS " + made) // otherwise the next load into the table drops it
		}
		return err
	})
	if refused != nil && ctx.Err() == nil {
		return answer, refused
	}
	return answer, err
}

// load runs the statements.
func (l *loading) load(ctx context.Context, s loadStatements, p *driver.Progress, answer *load.Answer, rows func(row.Emit) error) error {
	if err := l.all(ctx, append(s.before, append([]string{"START TRANSACTION READ WRITE"}, s.first...)...)); err != nil {
		return l.meant(err)
	}
	w, err := l.writer(ctx, s)
	if err != nil {
		return l.meant(err)
	}
	p.Enter(driver.Stream)
	var broken error
	err = rows(func(b *row.Batch) error {
		defer b.Release()
		broken = w.add(b, answer)
		return broken
	})
	switch {
	case broken != nil:
		err = broken
	case err != nil:
		l.refused = err
	default:
		err = w.end(answer)
	}
	if err != nil {
		w.abandon()
		return l.meant(err)
	}
	p.Enter(driver.Verify)
	if err := l.all(ctx, s.after); err != nil {
		return l.meant(err)
	}
	visible := slices.Concat([]string{"COMMIT"}, s.last) // the last of them shows the rows
	for i, sql := range visible {
		if err := l.exec(sql); err != nil && i == len(visible)-1 && !serverSaid(err) {
			return &load.UnknownError{Err: plain(err)}
		} else if err != nil {
			return l.meant(err)
		}
	}
	return nil
}

// A rowWriter sends rows to the table.
type rowWriter interface {
	add(*row.Batch, *load.Answer) error
	// end returns once the server has all rows. Nothing is added afterwards.
	end(*load.Answer) error
	// abandon drops the rows after an error.
	abandon()
}

// writer returns how rows are sent: as a file if the server takes one, else by INSERT. The
// driver compresses what it writes, and a file does not go through the driver. A Galera
// server that splits files commits every 10,000 rows.
func (l *loading) writer(ctx context.Context, s loadStatements) (rowWriter, error) {
	found, err := l.rows("SHOW SESSION VARIABLES WHERE Variable_name IN ('max_allowed_packet', 'local_infile', 'wsrep_load_data_splitting', 'wsrep_on')")
	if err != nil {
		return nil, err
	}
	v := map[string]string{}
	for _, r := range found {
		v[strings.ToLower(r[0])] = r[1]
	}
	most := insertSize
	if _, err := fmt.Sscan(v["max_allowed_packet"], &l.packet); err == nil {
		most = min(most, l.packet/2)
	}
	splits := v["wsrep_load_data_splitting"] == "ON" && v["wsrep_on"] != "OFF"
	if v["local_infile"] == "ON" && !splits && l.link.frames == nil {
		f, err := l.openFile(ctx, s.into, s.columns)
		if err == nil || !serverSaid(err) {
			return f, err
		}
	}
	return &inserts{head: s.insert, most: most, packet: l.packet, send: func(sql string) error {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		return l.exec(sql)
	}}, nil
}

func (l *loading) all(ctx context.Context, statements []string) error {
	for _, sql := range statements {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if err := l.exec(sql); err != nil {
			return err
		}
	}
	return nil
}

// newTable returns a name for a table that is being made, and drops those that killed
// loads of the same table have left. Until the session ends no other load makes it.
func (l *loading) newTable(table string) (string, error) {
	found, err := l.rows("SELECT DATABASE()")
	if err != nil {
		return "", err
	}
	parts, err := splitTable(table)
	if err != nil {
		return "", err
	}
	schema := found[0][0]
	if len(parts) == 2 {
		schema = parts[0]
	}
	if schema == "" {
		return "", errNoDatabase
	}
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(schema + "." + parts[len(parts)-1])) // Write never fails
	prefix := fmt.Sprintf("fanql_load_%016x", sum.Sum64())
	got, err := l.rows("SELECT GET_LOCK('" + prefix + "', 0)")
	if err != nil {
		return "", err
	}
	if got[0][0] != "1" {
		return "", errors.New("another load makes this table")
	}
	left, err := l.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = " + quote(schema) + " AND table_name LIKE " + quote(strings.ReplaceAll(prefix, "_", "|_")+"|_%") + " ESCAPE '|'")
	if err != nil {
		return "", err
	}
	for _, r := range left {
		if err := l.exec("DROP TABLE " + backticked(schema) + "." + backticked(r[0])); err != nil {
			return "", err
		}
	}
	return backticked(schema) + "." + backticked(fmt.Sprintf("%s_%08x", prefix, rand.Uint32())), nil
}

// meant adds to some errors of the server what a user can do.
func (l *loading) meant(err error) error {
	const isTable, duplicate = 1050, 1062
	switch numberOf(err) {
	case isTable:
		return load.ErrIsTable
	case duplicate:
		if said, ok := errors.AsType[*mysql.MySQLError](err); ok && strings.Contains(said.Message, "fanql_load") {
			return load.ErrTwice
		}
	}
	return err
}
