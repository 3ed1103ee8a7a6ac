// Preparing a statement without executing it, and connections whose close the server has
// seen.

package sources_test

import (
	"slices"
	"testing"
	"time"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/driver"
)

func (r *rig) prepares(t *testing.T) {
	prepare := func(t *testing.T, sql string, args ...driver.Arg) end {
		return r.dispatch(t.Context(), driver.Request{SQL: sql, Args: args, Prepare: true}, query.Options{Timeout: answerTimeout})
	}
	r.test(t, "a statement that is prepared is not run", func(t *testing.T) {
		e := prepare(t, "select i, i + 1 as more from n where i > "+r.placeholder, driver.Arg{Name: "i", Type: driver.Int, Value: "3"})
		if e.State != query.OK || len(e.rows) != 0 || !e.arrived {
			t.Fatalf("%s, %v, %d rows", e.State, e.Err, len(e.rows))
		}
		if names := e.names(); !slices.Equal(names, []string{"i", "more"}) {
			t.Errorf("columns %q", names)
		}
		slow := r.of(each{"select pg_sleep(3600)", "select sleep(3600)", "with recursive c(i) as (select 1 union all select i + 1 from c) select count(*) from c"})
		if e := prepare(t, slow); e.State != query.OK {
			t.Errorf("%s, %v", e.State, e.Err)
		}
	})
	r.test(t, "what is wrong with it is found", func(t *testing.T) {
		for sql, code := range map[string]each{
			"select nowhere from n":   {"42703", "1054", "SQLITE_ERROR"},
			"select i from nowhere":   {"42P01", "1146", "SQLITE_ERROR"},
			"select i fro n where in": {"42601", "1064", "SQLITE_ERROR"},
		} {
			e := prepare(t, sql)
			e.ended(t, query.Failed, driver.Query)
			if e.Code() != r.of(code) {
				t.Errorf("%s: code %s, want %s: %v", sql, e.Code(), r.of(code), e.Err)
			}
		}
	})
}

func (r *rig) awaitsPeerClose(t *testing.T) {
	t.Run("the server has seen that the connection is over", func(t *testing.T) {
		for range 50 {
			e := r.dispatch(t.Context(), driver.Request{SQL: "select i from n", AwaitPeerClose: true}, query.Options{Timeout: answerTimeout})
			n := r.connections(t)
			for range 20 { // a server's list may lag behind its socket, more so on a busy machine
				if n == 0 {
					break
				}
				time.Sleep(10 * time.Millisecond)
				n = r.connections(t)
			}
			if e.State != query.OK || n != 0 {
				t.Fatalf("%s, %v, and %d connections are left", e.State, e.Err, n)
			}
		}
	})
}
