// Faults while connecting: refused, silent and lost connections.

package faults_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/testdata/testkit"
)

const soon = 800 * time.Millisecond

// soon returns a deadline that is long enough for the healthy sources of a run with that number of
// cells.
func (r *rig) soon(t *testing.T, cells int) time.Duration { return soon + r.usualTimes(t, cells).end }

var (
	failed   = []query.State{query.Failed}
	timedOut = []query.State{query.Timeout}
)

func TestConnecting(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		silent := always(fault{how: stall})
		dead := testkit.Refusing(t)
		encrypted := strings.Replace(strings.TrimSuffix(r.through(dead), r.unencrypted), dead, "%s", 1) + r.encrypted
		agreed := &cell{
			fault: "TLS hangs", name: "when it was agreed on", statement: upTo(5), url: encrypted,
			plan:  always(fault{how: stall, greeting: r.greeting}),
			state: timedOut, from: driver.Connect, to: driver.Connect, says: "no answer from the server: timed out",
		}
		short := []*cell{
			agreed,
			{fault: "accepts and is silent", statement: upTo(5), plan: silent, state: timedOut, from: driver.Connect, to: driver.Connect, says: "no answer from the server: timed out"},
		}
		long := []*cell{{fault: "refused", statement: upTo(5), url: r.through(dead), state: failed, from: driver.Connect, to: driver.Connect, says: "refused", attempts: []int{3}}}
		for _, how := range []breakage{reset, fin} {
			twice := func(i int) fault {
				if i < 2 {
					return fault{how: how}
				}
				return fault{}
			}
			long = append(long, &cell{fault: "broken twice while connecting, then fine", name: how.String(), statement: upTo(5), plan: twice, attempts: []int{3}})
		}
		if r.clientFirst {
			// Only PostgreSQL's URLs may have two hosts, and only its TLS begins before
			// the server speaks.
			_, rest, _ := strings.Cut(r.through(r.host()), "@")
			before := strings.TrimSuffix(r.through(r.host()), rest)
			const alive = "first address dead, second alive"
			long = append(
				long,
				&cell{fault: alive, name: "refused", statement: upTo(5), url: before + dead + "," + rest},
				&cell{fault: alive, name: "silent", statement: upTo(5), url: before + "%s," + rest, plan: silent, timeout: 2 * time.Second},
			)
			short = append(short, &cell{
				fault: "TLS hangs", name: "when it is asked for", statement: upTo(5), url: encrypted, plan: silent,
				state: timedOut, from: driver.Connect, to: driver.Connect, says: "no answer from the server: timed out",
			})
		}
		t.Run("until a deadline", func(t *testing.T) { r.run(t, r.soon(t, len(short)), short...) })
		if !strings.Contains(string(agreed.proxy.retort), "\x16\x03\x01") {
			t.Errorf("the client answered %[2]q to %[1]q, which does not begin TLS", r.greeting, agreed.proxy.retort)
		}
		t.Run("with another try", func(t *testing.T) { r.run(t, endTimeout, long...) })
		t.Run("too many connections", func(t *testing.T) { r.tooMany(t) })
	})
}

// tooMany connects with a role that may have only one connection, while another client uses that
// connection.
func (r *rig) tooMany(t *testing.T) {
	role := "one_" + r.database()
	u, err := url.Parse(r.db.URL + r.unencrypted)
	if err != nil {
		t.Fatal(err)
	}
	c := cell{fault: "too many connections", statement: upTo(5), state: failed, from: driver.Auth, to: driver.Auth, code: "53300", attempts: []int{3}}
	if r.clientFirst {
		r.db.Exec(t, fmt.Sprintf("create role %s login password 'pw' connection limit 1", role), fmt.Sprintf("grant select on n to %s", role))
		t.Cleanup(func() {
			r.db.Exec(t, "revoke all on n from "+role, "drop role "+role)
		})
	} else {
		r.db.Exec(t, fmt.Sprintf("create user %s identified by 'pw' with max_user_connections 1", role), fmt.Sprintf("grant select on n to %s", role))
		t.Cleanup(func() { r.db.Exec(t, "drop user "+role) })
		c.code = "1226"
	}
	u.User = url.UserPassword(role, "pw")
	c.url = u.String()
	u.Path = r.elsewhere // in another database it does not count as a connection that fanql left
	db, err := r.product.Open(u.String())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	r.run(t, endTimeout, &c)
	if !r.clientFirst {
		return
	}
	r.run(t, endTimeout, mendedInTime(&cell{fault: "too many connections, for a moment", statement: upTo(5), url: strings.Replace(c.url, r.host(), "%s", 1)}, func() {
		conn.Close()
		db.Close()
	}))
}

// mendedInTime makes a cell connect twice, through its proxy. The obstacle of its first attempt is
// removed before the second attempt reaches the server. The server may notice that a moment later,
// so a third attempt is allowed.
func mendedInTime(c *cell, mend func()) *cell {
	mended := make(chan struct{})
	c.plan = func(i int) fault {
		if i == 0 {
			return fault{}
		}
		return fault{until: mended}
	}
	c.meanwhile = func(_ *testing.T, s *scene) {
		for c.proxy.accepted.Load() < 2 && !wait(s.ctx, time.Millisecond) {
		}
		mend()
		close(mended)
	}
	c.attempts = []int{2, 3}
	return c
}
