// The databases: their SQL, the correct rows, and queries that show their connections.

package faults_test

import (
	"database/sql"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/mysql"
	"github.com/fanql/fanql/sources/postgres"
	"github.com/fanql/fanql/sources/sqlite"
	_ "github.com/fanql/fanql/sources/sqlite/sqlite3" // database/sql's "sqlite3", to write with
	"github.com/fanql/fanql/testdata/servers/private"
	"github.com/fanql/fanql/testdata/testdb"
)

// An engine is one kind of server.
type engine struct {
	name    string
	kind    *driver.Dialect
	open    func(testing.TB) testdb.DB
	product private.Product
	// clientFirst is set if the client sends the first message of the protocol. unencrypted is
	// added to URLs so that each attempt is one connection, and encrypted is added so that TLS is
	// required. greeting is the message with which a server agrees to TLS.
	clientFirst bool
	unencrypted string
	encrypted   string
	greeting    []byte
	// message returns the length of the server's message at the beginning of the bytes.
	message func([]byte) int
	// elsewhere is the path in a URL of a database that no test uses.
	elsewhere string
	// durable is executed first. After it, rows that are written into the database shop survive the
	// end of the server.
	durable string
	// lock locks the table locked against readers until the session ends.
	lock []string
	// sleep is an expression that takes the given number of seconds.
	sleep string
	// connections counts the connections to this database. statements and running get the prefix of
	// a tag that only the statements of the test have.
	connections, statements string
	// alive is appended to statements. It excludes statements that the server is ending already.
	// The server may need the time ends for that.
	alive string
	ends  time.Duration
	// processes lists all connections, one in each line.
	processes string
	// kill and cancel get an id that running returned. kill ends a connection, and cancel ends only
	// its statement.
	running, kill, cancel string
	// killed and cancelled are the error codes after kill and cancel. MySQL and MariaDB send none
	// after kill. farewell is the code with which a server that shuts down ends its sessions.
	// MariaDB sends none, and closes the connection.
	killed, cancelled, farewell string
	// woken is the result of asleep after the server was told to end it. Then SLEEP of MySQL
	// returns 1 without an error, unless the statement reads a table.
	woken []string
}

var engines = []engine{
	{
		name: "PostgreSQL", kind: postgres.Dialect, open: testdb.Postgres, product: private.Postgres,
		message:     func(b []byte) int { return 1 + int(binary.BigEndian.Uint32(b[1:])) },
		clientFirst: true, unencrypted: "?sslmode=disable",
		encrypted: "?sslmode=require", greeting: []byte("S"),
		elsewhere:   "/postgres",
		durable:     "alter database shop set synchronous_commit = on",
		lock:        []string{"begin", "lock table locked"},
		sleep:       "(pg_sleep(%g) is null)::int",
		processes:   "select concat_ws(' ', pid, client_port, datname, state, wait_event, state_change, query) from pg_stat_activity",
		connections: "select count(*) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()",
		statements:  "select count(*) from pg_stat_activity where pid <> pg_backend_pid() and state = 'active' and query like '/* %s%%'",
		ends:        5 * time.Second,
		running:     "select coalesce(min(pid), 0) from pg_stat_activity where pid <> pg_backend_pid() and state = 'active' and query like '/* %s%%'",
		kill:        "select pg_terminate_backend(%d)", cancel: "select pg_cancel_backend(%d)",
		killed: "57P01", cancelled: "57014", farewell: "57P01",
	},
	ofMySQL("MySQL", testdb.MySQL, private.MySQL, engine{ends: 5 * time.Second, farewell: "1053", woken: []string{"1"}}),
	ofMySQL("MariaDB", testdb.MariaDB, private.MariaDB, engine{
		alive: " and command <> 'Killed'",
		// KILL of MariaDB tries for 2 s to lock the mutex on which its target waits, while it holds
		// the target's own mutex (THD::awake_no_mutex). All statements that sleep share one such
		// mutex. Of 16 statements that were killed at the same time, some were still listed after 5
		// s.
		ends: 30 * time.Second,
	}),
}

