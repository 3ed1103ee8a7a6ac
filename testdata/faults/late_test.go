// A cancel request that arrives late.

package faults_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/mysql"
)

// Over a slow line, too, the end of a cancelled query is seen within the usual grace period. The
// server's own limit is much later. MariaDB checks the connection of its client while a statement
// sleeps or waits, so the statement for MariaDB computes.
func TestACancelOverASlowLine(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		r.grace = query.DefaultGrace
		q := r.asleep()
		if r.kind == mysql.Dialect {
			q = statement{sql: "select benchmark(1e12, sha2('x', 256))"}
		}
		var cells []*cell
		for _, line := range []struct {
			latency time.Duration // in each direction
			cancel  []driver.Cancel
		}{
			{50 * time.Millisecond, []driver.Cancel{driver.Confirmed}},
			{100 * time.Millisecond, []driver.Cancel{driver.Confirmed}},
			// Two round trips take almost all of the grace period.
			{200 * time.Millisecond, []driver.Cancel{driver.Confirmed, driver.Sent}},
			// There is time for only one of them.
			{300 * time.Millisecond, []driver.Cancel{driver.Confirmed, driver.Sent}},
		} {
			if line.latency > 100*time.Millisecond && !thorough {
				break
			}
			slowly := fault{latency: line.latency}
			c := &cell{
				fault: fmt.Sprintf("cancel over a line with %v each way", line.latency), statement: q, plan: always(slowly), cancels: slowly,
				url:   strings.Replace(r.through(r.host()), r.host(), "%s", 1),
				state: timedOut, from: driver.Query, to: driver.Query, says: "timed out",
				cancel: line.cancel, endsWithin: time.Second,
			}
			cells = append(cells, r.limited(c, 15*time.Second))
		}
		r.run(t, 5*time.Second, cells...)
	})
}
