// Command bench pairs fanql with the native clients of the databases:
//
//	go run ./testdata/servers go run ./testdata/bench -bin bin/fanql
//
// It fills a PostgreSQL, a MariaDB and SQLite files with the same number of rows,
// once for all contests, and holds the contests turn by turn: who begins changes,
// and a ratio is that of one turn. A run of fanql counts only if its status is 0
// and its file has every record. The Markdown on stdout, and in the file of -to,
// gives medians, ratios, their spread, and what they were to be at most; smaller is
// better. With -readme, the table also replaces what stands in that file between
// <!-- bench --> and <!-- /bench -->; of some contests, only their rows.
//
// Thousands of servers are one that stands in for them (testkit's StandIn), on Linux and where
// so many files may be open; python3, where it is installed, is asked the same.
//
// BENCH_ROWS (2000000) is the rows of each source, BENCH_RUNS (5) the runs of each
// contestant, BENCH_ONLY a regular expression of the contests to be held. psql,
// mariadb and sqlite3 must be in PATH, the servers named by FANQL_TEST_POSTGRES and
// FANQL_TEST_MARIADB.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"

	"github.com/fanql/fanql/testdata/testkit"
)

// options are what the flags and the environment say.
type options struct {
	bin, to, readme string
	rows, runs      int
	only            *regexp.Regexp
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	if is, err := rival(ctx); is {
		stop()
		end(err)
		return
	}
	var o options
	flag.StringVar(&o.bin, "bin", "bin/fanql", "the fanql to measure")
	flag.StringVar(&o.to, "to", "", "also write the Markdown to this file")
	flag.StringVar(&o.readme, "readme", "", "put the table into this file, between its markers")
	flag.Parse()
	err := o.environment()
	if err == nil {
		err = bench(ctx, o)
	}
	stop()
	end(err)
}

// end ends the program where there is an error.
func end(err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

func (o *options) environment() (err error) {
	if o.rows, err = number("BENCH_ROWS", 2_000_000); err != nil {
		return err
	}
	if o.runs, err = number("BENCH_RUNS", 5); err != nil {
		return err
	}
	if o.only, err = regexp.Compile(os.Getenv("BENCH_ONLY")); err != nil {
		return fmt.Errorf("BENCH_ONLY: %w", err)
	}
	if o.readme != "" {
		_, err = between(o.readme, same)
	}
	return err
}

func bench(ctx context.Context, o options) (err error) {
	r := ring{all: databases{rows: o.rows}}
	if r.bin, err = filepath.Abs(o.bin); err != nil {
		return err
	}
	if r.dir, err = os.MkdirTemp(memory(), "fanql-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(r.dir)) }()
	silent, stop, err := hang(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	if r.self, err = os.Executable(); err != nil {
		return err
	}
	if r.crowd, err = testkit.Stand(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.crowd.Stop()) }()
	if r.mysqlCrowd, err = testkit.StandAsMySQL(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.mysqlCrowd.Stop()) }()
	if err := r.all.locate(r.dir); err != nil {
		return err
	}
	crowds, left := r.crowds(ctx)
	for _, why := range left {
		fmt.Fprintf(os.Stderr, "bench: %s\n", why)
	}
	var chosen []contest
	var needed needs
	for _, c := range append(r.contests(silent), crowds...) {
		if o.only.MatchString(c.title()) {
			chosen, needed = append(chosen, c), needed|c.needs
		}
	}
	if len(chosen) == 0 {
		return fmt.Errorf("BENCH_ONLY: no contest matches %s", o.only)
	}
	drop, err := r.all.seed(ctx, r.dir, needed)
	defer func() { err = errors.Join(err, drop(context.WithoutCancel(ctx))) }()
	if err != nil {
		return err
	}
	var table []outcome
	for _, c := range chosen {
		p, err := c.run(ctx, o.runs)
		if err != nil {
			return fmt.Errorf("%s: %w", c.title(), err)
		}
		table = append(table, p)
	}
	text, err := report(ctx, r.bin, o, table, left)
	if err != nil {
		return err
	}
	if _, err := os.Stdout.WriteString(text); err != nil {
		return err
	}
	return o.write(text)
}

// number reads a positive number from the environment.
func number(name string, otherwise int) (int, error) {
	text := os.Getenv(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%s: %q is not a positive number", name, text)
	}
	return n, nil
}

// memory is a folder in memory where there is one, so that no disk is measured.
func memory() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return os.TempDir()
}
