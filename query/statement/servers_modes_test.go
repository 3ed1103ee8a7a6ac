// Random texts are read by the tokenizer and by servers in all of their modes. Both must
// agree on where strings, identifiers, comments and statements end.

package statement

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/testdata/testdb"
)

func TestMySQLReadsRandomTextsInAllModes(t *testing.T) {
	db := testdb.MySQL(t).SQL
	for _, m := range []driver.Modes{{}, {AnsiQuotes: true}, {NoBackslashEscapes: true}, {AnsiQuotes: true, NoBackslashEscapes: true}, {BracketQuotes: true, AnsiQuotes: true}} {
		var modes []string
		if m.AnsiQuotes {
			modes = append(modes, "ANSI_QUOTES")
		}
		if m.NoBackslashEscapes {
			modes = append(modes, "NO_BACKSLASH_ESCAPES")
		}
		if m.BracketQuotes {
			if !isMariaDB(t, db) {
				continue
			}
			modes = append(modes, "MSSQL")
		}
		t.Run(strings.Join(modes, ","), func(t *testing.T) {
			readsAlike(t, MySQL, m, db, "set session sql_mode = '"+strings.Join(modes, ",")+"'")
		})
	}
}

func TestPostgresReadsRandomTextsInAllModes(t *testing.T) {
	db := testdb.Postgres(t).SQL
	for _, m := range []driver.Modes{{}, {BackslashEscapes: true}} {
		setting := map[bool]string{false: "on", true: "off"}[m.BackslashEscapes]
		t.Run("standard_conforming_strings="+setting, func(t *testing.T) {
			readsAlike(t, Postgres, m, db, "set standard_conforming_strings = "+setting)
		})
	}
}

func isMariaDB(t *testing.T, db *sql.DB) bool {
	version, err := first(t, db, "select version()", nil)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(version, "MariaDB")
}

// pieces form random texts, in addition to those of each dialect.
var pieces = []string{
	"'", "'", "'", `"`, `"`, `\`, `\`, `''`, `""`, ":a", ":b", ",", ", ", " ", "\n", "é", "x", "-- ", "--", "#", "/*", "*/", ";", "7", " as ",
}

func readsAlike(t *testing.T, d *driver.Dialect, m driver.Modes, db *sql.DB, set string) {
	texts := 6000
	if n, err := strconv.Atoi(os.Getenv("FANQL_TEST_TEXTS")); err == nil {
		texts = n
	}
	db.SetMaxIdleConns(0) // a pooled connection would keep statements that were prepared in other modes
	conn, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(context.Background(), set); err != nil {
		t.Fatal(err)
	}
	own := map[*driver.Dialect][]string{MySQL: {"`", "`", "[", "]", "_utf8mb4'"}, Postgres: {"E'", "x'", "b'", "$$", "$a$", "N'"}}[d]
	pool := append(append([]string{}, pieces...), own...)
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	compared := 0
	for range texts {
		text := "select "
		for range 1 + random.IntN(9) {
			text += pool[random.IntN(len(pool))]
		}
		agreed, err := alike(conn, d, m, text)
		if err != nil {
			t.Errorf("seed %d: %q: %v", seed, text, err)
		}
		compared += agreed
	}
	if compared < texts/20 {
		t.Errorf("only %d of %d texts could be compared", compared, texts)
	}
	t.Logf("%d of %d texts compared", compared, texts)
}

// alike compares how the server and the tokenizer read a text. agreed is 1 if the text can
// be compared. It can if the tokenizer reads it as a list of values, as a text without an
// end, or as two statements.
func alike(conn *sql.Conn, d *driver.Dialect, m driver.Modes, text string) (agreed int, err error) {
	v := Values{"a": {Text: "7"}, "b": {Text: "8"}}
	q, bad := Query{Text: text}.Bind("eu", d, m, v)
	if bad != nil {
		if !strings.Contains(bad.Error(), "has no end") && !strings.Contains(bad.Error(), "two statements") {
			return 0, nil
		}
		if ends := strings.TrimRight(text, "; "); ends != text { // MySQL cuts such an end before it parses, even after --
			return alike(conn, d, m, ends)
		}
		sent := parameters().ReplaceAllString(text, "(1)")
		stmt, err := conn.PrepareContext(context.Background(), sent)
		if err != nil {
			return 1, nil
		}
		defer func() { err = errors.Join(err, stmt.Close()) }()
		return 1, fmt.Errorf("the tokenizer reports %w, but the server accepts %q", bad, sent)
	}
	t, err := read(source{text: text}, d, m)
	if err != nil {
		return 0, err
	}
	want, ok := t.values(m)
	if !ok {
		return 0, nil
	}
	args := make([]any, len(q.Args))
	for i, a := range q.Args {
		args[i] = a.Value
	}
	got, err := row(conn, q.SQL, args...)
	if err != nil {
		if syntax(err) {
			return 1, fmt.Errorf("sent as %q, the tokenizer reads %q: %w", q.SQL, want, err)
		}
		return 0, nil
	}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		return 1, fmt.Errorf("sent as %q, the tokenizer reads %q, the server %q", q.SQL, want, got)
	}
	return 1, nil
}

// parameters matches the parameters in random texts, also in strings.
var parameters = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`:[abxé7EN_utfm84]+`) })

// escapeOfItsOwn matches the escapes that only PostgreSQL has: \b, \x7 and \7.
var escapeOfItsOwn = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\\[bx0-9]`) })

