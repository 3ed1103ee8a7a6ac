// A connection breaks once in the middle of the rows. The source is retried, and the result
// contains no row of its first attempt.

package main

import (
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/fanql/fanql/testdata/testdb"
	"github.com/fanql/fanql/testdata/testkit"
)

// cutOnce returns the URL of a database behind a proxy. The proxy cuts the first connection after
// the server has sent that number of bytes. It does not cut later ones.
func cutOnce(t *testing.T, database string, bytes int64) string {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	server := u.Host
	var cut atomic.Bool
	u.Host = testkit.Serve(t, func(client net.Conn) {
		up, err := net.Dial("tcp", server)
		if err != nil {
			return
		}
		defer up.Close()
		go func() {
			_, _ = io.Copy(up, client)
			_ = up.(*net.TCPConn).CloseWrite()
		}()
		if n, _ := io.CopyN(client, up, bytes); n == bytes && cut.CompareAndSwap(false, true) {
			return
		}
		_, _ = io.Copy(client, up)
	})
	return u.String()
}

func TestAConnectionThatBreaksOnceIsRetriedInEveryKindOfResult(t *testing.T) {
	pg := testdb.Postgres(t)
	pg.Exec(t, "create table orders as select i as id, 'some text that takes room' as note from generate_series(1, 15000) i")
	lite := manyOrders(t, 15000)
	for _, c := range []struct {
		name string
		out  string
		args []string
	}{
		{"a file that is written while sources run", "out.csv", nil},
		{"a file in which rows are held back at first", "out.jsonl", nil},
		{"a file of another format", "out.txt", []string{"--format", "vertical"}},
		{"stdout", "", []string{"--csv", "--order", "source"}},
	} {
		for _, first := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, first %t", c.name, first), func(t *testing.T) {
				t.Parallel()
				result := func(database string) (string, reportFields) {
					t.Helper()
					report := filepath.Join(t.TempDir(), "run.json")
					sources := []string{"-s", "pg=" + database, "-s", "lite=" + lite}
					if !first {
						sources = []string{"-s", "lite=" + lite, "-s", "pg=" + database}
					}
					args := append(append([]string{"query", "-q", "--report", report, "select id, note from orders order by id"}, sources...), c.args...)
					out := filepath.Join(t.TempDir(), c.out)
					if c.out != "" {
						args = append(args, "-o", out)
					}
					cmd := program(t, args...)
					cmd.Stderr = os.Stderr
					stdout, err := cmd.Output()
					if err != nil {
						t.Fatal(err)
					}
					if c.out != "" {
						if stdout, err = os.ReadFile(out); err != nil {
							t.Fatal(err)
						}
					}
					return string(stdout), readReport(t, report)
				}
				want, _ := result(pg.URL)
				got, r := result(cutOnce(t, pg.URL, 400_000))
				if got != want {
					t.Errorf("the result has %d bytes, want the %d of an undisturbed run", len(got), len(want))
				}
				for _, s := range r.Sources {
					if s.Source == "pg" && (s.State != "ok" || s.Attempts != 2 || s.Discarded == 0) {
						t.Errorf("pg is %s after %d attempts, %d rows discarded", s.State, s.Attempts, s.Discarded)
					}
				}
			})
		}
	}
}
