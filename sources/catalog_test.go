// The catalogs of real databases: the results of each dialect's SQL for tables of all
// kinds, with names of all kinds.

package sources_test

import (
	"fmt"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/catalog"
	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/mysql"
	"github.com/fanql/fanql/sources/postgres"
)

// catalogue queries a part of the catalog and returns it in lines.
func (r *rig) catalogue(t testing.TB, s catalog.Scope) []string {
	t.Helper()
	q, err := catalog.Request(r.kind, s)
	if err != nil {
		t.Fatal(err)
	}
	var tables []catalog.Table
	for a := range query.Dispatch(t.Context(), []query.Task{{Source: r.source, Request: q}}, query.Options{Timeout: answerTimeout}) {
		if a.Outcome.State != query.OK {
			t.Fatalf("%s: %v\n%s", a.Outcome.State, a.Outcome.Err, q.SQL)
		}
		if len(a.Outcome.Warnings) > 0 {
			t.Errorf("it warns: %q", a.Outcome.Warnings)
		}
		for i, c := range a.Schema.Columns {
			if c.Name != catalog.Fields[i] {
				t.Errorf("column %d is %q, want %q", i, c.Name, catalog.Fields[i])
			}
		}
		if tables, err = catalog.Read(a.Rows.Each); err != nil {
			t.Fatal(err)
		}
	}
	return described(s.Matching(tables))
}

// described returns tables as lines: the kind, rows and comment of each table, its columns
// with all of their properties, its key, and its indexes.
func described(tables []catalog.Table) (lines []string) {
	add := func(parts ...string) {
		lines = append(lines, strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), " | "))
	}
	word := func(is bool, word string) string {
		if is {
			return word
		}
		return ""
	}
	prefixed := func(prefix, text string) string {
		if text == "" {
			return ""
		}
		return prefix + text
	}
	for _, t := range tables {
		rows := ""
		if t.Rows >= 0 {
			rows = fmt.Sprintf("%d rows", t.Rows)
		}
		add(t.Called(), string(t.Kind), rows, prefixed("# ", t.Comment))
		for _, c := range t.Columns {
			add("  "+c.Name, c.Type, word(!c.Nullable, "not null"), prefixed("= ", c.Default), c.Extra, prefixed("collate ", c.Collation), word(c.Nondeterministic, "nondeterministic"), prefixed("# ", c.Comment))
		}
		if key := t.Key(); key != "" {
			add("  key " + key)
		}
		for _, x := range t.Indexes {
			add("  "+x.Name, x.String())
		}
	}
	return lines
}

// name returns the name of the database, as SQL returns it.
func (r *rig) name(t *testing.T) (name string) {
	t.Helper()
	if err := r.db.SQL.QueryRowContext(t.Context(), "select quote_ident(current_database())").Scan(&name); err != nil {
		t.Fatal(err)
	}
	return name
}

func wantLines(t *testing.T, got []string, want string) {
	t.Helper()
	if text := strings.Join(got, "\n"); text != strings.TrimSpace(want) {
		t.Errorf("got:\n%s\nwant:\n%s", text, strings.TrimSpace(want))
	}
}

