// A private PostgreSQL: how it is created and run.
package private

import (
	"context"
	"database/sql"
	"math"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // database/sql's "pgx"
)

var Postgres = Product{
	Name:     "PostgreSQL",
	Env:      "FANQL_TEST_POSTGRES",
	Folder:   "pg",
	account:  "postgres",
	Packages: []string{"postgresql"},
	Service:  "postgres",
	Port:     "5432",
	Admin:    Role,
	Find:     findPostgres,
	URL: func(user, password, address string) string {
		return "postgres://" + user + ":" + password + "@" + address + "/postgres"
	},
	Open:    func(url string) (*sql.DB, error) { return sql.Open("pgx", url) },
	version: `select 'PostgreSQL ' || split_part(current_setting('server_version'), ' ', 1)`,
}

// postgresPrograms are in the folder bin, which is below home if they were fetched.
type postgresPrograms struct{ home, bin string }

func (p postgresPrograms) tree() string            { return p.home }
func (p postgresPrograms) in(tree string) Programs { return postgresPrograms{tree, p.bin} }
func (p postgresPrograms) path(name string) string { return filepath.Join(p.home, p.bin, name) }

// findPostgres takes both programs from one folder, so that they have the same version.
func findPostgres() (Programs, bool) {
	folders := newestFirst("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin",
		"/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin")
	if path, ok := program(nil, "postgres"); ok {
		if where, err := filepath.EvalSymlinks(path); err == nil {
			path = where // where may be a link in PATH, in a folder without the other programs
		}
		folders = append([]string{filepath.Dir(path)}, folders...)
	}
	for _, dir := range folders {
		p := postgresPrograms{bin: dir}
		if executable(p.path("initdb")) && executable(p.path("postgres")) {
			return p, true
		}
	}
	return nil, false
}

// PostgresIn returns the programs of a fetched tree.
func PostgresIn(dir string) Programs { return postgresPrograms{dir, "bin"} }

// major returns the first number of the server's version, or a high number if the
// server does not report it.
func (p postgresPrograms) major() int {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, p.path("postgres"), "--version").Output()
	n, parsed := strconv.Atoi(regexp.MustCompile(`\d+`).FindString(string(out)))
	if err != nil || parsed != nil {
		return math.MaxInt
	}
	return n
}

func (p postgresPrograms) recipe(dir, password string) recipe {
	data, secret := filepath.Join(dir, "data"), filepath.Join(dir, "password")
	return recipe{
		files: map[string]string{secret: scramSecret(password) + "\n"},
		create: []string{
			p.path("initdb"), "--pgdata=" + data, "--username=" + Role, "--pwfile=" + secret,
			"--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync",
		},
		serve: func(port int) []string {
			args := []string{
				p.path("postgres"), "-D", data, "-p", strconv.Itoa(port), "-k", dir,
				"-c", "listen_addresses=127.0.0.1", "-c", "max_connections=300",
				"-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off",
			}
			if p.major() < 11 { // such a version has no compiler
				return args
			}
			// Nothing interrupts the compiler. With it, a statement_timeout of 50 ms ended a count
			// over a series after 210 to 280 ms, and without it after 50 ms. A test of the delay of
			// a cancellation would measure the compiler.
			return append(args, "-c", "jit=off")
		},
		// SIGQUIT is an immediate shutdown: the postmaster ends its children and removes its shared
		// memory. After a SIGKILL the shared memory would stay.
		quit: syscall.SIGQUIT,
	}
}
