// Contests: fanql against what the databases bring along.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// A contest has two commands that export the same rows.
type contest struct {
	name   string
	theirs string // the native clients, in a shell script
	env    []string
	ours   []string
	out    string // our file
	rows   int    // that it must have
	remove []string
}

// A pairing is a contest's outcome: a number for each run, ours and theirs of the
// same turn at the same place.
type pairing struct {
	name         string
	ours, theirs []time.Duration
	memory       int64 // our largest resident set, in bytes
}

// contests are each source alone, then all at once, then in one order: of the
// three, and of many.
func contests(bin, dir string, all databases) []contest {
	file := func(name string) string { return filepath.Join(dir, name) }
	pgPassword, _ := all.postgres.User.Password()
	myPassword, _ := all.mysql.User.Password()
	env := []string{
		"PGPASSWORD=" + pgPassword, "PGUSER=" + all.postgres.User.Username(), "PGDATABASE=" + database,
		"PGHOST=" + all.postgres.Hostname(), "PGPORT=" + all.postgres.Port(),
		"MYSQL_PWD=" + myPassword, "MYSQL_HOST=" + all.mysql.Hostname(), "MYSQL_PORT=" + all.mysql.Port(),
		"MYSQL_ROLE=" + all.mysql.User.Username(),
		"QUESTION=" + question, "ORDERED=" + question + ordered, "DATABASE=" + database, "LITE=" + all.sqlite, "DIR=" + dir,
	}
	// What each client does by itself, into the file that is its argument.
	const (
		psql    = `psql -X -q -v ON_ERROR_STOP=1 -c "\\copy ($QUESTION) to '$DIR/pg.csv' csv header"`
		mariadb = `mariadb --no-defaults --protocol=tcp -h "$MYSQL_HOST" -P "$MYSQL_PORT" -u "$MYSQL_ROLE" ` +
			`--default-character-set=utf8mb4 --batch --quick -e "$QUESTION" "$DATABASE" >"$DIR/my.tsv"`
		sqlite = `sqlite3 -csv -header "$LITE" "$QUESTION" >"$DIR/lite.csv"`
		union  = `"$FANQL" query "$QUESTION" --no-source-column --timeout 10m -q -o "$DIR/all.csv" -s "$PG" -s "$MY" -s "lite=sqlite:$LITE"`
		each   = psql + " &\na=$!\n" + mariadb + " &\nb=$!\n" + sqlite + " &\nc=$!\n" +
			`wait $a && wait $b && wait $c && cat "$DIR/pg.csv" "$DIR/my.tsv" "$DIR/lite.csv" >"$DIR/all.csv"`
	)
	var (
		pg, my, lite = "pg=" + all.postgres.String(), "my=" + all.mysql.String(), "lite=sqlite:" + all.sqlite
		theirs       = []string{file("pg.csv"), file("my.tsv"), file("lite.csv"), file("all.csv")}
	)
	made := func(name, script string, sources ...string) contest {
		c := contest{name: name, theirs: script, env: env, out: file("fanql.csv"), rows: all.rows * len(sources)}
		c.ours = []string{bin, "query", question, "--no-source-column", "--timeout", "10m", "-q", "-o", c.out}
		for _, s := range sources {
			c.ours = append(c.ours, "-s", s)
		}
		c.remove = append(theirs, c.out)
		return c
	}
	sorted := func(c contest) contest { // their files stay apart, and each is in order
		c.ours[2] += ordered
		c.ours = append(c.ours, "--sorted", "--order-by", "placed_at, id")
		c.theirs = strings.ReplaceAll(c.theirs, "$QUESTION", "$ORDERED")
		return c
	}
	many := sorted(made("100 SQLite files in one order, against sqlite3 -csv of one after the other",
		`for f in "$DIR"/many/*.db; do sqlite3 -csv "$f" "$QUESTION"; done >"$DIR/all.csv"`, filepath.Join(dir, "many", "*.db")))
	many.ours = append(many.ours, "--memory", "32MiB")
	reduced := made("group by of all three through --reduce, against fanql's union of them", union, pg, my, lite)
	reduced.ours = append(reduced.ours, "--reduce", "select region, count(*) as orders, sum(amount) as amount from rows group by region")
	reduced.rows = regions
	reduced.env = append(slices.Clone(env), "FANQL="+bin, "PG="+pg, "MY="+my)
	return []contest{
		made("PostgreSQL, against psql \\copy", psql, pg),
		made("MariaDB, against mariadb --batch --quick", mariadb, my),
		made("SQLite, against sqlite3 -csv", sqlite, lite),
		made("all three, against the three clients side by side and cat", each, pg, my, lite),
		sorted(made("all three in one order, against the three clients side by side and cat", each, pg, my, lite)),
		many,
		reduced,
	}
}

