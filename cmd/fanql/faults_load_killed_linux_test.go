// Loads into servers that are killed while they replace a table.

package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/fanql/fanql/testdata/testdb"
)

// The program is killed at several moments of a load. The table has either all old rows or all new
// ones, and no other table is there. The next load succeeds.
func TestALoadThatIsKilledLeavesOldOrNewRows(t *testing.T) {
	const rows, moments = 60_000, 5
	from := filepath.Join(t.TempDir(), "from.db")
	sqliteExec(t, from, fmt.Sprintf("create table o as with recursive c(id) as (select 1 union all select id + 1 from c where id < %d) select id, 'note ' || id as note from c", rows))
	for _, server := range []func(testing.TB) testdb.DB{testdb.Postgres, testdb.MySQL, testdb.MariaDB} {
		db := server(t)
		schema := "database()"
		if db.Server == "PostgreSQL" {
			schema = "current_schema()"
		}
		db.Exec(t, "create table o (id bigint primary key, note varchar(100))")
		load := func(after time.Duration) (status int, stderr string) {
			cmd := program(t, "load", "-q", "-s", from, "--to", "to="+db.URL, "--table", "o", "--replace", "--no-source-column", "select * from o")
			var text bytes.Buffer
			cmd.Stderr = &text
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if after > 0 {
				time.Sleep(after) // each kill comes at another moment
				_ = cmd.Process.Signal(syscall.SIGKILL)
			}
			return exitStatus(t, cmd.Wait()), text.String()
		}
		check := func(when string, status int) {
			n := db.Count(t, "select count(*) from o")
			if n != rows && (n != 1 || status == 0) {
				t.Errorf("%s, %s: the table has %d rows", db.Server, when, n)
			}
			if n := db.Count(t, "select count(*) from information_schema.tables where table_schema = "+schema); n != 1 {
				t.Errorf("%s, %s: there are %d tables", db.Server, when, n)
			}
		}
		begun := time.Now()
		if status, stderr := load(0); status != 0 || stderr != "" {
			t.Fatalf("%s: exit status %d: %s", db.Server, status, stderr)
		}
		took, killed := time.Since(begun), 0
		for n := range moments {
			db.Exec(t, "delete from o", "insert into o values (0, 'old')")
			status, _ := load(took * time.Duration(n+1) / (moments + 1))
			if status != 0 {
				killed++
			}
			check("killed", status)
			if status, stderr := load(0); status != 0 || stderr != "" {
				t.Errorf("%s: the next load: exit status %d: %s", db.Server, status, stderr)
			}
			check("afterwards", 0)
		}
		if killed == 0 {
			t.Errorf("%s: all loads had ended before they were killed", db.Server)
		}
	}
}
