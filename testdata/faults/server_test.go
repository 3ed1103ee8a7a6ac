// Faults of the server and of its other users: killed sessions, cancelled statements,
// errors after some rows, and the server's own limits.

package faults_test

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/mysql"
	"github.com/fanql/fanql/sources/sqlite"
)

func TestEndedFromAnotherConnection(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		var cells []*cell
		for _, c := range []struct {
			name string
			statement
			from, to driver.Phase
		}{
			{"before the first row", r.asleep(), driver.Query, driver.Query},
			{"while it computes", r.computing(), driver.Query, driver.Query},
			{"in the rows", r.midway(), driver.Stream, driver.Verify},
			{"in a row that would vanish", statement{sql: r.pausing(rowsOfN, 3000, 30).sql}, driver.Query, driver.Verify},
			{"at the last row", statement{sql: r.pausing(rowsOfN, rowsOfN, 30).sql}, driver.Query, driver.Verify},
		} {
			at := c.from
			for _, how := range []struct{ fault, statement, code string }{
				{"session killed from another connection", r.kill, r.killed},
				{"statement cancelled from another connection", r.cancel, r.cancelled},
			} {
				k := &cell{
					fault: how.fault, name: c.name, statement: c.statement, state: failed, code: how.code, from: c.from, to: c.to,
					meanwhile: func(t *testing.T, s *scene) {
						if s.arrives(at) {
							s.end(t, how.statement)
						}
					},
				}
				if how.code == "" {
					// A killed session looks like a broken connection, so the source is retried
					// once.
					k.attempts, k.says, k.from = []int{2}, "closed the connection", driver.Query
				}
				if how.statement == r.cancel && c.rows != nil {
					k.state = nil // then the result of SLEEP is a normal value, and the source is complete
				}
				cells = append(cells, k)
			}
		}
		r.run(t, endTimeout, cells...)
	})
}

func TestErrorsInTheRows(t *testing.T) {
	onAll(t, func(t *testing.T, r *rig) {
		var cells []*cell
		for _, at := range []int{1, 1500, rowsOfN} {
			c := &cell{
				fault: "error at a row: the first, the 1,500th, the last", name: fmt.Sprint(at), state: failed, from: driver.Query, to: driver.Stream,
				statement: statement{sql: fmt.Sprintf("select i, 1 / (i - %d) from n", at)}, code: "22012",
			}
			switch r.kind {
			case sqlite.Dialect:
				c.statement.sql, c.code = fmt.Sprintf("select i, case i when %d then abs(-9223372036854775807 - 1) end from n", at), "SQLITE_ERROR"
			case mysql.Dialect:
				c.statement.sql, c.code = fmt.Sprintf("select i, (select m.i from n m where m.i < 3 and n.i = %d) from n", at), "1242"
			}
			if at > 1 {
				c.from = driver.Stream
			}
			cells = append(cells, c)
		}
		r.run(t, endTimeout, cells...)
	})
}

func TestTheServersOwnLimit(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		limited := func(c *cell, limit time.Duration) *cell {
			c.from, c.to = driver.Query, driver.Stream
			return r.limited(c, limit)
		}
		code := "57014"
		if !r.clientFirst {
			code = "1969"
			if !r.maria() {
				code = "3024"
			}
		}
		for _, q := range []statement{r.asleep(), r.midway(), r.computing()} {
			t.Run("one before the other", func(t *testing.T) {
				first := limited(&cell{fault: "the server's own limit first", statement: q, state: failed, code: code}, 300*time.Millisecond)
				if q.rows != nil {
					first.state = nil // then the result of SLEEP is a normal value, and the source is complete
				}
				second := limited(&cell{fault: "our deadline first", statement: q, state: timedOut, says: "timed out", cancel: []driver.Cancel{driver.Confirmed}}, 10*time.Second)
				second.timeout = r.soon(t, 2)
				r.run(t, endTimeout, first, second)
			})
			t.Run("both at once", func(t *testing.T) {
				var cells []*cell
				for range 8 {
					c := limited(&cell{
						fault: "the server's limit and our deadline at once", statement: q, timeout: 300 * time.Millisecond,
						state: []query.State{query.Failed, query.Timeout},
					}, 290*time.Millisecond)
					c.from = driver.Waiting // on a busy machine the connection may need all of the time
					if q.rows != nil {
						c.state, c.to = append(c.state, query.OK), driver.Verify
					}
					cells = append(cells, c)
				}
				r.run(t, endTimeout, cells...)
			})
		}
	})
}

