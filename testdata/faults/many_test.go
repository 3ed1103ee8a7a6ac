// Many sources at the same time. Some or all of them are broken.

package faults_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/sqlite"
	"github.com/fanql/fanql/testdata/testkit"
)

func TestManySources(t *testing.T) {
	onAll(t, func(t *testing.T, r *rig) {
		dead := func(name string) *cell {
			c := &cell{fault: name, name: "dead", statement: upTo(5), state: failed, from: driver.Connect, to: driver.Connect}
			if r.kind == sqlite.Dialect {
				c.url, c.code = halvedFile(t), "SQLITE_CORRUPT"
				return c
			}
			c.url, c.attempts = r.through(testkit.Refusing(t)), []int{3}
			return c
		}
		slow := func(name string) *cell {
			c := &cell{fault: name, name: "slow", statement: r.asleep(), state: timedOut, from: driver.Query, to: driver.Query, cancel: []driver.Cancel{driver.Confirmed}}
			if r.kind == sqlite.Dialect {
				c.sql = "with recursive c(i) as (select 1 union all select i + 1 from c) select count(*) from c"
			}
			return c
		}
		t.Run("1 dead, 1 slow, 30 healthy", func(t *testing.T) {
			const name = "1 dead, 1 slow and 30 healthy"
			cells := []*cell{dead(name), slow(name)}
			for i := range 30 {
				cells = append(cells, &cell{fault: name, name: fmt.Sprintf("healthy %d", i), statement: upTo(100)})
			}
			calm := r.usualTimes(t, len(cells))
			r.run(t, soon+calm.end, cells...)
			for _, c := range cells[2:] {
				if c.outcome.Total > 2*calm.end {
					t.Errorf("%s took %v in a run with a dead and a slow source", c.name, c.outcome.Total)
				}
			}
		})
		t.Run("all dead", func(t *testing.T) {
			cells := make([]*cell, 32)
			for i := range cells {
				cells[i] = dead("all of 32 dead")
			}
			r.run(t, endTimeout, cells...)
		})
		t.Run("all slow", func(t *testing.T) {
			cells := make([]*cell, 32)
			if r.kind == sqlite.Dialect {
				cells = cells[:8] // a statement on SQLite computes instead of sleeping, so fewer cells run
			}
			for i := range cells {
				cells[i] = slow("all of 8 or 32 slow")
			}
			// The statements wait for a lock. On MariaDB, statements that sleep share one mutex,
			// and KILL of many of them takes long.
			if r.kind != sqlite.Dialect {
				r.db.Exec(t, "create table locked (i int)")
				r.lockOut(t)
				for _, c := range cells {
					c.statement = statement{sql: "select * from locked"}
				}
			}
			r.run(t, soon+r.usualTimes(t, len(cells)).end, cells...)
		})
	})
}

// halvedFile creates a SQLite file and cuts off its second half.
func halvedFile(t *testing.T) string {
	t.Helper()
	path := file(t)
	info, err := os.Stat(path)
	if err == nil {
		err = os.Truncate(path, info.Size()/2)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// lockOut locks the table named locked against readers until the test ends.
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
