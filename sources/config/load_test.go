// Reading files: the content of valid ones, and the exact errors of invalid ones.

package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/mysql"
	"github.com/fanql/fanql/sources/postgres"
	"github.com/fanql/fanql/sources/sqlite"
)

// write creates files in a new folder and changes to that folder.
func write(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for path, text := range files {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// load reads text as conf/fanql.yaml, in a folder with other files.
func load(t *testing.T, text string, files ...string) (*Config, error) {
	t.Helper()
	all := map[string]string{"conf/fanql.yaml": text}
	for _, f := range files {
		all[f] = ""
	}
	write(t, all)
	return Load("conf/fanql.yaml", known, os.Getenv)
}

// in returns a position in the file that load reads.
func in(line, col int) Pos { return Pos{line, col, "conf/fanql.yaml"} }

// known are the dialects of the program.
var known = driver.Dialects{postgres.Dialect, mysql.Dialect, sqlite.Dialect}

// blank returns a config without content, as if there were no file.
func blank() *Config { return &Config{Dialects: known} }

func mustLoad(t *testing.T, text string, files ...string) *Config {
	t.Helper()
	c, err := load(t, text, files...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestLoadTheDocumentedFile(t *testing.T) {
	c := mustLoad(t, `sources:
  eu:      postgres://reader@eu.db/shop              # a URL alone, or fields:
  us:      {url: "mysql://reader:${env:US_PW}@us.db/shop", tags: [prod], timeout: 10s}
  shards:  {url: "sqlite:shards/*.db", tags: [archive]}
  one:     {url: data/one.sqlite3, tags: archive, connect_timeout: 0}
  any:     {url: "${env:DATABASE_URL}", per_server: 4, password_command: pass show any}
defaults:  {timeout: 30s, connect_timeout: 5s, per_server: 8}
queries:
  revenue:
    sql: select region from orders where placed_at >= :since
    variants: {sqlite: "select ..."}
    params: {since: {type: date, default: 2026-01-01}, rate: {default: 1.50}, least: int, no: {type: text, default: null}}
  short: |
    select 1
  filed: {file: sql/filed.sql}
version: 1
`, "conf/shards/2025.db", "conf/shards/2024.db", "conf/shards/2024.db-wal", "conf/shards/x.db/y")
	seconds := func(n time.Duration) *time.Duration { n *= time.Second; return &n }
	text := func(s string) *string { return &s }
	number := func(n int) *int { return &n }
	want := &Config{
		Dialects: known,
		Path:     "conf/fanql.yaml",
		Digest:   c.Digest,
		Files:    []string{"conf/fanql.yaml"},
		Sources: []Source{
			{Name: "eu", Kind: postgres.Dialect, URL: "postgres://reader@eu.db/shop", Pos: in(2, 3)},
			{Name: "us", Kind: mysql.Dialect, URL: "mysql://reader:${env:US_PW}@us.db/shop", Tags: []string{"prod"}, Timeout: seconds(10), Pos: in(3, 3)},
			{Name: "shards/2024", Kind: sqlite.Dialect, Path: "conf/shards/2024.db", Group: "shards", Tags: []string{"archive"}, Pos: in(4, 3)},
			{Name: "shards/2025", Kind: sqlite.Dialect, Path: "conf/shards/2025.db", Group: "shards", Tags: []string{"archive"}, Pos: in(4, 3)},
			{Name: "one", Kind: sqlite.Dialect, URL: "data/one.sqlite3", Path: "conf/data/one.sqlite3", Tags: []string{"archive"}, ConnectTimeout: seconds(0), Pos: in(5, 3)},
			{Name: "any", URL: "${env:DATABASE_URL}", PerServer: number(4), PasswordCommand: "pass show any", Pos: in(6, 3)},
		},
		Defaults: Defaults{Timeout: seconds(30), ConnectTimeout: seconds(5), PerServer: number(8)},
		Queries: []Query{
			{
				Name: "revenue", SQL: "select region from orders where placed_at >= :since",
				Variants: map[string]string{"sqlite": "select ..."},
				Params: map[string]Param{
					"since": {Type: "date", Default: text("2026-01-01"), Pos: in(12, 14)},
					"rate":  {Default: text("1.50"), Pos: in(12, 56)},
					"least": {Type: "int", Pos: in(12, 79)},
					"no":    {Type: "text", Null: true, Pos: in(12, 91)},
				},
				Pos: in(9, 3),
			},
			{Name: "short", SQL: "select 1\n", Pos: in(13, 3)},
			{Name: "filed", File: "conf/sql/filed.sql", Pos: in(15, 3)},
		},
	}
	if diff := cmp.Diff(want, c, cmpopts.IgnoreUnexported(Config{}, Source{}, Query{}), cmp.Comparer(func(a, b *driver.Dialect) bool { return a == b })); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if q, ok := c.Query("short"); !ok || q.Name != "short" {
		t.Errorf("Query(short) = %v, %v", q, ok)
	}
	if _, ok := c.Query("long"); ok {
		t.Error("Query(long) was found")
	}
}

func TestLoadLittle(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "sources:\n", "sources: {}\nqueries:\ndefaults:\n", "\ufeffsources:\n"} {
		if c := mustLoad(t, text); len(c.Sources)+len(c.Queries) != 0 {
			t.Errorf("%q: %+v", text, c)
		}
	}
}

func TestLoadFollowsAliases(t *testing.T) {
	c := mustLoad(t, "sources:\n  a: {url: pg://a/x, tags: &t [prod, old]}\n  b: {url: pg://b/x, tags: *t}\n")
	if got := c.Sources[1].Tags; !cmp.Equal(got, []string{"prod", "old"}) {
		t.Errorf("tags of b: %v", got)
	}
}

func TestLoadNamesEveryError(t *testing.T) {
	for _, c := range []struct{ what, text, want string }{
		{"an unknown key", "source:\n  a: pg://h/d\n", `1:1: the config: unknown key "source": did you mean "sources"?`},
		{"an unknown key far from all", "zzzzzzzz: 1\n", `1:1: the config: unknown key "zzzzzzzz": known are version, include, sources, sources_from, tags, defaults, tables, queries, checks, history, on_failure, notify, tunnels`},
		{"a newer format", "sauces: {}\nversion: 2\nsources: [a]\n", `2:10: version: the file is of format 2, and this fanql reads format 1: use a newer fanql`},
		{"a format that is not a whole number", "version: 1.5\nsauces: {}\n", "1:10: version: \"1.5\" is not the number of a format: write 1, or leave it out\n2:1: the config: unknown key \"sauces\": did you mean \"sources\"?"},
		{"a format below the first", "version: 0\n", `1:10: version: "0" is not the number of a format: write 1, or leave it out`},
		{"a format without a value", "version:\n", `1:1: version: it has no value: write one, or leave the key out`},
		{"a format that is a list", "version: [1]\n", `1:10: version: not a single value: write one text or number, in quotes if need be`},
		{"an unknown key of a source", "sources:\n  a: {url: pg://h/d, tag: x}\n", `2:22: source a: unknown key "tag": did you mean "tags"?`},
		{"an unknown key of a block", "sources:\n  a:\n    url: pg://h/d\n    tmeout: 1s\n", `4:5: source a: unknown key "tmeout": did you mean "timeout"?`},
		{"an unknown key of the defaults", "defaults: {timeouts: 1s}\n", `1:12: defaults: unknown key "timeouts": did you mean "timeout"?`},
		{"an unknown key of a query", "queries: {q: {sql: select 1, parms: {}}}\n", `1:30: query q: unknown key "parms": did you mean "params"?`},
		{"an unknown key of a param", "queries: {q: {sql: select 1, params: {p: {typ: int}}}}\n", `1:43: query q: param p: unknown key "typ": did you mean "type"?`},
		{"sources as a list", "sources:\n  - pg://h/d\n", `2:3: sources: not a mapping of names to values: write each as NAME: VALUE`},
		{"a scalar for all", "hello\n", `1:1: the config: not a mapping of names to values: write each as NAME: VALUE`},
		{"a name twice", "sources:\n  a: pg://h/d\n  b: pg://h/d\n  a: pg://h/e\n", `4:3: sources: "a" is given twice, first on line 2`},
		{"a name with a star", "sources:\n  'a*': pg://h/d\n", `2:3: source "a*": a name has letters, digits, _ - . and /, and begins with a letter, a digit or _`},
		{"a name like an exclusion", "sources:\n  '!a': pg://h/d\n", `2:3: source "!a": a name has letters, digits, _ - . and /, and begins with a letter, a digit or _`},
		{"a name like a tag", "sources:\n  'tag:a': pg://h/d\n", `2:3: source "tag:a": a name has letters, digits, _ - . and /, and begins with a letter, a digit or _`},
		{"a name like a URL", "sources:\n  'u:S3CRET': pg://h/d\n", `2:3: source (not shown: it may hold a password): a name has letters, digits, _ - . and /, and begins with a letter, a digit or _`},
		{"a check with a colon", "checks:\n  'orders: none (eu) 5%': {sql: select 1, expect: no rows}\n", `2:3: check "orders: none (eu) 5%": a name has letters, digits, _ - . and /, and begins with a letter, a digit or _`},
		{"a check like a URL", "checks:\n  'pg://u:S3CRET@h/d': {sql: select 1, expect: no rows}\n", `2:3: check (not shown: it may hold a password): a name has letters, digits, _ - . and /, and begins with a letter, a digit or _`},
		{"a check like a connection string", "checks:\n  'host=h password = S3CRET': {sql: select 1, expect: no rows}\n", `2:3: check (not shown: it may hold a password): a name has letters, digits, _ - . and /, and begins with a letter, a digit or _`},
		{"a query with a comma", "queries:\n  'a, b': select 1\n", `2:3: query "a, b": a name has letters, digits, _ - . and /, and begins with a letter, a digit or _`},
		{"a table with a colon", "tables:\n  'a:b': {sql: select 1}\n", `2:3: table "a:b": a name has letters, digits and _, and begins with a letter or _`},
		{"a name that a pattern's file has", "sources:\n  s: sqlite:*.db\n  s/1: pg://h/d\n", `3:3: source s/1: another source has the name already`},
		{"no url", "sources:\n  a:\n", `2:3: source a: it has no value: write one, or leave the key out`},
		{"fields without a url", "sources:\n  a: {tags: x}\n", `2:3: source a: it has no url: write url: and a database URL or a file`},
		{"an empty url", "sources:\n  a: ''\n", `2:6: source a: its url is empty`},
		{"a url that is a list", "sources:\n  a: {url: [x]}\n", `2:12: source a: not a single value: write one text or number, in quotes if need be`},
		{"an unknown scheme", "sources:\n  a: mysq://h/d\n", `2:6: source a: unknown kind of database "mysq": did you mean "mysql"?`},
		{"no scheme", "sources:\n  a: localhost\n", `2:6: source a: neither a database URL nor a SQLite file: write postgres://host/database, mysql://host/database or sqlite:FILE`},
		{"a bad port", "sources:\n  ä: {url: pg://u@h:x/d}\n", `2:12: source ä: the port is not a number`},
		{"an open reference", "sources:\n  a: pg://u:${env:X@h/d\n", `2:6: source a: a ${ without its }: write %24{ where a value has these characters`},
		{"an unknown reference", "sources:\n  a: pg://u:${X}@h/d\n", `2:6: source a: ${ begins a reference, ${env:NAME}, ${file:PATH} or ${keyring:NAME}: write %24{ where a value has these characters`},
		{"a reference in a pattern", "sources:\n  a: sqlite:${env:D}/*.db\n", `2:6: source a: a pattern of files cannot hold a reference`},
		{"a duration without a unit", "defaults: {timeout: 10}\n", `1:21: defaults: timeout: "10" has no unit: write 10s`},
		{"a negative duration", "defaults: {connect_timeout: -5s}\n", `1:29: defaults: connect_timeout: "-5s" is negative: 0 is no limit`},
		{"a limit that is not a whole number", "defaults: {per_server: 1.5}\n", `1:24: defaults: per_server: "1.5" is not a number such as 8; 0 is no limit`},
		{"a file on a server", "sources:\n  a: {url: x.db, per_server: 0}\n", `2:18: source a: per_server: a SQLite file has no server`},
		{"a negative number", "defaults: {timeout: -5}\n", `1:21: defaults: timeout: "-5" is negative: 0 is no limit`},
		{"a word as a duration", "sources:\n  a: {url: pg://h/d, timeout: soon}\n", `2:31: source a: timeout: "soon" is not a duration such as 500ms, 30s or 2m`},
		{"a bad tag", "sources:\n  a: {url: pg://h/d, tags: [ok, 'a b']}\n", `2:33: source a: tag "a b": a tag has letters, digits, _ - . and /`},
		{"two passwords", "sources:\n  a:\n    url: pg://u:p@h/d\n    password_command: pass\n", `4:5: source a: password_command: the url has a password already`},
		{"a password for a file", "sources:\n  a:\n    url: sqlite:x.db\n    password_command: pass\n", `4:5: source a: password_command: a SQLite file has no password`},
		{"SQLite in memory", "sources:\n  a: 'sqlite::memory:'\n", `2:6: source a: a database in memory holds nothing to ask: name a file`},
		{"SQLite with parameters", "sources:\n  a: sqlite:x.db?mode=ro\n", `2:6: source a: a SQLite source takes no parameters: fanql opens every file for reading only`},
		{"a query without sql", "queries:\n  q: {params: {}}\n", `2:3: query q: it has no sql`},
		{"a query with both", "queries:\n  q: {sql: select 1, file: q.sql}\n", `2:3: query q: it has both sql and file: leave one of them out`},
		{"an empty query", "queries:\n  q: ' '\n", `2:6: query q: its sql is empty`},
		{"a default that is a list", "queries:\n  q: {sql: select 1, params: {p: {type: int, default: [1]}}}\n", `2:55: query q: param p: default: a list needs a type for lists, such as type: "int[]"`},
		{"an alias for nothing", "sources:\n  a: *x\n", `2:6: an alias for nothing: no anchor before it has the name`},
		{"an alias for itself", "sources:\n  a: {url: pg://h/d, tags: &x [*x]}\n", `2:31: source a: tags: not a single value: write one text or number, in quotes if need be`},
		{"an alias within its own value", "sources: &x\n  a: *x\n", `2:3: source a: unknown key "a": known are url, urls, hedge, exclude, tags, timeout, connect_timeout, per_server, password_command, time_zone, timestamps_in, timestamps_gap, columns, read_only, tunnel
2:3: source a: it has no url: write url: and a database URL or a file`},
		{"lines with CRLF", "# one\r\n\r\n# two\r\nsources: # three\r\n  a: {url: \"pg://h/d\", x: 1}\r\n", `5:24: source a: unknown key "x": known are url, urls, hedge, exclude, tags, timeout, connect_timeout, per_server, password_command, time_zone, timestamps_in, timestamps_gap, columns, read_only, tunnel`},
		{"a YAML tag", "sources:\n  a: !x pg://h/d\n", `2:6: source a: not a single value: write one text or number, in quotes if need be`},
		{"two documents", "sources:\n---\nsources:\n", `3:1: a second YAML document: a config file has one`},
		{"a tab", "sources:\n\ta: x\n", `2:1: not YAML: found character '\t' that cannot start any token`},
		{"an open quote", "sources:\n  a: \"pg://h\n", `2:6: not YAML: could not find end character of double-quoted text`},
		{"a block of a strange kind", "sources:\n  a: >pg://u:s3cr3t@h/d\n", `2:6: not YAML: invalid header option`},
		{"bytes that are no text", "sources:\n  é: \xff\n", `2:6: not UTF-8 text: save the file in UTF-8`},
		{
			"several at once, in order", "queries:\n  q: ''\nsources:\n  b: pg://h:x/d\n  a: {url: nope, x: 1}\ndefaults: {timeout: 1}\n",
			`2:6: query q: its sql is empty
4:6: source b: the port is not a number
5:12: source a: neither a database URL nor a SQLite file: write postgres://host/database, mysql://host/database or sqlite:FILE
5:18: source a: unknown key "x": known are url, urls, hedge, exclude, tags, timeout, connect_timeout, per_server, password_command, time_zone, timestamps_in, timestamps_gap, columns, read_only, tunnel
6:21: defaults: timeout: "1" has no unit: write 1s`,
		},
	} {
		t.Run(c.what, func(t *testing.T) {
			_, err := load(t, c.text, "conf/1.db")
			if err == nil {
				t.Fatal("no error")
			}
			want := "conf/fanql.yaml:" + strings.ReplaceAll(c.want, "\n", "\nconf/fanql.yaml:")
			if err.Error() != want {
				t.Errorf("got  %s\nwant %s", err, want)
			}
		})
	}
}

func TestLoadFilesThatCannotBeRead(t *testing.T) {
	write(t, map[string]string{"folder/x": ""})
	for path, want := range map[string]string{
		"missing.yaml": "config file missing.yaml: no such file or directory",
		"folder":       "config file folder: is a directory",
	} {
		if _, err := Load(path, known, os.Getenv); err == nil || err.Error() != want {
			t.Errorf("Load(%s): %v, want %s", path, err, want)
		}
	}
}

func TestLoadReturnsWhatCouldBeReadWithItsErrors(t *testing.T) {
	c, err := load(t, `sources:
  a: pg://h:x/d
  b: {url: pg://h/d, timeout: soon}
queries:
  q: ''
  r: {sql: select 1, parms: {}}
  s: {variants: {mysql: []}}
`)
	if len(Each(err)) != 5 {
		t.Errorf("errors: %v", err)
	}
	if len(c.Sources) != 1 || c.Sources[0].Name != "b" || !cmp.Equal(c.Unread, []string{"a"}) {
		t.Errorf("sources: %+v, unread %v", c.Sources, c.Unread)
	}
	if len(c.Queries) != 1 || c.Queries[0].Name != "r" {
		t.Errorf("queries: %+v", c.Queries)
	}
}

func TestThePositionsOfValues(t *testing.T) {
	c := mustLoad(t, `sources:
  a: {tags: x, url: pg://h/d}
  b: pg://h/d
queries:
  q:
    sql: select :n
    variants: {mysql: select 2}
    params: {n: {type: int, default: 1}}
  r: select 1
  s: {file: s.sql, params: {n: int}}
`)
	q, r, s := c.Queries[0], c.Queries[1], c.Queries[2]
	for _, x := range []struct {
		what      string
		got, want Pos
	}{
		{"a url among fields", c.Sources[0].Where(), in(2, 21)},
		{"a url alone", c.Sources[1].Where(), in(3, 6)},
		{"sql", q.Where("sql"), in(6, 10)},
		{"a variant", q.Where("variants", "mysql"), in(7, 16)},
		{"the text of a variant", q.Where("variants", "mysql", "sql"), in(7, 23)},
		{"a parameter", q.Where("params", "n"), in(8, 14)},
		{"the type of a parameter", q.Where("params", "n", "type"), in(8, 24)},
		{"the default of a parameter", q.Where("params", "n", "default"), in(8, 38)},
		{"a key that is missing", q.Where("file"), q.Pos},
		{"sql alone", r.Where("sql"), in(9, 6)},
		{"a file", s.Where("file"), in(10, 13)},
		{"a type alone", s.Where("params", "n", "type"), in(10, 32)},
		{"a default that is not there", s.Where("params", "n", "default"), in(10, 29)},
	} {
		if x.got != x.want {
			t.Errorf("%s is at %v, want %v", x.what, x.got, x.want)
		}
	}
}

func TestLoadWarnsOfPasswordsThatOthersCanRead(t *testing.T) {
	for _, c := range []struct {
		what, url string
		mode      os.FileMode
		warns     bool
	}{
		{"a password that all can read", "pg://u:pw@h/d", 0o644, true},
		{"a password that the group can read", "pg://u:pw@h/d", 0o640, true},
		{"a password in a parameter", "pg://h/d?user=u&password=pw", 0o644, true},
		{"a password for the owner only", "pg://u:pw@h/d", 0o600, false},
		{"a reference", "pg://u:${env:PW}@h/d", 0o644, false},
		{"a reference in a parameter", "pg://h/d?password=${file:/run/pw?x}", 0o644, false},
		{"no password", "pg://u@h/d?sslmode=require", 0o644, false},
	} {
		t.Run(c.what, func(t *testing.T) {
			write(t, map[string]string{"fanql.yaml": "sources:\n  eu: " + c.url + "\n"})
			if err := os.Chmod("fanql.yaml", c.mode); err != nil {
				t.Fatal(err)
			}
			conf, err := Load("fanql.yaml", known, os.Getenv)
			if err != nil {
				t.Fatal(err)
			}
			if warned := len(conf.Warnings) == 1; warned != c.warns {
				t.Errorf("warnings: %q", conf.Warnings)
			}
			if c.warns && !strings.Contains(conf.Warnings[0], "source eu") {
				t.Errorf("the warning does not name the source: %s", conf.Warnings[0])
			}
		})
	}
}
