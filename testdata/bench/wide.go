// Contests of many sources, of the time to the first row, and of merging.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"time"
)

// piped returns a run of fanql in which the rows of a source wait for its end.
func (r ring) piped(sources ...string) runner {
	argv := []string{r.bin, "query", "-q", "--jsonl", "--no-source-column", "--timeout", "10m", "--memory", "64MiB", allRows}
	return drained(append(argv, from(sources...)...), r.all.rows*len(sources))
}

// wide returns the contests of many sources.
func (r ring) wide() []contest {
	var sources, urls []string
	for i, name := range hundred() {
		sources = append(sources, fmt.Sprintf("pg%d=%s", i, r.all.postgres))
		u := *r.all.postgres
		u.Path = "/" + name
		urls = append(urls, u.String())
	}
	sleepers := func(sources ...string) runner {
		return r.ours(hasRecords(r.out(), len(sources)), append([]string{"--csv", asleep}, from(sources...)...)...)
	}
	// fanql writes to stdout, as xargs does. With -o all rows would wait until the columns of every
	// file are known.
	many := whole([]string{
		"sh", "-c", `exec "$0" query -q --csv --no-source-column --timeout 10m "$QUERY" -s "$DIR/small/*.db" >"$DIR/ours"`, r.bin,
	}, r.env(), hasRecords(r.out(), small*rowsOfSmall), r.out())
	return []contest{
		{"100 PostgreSQL sources, 0.2 s each", "fanql and one of them", limit{plus: 150 * time.Millisecond}, onPostgres, true, sleepers(sources...), sleepers(sources[0])},
		{"100 databases of one PostgreSQL, 0.2 s each", "a goroutine each with pgconn", limit{ratio: 1.30}, onHundred, true, r.fanql(urls), r.each(urls)},
		{"10,000 SQLite files of 100 rows to CSV", "`xargs -P` over `sqlite3 -csv`", limit{ratio: 0.15}, onSmall, false, many, r.script(xargs)},
	}
}

// quick returns the contests of the time to the first row.
func (r ring) quick(pg, silent string) []contest {
	const tiny = "select id, region, amount from orders where id = 7"
	header, row := 1, 1
	first := func(sources ...string) runner {
		return untilLine(append([]string{r.bin, "query", "-q", "--no-source-column", "--csv", tiny}, from(sources...)...), nil, header+row)
	}
	streamed := func(sources ...string) runner {
		return untilLine(append([]string{r.bin, "query", "-q", "--no-source-column", "--csv", "--stream", tiny}, from(sources...)...), nil, header+row)
	}
	theirs := untilLine([]string{"sh", "-c", "exec " + psql + `--csv -c "$TINY"`}, append(r.env(), "TINY="+tiny), header+row)
	hung := "hung=postgres://nobody@" + silent + "/none?sslmode=disable"
	return []contest{
		{"first row of a small query, one source", "`psql`", limit{ratio: 1.00}, onPostgres, true, first(pg), theirs},
		{"first row, another source hangs", "fanql without it", limit{ratio: 1.05}, onPostgres, true, first(pg, hung), first(pg)},
		{"first row with `--stream`, another source hangs", "fanql without it", limit{ratio: 1.05}, onPostgres, true, streamed(pg, hung), streamed(pg)},
	}
}

// merged returns contests of merging. The clients cannot merge: they write separate files.
func (r ring) merged(pg, my, lite string) []contest {
	const inOrder = allRows + ordered
	sort := func(rows int, args ...string) runner {
		return r.ours(hasRecords(r.out(), rows), append([]string{"--csv", inOrder, "--sorted", "--order-by", "id"}, args...)...)
	}
	three := from(pg, my, lite)
	reduced := r.ours(hasRecords(r.out(), regions), append([]string{
		"--csv", allRows, "--reduce",
		"select region, count(*) as orders, sum(amount) as amount from rows group by region",
	}, three...)...)
	return []contest{
		{"three sources in one order", "the three clients side by side and `cat`, in no order", limit{ratio: 0.75}, onThree, false, sort(3*r.all.rows, three...), r.script(sideBySide)},
		{
			"100 SQLite files in one order, `--memory 32MiB`", "`sqlite3 -csv` of one after the other",
			limit{memory: 100 << 20},
			onMany, false,
			sort(r.all.rows, "--memory", "32MiB", "-s", filepath.Join(r.dir, "many", "*.db")), r.script(oneByOne, "QUERY="+inOrder),
		},
		{"group by of three sources, `--reduce`", "fanql's union of them", limit{ratio: 1.30}, onThree, false, reduced, r.export("csv", pg, my, lite)},
	}
}

// hang starts a server that accepts connections and never answers, and returns its
// address.
func hang(ctx context.Context) (address string, stop func() error, err error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	done := make(chan error, 1)
	go func() {
		var held []net.Conn
		for {
			conn, err := l.Accept()
			if err != nil {
				for _, conn := range held {
					err = errors.Join(err, conn.Close())
				}
				done <- err
				return
			}
			held = append(held, conn)
		}
	}()
	return l.Addr().String(), func() error {
		if err := l.Close(); err != nil {
			return err
		}
		if err := <-done; !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	}, nil
}