// ofMySQL sets the fields that are the same for MySQL and MariaDB.
func ofMySQL(name string, open func(testing.TB) testdb.DB, product private.Product, e engine) engine {
	e.name, e.kind, e.open, e.product = name, mysql.Dialect, open, product
	e.message = func(b []byte) int { return 4 + (int(b[0]) | int(b[1])<<8 | int(b[2])<<16) }
	e.unencrypted, e.encrypted, e.greeting = "?tls=false", "?tls=skip-verify", []byte(greeting)
	e.elsewhere = "/"
	e.durable = "set global innodb_flush_log_at_trx_commit = 1"
	e.lock = []string{"lock tables locked write"}
	e.sleep = "sleep(%g)"
	e.processes = "select concat_ws(' ', id, host, db, command, time, state, info) from information_schema.processlist"
	e.connections = "select count(*) from information_schema.processlist where id <> connection_id() and db = database()"
	e.statements = "select count(*) from information_schema.processlist where id <> connection_id() and info like '/* %s%%'"
	e.running = "select coalesce(min(id), 0) from information_schema.processlist where id <> connection_id() and info like '/* %s%%'"
	e.kill, e.cancel = "kill %d", "kill query %d"
	e.cancelled = "1317" // a session that was killed sends no code
	return e
}

// lite is SQLite. Its rig has a file and no server. SQLite has no function that sleeps, so its
// sleep is a computation.
var lite = engine{
	name: "SQLite", kind: sqlite.Dialect, open: func(t testing.TB) testdb.DB { return testdb.DB{URL: file(t)} },
	sleep: "(with recursive c(k) as (select i union all select k + 1 from c limit cast(%g * 2000000 as int)) select count(*) > 0 from c) - 1",
}

// greeting is the first message of a MySQL server that supports TLS: its version, a connection id,
// and a challenge in two parts. Between the parts are its capabilities (0x0800 is TLS).
const greeting = "\x4a\x00\x00\x00" + "\x0a8.0.36\x00" + "\x01\x00\x00\x00" + "12345678\x00" +
	"\x09\x8a\x2d\x02\x00\x08\x00" + "\x15" + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
	"123456789012\x00" + "mysql_native_password\x00"

// rowsOfN is the number of rows of table n.
const rowsOfN = 5000

// setup returns the statements that create table n on any database.
func setup() []string {
	var b strings.Builder
	b.WriteString("insert into n values ")
	for i := 1; i <= rowsOfN; i++ {
		if i > 1 {
			b.WriteString(", ")
		}
		note := "null"
		if i%3 != 0 {
			note = fmt.Sprintf("'note %d: ü, \"x\"'", i)
		}
		fmt.Fprintf(&b, "(%d, 'row %d', %d.25, %s)", i, i, i, note)
	}
	return []string{"create table n (i int primary key, s varchar(20), d decimal(12,2), note varchar(40))", b.String()}
}

// A statement has its SQL and its correct rows. It has no rows if it must not end well.
type statement struct {
	sql  string
	rows []string
}

const columns = "i, s, d, note"

// upTo returns a statement that selects the first rows of n.
func upTo(rows int) statement {
	q := statement{sql: fmt.Sprintf("select %s from n where i <= %d order by i", columns, rows)}
	for i := 1; i <= rows; i++ {
		note := "NULL"
		if i%3 != 0 {
			note = fmt.Sprintf("note %d: ü, \"x\"", i)
		}
		q.rows = append(q.rows, fmt.Sprintf("%d|row %d|%d.25|%s", i, i, i, note))
	}
	return q
}

// pausing returns a statement for the rows of n. It sleeps before each row whose number is a
// multiple of every.
func (e engine) pausing(rows, every int, seconds float64) statement {
	q := upTo(rows)
	q.sql = fmt.Sprintf("select %s from n where i <= %d and (i %% %d <> 0 or %s = 0)", columns, rows, every, fmt.Sprintf(e.sleep, seconds))
	return q
}

// asleep returns a statement that sleeps before its first row. midway returns one that sleeps after
// 2,999 of 5,000 rows.
func (e engine) asleep() statement {
	return statement{sql: "select " + fmt.Sprintf(e.sleep, 30.), rows: e.woken}
}

// computing returns a statement that never returns a row, and must be cancelled.
func (e engine) computing() statement {
	return statement{sql: "select max(a.i + b.i + c.i + d.i) from n a, n b, n c, n d"}
}

func (e engine) midway() statement {
	return statement{sql: fmt.Sprintf("select %s, case when i = 3000 then %s end from n", columns, fmt.Sprintf(e.sleep, 30.))}
}

// source opens a source as the program does.
func source(t testing.TB, name string, kind *driver.Dialect, target string) sources.Source {
	t.Helper()
	s := config.Source{Name: name, Kind: kind, URL: target}
	if kind == sqlite.Dialect {
		s.Path = target
	}
	opened := sources.Open([]config.Source{s}, os.Getenv)
	if err := sources.NoneOpened(opened); err != nil {
		t.Fatal(err)
	}
	return opened[0]
}

// file creates a SQLite file with table n.
func file(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "healthy.db")
	db, err := sql.Open("sqlite3", "file:"+path+"?_sync=off")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	testdb.DB{SQL: db}.Exec(t, setup()...)
	return path
}
