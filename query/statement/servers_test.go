// The servers read texts as the tokenizer does: they agree on strings, comments and
// parameters.

package statement

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"

	_ "github.com/fanql/fanql/sources/sqlite/sqlite3" // database/sql's "sqlite3"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/testdata/testdb"
)

// trap is a text, bound with :a = 7 and :b = it's, and the value that the server must
// return. If want is empty, the server or Bind must reject the text.
type trap struct{ sql, want string }

var everywhere = []trap{
	{"select :b", "it's"},
	{"select ':a', :a -- :b", ":a"},
	{"select '''' /* ' :a */", "'"},
	{"select cast(:a as char(1)) || '' from (select 1 as \":a\") x", "7"},
	{"select case when :b = :b then 'same' end", "same"},
	{"select coalesce(null,:b);; -- it ends here", "it's"},
}

func TestPostgresReadsTextsTheSameWay(t *testing.T) {
	agree(t, Postgres, testdb.Postgres(t).SQL, append(everywhere,
		trap{"select :a::text::int + 1", "8"},
		trap{"select '2026-01-31 12:30'::timestamp::text", "2026-01-31 12:30:00"},
		trap{`select 'a\', :a`, `a\`},
		trap{`select E'a\'' ':a'`, ""},
		trap{"select E'a'\n'\\':a'", "a':a"},
		trap{"select E'a' -- and on\n  '\\':a'", "a':a"},
		trap{"select $$':a$$", "':a"},
		trap{"select $a$$$:a$b$$a$", "$$:a$b$"},
		trap{"select a$1$ from (select :b as a$1$) x", "it's"},
		trap{"select /* /* */ ' :a */ :b", "it's"},
		trap{"select 1 -- a\r + 1", "2"},
		trap{"select (array[:a::int, 2, 3])[1]", "7"},
		trap{"select (array[1, 2, 3])[:a]", ""},
		trap{"select (array[1, 2, 3])[(:a::int - 5)]", "2"},
		trap{"select x[1:n] from (select array[1, 2, 3] as x, 2 as n) x", "{1,2}"},
		trap{"select x[ : n] from (select array[1, 2, 3] as x, 2 as n) x", "{1,2}"},
		trap{"select x[n:(:a::int)] from (select array[1, 2, 3] as x, 2 as n) x", "{2,3}"},
		trap{`select '{"x": 1}'::jsonb ? 'x'`, "true"},
		trap{"select 5 #- 2", ""},
		trap{"select 5 # 2", "7"},
		trap{"select 'x' limit:a::int", "x"},
		trap{"select 1 as into", "1"},
		trap{`select U&'\003a' || :b`, ":it's"},
	))
}

func TestMySQLReadsTextsTheSameWay(t *testing.T) {
	agree(t, MySQL, testdb.MySQL(t).SQL, []trap{
		everywhere[0], everywhere[1], everywhere[2], everywhere[4], everywhere[5],
		{`select 'a\':a'`, "a':a"},
		{`select "a\":a'", :b`, `a":a'`},
		{"select `:a``` from (select :b as `:a```) x", "it's"},
		{"select 1 # ' :a\n + 1", "2"},
		{"select 5--:a", "12"},
		{"select 5 --", "5"},
		{"select 5 --\t:a", "5"},
		{"select /* /* ' :a */ :b", "it's"},
		{"select 1 -- a\r + 1", "1"},
		{"select concat(:a, :b, :a)", "7it's7"},
		{"select insert('abc', 1, 1, 'x')", "xbc"},
		{"select _utf8mb4':a'", ":a"},
	})
}

func TestSQLiteReadsTextsTheSameWay(t *testing.T) {
	db, err := sql.Open("sqlite3", filepath.Join(t.TempDir(), "a.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	agree(t, SQLite, db, append(everywhere,
		trap{`select 'a\', :a`, `a\`},
		trap{"select [:a'] from (select :b as [:a']) x", "it's"},
		trap{"select `:a` from (select :b as `:a`) x", "it's"},
		trap{"select /* /* ' :a */ :b", "it's"},
		trap{"select 1 -- a\r + 1", "1"},
		trap{"select :a || :b || :a", "7it's7"},
		trap{"select 'x' limit:a", "x"},
	))
}

func agree(t *testing.T, d *driver.Dialect, db *sql.DB, cases []trap) {
	t.Helper()
	for _, c := range cases {
		request, err := Query{Text: c.sql}.Bind("eu", d, driver.Modes{}, Values{"a": {Text: "7"}, "b": {Text: "it's"}})
		if err != nil {
			if c.want != "" {
				t.Errorf("%s: %v", c.sql, err)
			}
			continue
		}
		values := make([]any, len(request.Args))
		for i, a := range request.Args {
			values[i] = a.Value
		}
		got, err := first(t, db, request.SQL, values)
		if (err != nil) != (c.want == "") || got != c.want {
			t.Errorf("%s: the server gives %q (%v), want %q", request.SQL, got, err, c.want)
		}
	}
}

// first returns the first column of the first row.
func first(t *testing.T, db *sql.DB, query string, args []any) (string, error) {
	t.Helper()
	rows, err := db.QueryContext(context.Background(), query, args...)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil || !rows.Next() {
		return "", errors.Join(err, rows.Err())
	}
	cells := make([]sql.NullString, len(columns))
	into := make([]any, len(columns))
	for i := range cells {
		into[i] = &cells[i]
	}
	err = rows.Scan(into...)
	return cells[0].String, err
}