// run lets both have a turn that does not count, then runs turns that do; who
// begins changes from turn to turn.
func (c contest) run(ctx context.Context, runs int) (pairing, error) {
	p := pairing{name: c.name}
	for turn := range runs + 1 {
		var ours, theirs time.Duration
		var memory int64
		for half := range 2 {
			var err error
			if half == turn%2 {
				ours, memory, err = c.runOurs(ctx)
			} else {
				theirs, err = c.runTheirs(ctx)
			}
			err = errors.Join(err, c.clear())
			if err != nil {
				return p, err
			}
		}
		if turn == 0 {
			continue
		}
		p.ours, p.theirs = append(p.ours, ours), append(p.theirs, theirs)
		p.memory = max(p.memory, memory)
		fmt.Fprintf(os.Stderr, "bench: %s: %.2f s against %.2f s\n", c.name, ours.Seconds(), theirs.Seconds())
	}
	return p, nil
}

func (c contest) runOurs(ctx context.Context) (time.Duration, int64, error) {
	cmd := exec.CommandContext(ctx, c.ours[0], c.ours[1:]...)
	took, err := timed(cmd)
	if err != nil {
		return 0, 0, err
	}
	if err := complete(c.out, c.rows); err != nil {
		return 0, 0, err
	}
	return took, residentSet(cmd), nil
}

func (c contest) runTheirs(ctx context.Context) (time.Duration, error) {
	cmd := exec.CommandContext(ctx, "sh", "-c", c.theirs)
	cmd.Env = append(os.Environ(), c.env...)
	return timed(cmd)
}

// clear removes the files, so that nobody overwrites what the other need not.
func (c contest) clear() error {
	var err error
	for _, path := range c.remove {
		if e := os.Remove(path); e != nil && !errors.Is(e, os.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// timed runs a command, whose status must be 0.
func timed(cmd *exec.Cmd) (time.Duration, error) {
	var problems bytes.Buffer
	cmd.Stderr = &problems
	begun := time.Now()
	err := cmd.Run()
	took := time.Since(begun)
	if err != nil {
		return 0, fmt.Errorf("%s: %w: %s", filepath.Base(cmd.Path), err, strings.TrimSpace(problems.String()))
	}
	return took, nil
}

// residentSet is the largest resident set of a command that has ended. A kernel
// counts in what this program had when it started the command, so it is never
// below that.
func residentSet(cmd *exec.Cmd) int64 {
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	size := int64(usage.Maxrss) //nolint:unconvert // an int32 on 32-bit machines
	if runtime.GOOS != "darwin" {
		size <<= 10
	}
	return size
}

// complete says whether a CSV file has a header and the given number of records:
// line ends outside of quotes.
func complete(path string, rows int) (err error) {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	var (
		buffer = make([]byte, 1<<20)
		quoted bool
		ends   int
	)
	for {
		n, err := file.Read(buffer)
		for _, b := range buffer[:n] {
			switch {
			case b == '"':
				quoted = !quoted
			case b == '\n' && !quoted:
				ends++
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	if ends != rows+1 || quoted {
		return fmt.Errorf("%s has %d records, not %d", filepath.Base(path), ends-1, rows)
	}
	return nil
}
