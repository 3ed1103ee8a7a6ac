// Which servers are wanted, which are here, and what to do about the others.
package main

import (
	"strings"

	"github.com/fanql/fanql/testdata/servers/private"
)

// look parts the products into those whose programs are on this machine, and
// those that are missing.
func look(wanted []private.Product) (here map[string]private.Programs, missing []private.Product) {
	here = map[string]private.Programs{}
	for _, p := range wanted {
		if found, ok := p.Find(); ok {
			here[p.Name] = found
		} else {
			missing = append(missing, p)
		}
	}
	return here, missing
}

// advice is what the user can do about missing servers.
func advice(missing []private.Product) string {
	var names, packages []string
	for _, p := range missing {
		names = append(names, p.Name)
		packages = append(packages, p.Packages[0])
	}
	return "no " + strings.Join(names, " and no ") + " on this machine, and no Docker engine answers.\n" +
		"  Debian, Ubuntu:  sudo apt-get install " + strings.Join(packages, " ") + "\n" +
		"  macOS:           brew install postgresql mariadb\n" +
		"  or start Docker, or name servers of your own in FANQL_TEST_POSTGRES and FANQL_TEST_MYSQL:\n" +
		"  postgres://user:password@host:5432/postgres and mysql://user:password@host:3306/, roles that may create databases"
}
