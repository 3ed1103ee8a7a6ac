// A private MariaDB: how it is created and run.
package private

import "path/filepath"

// MariaDB is a MariaDB. The program of an old one may be called mysqld.
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

// MariaDBIn returns the programs of a fetched tree.
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
