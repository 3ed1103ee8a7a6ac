// Differences of many rows: memory is bounded, and all differences are found.

package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/fanql/fanql/testdata/testkit"
)

func TestADiffStaysWithinItsMemory(t *testing.T) {
	lite := manyOrders(t, 1)
	bin := plainProgram(t)
	each := 400_000
	if thorough {
		each = 5_000_000
	}
	// The rows of the other source come in another order, and one row in a thousand
	// differs.
	text := saved(t, fmt.Sprintf(`with recursive n(i) as (select 1 union all select i + 1 from n limit %[1]d) select i as id, 'note number ' || i as note from n
-- fanql: us
with recursive n(i) as (select %[1]d union all select i - 1 from n limit %[1]d) select case i %% 3000 when 7 then i + %[1]d else i end as id,
	case i %% 3000 when 8 then 'another' else 'note number ' || i end as note from n where i %% 3000 <> 9
`, each))
	for _, key := range [][]string{{"--key", "id"}, nil} {
		t.Run(fmt.Sprint(key), func(t *testing.T) {
			tmp := t.TempDir()
			args := []string{"diff", "-q", "--csv", "--timeout", "10m", "--memory", "16MiB", "-f", text, "-s", "eu=" + lite, "-s", "us=" + lite}
			cmd := exec.CommandContext(t.Context(), bin, append(args, key...)...)
			cmd.Env = append(cmd.Environ(), "TMPDIR="+tmp, "HOME="+tmp)
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			g := testkit.Watch(cmd)
			if status := exitStatus(t, cmd.Wait()); status != 4 {
				t.Fatalf("exit status %d\n%s", status, &stderr)
			}
			with := func(rest int) int { return (each - rest + 3000) / 3000 } // the number of rows whose id has that remainder modulo 3000
			want := map[string]int{"added": with(7), "removed": with(7) + with(9), "changed": with(8)}
			if key == nil { // without a key, a changed row counts as one removed and one added
				want = map[string]int{"added": with(7) + with(8), "removed": with(7) + with(8) + with(9), "changed": 0}
			}
			for change, n := range want {
				if got := strings.Count(stdout.String(), "us,"+change+","); got != n {
					t.Errorf("%d %s, want %d", got, change, n)
				}
			}
			peak := peakBy(t, g, cmd)
			t.Logf("peak RSS %d MiB", peak>>10)
			if peak > (16+64)<<10 {
				t.Errorf("peak RSS %d MiB, want at most 16 + 64", peak>>10)
			}
		})
	}
}