// limited sets the server's limit for a cell's statement, instead of the limit that fanql would
// set.
func (r *rig) limited(c *cell, limit time.Duration) *cell {
	switch {
	case r.clientFirst:
		c.url = fmt.Sprintf("%s&statement_timeout=%d", cmp.Or(c.url, r.through(r.host())), limit.Milliseconds())
	case r.maria():
		c.sql = fmt.Sprintf("set statement max_statement_time=%g for %s", limit.Seconds(), c.sql)
	default:
		c.sql = strings.Replace(c.sql, "select", fmt.Sprintf("select /*+ max_execution_time(%d) */", limit.Milliseconds()), 1)
	}
	return c
}

// If the network drops every cancel, the server ends the statement by itself, soon after
// fanql's deadline.
func TestTheCancelChannelIsDead(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		r.grace = query.DefaultGrace // with a longer grace period the end would be observed and reported as confirmed
		var cells []*cell
		for _, how := range []breakage{stall, reset} {
			later := func(i int) fault {
				if i == 0 || r.clientFirst {
					return fault{deaf: true}
				}
				return fault{how: how}
			}
			cells = append(cells, &cell{
				fault: "cancel channel dead", name: how.String(), statement: r.asleep(), plan: later, cancels: fault{how: how},
				state: timedOut, from: driver.Query, to: driver.Query, cancel: []driver.Cancel{driver.Sent, driver.Unknown}, endsWithin: 3 * time.Second,
			})
		}
		r.run(t, r.soon(t, len(cells)), cells...)
	})
}

func TestTruncationsThatMakeNoError(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		const name = "silent truncations"
		var cells []*cell
		if r.clientFirst {
			db := r.database()
			r.db.Exec(t, "alter database "+db+" set gin_fuzzy_search_limit = 1", "alter database "+db+" set extra_float_digits = -15")
			cells = []*cell{
				{name: "COPY", statement: statement{sql: "copy n to stdout"}, state: failed, from: driver.Query, to: driver.Verify},
				{name: "no statement", statement: statement{sql: ""}, state: failed, from: driver.Query, to: driver.Verify},
				{name: "two statements", statement: statement{sql: "select 1; select 2"}, state: failed, from: driver.Query, to: driver.Verify, code: "42601"},
				{name: "no rows by nature", statement: statement{sql: "set local work_mem = 64"}, state: failed, from: driver.Query, to: driver.Verify},
				{name: "a limit of the database", statement: statement{"select current_setting('gin_fuzzy_search_limit')", []string{"0"}}},
				{name: "digits of the database", statement: statement{"select 0.1::float8 + 0.2::float8", []string{"0.30000000000000004"}}},
			}
		} else {
			cells = []*cell{
				{name: "group_concat", statement: statement{"select group_concat(s separator '') from n where i <= 3 and @@group_concat_max_len > 1000000", []string{"row 1row 2row 3"}}},
				{name: "max_allowed_packet", statement: statement{"select repeat('x', 2000000000)", []string{"NULL"}}, warns: "1301"},
				{name: "CAST", statement: statement{"select cast('12abc' as signed)", []string{"12"}}, warns: "1292"},
				{name: "the session's row limit", statement: statement{"select @@sql_select_limit >= 9223372036854775807", []string{"1"}}},
			}
			if r.maria() {
				cells = append(
					cells,
					&cell{name: "LIMIT ROWS EXAMINED", statement: statement{sql: "select i from n limit rows examined 100"}, state: failed, from: driver.Verify, to: driver.Verify, code: "1931"},
					&cell{name: "group_concat of its own", statement: statement{"set statement group_concat_max_len=4 for select group_concat(i separator '') from n where i <= 9", []string{"1234"}}, warns: "1260"},
				)
			}
		}
		for _, c := range cells {
			c.fault = name
		}
		r.run(t, endTimeout, cells...)
	})
}

func (r *rig) maria() bool { return r.name == "MariaDB" }
