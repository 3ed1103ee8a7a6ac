// The dialects of PostgreSQL, MySQL and MariaDB.
package main

import (
	"database/sql"
	"fmt"
	"strings"

	"github.com/fanql/fanql/testdata/servers/private"
)

// The names of objects that fill creates.
const (
	database = "shop"
	reader   = "reader"  // an account that may read, and call a function that writes
	limited  = "limited" // the same, with its own limit if the server has such limits
	bent     = "bent"    // the same, with settings that change how values print
)

// ordinary are the accounts that fanql logs in with.
var ordinary = []string{reader, limited, bent}

// orders is the number of rows of the exported table.
const orders = 50_000

// A family is a set of servers with the same dialect.
type family struct {
	url  func(user, password, address string) string
	open func(url string) (*sql.DB, error)
	// server has the statements that create the accounts, and database those that fill the
	// database.
	server   func(password string) []string
	database func() []string
	types    []typed
	// asleep and busy are statements that take 30 s or more. Their text has a mark.
	asleep, busy string
	// running counts the statements with a mark. ours counts all connections of the accounts. midst
	// counts those that execute a statement or are in a transaction.
	running, ours, midst string
	// limit sets the server's own limit of 0.7 s for later logins; unlimit removes it.
	limit, unlimit []string
	// export is a query whose result fanql and the client print in the same way. flags are the
	// flags that fanql needs for that.
	export string
	flags  []string
	// clients are the names of the server's client. native returns its arguments and environment
	// for the export.
	clients []string
	native  func(t *target, query string) (args, env []string)
	// logins counts the logins since the start of a server. It is empty if the server's log shows
	// them.
	logins string
	// crowd are statements that limit the server to few connections.
	crowd []string
}

// A typed value is a column, and its expected text.
type typed struct{ column, literal, want string }

var postgres = family{
	url: func(user, password, address string) string {
		return "postgres://" + user + ":" + password + "@" + address + "/" + database
	},
	open: private.Postgres.Open,
	server: func(password string) []string {
		return []string{
			"create database " + database,
			"create role " + reader + " login password '" + password + "'",
			"create role " + limited + " login password '" + password + "'",
			"alter role " + limited + " set statement_timeout = '700ms'",
			"create role " + bent + " login password '" + password + "'",
			"alter role " + bent + " set extra_float_digits = -5",
			"alter role " + bent + " set intervalstyle = 'sql_standard'",
			"alter role " + bent + " set bytea_output = 'escape'",
			"alter role " + bent + " set datestyle = 'SQL, DMY'",
			"alter role " + bent + " set timezone = 'Asia/Tokyo'",
		}
	},
	database: func() []string {
		return append(filled("postgres", postgresTypes),
			fmt.Sprintf(`insert into orders select i, 'customer ' || i %% 997 || case when i %% 7 = 0 then ', "the elder"' else '' end,
				case when i %% 3 = 0 then null else (i * 37 %% 100000) / 100.0 end, date '2026-01-01' + i %% 365, i / 8.0
				from generate_series(1, %d) i`, orders),
			"create function writes() returns int language sql as 'insert into written values (1) returning i'",
			"grant select on all tables in schema public to "+strings.Join(ordinary, ", "),
			"grant insert on written to "+strings.Join(ordinary, ", "),
			"grant insert, delete on loaded_types, loaded_orders to "+reader)
	},
	types:   postgresTypes,
	asleep:  "select pg_sleep(30), '%s' as mark",
	busy:    "select count(*), '%s' as mark from generate_series(1, 4000000000) i where i %% 7 = 8",
	running: "select count(*) from pg_stat_activity where state = 'active' and pid <> pg_backend_pid() and query like '%%%s%%'",
	ours:    "select count(*) from pg_stat_activity where usename in ('" + strings.Join(ordinary, "', '") + "')",
	midst:   "select count(*) from pg_stat_activity where usename in ('" + strings.Join(ordinary, "', '") + "') and state <> 'idle'",
	export:  "select id, customer, amount, placed, score from orders order by id",
	flags:   []string{"--csv"},
	clients: []string{"psql"},
	native: func(t *target, query string) (args, env []string) {
		return []string{"-X", "-q", t.url(reader), "-c", `\copy (` + query + `) to stdout csv header`}, nil
	},
}

