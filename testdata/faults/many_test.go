// Many sources at once, of which some or all are broken.

package faults_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/fanql/fanql/sources/ask"
)

func TestManySources(t *testing.T) {
	onEach(t, func(t *testing.T, r *rig) {
		dead := func(name string) *cell {
			return &cell{fault: name, name: "dead", question: upTo(5), url: r.through(refusing(t)), state: failed, from: ask.Connect, to: ask.Connect, attempts: []int{3}}
		}
		slow := func(name string) *cell {
			return &cell{fault: name, name: "slow", question: r.asleep(), state: timedOut, from: ask.Query, to: ask.Query, cancel: []ask.Cancel{ask.Confirmed}}
		}
		t.Run("1 dead, 1 slow, 30 healthy", func(t *testing.T) {
			const name = "1 dead, 1 slow and 30 healthy"
			cells := []*cell{dead(name), slow(name)}
			for i := range 30 {
				cells = append(cells, &cell{fault: name, name: fmt.Sprintf("healthy %d", i), question: upTo(rowsOfN)})
			}
			calm := r.calmly(t, len(cells))
			r.run(t, 4*soon, cells...)
			for _, c := range cells[2:] {
				if c.outcome.Total > 2*calm {
					t.Errorf("%s took %v beside the dead and the slow one", c.name, c.outcome.Total)
				}
			}
		})
		t.Run("all dead", func(t *testing.T) {
			cells := make([]*cell, 32)
			for i := range cells {
				cells[i] = dead("all of 32 dead")
			}
			r.run(t, patience, cells...)
		})
		t.Run("all slow", func(t *testing.T) {
			// They wait for a lock: what sleeps on a MariaDB shares one mutex
			// there, and so many at once get in the way of each other's KILL.
			r.db.Exec(t, "create table locked (i int)")
			r.lockOut(t)
			cells := make([]*cell, 32)
			for i := range cells {
				cells[i] = slow("all of 32 slow")
				cells[i].question = question{sql: "select * from locked"}
			}
			r.run(t, 2*soon, cells...)
		})
	})
}

// lockOut keeps readers from table locked until the test ends.
func (r *rig) lockOut(t *testing.T) {
	t.Helper()
	conn, err := r.db.SQL.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	r.held++
	t.Cleanup(func() {
		r.held--
		conn.Close()
	})
	for _, s := range r.lock {
		if _, err := conn.ExecContext(context.Background(), s); err != nil {
			t.Fatal(err)
		}
	}
}
