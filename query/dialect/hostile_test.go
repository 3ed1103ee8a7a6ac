// Names and literals cannot end early and become SQL, in any mode of any server.

package dialect

import (
	"database/sql"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/fanql/fanql/testdata/testdb"
)

// hostile are texts that would end a careless literal or quoted name.
var hostile = []string{
	"", "'", "''", `'''`, `\`, `\\`, `\'`, `\\'`, `'\`, `"`, `""`, "`", "``", "]", "[x]", "a'; drop table odd; --", `\'; drop table odd; -- `, "x' or '1'='1", `x\' or 1=1 -- `,
	"$$", "$a$'$a$", "/*", "*/", "--", "#", ";", "?", "$1", ":a", "@a", "%s", "{1}", "\n", "\r\n", "\t", "\x1a", "\x08", "\x7f", "\u2028", "é", "🙂", "\ufeff", "\ufffd", "´", "ʼ", "＇", "a\u0300'", "  ",
	"e'", "E'x", "x'41'", "_utf8mb4'", "N'x'", "U&'", "\xbf'", "\xbf\x5c'", "\x00", "a\x00'b", strings.Repeat("'", 99), strings.Repeat(`\`, 99), strings.Repeat("ab", 40),
}

// inQuotes reads a quoted text as a server does. A doubled quote is a quote, and with
// backslash set a backslash escapes the next character.
func inQuotes(s string, quote byte, backslash bool) (value, rest string, ok bool) {
	if s == "" || s[0] != quote {
		return "", s, false
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case backslash && s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case s[i] != quote:
			b.WriteByte(s[i])
		case i+1 < len(s) && s[i+1] == quote:
			i++
			b.WriteByte(quote)
		default:
			return b.String(), s[i+1:], true
		}
	}
	return "", "", false
}

// readLiteral reads a printed literal as a server does. With backslash set, a backslash
// escapes within '...'.
func readLiteral(p Product, s string, backslash bool) (value, rest string, ok bool) {
	switch p {
	case PostgreSQL:
		if escaped, is := strings.CutPrefix(s, "E"); is {
			return inQuotes(escaped, '\'', true)
		}
		return inQuotes(s, '\'', backslash)
	case SQLite:
		return inQuotes(s, '\'', false)
	}
	s, ok = strings.CutPrefix(s, "_utf8mb4 ")
	if digits, is := strings.CutPrefix(s, "x"); is && ok {
		value, rest, ok = inQuotes(digits, '\'', false)
		bytes, err := hex.DecodeString(value)
		return string(bytes), rest, ok && err == nil
	}
	return inQuotes(s, '\'', backslash)
}

func FuzzQuotedTextsDoNotEndEarly(f *testing.F) {
	for i, s := range hostile {
		f.Add(s, hostile[(i+7)%len(hostile)])
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		quotes := map[Product]byte{PostgreSQL: '"', MySQL: '`', MariaDB: '`', SQLite: '"'}
		for _, p := range Products {
			e := &Constant{Type: Type{ID: Varchar}, Value: text}
			literal, err := Print(p, e)
			switch {
			case err != nil && utf8.ValidString(text) && !strings.Contains(text, "\x00"):
				t.Errorf("%s has no literal for %q: %v", p, text, err)
			case err == nil:
				for _, backslash := range []bool{false, true} {
					if value, rest, ok := readLiteral(p, literal, backslash); !ok || rest != "" || value != text {
						t.Errorf("%s gets %s for %q, and reads %q with the rest %q", p, literal, text, value, rest)
					}
				}
			}
			quoted, err := Select{List: []Item{{e, name}}}.SQL(p)
			if err != nil {
				continue
			}
			_, as, _ := strings.Cut(quoted, literal+" as ")
			if value, rest, ok := inQuotes(as, quotes[p], false); !ok || rest != "" || value != name {
				t.Errorf("%s gets %s for the name %q, and reads %q with the rest %q", p, quoted, name, value, rest)
			}
			for _, other := range []Expr{
				&Call{Name: "~~", Args: []Expr{&Column{Name: "c", Type: Type{ID: Varchar}}, e}, Type: Type{ID: Boolean}},
				&Keys{Arg: &Column{Name: "c", Type: Type{ID: Varchar}, Own: "text", Charset: "utf8mb4"}, Values: []string{text, "a"}},
			} {
				said, err := Print(p, other)
				if err != nil {
					continue
				}
				for _, backslash := range []bool{false, true} {
					if !balanced(p, said, backslash) {
						t.Errorf("%s gets %s for %q, in which something has no end", p, said, text)
					}
				}
			}
		}
	})
}

// balanced reports whether all quotes and parentheses of a text are closed, and no
// comment or semicolon occurs outside of quotes.
func balanced(p Product, s string, backslash bool) bool {
	depth := 0
	for s != "" {
		value := s
		switch c := s[0]; {
		case c == '"' || c == '`':
			var ok bool
			if _, s, ok = inQuotes(s, c, false); !ok {
				return false
			}
			continue
		case c == '\'':
			var ok bool
			if _, s, ok = inQuotes(s, c, backslash && p != SQLite); !ok {
				return false
			}
			continue
		case strings.HasPrefix(s, "E'"):
			var ok bool
			if _, s, ok = inQuotes(s[1:], '\'', true); !ok {
				return false
			}
			continue
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ';' || c == '#' || strings.HasPrefix(s, "--") || strings.HasPrefix(s, "/*"):
			return false
		}
		s = value[1:]
	}
	return depth == 0
}

