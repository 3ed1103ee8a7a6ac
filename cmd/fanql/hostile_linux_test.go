// Small machines with little address space. The C library and Go's runtime reserve much more of it
// than they use.

package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestHostileAGibibyteOfAddresses(t *testing.T) {
	fanql := plainProgram(t)
	db := smallOrders(t)
	several := []string{"query", "-q", "--csv"}
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		several = append(several, "-s", name+"="+db)
	}
	with := func(more ...string) []string { return slices.Concat(several, more) }
	const disk = "select count(*) from (select i, row_number() over (order by i desc) n from rows, range(300000) t(i))"
	for what, args := range map[string][]string{
		"version":         {"version"},
		"eight sources":   with("select id from orders"),
		"diff":            {"diff", "-q", "-s", "a=" + db, "-s", "b=" + db, "--key", "id", "select id from orders"},
		"reduce":          with("--reduce", "select count(*), sum(i) from rows, range(1000000) t(i)", "select id from orders"),
		"reduce to disk":  with("--memory", "64MiB", "--reduce", disk, "select id from orders"),
		"reduce, default": with("--reduce", disk, "select id from orders"),
		"reduce, 4 GiB":   with("--memory", "4GiB", "--reduce", disk, "select id from orders"),
		"deep SQL":        with("--reduce", "select "+strings.Repeat("not ", 985)+"true from rows", "select id from orders"),
		"a long chain":    with("--reduce", chain(900), "select id from orders"),
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

// chain returns SQL with n common table expressions, each of which reads the one before.
func chain(n int) string {
	var sql strings.Builder
	sql.WriteString("with t0 as (select * from rows)")
	for i := 1; i < n; i++ {
		fmt.Fprintf(&sql, ", t%d as (select * from t%d)", i, i-1)
	}
	return fmt.Sprintf("%s select count(*) from t%d", sql.String(), n-1)
}