// patterns parses valid patterns.
func patterns(t *testing.T, texts ...string) []catalog.Pattern {
	t.Helper()
	all, err := catalog.ParsePatterns(texts)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// everything is a scope with all properties of the tables.
func everything(t *testing.T, texts ...string) catalog.Scope {
	return catalog.Scope{Tables: patterns(t, texts...), Rows: true, Columns: true, Indexes: true}
}

func TestCatalogueOfPostgreSQL(t *testing.T) {
	r := openPostgres(t)
	r.db.Exec(t, "drop table samples",
		`create table "Odd "" . näme*" ("Id" int generated always as identity primary key, "a b" text default 'it''s' collate "C", "ü" text)`,
		"comment on table \"Odd \"\" . näme*\" is E'two\nlines'", `comment on column "Odd "" . näme*"."a b" is 'about a b'`,
		`create table orders (region text, id bigint, total numeric(12,2) not null default 0, doubled numeric generated always as (total * 2) stored,
			at timestamptz(3), list int[], gone int, primary key (region, id)) partition by list (region)`,
		"alter table orders drop column gone",
		"create table orders_eu partition of orders for values in ('eu')", "create table orders_rest partition of orders default",
		"insert into orders select 'eu', g from generate_series(1, 100) g", "insert into orders select 'us', g from generate_series(1, 50) g", "analyze orders_eu", "analyze orders_rest",
		"create unique index by_lower on written (lower(i::text) desc, i) where i > 0", "create index plain on written (i) include (i)",
		"create view seen as select i, i::text as t from n", "create materialized view kept as select i from n", "analyze kept", "analyze n",
		"create schema sales", "create table sales.orders (x int)", "create table sales.leads (x int)",
		`create collation folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`, "create table loose (t text collate folded)",
		"create extension if not exists file_fdw", "create server files foreign data wrapper file_fdw", "create foreign table elsewhere (a int) server files options (filename '/dev/null')",
		"create type mood as enum ('ok', 'bad')", "create table moods (m mood, d date)", "create table empty ()")
	wantLines(t, r.catalogue(t, everything(t)), `
"Odd "" . näme*" | table | # two
lines
  Id | integer | not null | identity
  a b | text | = 'it''s'::text | collate C | # about a b
  ü | text | collate default
  key (Id)
elsewhere | foreign table
  a | integer
empty | table
kept | materialized view | 5000 rows
  i | integer
loose | table
  t | text | collate folded | nondeterministic
moods | table
  m | mood
  d | date
n | table | 5000 rows
  i | integer | not null
  key (i)
orders | partitioned table | 150 rows
  region | text | not null | collate default
  id | bigint | not null
  total | numeric(12,2) | not null | = 0
  doubled | numeric | generated stored
  at | timestamp(3) with time zone
  list | integer[]
  key (region, id)
seen | view
  i | integer
  t | text | collate default
written | table
  i | integer
  by_lower | unique (lower(i::text) desc, i) partial
  plain | (i)`)

	wantLines(t, r.catalogue(t, catalog.Scope{Tables: patterns(t, "sales.*")}), "sales.leads | table\nsales.orders | table")
	wantLines(t, r.catalogue(t, catalog.Scope{Tables: patterns(t, "ORDERS", "*.leads")}), "orders | partitioned table\nsales.leads | table")
	wantLines(t, r.catalogue(t, catalog.Scope{Tables: patterns(t, "orders_eu")}), "orders_eu | table")
	wantLines(t, r.catalogue(t, catalog.Scope{Tables: patterns(t, "orders_*")}), "")
	wantLines(t, r.catalogue(t, catalog.Scope{Tables: patterns(t, `"odd "" . NÄME*"`)}), "\"Odd \"\" . näme*\" | table | # two\nlines")
	wantLines(t, r.catalogue(t, catalog.Scope{Tables: patterns(t, "pg_class")}), "")
	wantLines(t, r.catalogue(t, catalog.Scope{Tables: patterns(t, "pg_catalog.pg_class")}), "pg_class | table")
	wantLines(t, r.catalogue(t, catalog.Scope{Tables: patterns(t, "pg_cla*", "n"), System: true}), "n | table\npg_class | table")
	wantLines(t, r.catalogue(t, catalog.Scope{Tables: patterns(t, "information_schema.tables")}), "information_schema.tables | view")

	// If two schemas of the search_path have a table of that name, the first one counts.
	r.db.Exec(t, "alter database "+r.name(t)+" set search_path = sales, public")
	wantLines(t, r.catalogue(t, catalog.Scope{Tables: patterns(t, "orders", "leads", "*.orders")}), "leads | table\norders | table\npublic.orders | partitioned table")
}

// Reading the catalog does not wait for locks on tables.
func TestCatalogueOfLockedTables(t *testing.T) {
	r := openPostgres(t)
	r.db.Exec(t, "create table held (i int default 7, t text, primary key (i))", "create index on held (t)")
	tx, err := r.db.SQL.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }() // the transaction is not needed any more
	if _, err := tx.ExecContext(t.Context(), "lock table held in access exclusive mode"); err != nil {
		t.Fatal(err)
	}
	if got := r.catalogue(t, everything(t, "held")); len(got) != 5 {
		t.Errorf("got %q", got)
	}
}

