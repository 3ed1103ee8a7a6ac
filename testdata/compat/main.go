// Command compat tries the built fanql, as a user would run it, on many servers,
// and on pools and balancers before them, and prints what worked where:
//
//	go run ./testdata/compat -bin bin/fanql -to .cache/servers.md
//
// Each server is started privately on loopback, one after the other, and is stopped before the
// next. Servers that this machine lacks are fetched into .cache (package fetch). If a server cannot
// be fetched, its row says so. The table is written to stdout and, with -to, into a file. With
// -help-page it also replaces the text of that page between <!-- servers --> and <!-- /servers -->.
// With -cases=false the page keeps its column of cases, and has the day on which they ran.
//
// The exit status is 1 if a cell failed that known.go does not explain, or if a server
// could not be started. It is 130 after a signal.
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
	"syscall"
	"time"
)

// totalTimeout is the limit for all servers together, and cellTimeout the limit for a cell.
const (
	totalTimeout = 45 * time.Minute
	cellTimeout  = 90 * time.Second
)

type options struct {
	bin, to, help string
	only          *regexp.Regexp
	cases         bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	err := run(ctx, os.Args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case ctx.Err() != nil:
		say("interrupted: %v", err)
		os.Exit(130)
	case err != nil:
		say("%v", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, totalTimeout, fmt.Errorf("not done within %v", totalTimeout))
	defer cancel()
	l, err := newLab(ctx, o)
	if err != nil {
		return err
	}
	m := matrix{made: time.Now(), version: l.version}
	for _, s := range subjects {
		if !o.only.MatchString(s.name) {
			continue
		}
		if ctx.Err() != nil {
			break
		}
		m.rows = append(m.rows, l.try(ctx, s))
	}
	if o.help != "" && !o.cases {
		page, err := os.ReadFile(o.help)
		if err != nil {
			return errors.Join(err, l.close())
		}
		m.keepCases(string(page))
	}
	table := m.markdown()
	fmt.Print(table)
	if ctx.Err() != nil {
		return errors.Join(m.failure(), context.Cause(ctx), l.close())
	}
	return errors.Join(m.failure(), l.close(), write(o, table))
}

func parse(args []string) (o options, err error) {
	f := flag.NewFlagSet("compat", flag.ContinueOnError)
	f.StringVar(&o.bin, "bin", "bin/fanql", "the fanql that is tried")
	f.StringVar(&o.to, "to", "", "a file for the table")
	f.StringVar(&o.help, "help-page", "", "a page that quotes the table")
	f.BoolVar(&o.cases, "cases", true, "run testdata/cases on each server too")
	only := f.String("only", "", "a regular expression of the servers to be tried")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if o.bin, err = filepath.Abs(o.bin); err != nil {
		return o, err
	}
	if o.help != "" && *only != "" {
		return o, errors.New("a page quotes the whole table: leave out -only")
	}
	o.only, err = regexp.Compile(*only)
	return o, err
}

// write writes the complete table to the files in the options.
func write(o options, table string) error {
	var problems []error
	if o.to != "" {
		problems = append(problems, os.WriteFile(o.to, []byte(table), 0o644))
	}
	if o.help != "" {
		page, err := os.ReadFile(o.help)
		if err == nil {
			var text string
			if text, err = quoted(string(page), table); err == nil {
				err = os.WriteFile(o.help, []byte(text), 0o644)
			}
		}
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

func say(format string, args ...any) { fmt.Fprintf(os.Stderr, "compat: "+format+"\n", args...) }
