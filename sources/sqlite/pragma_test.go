// For every pragma of SQLite, the check of a text and the driver agree.

package sqlite_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/fanql/fanql/query/statement"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/sqlite"
)

func TestTheTextsCheckAndTheDriverAgreeAboutPragmas(t *testing.T) {
	path := file(t, "pragma journal_mode = wal", "pragma user_version = 7", "create table t(v)", "insert into t values (1)")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, cells := range query(t, path, "select name from pragma_pragma_list order by 1").rows {
		all = append(all, strings.TrimPrefix(cells[0], "text "))
	}
	if len(all) < 50 || !slices.Contains(all, "journal_mode") {
		t.Fatalf("the pragmas are %q", all)
	}
	reads := 0
	for _, name := range all {
		for _, form := range []string{"pragma " + name, "pragma main." + name, "pragma " + name + "(t)", "pragma " + name + " = 1", "pragma " + name + "('')", "pragma " + name + " = ''", "PRAGMA " + strings.ToUpper(name) + ";"} {
			_, refused := statement.Query{Text: form}.Bind("test", sqlite.Dialect, driver.Modes{}, nil)
			r := run(context.Background(), path, driver.Request{SQL: form})
			if refused == nil && r.err != nil && !strings.Contains(r.err.Error(), "no such table") { // foreign_key_check('') looks for a table of that name
				t.Errorf("%s passes the check, but the driver reports %v", form, r.err)
			}
			if refused != nil && r.err == nil && !strings.Contains(form, "=") { // table_info = t only reads, but the check refuses this unusual form
				t.Errorf("%s does not pass the check (%v), and the driver runs it", form, refused)
			}
			if refused == nil {
				reads++
			}
		}
		if argument, ok := sqlite.Dialect.Pragma(strings.ToUpper(name)); !ok && argument {
			t.Errorf("%s reads with an argument, and not without", name)
		}
	}
	if reads < 100 {
		t.Errorf("only %d of the pragmas are accepted", reads)
	}
	if after, err := os.ReadFile(path); err != nil || !slices.Equal(before, after) {
		t.Errorf("the file has changed (%v)", err)
	}
	query(t, path, "pragma journal_mode").want(t, "text wal")
	query(t, path, "select journal_mode from pragma_journal_mode").want(t, "text wal")
	query(t, path, "pragma query_only").want(t, "integer 1")
}

func TestAReadingPragmaLetsNoLaterStatementWrite(t *testing.T) {
	path := file(t, "create virtual table r using rtree(id, x0, x1)", "insert into r values (1, 0, 1)")
	for _, sql := range []string{
		"insert into r_node select 9, x'00'",
		"insert into r_rowid select page_count, 1 from pragma_page_count",
		"update r_node set data = (select journal_mode from pragma_journal_mode)",
	} {
		for _, verify := range []bool{false, true} {
			if r := run(context.Background(), path, driver.Request{SQL: sql, Verify: verify}); r.err == nil {
				t.Errorf("%s was run", sql)
			}
		}
	}
}
