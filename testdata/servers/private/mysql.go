// A private MySQL: how it is created and run.
package private

import (
	"context"
	"os/exec"
	"strings"
	"time"

	"github.com/fanql/fanql/testdata/servers/fetch"
)

// MySQL is a MySQL, and never a MariaDB with its name. It is not installed: Debian's stable suites
// have none, and Ubuntu's package would replace MariaDB's.
var MySQL = Product{
	Name:    "MySQL",
	Env:     "FANQL_TEST_MYSQL",
	Folder:  "my",
	account: "mysql",
	Service: "mysql",
	Port:    "3306",
	Admin:   "root",
	Find:    findMySQL,
	Fetch: func(ctx context.Context) (Programs, error) {
		dir, err := fetch.MySQL.Get(ctx)
		return MySQLIn(dir), err
	},
	URL:     mysqlURL,
	Open:    openMySQL,
	version: "select concat('MySQL ', substring_index(version(), '-', 1))",
}

// findMySQL uses a fetched server only if it finds no other.
func findMySQL() (Programs, bool) {
	folders := []string{
		"/usr/sbin", "/usr/libexec", "/usr/local/sbin", "/usr/local/mysql/bin",
		"/opt/homebrew/opt/mysql/bin", "/usr/local/opt/mysql/bin",
	}
	for path := range programs(folders, "mysqld") {
		if isMySQL(path) {
			return mysqlPrograms{server: path}, true
		}
	}
	dir, ok := fetch.MySQL.Have()
	return MySQLIn(dir), ok
}

// MySQLIn returns the programs of a fetched tree.
func MySQLIn(dir string) Programs {
	return mysqlPrograms{home: dir, server: "root/usr/sbin/mysqld"}
}

// isMySQL reports whether a mysqld is MySQL's. MariaDB's packages have a mysqld, too.
func isMySQL(path string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "--no-defaults", "--version").Output()
	return err == nil && !strings.Contains(string(out), "MariaDB")
}