var mysqlFamily = family{
	url: func(user, password, address string) string {
		return "mysql://" + user + ":" + password + "@" + address + "/" + database
	},
	open:     private.MySQL.Open,
	server:   mysqlServer,
	database: func() []string { return mysqlDatabase(mysqlTypes) },
	types:    mysqlTypes,
	asleep:   "select sleep(30), '%s' as mark",
	busy:     "select benchmark(100000000000, sha2('x', 256)), '%s' as mark",
	running:  "select count(*) from performance_schema.processlist where id <> connection_id() and info like '%%%s%%'",
	ours:     "select count(*) from performance_schema.processlist where user in ('" + strings.Join(ordinary, "', '") + "')",
	midst:    "select count(*) from performance_schema.processlist where user in ('" + strings.Join(ordinary, "', '") + "') and command <> 'Sleep'",
	limit:    []string{"set global max_execution_time = 700"},
	unlimit:  []string{"set global max_execution_time = 0"},
	export:   "select id, customer, amount, placed, score from orders order by id",
	flags:    []string{"--format", "tsv", "--null", "NULL"},
	clients:  []string{"mysql"},
	native:   mysqlClient,
	logins:   "show global status like 'Connections'",
	crowd:    []string{fmt.Sprintf("set global max_connections = %d", most)},
}

var mariadb = mysqlFamily.of(mariadbTypes, "mariadb")

// of returns the family for MariaDB. MariaDB has other types, another client and another kind of
// limit.
func (f family) of(types []typed, client string) family {
	f.types, f.clients = types, []string{client}
	f.database = func() []string { return mysqlDatabase(types) }
	f.limit, f.unlimit = []string{"set global max_statement_time = 0.7"}, []string{"set global max_statement_time = 0"}
	for _, query := range []*string{&f.running, &f.ours, &f.midst} {
		*query = strings.ReplaceAll(*query, "performance_schema.", "information_schema.")
	}
	return f
}

func mysqlServer(password string) []string {
	var all []string
	for _, a := range ordinary {
		all = append(all, fmt.Sprintf("create user '%s'@'%%' identified by '%s'", a, password),
			fmt.Sprintf("grant select, execute on %s.* to '%s'@'%%'", database, a))
	}
	return append([]string{"create database " + database}, all...)
}

func mysqlDatabase(types []typed) []string {
	digits := "(select 0 d union all select 1 union all select 2 union all select 3 union all select 4 union all select 5 union all select 6 union all select 7 union all select 8 union all select 9)"
	return append([]string{"set names utf8mb4", "set time_zone = '+00:00'", "set sql_mode = 'ALLOW_INVALID_DATES'"},
		append(filled("mysql", types),
			fmt.Sprintf(`insert into orders select i, concat('customer ', i %% 997, if(i %% 7 = 0, ', "the\telder\\', '')),
				if(i %% 3 = 0, null, (i * 37 %% 100000) / 100.0), date '2026-01-01' + interval (i %% 365) day, i / 8.0
				from (select 1 + a.d + 10 * b.d + 100 * c.d + 1000 * d.d + 10000 * e.d as i from %[1]s a, %[1]s b, %[1]s c, %[1]s d, %[1]s e) n where i <= %[2]d`, digits, orders),
			"create function writes() returns int modifies sql data begin insert into written values (1); return 1; end",
			"grant insert, delete on loaded_types to "+reader, "grant insert, delete on loaded_orders to "+reader)...)
}

// filled returns the statements for the tables, and for the one row that has a value of each type.
func filled(kind string, types []typed) []string {
	text := "text"
	float := "double precision"
	if kind == "mysql" {
		float = "double"
	}
	var columns, literals []string
	for i, v := range types {
		columns, literals = append(columns, fmt.Sprintf("c%d %s", i, v.column)), append(literals, v.literal)
	}
	rows := "(id int primary key, customer " + text + ", amount decimal(12,2), placed date, score " + float + ")"
	return []string{
		"create table orders " + rows,
		"create table loaded_orders " + rows,
		"create table written (i int)",
		"create table types (" + strings.Join(columns, ", ") + ")",
		"create table loaded_types (" + strings.Join(columns, ", ") + ")",
		"insert into types values (" + strings.Join(literals, ", ") + ")",
	}
}

func mysqlClient(t *target, query string) (args, env []string) {
	host, port, _ := strings.Cut(t.address, ":")
	return []string{
		"--no-defaults", "--host=" + host, "--port=" + port, "--user=" + reader, "--batch", "--quick",
		"--default-character-set=utf8mb4", database, "--execute=" + query,
	}, []string{"MYSQL_PWD=" + t.password}
}

func (t *target) url(user string) string { return t.family.url(user, t.password, t.address) }
