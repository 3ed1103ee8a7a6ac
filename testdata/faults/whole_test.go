// Whole servers crash, freeze and come back while they send rows.

package faults_test

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/testdata/servers/private"
	"github.com/fanql/fanql/testdata/testdb"
	"github.com/fanql/fanql/testdata/testkit"
)

// A victim is a server with the table n that only the test uses. It is not the rig's server.
type victim struct {
	*private.Instance
	engine
	url string
}

// begin starts a server from programs on this machine.
func begin(t *testing.T, e engine) *victim {
	t.Helper()
	i := testdb.Own(t, e.product)
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

// look opens the database, or the server if it has no database yet. It calls the function, and then
// closes the connection.
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
	if !testkit.Within(10*time.Second, func() (empty bool) {
		v.look(t, func(db testdb.DB) { empty = db.Count(t, v.connections) == 0 })
		return empty
	}) {
		t.Error("connections are left on the server that crashed")
	}
}

// freeze sends a signal to every process of the server: SIGSTOP stops the processes, and SIGCONT
// continues them.
func (v *victim) freeze(sig syscall.Signal) {
	for _, pid := range processTree(v.Cmd.Process.Pid) {
		_ = syscall.Kill(pid, sig)
	}
}

// processTree returns a process and all processes below it, if the system lists them.
func processTree(pid int) []int {
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
		shutdown := syscall.SIGINT // PostgreSQL's fast shutdown
		if !r.clientFirst {
			shutdown = syscall.SIGTERM
		}
		second := func(t *testing.T) {
			t.Helper()
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			if err := v.Restart(ctx); err != nil {
				t.Error(err)
			}
		}
		inRows := func(do func()) func(*testing.T, *scene) {
			return func(_ *testing.T, s *scene) {
				if s.arrives(driver.Stream) {
					do()
				}
			}
		}
		t.Run("full", func(t *testing.T) { v.full(t, r) })
		t.Run("large", func(t *testing.T) { v.large(t, r) })
		t.Run("killed", func(t *testing.T) {
			r.run(t, endTimeout, &cell{
				fault: "server killed in the rows", statement: v.midway(), url: v.url, meanwhile: inRows(func() { v.Signal(syscall.SIGKILL) }),
				state: failed, from: driver.Connect, to: driver.Stream, attempts: []int{2, 3},
			})
			second(t)
			v.empty(t)
		})
		t.Run("shut down", func(t *testing.T) {
			r.run(t, endTimeout, &cell{
				fault: "server shut down in the rows", statement: v.midway(), url: v.url, meanwhile: inRows(func() { v.Signal(shutdown) }),
				state: failed, from: driver.Connect, to: driver.Stream, attempts: []int{1, 2, 3},
			})
			second(t)
			v.empty(t)
		})
		// A PostgreSQL that shuts down sends 57P01. The source is not retried, since the code is
		// the same as after an administrator's kill. After MySQL's 1053 it is not retried either.
		// MariaDB closes the connection, so the source is retried once. If the server refuses
		// connections by then, there are two more attempts.
		restarted := func(how syscall.Signal, back chan struct{}) func(*testing.T, *scene) {
			return func(t *testing.T, s *scene) {
				if !s.arrives(driver.Stream) {
					return
				}
				v.Signal(how)
				if back == nil { // the server comes back too late
					s.ends()
				}
				second(t)
				if back != nil {
					close(back)
				}
			}
		}
		t.Run("restarted", func(t *testing.T) {
			const name = "server restarted in the rows"
			q := v.pausing(rowsOfN, 1000, 0.2)
			for _, c := range []struct {
				name     string
				how      syscall.Signal
				farewell bool
			}{{"in order", shutdown, r.farewell != ""}, {"after a crash", syscall.SIGKILL, false}} {
				late := &cell{
					fault: name, name: c.name + ", too late", statement: q, url: v.url, meanwhile: restarted(c.how, nil),
					state: failed, from: driver.Connect, to: driver.Connect, says: "refused", attempts: []int{3},
				}
				back := make(chan struct{})
				soon := &cell{
					fault: name, name: c.name + ", in time", statement: q, before: v.Address(), meanwhile: restarted(c.how, back), attempts: []int{2},
					url: strings.Replace(v.url, v.Address(), "%s", 1), plan: func(i int) fault {
						if i == 0 {
							return fault{}
						}
						return fault{until: back}
					},
				}
				for _, k := range []*cell{late, soon} {
					if c.farewell {
						k.state, k.code, k.says, k.from, k.to, k.attempts = failed, r.farewell, "", driver.Stream, driver.Stream, nil
					}
					t.Run(k.name, func(t *testing.T) { r.run(t, endTimeout, k) })
				}
			}
			v.empty(t)
		})
		t.Run("frozen", func(t *testing.T) {
			r.run(t, 2*r.soon(t, 1), &cell{
				fault: "server frozen in the rows", statement: v.midway(), url: v.url, meanwhile: inRows(func() { v.freeze(syscall.SIGSTOP) }),
				state: timedOut, from: driver.Stream, to: driver.Stream, says: "timed out", cancel: []driver.Cancel{driver.Sent, driver.Unknown},
			})
			r.run(t, r.soon(t, 1), &cell{
				fault: "server frozen before we connect", statement: upTo(5), url: v.url,
				state: timedOut, from: driver.Connect, to: driver.Connect, says: "no answer from the server: timed out",
			})
			v.freeze(syscall.SIGCONT)
			v.empty(t)
		})
	})
}