// values reads the text as a list of strings, numbers and parameters, some of which have
// an alias, and returns their values. ok is false for any other text.
func (t *parsed) values(m driver.Modes) (list []string, ok bool) {
	i := 1
	for {
		if i >= len(t.tokens) {
			return nil, false
		}
		x := t.tokens[i]
		switch s := t.text(x); {
		case x.kind == param:
			list = append(list, map[string]string{":a": "7", ":b": "8"}[s])
		case x.kind == number && s == "7":
			list = append(list, s)
		case x.kind == str && t.dialect == Postgres && escapeOfItsOwn().MatchString(s):
			return nil, false
		case x.kind == str && (s[0] == '\'' || s[0] == '"' || s[0] == '$'):
			list = append(list, t.inside(s, m))
		default:
			return nil, false
		}
		i++
		if t.word(i) == "AS" && i+1 < len(t.tokens) && t.tokens[i+1].kind == quoted {
			if name := t.tokens[i+1]; name.end == name.start+2 {
				return nil, false // some servers reject an empty name
			}
			i += 2
		}
		if i == len(t.tokens) {
			return list, true
		}
		if t.symbol(i) != "," {
			return nil, false
		}
		i++
	}
}

// inside returns the value of a string.
func (t *parsed) inside(s string, m driver.Modes) string {
	if s[0] == '$' {
		tag := s[:strings.IndexByte(s[1:], '$')+2]
		return s[len(tag) : len(s)-len(tag)]
	}
	quote, escapes := s[0], t.dialect.LexisIn(m).Backslash
	if t.dialect == Postgres && escapes { // the string may consist of several parts
		var b strings.Builder
		for at := 0; at >= 0; {
			end := quoteEnd(s, at, true)
			b.WriteString(unquoted(s[at:end], quote, true))
			at = (&scanner{source: source{text: s}, lexis: Postgres.Lexis}).continuation(end)
		}
		return b.String()
	}
	return unquoted(s, quote, escapes)
}

func unquoted(s string, quote byte, escapes bool) string {
	s = s[1 : len(s)-1]
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == quote || escapes && s[i] == '\\' && s[i+1] != '_' { // \_ stays as it is, for LIKE
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// syntax reports whether the server could not parse the text.
func syntax(err error) bool {
	if e, ok := errors.AsType[*mysql.MySQLError](err); ok {
		return e.Number == 1064 || e.Number == 1065
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code == "42601"
	}
	return true
}

// row returns the only row of a query.
func row(conn *sql.Conn, query string, args ...any) ([]string, error) {
	rows, err := conn.QueryContext(context.Background(), query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	if !rows.Next() {
		return nil, fmt.Errorf("no row: %w", rows.Err())
	}
	cells, into := make([]string, len(columns)), make([]any, len(columns))
	for i := range cells {
		into[i] = &cells[i]
	}
	return cells, rows.Scan(into...)
}
