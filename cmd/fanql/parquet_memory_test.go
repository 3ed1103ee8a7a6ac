// The memory of exports with types: the whole program stays within --memory.

package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/fanql/fanql/testdata/testkit"
)

// Rows of a column without a declared type wait until all cells have been seen. Rows of two sources
// wait until both sources have ended.
func TestParquetStaysWithinItsMemory(t *testing.T) {
	const memory = 256
	lite := manyOrders(t, 1)
	bin := plainProgram(t)
	each := 450_000
	if thorough {
		each = 5_000_000
	}
	text := saved(t, fmt.Sprintf(`with recursive n(i) as (select 1 union all select i + 1 from n limit %d)
select i as id, i * 2 as a, i * 0.5 as b, i %% 7 as c, -i as d, i %% 1000 as e, 'note number ' || i as note, 'another one' as other from n
`, each))
	for _, sources := range [][]string{{"eu=" + lite}, {"eu=" + lite, "us=" + lite}} {
		t.Run(fmt.Sprint(len(sources), " sources"), func(t *testing.T) {
			tmp := t.TempDir()
			args := []string{"query", "-q", "--timeout", "10m", "--memory", fmt.Sprint(memory, "MiB"), "-f", text, "-o", filepath.Join(tmp, "out.parquet")}
			for _, s := range sources {
				args = append(args, "-s", s)
			}
			cmd := exec.CommandContext(t.Context(), bin, args...)
			cmd.Env = append(cmd.Environ(), "TMPDIR="+tmp, "HOME="+tmp)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			g := testkit.Watch(cmd)
			if status := exitStatus(t, cmd.Wait()); status != 0 {
				t.Fatalf("exit status %d\n%s", status, &stderr)
			}
			peak := peakBy(t, g, cmd)
			t.Logf("peak RSS %d MiB", peak>>10)
			if peak > memory<<10 {
				t.Errorf("peak RSS %d MiB, want at most %d", peak>>10, memory)
			}
		})
	}
}