func TestCatalogueOfMySQLs(t *testing.T) {
	for _, server := range rigs[1:3] {
		t.Run(server.name, func(t *testing.T) {
			r := server.open(t)
			r.db.Exec(t, "drop table samples",
				"create table `Odd `` . näme*` (`Id` int auto_increment primary key, `a b` varchar(20) character set latin1 default 'it''s' comment 'about', `ü` text) comment 'two\nlines' character set utf8mb4 collate utf8mb4_bin",
				`create table orders (region varchar(8) character set ascii, id bigint unsigned, total decimal(12,2) not null default 0, doubled decimal(14,2) generated always as (total * 2) stored,
					at timestamp(3) null, hidden int invisible, primary key (region, id)) partition by key (region) partitions 3`,
				"create table notes (note varchar(20), n int)", "create index by_note on notes (note(3), n desc)", "create unique index own on orders (region, id, total)",
				"create view seen as select i, 'x' as t from n", "analyze table n")
			if !r.maria {
				r.db.Exec(t, "create index by_sum on notes ((n + 1), note)")
			}
			display := func(plain, wide string) string { // MariaDB shows the display width of integers
				if r.maria {
					return wide
				}
				return plain
			}
			want := []string{
				`"Odd ` + "`" + ` . näme*" | table | # two`, `lines`,
				"  Id | " + display("int", "int(11)") + " | not null | auto_increment",
				"  a b | varchar(20) | = " + display("it's", "'it''s'") + " | collate latin1_swedish_ci | # about",
				"  ü | text | collate utf8mb4_bin",
				"  key (Id)",
				"n | table",
				"  i | " + display("int", "int(11)") + " | not null",
				"  key (i)",
				"notes | table",
				"  note | varchar(20) | collate own",
				"  n | " + display("int", "int(11)"),
				"  by_note | (note(3), n desc)",
				"  by_sum | ((`n` + 1), note)",
				"orders | partitioned table",
				"  region | varchar(8) | not null | collate ascii_general_ci",
				"  id | " + display("bigint unsigned", "bigint(20) unsigned") + " | not null",
				"  total | decimal(12,2) | not null | = 0.00",
				"  doubled | decimal(14,2) | stored generated",
				"  at | timestamp(3)",
				"  hidden | " + display("int", "int(11)") + " | invisible",
				"  key (region, id)",
				"  own | unique (region, id, total)",
				"seen | view",
				"  i | " + display("int", "int(11)") + " | not null",
				"  t | varchar(1) | not null | " + display("", "= '' | ") + "collate own",
				"written | table",
				"  i | " + display("int", "int(11)"),
			}
			if r.maria {
				want = slices.DeleteFunc(want, func(line string) bool { return strings.HasPrefix(line, "  by_sum") })
			}
			s := everything(t)
			s.Rows = false
			got := r.catalogue(t, s)
			for i := range got { // the servers' defaults differ
				got[i] = regexp.MustCompile(`collate utf8mb4_(general|0900_ai|unicode|uca1400_ai)_ci`).ReplaceAllString(got[i], "collate own")
			}
			wantLines(t, got, strings.Join(want, "\n"))
			s = catalog.Scope{Tables: patterns(t, "n"), Rows: true}
			if got := r.catalogue(t, s); len(got) != 1 || !strings.HasPrefix(got[0], "n | table | ") || !strings.HasSuffix(got[0], "rows") {
				t.Errorf("got %q", got)
			}
			wantLines(t, r.catalogue(t, catalog.Scope{Tables: patterns(t, `"ODD * . nÄME*"`, "or*")}), "orders | partitioned table")
			wantLines(t, r.catalogue(t, catalog.Scope{Tables: patterns(t, "mysql.proxies_priv")}), "mysql.proxies_priv | table | # User proxy privileges")
			wantLines(t, r.catalogue(t, catalog.Scope{Tables: patterns(t, "information_schema.schemata")}), "information_schema.SCHEMATA | system view")
			if got := r.catalogue(t, catalog.Scope{Tables: patterns(t, "*.n")}); !slices.Contains(got, "n | table") {
				t.Errorf("got %q", got)
			}

			// If the URL names no database, a pattern has to name one.
			var name string
			if err := r.db.SQL.QueryRowContext(t.Context(), "select database()").Scan(&name); err != nil {
				t.Fatal(err)
			}
			opened := sources.Open([]config.Source{{Name: "all", Kind: mysql.Dialect, URL: strings.TrimSuffix(r.db.URL, name)}}, os.Getenv)
			r.source = opened[0]
			if got := r.catalogue(t, catalog.Scope{}); !slices.Contains(got, name+".n | table") || slices.ContainsFunc(got, func(line string) bool { return strings.HasPrefix(line, "mysql.") }) {
				t.Errorf("got %q", got)
			}
			wantLines(t, r.catalogue(t, catalog.Scope{Tables: patterns(t, "n")}), "")
		})
	}
}