// Quoted texts come back unchanged from the servers, in every mode.
func TestHostileTextsComeBackInEveryMode(t *testing.T) {
	modes := map[Product][]string{
		PostgreSQL: {"set standard_conforming_strings = on", "set standard_conforming_strings = off"},
		MySQL:      {"set sql_mode = ''", "set sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT'", "set sql_mode = 'ANSI_QUOTES'"},
	}
	modes[MariaDB] = append(modes[MySQL], "set sql_mode = 'MSSQL'", "set sql_mode = 'ORACLE'")
	dbs := map[Product]testdb.DB{PostgreSQL: testdb.Postgres(t), MySQL: testdb.MySQL(t), MariaDB: testdb.MariaDB(t)}
	for p, all := range modes {
		conn, err := dbs[p].SQL.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		for _, mode := range all {
			if _, err := conn.ExecContext(t.Context(), mode); err != nil {
				t.Fatal(err)
			}
			for i, s := range hostile {
				name := hostile[(i+7)%len(hostile)]
				text := &Constant{Type: Type{ID: Varchar}, Value: s}
				like := s
				for _, special := range []string{"!", "%", "_"} {
					like = strings.ReplaceAll(like, special, "!"+special)
				}
				said, err := Select{List: []Item{
					{text, "text"},
					{&Call{Name: "like_escape", Args: []Expr{text, &Constant{Type: Type{ID: Varchar}, Value: like}, &Constant{Type: Type{ID: Varchar}, Value: "!"}}, Type: Type{ID: Boolean}}, "n" + name},
				}}.SQL(p)
				if err != nil {
					continue
				}
				got, itself, heading, err := readBack(t, conn, said)
				if err != nil || got != s || !itself || heading != "n"+name {
					t.Errorf("%s: %s: %s gives %q %v %q, want %q %q (%v)", p, mode, said, got, itself, heading, s, "n"+name, err)
				}
			}
		}
	}
}

// readBack runs a statement and returns a text, a boolean and the name of the second
// column.
func readBack(t *testing.T, conn *sql.Conn, said string) (text string, itself bool, heading string, err error) {
	r, err := conn.QueryContext(t.Context(), said)
	if err != nil {
		return "", false, "", err
	}
	defer r.Close()
	columns, err := r.Columns()
	if err != nil || !r.Next() {
		return "", false, "", errors.Join(err, r.Err())
	}
	err = r.Scan(&text, &itself)
	return text, itself, columns[1], errors.Join(err, r.Err())
}
