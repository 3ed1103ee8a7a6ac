// Rivals that query many servers at the same time: in Go with a goroutine for each
// server, and in Python with asyncio.gather.
package main

import (
	"context"
	"database/sql/driver"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
)

// Queries that return one row after 0.2 s.
const (
	asleep      = "select 1 as one from (select pg_sleep(0.2)) s"
	mysqlAsleep = "select 1 as one from (select sleep(0.2)) s"
)

// eachMode, as the first argument, makes this program the rival in Go. The URLs follow it.
const eachMode = "each"

// each queries every URL on its own goroutine, with only pgconn or MySQL's driver. When all servers
// have answered, it prints a line for each row.
func each(ctx context.Context, urls []string, w io.Writer) error {
	lines, errs := make([]string, len(urls)), make([]error, len(urls))
	var all sync.WaitGroup
	for i, u := range urls {
		all.Go(func() { lines[i], errs[i] = query(ctx, u) })
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

func query(ctx context.Context, url string) (lines string, err error) {
	if strings.HasPrefix(url, "mysql:") {
		return queryMySQL(ctx, url)
	}
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

func queryMySQL(ctx context.Context, from string) (lines string, err error) {
	u, err := url.Parse(from)
	if err != nil {
		return "", err
	}
	cfg := mysql.NewConfig()
	cfg.Net, cfg.Addr, cfg.User, cfg.DBName = "tcp", u.Host, u.User.Username(), strings.TrimPrefix(u.Path, "/")
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return "", err
	}
	conn, err := connector.Connect(ctx)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	rows, err := conn.(driver.QueryerContext).QueryContext(ctx, mysqlAsleep, nil)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	cells := make([]driver.Value, 1)
	for {
		switch err := rows.Next(cells); {
		case errors.Is(err, io.EOF):
			return lines, nil
		case err != nil:
			return "", err
		}
		lines += fmt.Sprintln(cells[0])
	}
}

// each returns a run of this program as the rival, for the URLs.
func (r ring) each(urls []string) runner {
	return drained(append([]string{r.self, eachMode}, urls...), len(urls))
}

// gatherText is the simplest program in Python. It uses only the standard library.
//
//go:embed gather.py
var gatherText string

// gather returns the rival in Python for that number of servers of the stand-in. It gets no URLs,
// since it knows only the part of the protocol that the stand-in needs.
func (r ring) gather(servers int) runner {
	return drained([]string{python, "-c", gatherText, strconv.Itoa(r.crowd.Port), strconv.Itoa(servers), asleep}, servers)
}

const python = "python3"

// rival runs the program as a rival if its arguments say so; is reports whether they do.
func rival(ctx context.Context) (is bool, err error) {
	if len(os.Args) < 2 || os.Args[1] != eachMode {
		return false, nil
	}
	return true, each(ctx, os.Args[2:], os.Stdout)
}
