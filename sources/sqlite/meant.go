// Suggestions for a statement that could not be compiled, and the place of the error.

package sqlite

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/fanql/fanql/sources/nearest"
	"github.com/fanql/fanql/sources/sqlite/engine"
)

// meant returns an addition to the error of compiling the statement: the place in the
// user's text, and an existing column, table or function with a similar name. Names are
// read over the connection, in the open transaction.
func (r *execution) meant(conn *engine.Conn, err error) (note string) {
	var raw *engine.Error
	if !errors.As(err, &raw) || r.guard.refused != "" {
		return ""
	}
	defer func(refused string) { r.guard.refused = refused }(r.guard.refused) // what a look-up does is not the user's error
	offset := raw.Offset
	if raw.Error() == "incomplete input" {
		offset = len(r.q.SQL)
	}
	if kind, name, ok := missing(raw.Error()); ok {
		var known []string
		switch kind {
		case "column":
			known = r.columns(conn, name)
		case "table":
			known = list(conn, "select name from sqlite_schema where type in ('table', 'view') and name not like 'sqlite\\_%' escape '\\' order by name limit 10000")
			if at := slices.IndexFunc(words(r.q.SQL), func(w namedAt) bool { return strings.EqualFold(w.name, last(name)) }); offset < 0 && at >= 0 {
				offset = words(r.q.SQL)[at].at
			}
		case "function":
			known = list(conn, "select distinct name from pragma_function_list where name glob '[a-z]*' order by name limit 10000")
		}
		if near, ok := nearest.Name(last(name), known); ok && !strings.EqualFold(near, last(name)) {
			note = fmt.Sprintf(": did you mean %s%s?", strings.TrimSuffix(name, last(name)), line(near))
		}
	}
	if offset < 0 || offset > len(r.q.SQL) || r.q.Locate == nil {
		return note
	}
	if line, column, ok := r.q.Locate(utf8.RuneCountInString(r.q.SQL[:offset]) + 1); ok {
		note = fmt.Sprintf(" (line %d, column %d)", line, column) + note
	}
	return note
}

// missing parses SQLite's error for an unknown name: "no such column: o.nme".
func missing(text string) (kind, name string, ok bool) {
	rest, ok := strings.CutPrefix(text, "no such ")
	kind, name, named := strings.Cut(rest, ": ")
	name, _, _ = strings.Cut(name, " - ") // advice about quotes
	return kind, strings.Trim(name, `"`), ok && named
}

// last returns the name without its qualifiers.
func last(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// columns returns the columns of the tables that the statement names, or of the table
// that qualifies the name.
func (r *execution) columns(conn *engine.Conn, name string) (all []string) {
	var tables []string
	for _, table := range list(conn, "select name from sqlite_schema where type in ('table', 'view') order by name limit 10000") {
		named := func(w namedAt) bool { return strings.EqualFold(w.name, table) }
		if slices.ContainsFunc(words(r.q.SQL), named) {
			tables = append(tables, table)
		}
	}
	if qualifier, _, ok := strings.Cut(name, "."); ok {
		if i := slices.IndexFunc(tables, func(t string) bool { return strings.EqualFold(t, qualifier) }); i >= 0 {
			tables = tables[i : i+1]
		}
	}
	for _, table := range tables {
		all = append(all, list(conn, "select name from pragma_table_info('"+strings.ReplaceAll(table, "'", "''")+"') limit 2000")...)
	}
	return all
}

// list returns the first column of our own query, or nothing if it fails.
func list(conn *engine.Conn, sql string) (all []string) {
	all, err := conn.List(sql)
	if err != nil {
		return nil
	}
	return all
}

// A namedAt is a word or a quoted identifier of a text, with its position.
type namedAt struct {
	name string
	at   int
}

// words returns the words and the quoted identifiers of a text, outside of strings and
// comments.
func words(sql string) (all []namedAt) {
	inWord := func(r rune) bool {
		return r == '_' || r == '$' || '0' <= r && r <= '9' || 'a' <= r|0x20 && r|0x20 <= 'z' || r >= utf8.RuneSelf
	}
	until := func(at int, end string) int { // the end of the token that begins at byte at
		if i := strings.Index(sql[at:], end); i >= 0 {
			return at + i + len(end)
		}
		return len(sql)
	}
	for i := 0; i < len(sql); {
		rest := sql[i:]
		next := i + 1
		switch c := sql[i]; {
		case strings.HasPrefix(rest, "--"):
			next = until(i, "\n")
		case strings.HasPrefix(rest, "/*"):
			next = until(min(i+2, len(sql)), "*/")
		case c == '\'':
			next = until(i+1, "'")
		case c == '"', c == '`', c == '[':
			end := map[byte]string{'"': `"`, '`': "`", '[': "]"}[c]
			next = until(i+1, end)
			all = append(all, namedAt{strings.TrimSuffix(sql[i+1:next], end), i})
		case inWord(rune(c)) || c >= utf8.RuneSelf:
			next = len(sql)
			if n := strings.IndexFunc(rest, func(r rune) bool { return !inWord(r) }); n >= 0 {
				next = i + n
			}
			all = append(all, namedAt{sql[i:next], i})
		}
		i = next
	}
	return all
}