// PostgreSQL lists tables that an account may not read, and MySQL does not.
func TestCatalogueOfAnAccountThatMayReadLittle(t *testing.T) {
	for _, server := range rigs[:3] {
		t.Run(server.name, func(t *testing.T) {
			r := server.open(t)
			u, err := url.Parse(r.db.URL)
			if err != nil {
				t.Fatal(err)
			}
			role := strings.TrimPrefix(u.Path, "/") + "_r"
			u.User = url.UserPassword(role, "pw")
			want := "n | table"
			if r.kind == postgres.Dialect {
				r.db.Exec(t, "create role "+role+" login password 'pw'", "grant select on n to "+role)
				t.Cleanup(func() { r.db.Exec(t, "drop owned by "+role, "drop role "+role) })
				want = "n | table\nsamples | table\nwritten | table"
			} else {
				r.db.Exec(t, "create user "+role+" identified by 'pw'", "grant select on n to "+role)
				t.Cleanup(func() { r.db.Exec(t, "drop user "+role) })
			}
			opened := sources.Open([]config.Source{{Name: "little", Kind: r.kind, URL: u.String()}}, os.Getenv)
			r.source = opened[0]
			wantLines(t, r.catalogue(t, catalog.Scope{}), want)
			if got := r.catalogue(t, everything(t, "n")); len(got) != 3 {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestCatalogueOfSQLite(t *testing.T) {
	r := openSQLite(t)
	r.db.Exec(t, "drop table samples",
		`create table "Odd "" . näme*" (Id integer primary key, "a b" text not null default 'it''s', ü text collate nocase)`,
		`create table orders (region text, id int, total decimal(12,2) not null default 0, doubled generated always as (total * 2) stored, halved as (total / 2), primary key (region, id)) without rowid`,
		"create table pairs (a integer, b integer, any, primary key (a, b), unique (b, any))",
		"create unique index by_lower on written (lower(i) desc, i) where i > 0", "create index by_total on orders (total)",
		"create view seen as select i, 'x' as t from n", "create view broken as select * from missing", "create virtual table words using fts5(body)")
	want := func(rows string) string {
		return `
"Odd "" . näme*" | table
  Id | INTEGER | not null
  a b | TEXT | not null | = 'it''s'
  ü | TEXT
  key (Id)
broken | view
n | table` + rows + `
  i | INTEGER | not null
  key (i)
orders | table
  region | TEXT | not null
  id | INT | not null
  total | decimal(12,2) | not null | = 0
  doubled | generated stored
  halved | generated virtual
  key (region, id)
  by_total | (total)
pairs | table
  a | INTEGER
  b | INTEGER
  any
  key (a, b)
  sqlite_autoindex_pairs_2 | unique (b, any)
seen | view
  i | INTEGER
  t
words | virtual table
  body
  words | invisible
  rank | invisible
written | table
  i | INT
  by_lower | unique ((expression) desc, i) partial`
	}
	wantLines(t, r.catalogue(t, everything(t)), want(""))
	r.db.Exec(t, "analyze")
	wantLines(t, r.catalogue(t, everything(t)), strings.Replace(want(" | 5000 rows"), "written | table", "written | table | 0 rows", 1))

	wantLines(t, r.catalogue(t, catalog.Scope{Tables: patterns(t, "main.or*", `"ODD "" . nÄme*"`)}), "\"Odd \"\" . näme*\" | table\norders | table")
	wantLines(t, r.catalogue(t, catalog.Scope{Tables: patterns(t, "sqlite_s*", "words_content"), System: true}),
		"sqlite_schema | table\nsqlite_stat1 | table\nsqlite_stat4 | table\nwords_content | table")
	wantLines(t, r.catalogue(t, catalog.Scope{Tables: patterns(t, "sqlite_s*")}), "")
}
