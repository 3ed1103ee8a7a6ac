// Whole servers that die, freeze and come back, in the midst of rows.

package faults_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/ask"
	"github.com/fanql/fanql/testdata/servers/private"
	"github.com/fanql/fanql/testdata/testdb"
)

// A victim is a server of the test's own beside the rig's, with table n.
type victim struct {
	*private.Instance
	engine
	url string
}

// begin starts a server from the programs on this machine.
func begin(t *testing.T, e engine) *victim {
	t.Helper()
	found, ok := e.product.Find()
	if !ok {
		missing := t.Skipf
		if os.Getenv(testdb.EnvRequire) == "1" && os.Getenv(e.product.Env) == "" {
			missing = t.Fatalf
		}
		missing("needs the programs of %s on this machine", e.product.Name)
	}
	dir, err := private.Folder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	i, err := private.Begin(context.Background(), e.product, found, filepath.Join(dir, e.product.Folder), rand.Text())
	if i != nil {
		t.Cleanup(i.Stop)
	}
	if err != nil {
		t.Fatal(err)
	}
	v := &victim{Instance: i, engine: e}
	v.do(t, "create database shop", e.durable)
	u, err := url.Parse(i.URL)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/shop"
	v.url = u.String() + e.unencrypted
	v.do(t, setup()...)
	return v
}

// look opens the database, or the server where there is none yet, for a moment.
func (v *victim) look(t *testing.T, look func(testdb.DB)) {
	t.Helper()
	u, err := url.Parse(cmp.Or(v.url, v.URL))
	if err != nil {
		t.Fatal(err)
	}
	driver, dsn := "pgx", u.String()
	if !v.clientFirst {
		driver, dsn = "mysql", testdb.DSN(u)
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	look(testdb.DB{SQL: db})
}

func (v *victim) do(t *testing.T, statements ...string) {
	t.Helper()
	v.look(t, func(db testdb.DB) { db.Exec(t, statements...) })
}

func (v *victim) empty(t *testing.T) {
	t.Helper()
	if !within(10*time.Second, func() (empty bool) {
		v.look(t, func(db testdb.DB) { empty = db.Count(t, v.connections) == 0 })
		return empty
	}) {
		t.Error("connections are left on the server that broke")
	}
}

// freeze stops every process of the server, and thaw lets them go on.
func (v *victim) freeze(sig syscall.Signal) {
	for _, pid := range family(v.Cmd.Process.Pid) {
		_ = syscall.Kill(pid, sig)
	}
}

// family is a process and all that it started, where that can be seen.
func family(pid int) []int {
	all := []int{pid}
	for i := 0; i < len(all); i++ {
		children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", all[i], all[i]))
		for _, child := range strings.Fields(string(children)) {
			var n int
			if _, err := fmt.Sscan(child, &n); err == nil {
				all = append(all, n)
			}
		}
	}
	return all
}

func TestWholeServers(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		v := begin(t, r.engine)
		shutdown := syscall.SIGINT // PostgreSQL's fast one
		if !r.clientFirst {
			shutdown = syscall.SIGTERM
		}
		again := func(t *testing.T) {
			t.Helper()
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			if err := v.Again(ctx); err != nil {
				t.Error(err)
			}
		}
		inRows := func(do func()) func(*testing.T, *scene) {
			return func(_ *testing.T, s *scene) {
				if s.arrives(ask.Stream) {
					do()
				}
			}
		}
		t.Run("killed", func(t *testing.T) {
			r.run(t, patience, &cell{
				fault: "server killed in the rows", question: v.midway(), url: v.url, beside: inRows(func() { v.Signal(syscall.SIGKILL) }),
				state: failed, from: ask.Connect, to: ask.Stream, attempts: []int{2, 3},
			})
			again(t)
			v.empty(t)
		})
		t.Run("shut down", func(t *testing.T) {
			r.run(t, patience, &cell{
				fault: "server shut down in the rows", question: v.midway(), url: v.url, beside: inRows(func() { v.Signal(shutdown) }),
				state: failed, from: ask.Connect, to: ask.Stream, attempts: []int{1, 2, 3},
			})
			again(t)
			v.empty(t)
		})
		t.Run("restarted", func(t *testing.T) {
			q := v.pausing(rowsOfN, 1000, 0.2)
			r.run(t, patience, &cell{
				fault: "server restarted in the rows", question: q, url: v.url,
				beside: func(t *testing.T, s *scene) {
					if s.arrives(ask.Stream) {
						v.Stop()
						again(t)
					}
				},
				state: []query.State{query.OK, query.Failed}, from: ask.Connect, to: ask.Stream, attempts: []int{1, 2, 3},
			})
			v.empty(t)
		})
		t.Run("frozen", func(t *testing.T) {
			r.run(t, 2*soon, &cell{
				fault: "server frozen in the rows", question: v.midway(), url: v.url, beside: inRows(func() { v.freeze(syscall.SIGSTOP) }),
				state: timedOut, from: ask.Stream, to: ask.Stream, says: "timed out", cancel: []ask.Cancel{ask.Sent, ask.Unknown},
			})
			r.run(t, soon, &cell{
				fault: "server frozen before we connect", question: upTo(5), url: v.url,
				state: timedOut, from: ask.Auth, to: ask.Auth, says: "timed out",
			})
			v.freeze(syscall.SIGCONT)
			v.empty(t)
		})
	})
}
