// What others do who want to ask many servers at once: a goroutine each in Go, and
// asyncio.gather in Python.
package main

import (
	"context"
	_ "embed"
	"errors"
	"io"
	"os"
	"strconv"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
)

// asleep is a query that takes a server 0.2 s, and gives one row.
const asleep = "select 1 as one from (select pg_sleep(0.2)) s"

// eachMode is the first argument of this program where it is the rival. URLs follow.
const eachMode = "each"

// each asks every URL on a goroutine of its own, with pgconn and nothing else, and
// prints a line for each row when all have answered.
func each(ctx context.Context, urls []string, w io.Writer) error {
	lines, errs := make([]string, len(urls)), make([]error, len(urls))
	var all sync.WaitGroup
	for i, u := range urls {
		all.Go(func() { lines[i], errs[i] = ask(ctx, u) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, line := range lines {
		if _, err := io.WriteString(w, line); err != nil {
			return err
		}
	}
	return nil
}

func ask(ctx context.Context, url string) (lines string, err error) {
	conn, err := pgconn.Connect(ctx, url)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	result := conn.ExecParams(ctx, asleep, nil, nil, nil, nil).Read()
	for _, row := range result.Rows {
		lines += string(row[0]) + "\n"
	}
	return lines, result.Err
}

// each is the rival of that mode, against the URLs.
func (r ring) each(urls []string) runner {
	return drained(append([]string{r.self, eachMode}, urls...), len(urls))
}

// gatherText is the plainest way that Python has, by its own library alone.
//
//go:embed gather.py
var gatherText string

// gather is the rival in Python, against so many servers of the stand-in's. It takes no
// URLs: it speaks just what the stand-in does.
func (r ring) gather(servers int) runner {
	return drained([]string{python, "-c", gatherText, strconv.Itoa(r.crowd.Port), strconv.Itoa(servers), asleep}, servers)
}

const python = "python3"

// rival is the program where it is a rival; is says whether it is.
func rival(ctx context.Context) (is bool, err error) {
	if len(os.Args) < 2 || os.Args[1] != eachMode {
		return false, nil
	}
	return true, each(ctx, os.Args[2:], os.Stdout)
}
