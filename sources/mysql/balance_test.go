// A KILL through an address that leads to several servers.

package mysql_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/testdata/testdb"
)

// The address leads to two servers in turn. The statement runs on the first server, and
// every second connection reaches the other.
func TestAKillIsTriedUntilItMeetsTheRightServer(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.DB) {
		other := testdb.MariaDB(t)
		if db.Server == "MariaDB" {
			other = testdb.MySQL(t)
		}
		// Both servers have the account and the database.
		u := parsed(t, ordinaryAccount(t, db, ""))
		name := strings.TrimPrefix(u.Path, "/")
		other.Exec(t, "create database "+name, "create user '"+u.User.Username()+"'@'%' identified by 'p@ss/w?rd'", "grant select on "+name+".* to '"+u.User.Username()+"'@'%'")
		t.Cleanup(func() { other.Exec(t, "drop database "+name, "drop user '"+u.User.Username()+"'@'%'") })
		for _, servers := range [][]testdb.DB{{db, other}, {db, other, other, other}} {
			l := relayed(t, nil, servers...)
			at := parsed(t, l.url)
			at.User, at.Path = url.UserPassword(u.User.Username(), "p@ss/w?rd"), u.Path
			const tag = "fanql:balanced"
			why := errors.New("timed out")
			ctx, cancel := context.WithTimeoutCause(t.Context(), 400*time.Millisecond, why)
			r := runWith(ctx, source(t, at.String()), driver.Request{SQL: "select sleep(30)", Tag: tag, Grace: 2 * grace}, nil)
			cancel()
			if !errors.Is(r.err, why) || r.answer.Cancel != driver.Confirmed {
				t.Errorf("%v, cancel %q after %d connections", r.err, r.answer.Cancel, l.connections.Load())
			}
			if n := running(t, db, tag); n != 0 {
				t.Errorf("%d statements are left", n)
			}
			if n := l.connections.Load(); n != int64(len(servers))+1 {
				t.Errorf("%d connections were made, want %d", n, len(servers)+1)
			}
		}
	})
}

// If the account cannot read the newer process list, the older one is used.
func TestAKillNeedsNoPerformanceSchema(t *testing.T) {
	db := testdb.MySQL(t)
	l := relayed(t, map[string]uint16{"performance_schema": 1142}, db)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	r := runWith(ctx, source(t, l.url), driver.Request{SQL: "select sleep(30)", Tag: "fanql:older", Grace: grace}, nil)
	if r.answer.Cancel != driver.Confirmed {
		t.Errorf("%v, cancel %q", r.err, r.answer.Cancel)
	}
	if len(l.sent("performance_schema")) == 0 {
		t.Error("the newer list was not tried")
	}
	wantOnlyConnection(t, db)
}
