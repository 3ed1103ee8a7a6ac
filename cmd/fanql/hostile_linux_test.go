// Small machines: little room for addresses, which the C library and Go's runtime
// reserve far more of than they use.

package main

import (
	"bytes"
	"os/exec"
	"slices"
	"testing"
)

func TestHostileAGibibyteOfAddresses(t *testing.T) {
	fanql := plain(t)
	db := smallOrders(t)
	several := []string{"query", "-q", "--csv"}
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		several = append(several, "-s", name+"="+db)
	}
	with := func(more ...string) []string { return slices.Concat(several, more) }
	for what, args := range map[string][]string{
		"version":        {"version"},
		"eight sources":  with("select id from orders"),
		"diff":           {"diff", "-q", "-s", "a=" + db, "-s", "b=" + db, "--key", "id", "select id from orders"},
		"reduce":         with("--reduce", "select count(*), sum(i) from rows, range(1000000) t(i)", "select id from orders"),
		"reduce to disk": with("--memory", "32MiB", "--reduce", "select count(*) from (select i, row_number() over (order by i desc) n from rows, range(150000) t(i))", "select id from orders"),
	} {
		t.Run(what, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), "sh", append([]string{"-c", `ulimit -v 1048576 && exec "$0" "$@"`, fanql}, args...)...)
			cmd.Dir = t.TempDir()
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			if status := exitStatus(t, cmd.Run()); status != 0 {
				t.Errorf("status %d\n%.2000s", status, out.Bytes())
			}
		})
	}
}
