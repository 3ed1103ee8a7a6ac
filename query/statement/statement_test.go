// The result of Bind: the user's text or its variant, with placeholders and values.

package statement

import (
	"errors"
	"reflect"
	"testing"

	"github.com/fanql/fanql/sources/driver"
)

func TestBindWritesPlaceholders(t *testing.T) {
	one, two := driver.Arg{Name: "a", Value: "1"}, driver.Arg{Name: "b", Value: "2"}
	for _, c := range []struct {
		what    string
		dialect *driver.Dialect
		text    string
		want    string
		args    []driver.Arg
	}{
		{"PostgreSQL numbers placeholders", Postgres, "select :a, :b", "select $1, $2", []driver.Arg{one, two}},
		{"PostgreSQL uses a number again", Postgres, "select :b, :a, :b", "select $1, $2, $1", []driver.Arg{two, one}},
		{"SQLite uses a number again", SQLite, "select :b, :a, :b", "select ?1, ?2, ?1", []driver.Arg{two, one}},
		{"MySQL gets a value twice", MySQL, "select :b, :a, :b", "select ?, ?, ?", []driver.Arg{two, one, two}},
		{"a cast follows", Postgres, "select :a::int", "select $1::int", []driver.Arg{one}},
		{"a name does not swallow the placeholder", Postgres, "select 1 limit:a", "select 1 limit $1", []driver.Arg{one}},
		{"without parameters", Postgres, "select 1", "select 1", nil},
		{"a string keeps its colons", Postgres, "select ':a', ':b'", "select ':a', ':b'", nil},
		{"a quoted name keeps its colons", SQLite, "select [:a], \":b\", `:a` from t", "select [:a], \":b\", `:a` from t", nil},
		{"a comment keeps its colons", MySQL, "select 1 # :a\n-- :b\n/* :a */", "select 1 # :a\n-- :b\n/* :a */", nil},
		{"a time is no parameter", Postgres, "select '12:30', time '12:30'", "select '12:30', time '12:30'", nil},
		{"names differ by case", SQLite, "select :a, :A", "select ?1, ?2", []driver.Arg{one, {Name: "A", Value: "3"}}},
		{"MySQL is told the type of a decimal", MySQL, "select :d between :d and 9", "select CAST(? AS DECIMAL(4,2)) between CAST(? AS DECIMAL(4,2)) and 9", []driver.Arg{{Name: "d", Type: driver.Decimal, Value: "-12.50"}, {Name: "d", Type: driver.Decimal, Value: "-12.50"}}},
		{"MySQL is told the type of a date", MySQL, "select :day", "select CAST(? AS DATE)", []driver.Arg{{Name: "day", Type: driver.Date, Value: "2026-01-31"}}},
		{"a name beyond ASCII", MySQL, "select :größe", "select ?", []driver.Arg{{Name: "größe", Value: "4"}}},
	} {
		t.Run(c.what, func(t *testing.T) {
			v := Values{
				"a": {Text: "1"}, "b": {Text: "2"}, "A": {Text: "3"}, "größe": {Text: "4"},
				"d": {Type: driver.Decimal, Text: "-12.50"}, "day": {Type: driver.Date, Text: "2026-01-31"},
			}
			asked, err := Query{Text: c.text}.Bind("eu", c.dialect, driver.Modes{}, v)
			if err != nil || asked.SQL != c.want || !reflect.DeepEqual(asked.Args, c.args) {
				t.Errorf("%s\n got %q %v %v\nwant %q %v", c.text, asked.SQL, asked.Args, err, c.want, c.args)
			}
		})
	}
}

func TestBindKeepsTheTextByteForByte(t *testing.T) {
	for _, c := range []struct{ what, text, want string }{
		{"inner space and comments stay", "select  1\t,\r\n 2 -- x", "select  1\t,\r\n 2 -- x"},
		{"space around is cut", "\n\t select 1 \n", "select 1"},
		{"a semicolon is cut", "select 1;", "select 1"},
		{"what follows a semicolon is cut", "select 1 ; ; -- done\n", "select 1"},
		{"a semicolon in a string stays", "select ';'", "select ';'"},
		{"a comment at the start stays", "/* :a */ select 1", "/* :a */ select 1"},
		{"space in a string stays", "select ' \n '", "select ' \n '"},
	} {
		t.Run(c.what, func(t *testing.T) {
			for _, d := range dialects {
				if asked, err := (Query{Text: c.text}).Bind("eu", d, driver.Modes{}, nil); err != nil || asked.SQL != c.want {
					t.Errorf("%s: %q is sent as %q, %v; want %q", d, c.text, asked.SQL, err, c.want)
				}
			}
		})
	}
}

