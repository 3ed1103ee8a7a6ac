// A connection that is closed while its server is silent.

package postgres

import (
	"testing"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/testdata/testkit"
)

// A cancel request gets no turn, so the driver closes the connection at the end of the
// grace. The server notices that, and ends the statement.
func TestAConnectionThatIsClosedDuringTheWaitLeavesNothing(t *testing.T) {
	stand := testkit.StandInFor(t, testkit.Stand)
	pool := driver.NewPool(1)
	pool.Take(t.Context())
	for name, few := range map[string]bool{"in one step": true, "in two": false} {
		t.Run(name, func(t *testing.T) {
			q := request("select pg_sleep(60)")
			q.Grace, q.Standby, q.FewTrips = 50*time.Millisecond, pool, few
			o := runAndCancel(t, open(t, stand.URLs(testkit.Healthy, 1)[0]), q, "it sleeps", func() bool {
				_, statements := stand.Left()
				return statements == 1
			})
			if o.err == nil || o.answer.Cancel != driver.Unknown || len(o.rows) > 0 || o.phases[len(o.phases)-1] != driver.Query {
				t.Errorf("%v, %v, %v, %v", o.err, o.answer.Cancel, o.rows, o.phases)
			}
			testkit.Eventually(t, mostWait, "nothing is left", func() bool {
				connections, statements := stand.Left()
				return connections == 0 && statements == 0
			})
		})
	}
}
