// Command bench compares fanql with the native clients of the databases:
//
//	go run ./testdata/servers go run ./testdata/bench -bin bin/fanql
//
// It fills a PostgreSQL, a MariaDB and SQLite files with the same number of rows, once for all
// contests. fanql and its rival then take turns, and each of them goes first in every second turn.
// A ratio compares the two runs of one turn. A run of fanql counts only if its exit status is 0 and
// its file has every record. The Markdown has medians, ratios, their spread, and the limits.
// Smaller is better. It is written to stdout, and to the file of -to. With -readme, the table also
// replaces the text in that file between <!-- bench --> and <!-- /bench -->. If only some contests
// were run, only their rows are replaced.
//
// One server, testkit's StandIn, replaces thousands. This needs Linux and a limit of open files
// that is high enough. If python3 is installed, it is a rival, too. The stand-in needs one thread,
// and 60 µs for each server, most of them in the kernel. With a goroutine and buffers for each
// connection it needed 120 µs, and all rivals had to wait for that, since they use the same cores.
//
// BENCH_ROWS (2000000) is the number of rows of each source, BENCH_RUNS (5) the number of runs, and
// BENCH_ONLY a regular expression that selects contests. psql, mariadb and sqlite3 must be in PATH.
// FANQL_TEST_POSTGRES, FANQL_TEST_MARIADB and FANQL_TEST_MYSQL name the servers.
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
	"runtime"
	"strconv"
	"syscall"

	"github.com/fanql/fanql/testdata/testkit"
)

// options are the settings from the flags and the environment.
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

// end exits if there is an error.
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
	if runtime.GOOS == "linux" { // on other systems these contests are left out
		if r.crowd, err = testkit.Stand(ctx); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, r.crowd.Stop()) }()
		if r.mysqlCrowd, err = testkit.StandAsMySQL(ctx); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, r.mysqlCrowd.Stop()) }()
	}
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

// memory returns a folder in memory if the system has one. Then no disk is measured.
func memory() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return os.TempDir()
}
