// How a private MariaDB or MySQL is made.
package private

import (
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"syscall"

	driver "github.com/go-sql-driver/mysql"
)

var MySQL = Product{
	Name:     "MariaDB",
	Env:      "FANQL_TEST_MYSQL",
	Folder:   "my",
	account:  "mysql",
	Packages: []string{"mariadb-server-core", "mariadb-server"},
	Service:  "mariadb",
	Port:     "3306",
	Admin:    "root",
	Find:     findMySQL,
	URL: func(user, password, address string) string {
		return "mysql://" + user + ":" + password + "@" + address + "/"
	},
	Open: openMySQL,
	version: `select concat(if(version() like '%MariaDB%', 'MariaDB ', 'MySQL '),
		substring_index(version(), '-', 1))`,
}

func openMySQL(text string) (*sql.DB, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, err
	}
	c := driver.NewConfig()
	c.Net, c.Addr, c.User = "tcp", u.Host, u.User.Username()
	c.Passwd, _ = u.User.Password()
	c.Logger = &driver.NopLogger{} // it would tell of every attempt before the server listens
	connector, err := driver.NewConnector(c)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

// mysqlPrograms: with MariaDB a script makes the data folder, with MySQL the
// server does, and script is empty.
type mysqlPrograms struct{ server, script string }

func findMySQL() (Programs, bool) {
	folders := []string{"/usr/sbin", "/usr/libexec", "/usr/local/sbin"}
	if server, ok := program(folders, "mariadbd"); ok {
		if script, ok := program([]string{filepath.Dir(server)}, "mariadb-install-db", "mysql_install_db"); ok {
			return mysqlPrograms{server, script}, true
		}
	}
	// A MariaDB too old to have mariadbd calls itself mysqld as well; it then
	// has the script, which MySQL has not had since 8.0.
	if server, ok := program(folders, "mysqld"); ok {
		script, _ := program([]string{filepath.Dir(server)}, "mysql_install_db")
		return mysqlPrograms{server, script}, true
	}
	return nil, false
}

func (p mysqlPrograms) recipe(dir, password string) recipe {
	data, first := filepath.Join(dir, "data"), filepath.Join(dir, "first.sql")
	create := []string{p.server, "--no-defaults", "--initialize-insecure", "--datadir=" + data}
	if p.script != "" {
		// Without the test database there are no anonymous users either.
		create = []string{
			p.script, "--no-defaults", "--datadir=" + data, "--skip-test-db", "--skip-name-resolve",
			"--auth-root-authentication-method=normal",
		}
	}
	return recipe{
		files: map[string]string{
			// One statement a line: the server runs it before it listens.
			first: fmt.Sprintf("create user if not exists '%[1]s'@'%%' identified by '%[2]s';\n"+
				"grant all on *.* to '%[1]s'@'%%' with grant option;\n"+
				"alter user 'root'@'localhost' identified by '%[2]s';\n", Role, password),
		},
		create: create,
		serve: func(port int) []string {
			return []string{
				p.server, "--no-defaults", "--datadir=" + data, "--tmpdir=" + dir, "--init-file=" + first,
				"--bind-address=127.0.0.1", "--port=" + strconv.Itoa(port), "--skip-name-resolve",
				"--socket=" + filepath.Join(dir, "s"), "--pid-file=" + filepath.Join(dir, "pid"),
				"--skip-log-bin", "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0",
				"--character-set-server=utf8mb4", "--local-infile=1", "--loose-mysqlx=0",
			}
		},
		quit: syscall.SIGKILL,
	}
}
