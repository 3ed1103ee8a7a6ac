// Command bench pairs fanql with the native clients of the databases:
//
//	go run ./testdata/servers go run ./testdata/bench -bin bin/fanql
//
// It fills a PostgreSQL, a MariaDB and a SQLite file with the same number of
// rows, then exports them to CSV, turn by turn: each source alone by fanql and
// by its own client, and all of them by one fanql and by a shell script that runs
// the clients side by side and joins their output. Then the sources give their
// rows in order, which fanql merges into one and the script does not; and so do
// 100 SQLite files. A run of fanql counts only if its status is 0 and its file has
// every record. The Markdown on stdout gives medians, ratios and their spread;
// smaller is better.
//
// BENCH_ROWS (2000000) is the rows of each source, BENCH_RUNS (5) the runs of
// each contestant. psql, mariadb and sqlite3 must be in PATH, the servers named
// by FANQL_TEST_POSTGRES and FANQL_TEST_MYSQL.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
)

func main() {
	bin := flag.String("bin", "bin/fanql", "the fanql to measure")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := bench(ctx, *bin)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, bin string) (err error) {
	rows, err := number("BENCH_ROWS", 2_000_000)
	if err != nil {
		return err
	}
	runs, err := number("BENCH_RUNS", 5)
	if err != nil {
		return err
	}
	bin, err = filepath.Abs(bin)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(memory(), "fanql-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	all, drop, err := seed(ctx, dir, rows)
	defer func() { err = errors.Join(err, drop(context.WithoutCancel(ctx))) }()
	if err != nil {
		return err
	}
	var table []pairing
	for _, c := range contests(bin, dir, all) {
		p, err := c.run(ctx, runs)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		table = append(table, p)
	}
	return report(ctx, os.Stdout, bin, rows, runs, table)
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
