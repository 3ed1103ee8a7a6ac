// The driver with the stand-in server, which plays thousands of servers.

package postgres_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/postgres"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/testdata/testkit"
)

func TestTheStandIn(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has all of 127.0.0.0/8 on loopback")
	}
	s := testkit.StandInFor(t, testkit.Stand)
	t.Run("it answers fanql's driver after the time asked for", func(t *testing.T) {
		source, err := postgres.New("one", s.URLs(testkit.Healthy, 1)[0], nil)
		if err != nil {
			t.Fatal(err)
		}
		q := driver.Request{SQL: "select 1 as one from (select pg_sleep(0.1)) s", Tag: "fanql", MaxCell: 1 << 20, Grace: time.Second}
		rows, begun := 0, time.Now()
		answer, err := source.Run(t.Context(), q, new(driver.Progress), func(b *row.Batch) error {
			rows += b.Rows()
			b.Release()
			return nil
		})
		if took := time.Since(begun); err != nil || rows != 1 || len(answer.Warnings) > 0 || took < 100*time.Millisecond {
			t.Errorf("%d rows after %s, %q, %v", rows, took, answer.Warnings, err)
		}
	})
	for name, c := range map[string]struct {
		what  testkit.Health
		hangs bool
	}{"a hanging one says nothing": {testkit.Hanging, true}, "a dead one refuses": {testkit.Dead, false}} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			_, err := pgconn.Connect(ctx, s.URLs(c.what, 1)[0])
			if err == nil || errors.Is(err, context.DeadlineExceeded) != c.hangs {
				t.Error(err)
			}
		})
	}
}
