// A server that accepts no more connections.

package faults_test

import (
	"testing"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/testdata/testdb"
)

func TestAFullBacklog(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		r.run(t, r.soon(t, 1), &cell{
			fault: "backlog full", statement: upTo(5), url: r.through(testdb.Crowded(t)),
			state: timedOut, from: driver.Connect, to: driver.Connect, says: "timed out",
		})
	})
}
