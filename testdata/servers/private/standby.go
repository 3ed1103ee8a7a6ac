// A hot standby of a private PostgreSQL: how it is created.
package private

import (
	"fmt"
	"path/filepath"
)

// StandbyOf returns programs with which Begin makes a hot standby of a running instance, from a
// copy of its data. found must be the installed programs of a PostgreSQL of the same version, since
// fetched ones have no pg_basebackup.
func StandbyOf(primary *Instance, found Programs) Programs {
	return standbyPrograms{found.(postgresPrograms), primary}
}

type standbyPrograms struct {
	postgresPrograms
	primary *Instance
}

func (p standbyPrograms) recipe(dir, password string) recipe {
	r := p.postgresPrograms.recipe(dir, password)
	passwords := filepath.Join(dir, "pgpass")
	r.files = map[string]string{passwords: "*:*:*:*:" + password + "\n"}
	r.create = []string{
		p.path("pg_basebackup"), "--pgdata=" + filepath.Join(dir, "data"), "--write-recovery-conf",
		"--checkpoint=fast", "--no-sync", "--wal-method=stream",
		fmt.Sprintf("--dbname=host=127.0.0.1 port=%d user=%s passfile=%s", p.primary.port, Role, passwords),
	}
	return r
}
