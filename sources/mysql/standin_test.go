// The driver with the stand-in server, which plays thousands of servers.

package mysql_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/mysql"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/testkit"
)

func TestTheStandIn(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has all of 127.0.0.0/8 on loopback")
	}
	s := testkit.StandInFor(t, testkit.StandAsMySQL)
	source, err := mysql.New("one", s.URLs(testkit.Healthy, 1)[0], nil)
	if err != nil {
		t.Fatal(err)
	}
	q := driver.Request{SQL: "select 1 as one from (select sleep(0.1)) s", Tag: "fanql", MaxCell: 1 << 20, Grace: time.Second}
	rows, begun := 0, time.Now()
	answer, err := source.Run(t.Context(), q, new(driver.Progress), func(b *row.Batch) error {
		for i := range b.Rows() {
			if c := b.Row(i)[0]; c.Kind != row.Int || c.Bits != 1 {
				t.Errorf("it is %+v", c)
			}
		}
		rows += b.Rows()
		b.Release()
		return nil
	})
	if took := time.Since(begun); err != nil || rows != 1 || len(answer.Warnings) > 0 || took < 100*time.Millisecond {
		t.Errorf("%d rows after %s, %q, %v", rows, took, answer.Warnings, err)
	}
}
