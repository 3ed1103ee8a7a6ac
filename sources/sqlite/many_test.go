// Many sources at once, and what a scan costs.

package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/ask"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/sqlite"
)

func TestTwoHundredSourcesShareFourSlots(t *testing.T) {
	content, err := os.ReadFile(file(t, "create table t(v)", "insert into t values (1)"))
	if err != nil {
		t.Fatal(err)
	}
	folder, slots := t.TempDir(), sqlite.NewSlots(4, 4)
	var runs sync.WaitGroup
	for i := range 200 {
		path := filepath.Join(folder, fmt.Sprintf("%d.db", i))
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		runs.Go(func() {
			r := runIn(context.Background(), slots, path, ask.Question{SQL: "select v from t"})
			if r.err != nil {
				t.Errorf("%s: %v", path, r.err)
			}
			r.want(t, "integer 1")
		})
	}
	runs.Wait()
}

func TestHungSourcesDoNotHoldUpOthers(t *testing.T) {
	path, slots := file(t), sqlite.NewSlots(2, 2)
	ctx, cancel := context.WithCancel(context.Background())
	var hung sync.WaitGroup
	for range 2 {
		asked := make(chan struct{})
		p := &ask.Progress{Entered: func(p ask.Phase) {
			if p == ask.Query {
				close(asked)
			}
		}}
		hung.Go(func() {
			_, err := sqlite.New("hung", path, slots).Run(ctx, ask.Question{SQL: forever + "select count(*) from c"}, p, func(b *row.Batch) error {
				b.Release()
				return nil
			})
			if err == nil {
				t.Error("the hung source has answered")
			}
		})
		<-asked
	}
	begun := time.Now()
	r := runIn(within(t, 5*time.Second), slots, path, ask.Question{SQL: "select 1"})
	r.want(t, "integer 1")
	if took := time.Since(begun); took > time.Second {
		t.Errorf("took %v beside two hung sources, want little more than 100 ms", took)
	}
	cancel()
	hung.Wait()
}

func BenchmarkScan(b *testing.B) {
	const rows = 200_000
	path := file(b, `create table orders(id integer primary key, placed_at timestamp, customer_id int, region varchar,
		amount numeric(12,2), note text, paid boolean, score double)`,
		fmt.Sprintf(`insert into orders with recursive c(i) as (select 1 union all select i+1 from c where i < %d)
		select i, strftime('%%Y-%%m-%%d %%H:%%M:%%f', 1700000000 + i, 'unixepoch'), i %% 50000, 'region-' || i %% 7,
		i %% 100000 / 100.0, case when i %% 5 then 'a note, with commas' end, i %% 2, case when i %% 3 then i / 7.0 end from c`, rows))
	source := sqlite.New("bench", path, sqlite.NewSlots(1, 1))
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour) // as in a real run: the driver then watches it
	defer cancel()
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		_, err := source.Run(ctx, ask.Question{SQL: "select * from orders"}, new(ask.Progress), func(batch *row.Batch) error {
			n += batch.Rows()
			batch.Release()
			return nil
		})
		if err != nil || n != rows {
			b.Fatal(n, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
}
