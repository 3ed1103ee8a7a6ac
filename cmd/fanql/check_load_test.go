// Checks are never the load: the servers' own view of the number of connections at
// once.

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/testdata/testdb"
	"github.com/fanql/fanql/testdata/testkit"
)

// gate passes connections on to a server and counts those that the server holds and
// that have been sent a statement with a text in it: one is over when the server has
// closed its end. A connection that stands by to end a statement, as over a slow line
// or on a busy machine, is sent none.
type gate struct {
	address   string
	text      []byte
	now, most atomic.Int64
}

func newGate(t *testing.T, server, text string) *gate {
	t.Helper()
	g := &gate{text: []byte(text)}
	g.address = testkit.Serve(t, func(client net.Conn) { g.pass(client, server) })
	return g
}

// gatedAt returns a URL that leads to the same server through a gate, without TLS.
func gatedAt(t *testing.T, server, text string) (string, *gate) {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	g := newGate(t, u.Host, text)
	u.Host, u.RawQuery = g.address, "tls=false"
	if u.Scheme == "postgres" {
		u.RawQuery = "sslmode=disable"
	}
	return u.String(), g
}

func (g *gate) pass(client net.Conn, server string) {
	upstream, err := net.Dial("tcp", server)
	if err != nil {
		return
	}
	counted := make(chan bool, 1)
	go func() {
		counted <- g.count(upstream, client)
		_ = upstream.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(client, upstream)
	// The client learns that the server has gone when this has been counted.
	_ = client.SetReadDeadline(time.Unix(1, 0))
	if <-counted {
		g.now.Add(-1)
	}
	_ = upstream.Close()
}

// count passes on what a client sends, and counts the connection once the text is
// among that.
func (g *gate) count(server io.Writer, client io.Reader) (counted bool) {
	var sent []byte
	buf := make([]byte, 32<<10)
	for {
		n, err := client.Read(buf)
		if !counted {
			sent = append(sent, buf[:n]...)
			if counted = bytes.Contains(sent, g.text); counted {
				n := g.now.Add(1)
				for m := g.most.Load(); n > m && !g.most.CompareAndSwap(m, n); m = g.most.Load() {
				}
			}
		}
		if _, failed := server.Write(buf[:n]); failed != nil || err != nil {
			return counted
		}
	}
}

// connected asks a server again and again how many connections to the database it holds,
// and gives the most it saw.
func connected(t *testing.T, db testdb.DB, query string) (most func() int) {
	t.Helper()
	db.SQL.SetMaxOpenConns(1)
	ctx, stop := context.WithCancel(t.Context())
	seen := make(chan int, 1)
	go func() {
		m := 0
		for ctx.Err() == nil {
			var n int
			time.Sleep(2 * time.Millisecond) // a sample, not a wait: asking without a pause would be a load itself
			if err := db.SQL.QueryRowContext(ctx, query).Scan(&n); err == nil {
				m = max(m, n)
			}
		}
		seen <- m
	}()
	return func() int {
		stop()
		return <-seen
	}
}

func TestManyChecksAreNeverTheLoad(t *testing.T) {
	pg := testdb.Postgres(t)
	gated, postgres := gatedAt(t, testdb.Postgres(t).URL, "sleep(")
	// MySQL's and MariaDB's own lists have a thread still whose socket they have closed.
	my, mysql := gatedAt(t, testdb.MySQL(t).URL, "sleep(")
	ma, mariadb := gatedAt(t, testdb.MariaDB(t).URL, "sleep(")

	const n, perServer, each = 200, 4, 20 * time.Millisecond
	var config strings.Builder
	fmt.Fprintf(&config, "sources: {pg: %q, my: %q, ma: %q, gated: %q}\nchecks:\n", pg.URL, my, ma, gated)
	// A file among what is asked has no place at any server.
	kept := filepath.Join(t.TempDir(), "kept.csv")
	if err := os.WriteFile(kept, []byte("n\n0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&config, "  kept: {sql: select 0 as n, sources: gated, unchanged_from: %q}\n", kept)
	for i := range n {
		fmt.Fprintf(&config, "  c%d: {sql: \"select %d as n, pg_sleep(%f)\", variants: {mysql: \"select %d as n, sleep(%f)\"}, expect: n == %d}\n", i, i, each.Seconds(), i, each.Seconds(), i)
	}
	path := filepath.Join(t.TempDir(), "fanql.yaml")
	if err := os.WriteFile(path, []byte(config.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	onPG := connected(t, pg, `select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`)
	out, err := program(t, "check", "--config", path, "--json", "--timeout", "5m").Output()
	if status := exitStatus(t, err); status != 0 {
		t.Fatalf("exit status %d\n%s", status, out)
	}
	var r checks.Report
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatal(err)
	}
	if r.Counts.Passed != n+1 || r.Queries != 4*n+1 {
		t.Errorf("%+v, %d queries", r.Counts, r.Queries)
	}
	for name, most := range map[string]int{"PostgreSQL": onPG(), "MySQL": int(mysql.most.Load()), "MariaDB": int(mariadb.most.Load()), "the gated server": int(postgres.most.Load())} {
		if most != perServer {
			t.Errorf("%s held %d connections at once, want %d", name, most, perServer)
		}
	}
	// The chain of a server is its queries one after another in so many lanes, of
	// which none is idle while a query waits, but for the last of them. How long a
	// query takes on a busy machine does not matter for that.
	chains, longest := map[string]float64{}, 0.0
	for _, c := range r.Checks {
		for _, s := range c.Sources {
			chains[s.Source] += s.DurationSeconds / perServer
			longest = max(longest, s.DurationSeconds)
		}
	}
	slowest := max(chains["pg"], chains["my"], chains["ma"], chains["gated"])
	if r.ElapsedSeconds > slowest*1.1+longest {
		t.Errorf("%.3fs, where the slowest chain takes %.3fs and the longest query %.3fs", r.ElapsedSeconds, slowest, longest)
	}
	if slowest < (n / perServer * each).Seconds() {
		t.Errorf("a chain of %.3fs, where its queries sleep for %s", slowest, n/perServer*each)
	}
}
