// Checks never overload a server: the test counts the connections that each server holds
// at the same time.

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

// gate forwards connections to a server. It counts those on which the client has sent a
// statement that contains text, until the server has closed its end. A standby
// connection, which only cancels statements, sends no such statement and is not counted.
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

// throughGate returns a URL that leads to the same server through a gate, without TLS.
func throughGate(t *testing.T, server, text string) (string, *gate) {
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
	// The client may not see that the server has closed before the connection is counted.
	_ = client.SetReadDeadline(time.Unix(1, 0))
	if <-counted {
		g.now.Add(-1)
	}
	_ = upstream.Close()
}

// count forwards what a client sends. It counts the connection once the client has sent the text.
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

// maxConnections keeps querying a server for the number of connections to the database.
// most returns the largest number seen.
func maxConnections(t *testing.T, db testdb.DB, query string) (most func() int) {
	t.Helper()
	db.SQL.SetMaxOpenConns(1)
	ctx, stop := context.WithCancel(t.Context())
	seen := make(chan int, 1)
	go func() {
		m := 0
		for ctx.Err() == nil {
			var n int
			time.Sleep(2 * time.Millisecond) // this is the interval of the samples: without it the queries themselves would load the server
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
	gated, postgres := throughGate(t, testdb.Postgres(t).URL, "sleep(")
	// For MySQL and MariaDB a gate counts the connections. Their own lists still show threads whose
	// sockets they have closed.
	my, mysql := throughGate(t, testdb.MySQL(t).URL, "sleep(")
	ma, mariadb := throughGate(t, testdb.MariaDB(t).URL, "sleep(")

	const n, perServer, each = 200, 4, 20 * time.Millisecond
	var config strings.Builder
	fmt.Fprintf(&config, "sources: {pg: %q, my: %q, ma: %q, gated: %q}\nchecks:\n", pg.URL, my, ma, gated)
	// A source that is a saved file needs no connection.
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
	onPG := maxConnections(t, pg, `select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`)
	out, err := programAt(t, plainProgram(t), "check", "--config", path, "--json", "--timeout", "5m").Output()
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
	// Each server runs perServer queries at a time, and never fewer while a query waits. So its
	// queries take the sum of their durations divided by perServer, and at most one query more.
	// This is also true on a busy machine, since the durations are measured.
	chains, longest := map[string]float64{}, 0.0
	for _, c := range r.Checks {
		for _, s := range c.Sources {
			chains[s.Source] += s.DurationSeconds / perServer
			longest = max(longest, s.DurationSeconds)
		}
	}
	slowest := max(chains["pg"], chains["my"], chains["ma"], chains["gated"])
	if r.ElapsedSeconds > slowest*1.1+longest {
		t.Errorf("%.3fs, but the slowest chain takes %.3fs and the longest query %.3fs", r.ElapsedSeconds, slowest, longest)
	}
	if slowest < (n / perServer * each).Seconds() {
		t.Errorf("a chain took %.3fs, but its queries sleep for %s", slowest, n/perServer*each)
	}
}