// full uses all connections of a MySQL server, and releases one in time. In PostgreSQL each role
// has a limit: see tooMany.
func (v *victim) full(t *testing.T, r *rig) {
	if v.clientFirst {
		return
	}
	const name = "too many connections on the whole server"
	v.do(t, "set global max_connections = 10")
	var held []*sql.DB
	defer func() {
		for _, db := range held {
			db.Close()
		}
		v.empty(t)
		v.do(t, "set global max_connections = default")
	}()
	for taken := true; taken; {
		db, err := v.product.Open(v.URL)
		if err != nil {
			t.Fatal(err)
		}
		db.SetMaxIdleConns(1)
		held = append(held, db)
		taken = db.PingContext(t.Context()) == nil
	}
	c := &cell{fault: name, name: "for good", statement: upTo(5), url: v.url, state: failed, from: driver.Auth, to: driver.Auth, code: "1040", attempts: []int{3}}
	r.run(t, endTimeout, c)
	c = &cell{fault: name, name: "for a moment", statement: upTo(5), url: strings.Replace(v.url, v.Address(), "%s", 1), before: v.Address()}
	r.run(t, endTimeout, mendedInTime(c, func() { held[0].Close() }))
}

// large runs statements with huge results: 100 MB in one cell, for which MySQL needs two of its
// largest packets, and the maximum number of columns of a PostgreSQL table.
func (v *victim) large(t *testing.T, r *rig) {
	const width = 1600
	size := 20_000_000
	if thorough {
		size = 100_000_000
	}
	if !v.clientFirst {
		v.do(t, "set global max_allowed_packet = 256 * 1024 * 1024")
	}
	r.usualTimes(t, 1) // this is measured with the usual memory
	r.memory = 1 << 30
	defer func() { r.memory = staged }()
	repeated := statement{sql: fmt.Sprintf("select i, repeat('0123456789', %d) from n where i = 7", size/10)}
	repeated.rows = []string{"7|" + strings.Repeat("0123456789", size/10)}
	r.run(t, 3*endTimeout, &cell{fault: "a cell of 100 MB", statement: repeated, url: v.url})
	var columns, values strings.Builder
	for i := range width {
		fmt.Fprintf(&columns, ", i + %d as c%d", i, i)
		fmt.Fprintf(&values, "|%d", i+rowsOfN)
	}
	r.run(t, endTimeout, &cell{
		fault: "1,600 columns", url: v.url,
		statement: statement{fmt.Sprintf("select %s from n where i = %d", columns.String()[2:], rowsOfN), []string{values.String()[1:]}},
	})
}
