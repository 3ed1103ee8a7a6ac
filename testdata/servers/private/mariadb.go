// How a private MariaDB is made.
package private

import "path/filepath"

// MariaDB is a MariaDB, whose program may be called mysqld where it is old.
var MariaDB = Product{
	Name:     "MariaDB",
	Env:      "FANQL_TEST_MARIADB",
	Folder:   "maria",
	account:  "mysql",
	Packages: []string{"mariadb-server-core", "mariadb-server"},
	Service:  "mariadb",
	Port:     "3306",
	Admin:    "root",
	Find:     findMariaDB,
	URL:      mysqlURL,
	Open:     openMySQL,
	version:  "select concat('MariaDB ', substring_index(version(), '-', 1))",
}

// MariaDBIn returns the programs of a tree that was fetched.
func MariaDBIn(dir string) Programs {
	return mysqlPrograms{dir, "root/usr/sbin/mariadbd", "root/usr/bin/mariadb-install-db"}
}

func findMariaDB() (Programs, bool) {
	folders := []string{
		"/usr/sbin", "/usr/libexec", "/usr/local/sbin",
		"/opt/homebrew/opt/mariadb/bin", "/usr/local/opt/mariadb/bin",
	}
	for server := range programs(folders, "mariadbd", "mysqld") {
		if filepath.Base(server) == "mysqld" && isMySQL(server) {
			continue
		}
		if script, ok := program([]string{filepath.Dir(server)}, "mariadb-install-db", "mysql_install_db"); ok {
			return mysqlPrograms{server: server, script: script}, true
		}
	}
	return nil, false
}
