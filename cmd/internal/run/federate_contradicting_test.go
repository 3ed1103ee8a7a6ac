// Cells that are not values of their column's type, in statements whose result shows the cells or
// whose groups are checked. No answer may come from such cells.

package run_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/testdata/testdb"
)

func TestCellsThatContradictTheirColumnGiveNoAnswer(t *testing.T) {
	pg, my, ma := testdb.Postgres(t), testdb.MySQL(t), testdb.MariaDB(t)
	path := filepath.Join(t.TempDir(), "lite.db")
	lite := openSQLite(t, path)
	for _, c := range []struct {
		url      string
		db       *sql.DB
		declared string
		good     string
		bad      []string
		asked    []string // v is the column with the cell
	}{
		{pg.URL, pg.SQL, "numeric(9,2)", "1.25", []string{"'NaN'"}, []string{"sum(v)", "avg(v)", "max(v)", "count(v)", "sum(v) filter (where i > 5)"}},
		{pg.URL, pg.SQL, "numeric", "1.25", []string{"'NaN'", "'Infinity'", "'-Infinity'", "1e40"}, []string{"sum(v)", "avg(v)", "max(v)", "count(v)", "min(v)"}},
		{my.URL, my.SQL, "date", "'2024-02-29'", []string{"'2024-02-31'", "'2024-00-10'"}, []string{"min(v)", "count(v)"}},
		{ma.URL, ma.SQL, "datetime", "'2024-01-31'", []string{"'2023-02-29'", "'2024-06-00'", "'0000-05-06'"}, []string{"min(v)", "count(v) filter (where i > 5)"}},
		{"sqlite:" + path, lite, "decimal(9,2)", "1.25", []string{"0.125", "'x'"}, []string{"sum(v)", "avg(v)", "max(v)", "sum(v) filter (where i > 5)"}},
		{"sqlite:" + path, lite, "date", "'2024-02-29'", []string{"'2023-02-29'", "20240101", "'2024-02-29 00:00:01'"}, []string{"min(v)", "max(v)", "count(v)"}},
		{"sqlite:" + path, lite, "timestamp", "'2024-02-29 10:00:00.5'", []string{"'2024-02-30 10:00:00'", "'2024-02-29 24:00:00'", "1"}, []string{"max(v)", "min(v)", "min(v) filter (where i > 5)"}},
		{my.URL, my.SQL, "decimal(50,2)", "1.25", []string{"1e40), (3, -1e40", "1e39"}, []string{"sum(v)", "count(v)"}},
		{"sqlite:" + path, lite, "integer", "3", []string{"1.5", "'x'", "9223372036854775808.0", "-9223372036854775808.0", "x'33'"}, []string{"count(v)", "sum(v)", "max(v)"}},
		{"sqlite:" + path, lite, "real", "2", []string{"'x'", "x'33'"}, []string{"count(v)", "sum(v)"}},
		{"sqlite:" + path, lite, "text", "'x'", []string{"x'78'", "x'61'", "'a' || char(0)"}, []string{"count(v)", "max(v)", "v"}},
	} {
		conn, err := c.db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		exec := func(texts ...string) {
			for _, text := range texts {
				if _, err := conn.ExecContext(t.Context(), text); err != nil {
					t.Fatalf("%s: %v", text, err)
				}
			}
		}
		if strings.HasPrefix(c.url, "mysql") {
			exec("set session sql_mode = 'ALLOW_INVALID_DATES'")
		}
		for turn, bad := range append(c.bad, "") {
			exec("drop table if exists odd", "create table odd (i int, v "+c.declared+")", "create index odd_v on odd (v)", "insert into odd values (1, "+c.good+"), (2, null), (9, "+c.good+")")
			if bad != "" { // in a group of several rows, of which it is neither the first nor the last
				exec("insert into odd values (3, " + c.good + "), (3, " + bad + "), (3, " + c.good + ")")
			}
			file := filepath.Join(t.TempDir(), "fanql.yaml")
			if err := os.WriteFile(file, fmt.Appendf(nil, "sources: {one: %q}", c.url), 0o600); err != nil {
				t.Fatal(err)
			}
			read, err := config.Load(file, sources.Dialects, os.Getenv)
			if err != nil {
				t.Fatal(err)
			}
			f := &fleet{config: read}
			for i, value := range c.asked {
				for form, text := range []string{"select " + value + " as x, count(*) as n from odd group by all", "select i, " + value + " as x from odd group by all"} {
					if form != i%2 && !everything() {
						continue
					}
					_, fetched, got, gotErr := f.answer(text, false)
					if groups := 3; bad == "" && c.declared != "text" && fetched > int64(groups-2*(1-form)) {
						t.Errorf("%s of a column %s fetched %d rows", text, c.declared, fetched)
					}
					if bad != "" && c.declared != "text" {
						if gotErr == nil || !strings.Contains(gotErr.Error(), "holds") {
							t.Errorf("%s with %s in a column %s gives %q, %v", text, bad, c.declared, got, gotErr)
						}
						continue
					}
					if _, _, want, err := f.answer(text, true); gotErr != nil || err != nil || !slices.EqualFunc(sorted(got), sorted(want), slices.Equal[[]string]) {
						t.Errorf("%s with %s in a column %s gives %q, %v, want %q, %v", text, bad, c.declared, got, gotErr, want, err)
					}
				}
			}
			part := []string{
				"select i from odd where v is not null and i > 5", "select i, v from odd order by v desc limit 1", "select i, v from odd order by v limit 1",
				"select i from odd where v is not null limit 1", "select min(v) as x from odd", "select max(v) as x from odd",
			}
			if slices.Contains(c.asked, "sum(v)") {
				part = append(part, "select sum(v) as x from odd where i > 5", "select i, sum(v) as x from odd group by i having i > 5")
			}
			for i, text := range part {
				if i%3 != turn%3 && !everything() {
					continue
				}
				_, _, got, gotErr := f.answer(text, false)
				if bad != "" && c.declared != "text" && !everything() {
					if gotErr == nil {
						t.Errorf("%s with %s in a column %s gives %q", text, bad, c.declared, got)
					}
					continue
				}
				if _, _, _, err := f.answer(text, true); (gotErr == nil) != (err == nil) || bad != "" && c.declared != "text" && gotErr == nil {
					t.Errorf("%s with %s in a column %s gives %q, %v; gathered %v", text, bad, c.declared, got, gotErr, err)
				}
			}
		}
	}
}

func sorted(rows [][]string) [][]string {
	return slices.SortedFunc(slices.Values(rows), slices.Compare[[]string])
}