func TestVariants(t *testing.T) {
	q := Query{
		Dialects: dialects,
		Text:     "select 'default'",
		Variants: map[string]string{
			"MariaDB":     "select 'mysql'",
			"eu":          "select 'eu'",
			"shards":      "select 'shards'",
			"shards/2024": "select '2024'",
			"sqlite3":     "select 'sqlite'",
		},
	}
	for _, c := range []struct {
		what, source string
		dialect      *driver.Dialect
		want         string
	}{
		{"no variant: the default", "us", Postgres, "default"},
		{"a dialect's, by any of its names", "us", MySQL, "mysql"},
		{"a source's own wins over its dialect's", "eu", MySQL, "eu"},
		{"a source's own wins over the default", "eu", Postgres, "eu"},
		{"a group's is for all of it", "shards/2025", SQLite, "shards"},
		{"a source's own wins over its group's", "shards/2024", SQLite, "2024"},
		{"a source named like another dialect does not get that dialect's", "mariadb", Postgres, "default"},
		{"a source named like its own dialect does", "sqlite", SQLite, "sqlite"},
	} {
		t.Run(c.what, func(t *testing.T) {
			asked, err := q.Bind(c.source, c.dialect, driver.Modes{}, nil)
			if err != nil || asked.SQL != "select '"+c.want+"'" {
				t.Errorf("%s (%s) gets %q, %v", c.source, c.dialect, asked.SQL, err)
			}
		})
	}
}

func TestBindRefuses(t *testing.T) {
	date := "tomorow"
	for _, c := range []struct {
		what string
		q    Query
		want string
	}{
		{"nothing", Query{}, "the query is empty"},
		{"nothing but a comment", Query{Text: "-- later"}, "the query is empty"},
		{
			"no text for the dialect",
			Query{Text: "-- by dialect", Variants: map[string]string{"mysql": "select 1"}},
			"the query has no text for eu: give a variant for it, or for postgres",
		},
		{"an empty variant", Query{Text: "select 1", Variants: map[string]string{"pg": " "}}, "the query for pg is empty"},
		{
			"two variants for one dialect",
			Query{Variants: map[string]string{"pg": "select 1", "postgres": "select 2"}},
			"two variants for postgres: pg and postgres",
		},
		{
			"a parameter without a value",
			Query{Text: "select 1\n where :since"},
			"parameter :since has no value: give param since=... (line 2, column 8)",
		},
		{
			"a default of the wrong type",
			Query{Text: "select :d", Params: map[string]Param{"d": {Type: driver.Date, Default: &date}}},
			`parameter :d: "tomorow" is not a date (YYYY-MM-DD, or now, today, yesterday, tomorrow or start of minute|hour|day|week|month|quarter|year, then + or - with s, m, h, d, w, month, quarter, year as in today - 7d)`,
		},
		{"a NUL byte", Query{Text: "select '\x00'"}, "the query holds a NUL byte (line 1, column 9)"},
		{"bytes that are not UTF-8", Query{Text: "select 'ä\xff'"}, "the query is not UTF-8 (line 1, column 10)"},
	} {
		t.Run(c.what, func(t *testing.T) {
			c.q.Dialects = dialects
			asked, err := c.q.Bind("eu", Postgres, driver.Modes{}, nil)
			if err == nil || err.Error() != c.want || asked.SQL != "" || asked.Args != nil {
				t.Errorf("got %q, %v, %v\nwant %s", asked.SQL, asked.Args, err, c.want)
			}
		})
	}
	if _, err := (Query{Text: "select 1"}).Bind("eu", nil, driver.Modes{}, nil); err == nil {
		t.Error("a source without a dialect is accepted")
	}
}

func TestErrorsHaveTheirPosition(t *testing.T) {
	for _, c := range []struct {
		what, text   string
		line, column int
	}{
		{"a second statement", "select 1;\n  select 2", 2, 3},
		{"a string without an end begins", "select 1,\n'a\nb", 2, 1},
		{"columns count characters", "select 'größe', `x", 1, 17},
		{"the writing verb after a WITH", "with x as (select 1)\r\n delete from x", 2, 2},
		{"a fault at the end", "with x as (select 1)", 1, 21},
	} {
		t.Run(c.what, func(t *testing.T) {
			_, err := Query{Text: c.text}.Bind("eu", MySQL, driver.Modes{}, nil)
			var at *Error
			if !errors.As(err, &at) || at.Line != c.line || at.Column != c.column {
				t.Errorf("got %v; want line %d, column %d", err, c.line, c.column)
			}
		})
	}
}
