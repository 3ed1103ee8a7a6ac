// What MySQL and MariaDB have in common.
package private

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/fanql/fanql/testdata/servers/fetch"
	driver "github.com/go-sql-driver/mysql"
)

func mysqlURL(user, password, address string) string {
	return "mysql://" + user + ":" + password + "@" + address + "/"
}

func openMySQL(text string) (*sql.DB, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, err
	}
	c := driver.NewConfig()
	c.Net, c.Addr, c.User, c.DBName = "tcp", u.Host, u.User.Username(), strings.TrimPrefix(u.Path, "/")
	c.Passwd, _ = u.User.Password()
	c.Logger = &driver.NopLogger{} // it would log every attempt before the server listens
	connector, err := driver.NewConnector(c)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

// mysqlPrograms are below home if they were fetched. A script creates the data folder of MariaDB.
// MySQL's server does that itself, and its script is empty.
type mysqlPrograms struct{ home, server, script string }

func (p mysqlPrograms) tree() string            { return p.home }
func (p mysqlPrograms) in(tree string) Programs { return mysqlPrograms{tree, p.server, p.script} }

func (p mysqlPrograms) recipe(dir, password string) recipe {
	server, data, first := filepath.Join(p.home, p.server), filepath.Join(dir, "data"), filepath.Join(dir, "first.sql")
	var places []string
	if p.home != "" {
		// The tree has the files that were built for /usr.
		usr := fetch.Usr(p.home)
		places = []string{
			"--basedir=" + usr,
			"--lc-messages-dir=" + filepath.Join(usr, "share/mysql"),
			"--character-sets-dir=" + filepath.Join(usr, "share/mysql/charsets"),
			"--plugin-dir=" + filepath.Join(usr, "lib/mysql/plugin"),
		}
	}
	if p.home == "" && p.script != "" {
		places = append(places, plugins()...)
	}
	if p.script == "" {
		// Packages set this to a folder that only their installation creates.
		places = append(places, "--secure-file-priv=")
	}
	create := []string{server, "--no-defaults", "--initialize-insecure", "--datadir=" + data}
	if p.script != "" {
		// Without the test database there are no anonymous users.
		create = []string{
			filepath.Join(p.home, p.script), "--no-defaults", "--datadir=" + data, "--skip-test-db", "--skip-name-resolve",
			"--auth-root-authentication-method=normal",
		}
	}
	return recipe{
		files: map[string]string{
			// There is one statement in each line. The server executes them before it listens.
			first: fmt.Sprintf("create user if not exists '%[1]s'@'%%' identified by '%[2]s';\n"+
				"grant all on *.* to '%[1]s'@'%%' with grant option;\n"+
				"alter user 'root'@'localhost' identified by '%[2]s';\n", Role, password),
		},
		create: append(create, places...),
		serve: func(port int) []string {
			return slices.Concat([]string{
				server, "--no-defaults", "--datadir=" + data, "--tmpdir=" + dir, "--init-file=" + first,
				"--bind-address=127.0.0.1", "--port=" + strconv.Itoa(port), "--skip-name-resolve",
				"--socket=" + filepath.Join(dir, "s"), "--pid-file=" + filepath.Join(dir, "pid"),
				"--skip-log-bin", "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0",
				"--character-set-server=utf8mb4", "--local-infile=1", "--loose-mysqlx=0",
			}, places)
		},
		quit: syscall.SIGKILL,
	}
}

// plugins returns the option for the folder of MariaDB's plugins, if the packages of this machine
// came without one. If they cannot be fetched, the tests that need one report it.
func plugins() []string {
	ctx := context.Background()
	tree, lacks := fetch.MariaDBPlugins(ctx)
	if !lacks {
		return nil
	}
	dir, err := tree.Get(ctx)
	if err != nil {
		return nil
	}
	return []string{"--plugin-dir=" + fetch.Plugins(dir)}
}
