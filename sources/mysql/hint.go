// The server's errors about the statement, made more useful: with the place in the
// user's text, and a suggestion of the intended name.

package mysql

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/go-sql-driver/mysql"

	"github.com/fanql/fanql/sources/nearest"
)

// Errors of the server that need more than their text.
const (
	syntaxError   = 1064
	unknownColumn = 1054
	unknownTable  = 1146
	unknownRoute  = 1305 // a function or procedure
)

// lookFor is how long a query for existing names may take.
const lookFor = 300 * time.Millisecond

// advise adds the place and a suggestion to a server's error of the statement. It keeps
// the error's number and, if nothing more is known, its text.
func (a *execution) advise(ctx context.Context, conn sqldriver.Conn, err error) error {
	said, ok := errors.AsType[*mysql.MySQLError](err)
	if !ok || ctx.Err() != nil {
		return err
	}
	better := *said
	switch said.Number {
	case syntaxError:
		text, near, ok := cutNear(said.Message)
		if at := indexOfNear(a.q.SQL, near); ok && at >= 0 {
			if place := a.place(at); place != "" {
				better.Message = text + place
			}
		}
	case unknownColumn, unknownTable, unknownRoute:
		name, ok := quoted(said.Message)
		if said.Number == unknownRoute {
			name, ok = middleWord(said.Message)
		}
		if !ok {
			return err
		}
		if at := indexOfWord(a.q.SQL, lastPart(name)); at >= 0 {
			better.Message += a.place(at)
		}
		if meant := a.meant(ctx, conn, said.Number, name); meant != "" {
			better.Message += ": did you mean " + meant + "?"
		}
	default:
		return err
	}
	return &better
}

// place returns where a byte of the statement is in the user's text; it is empty if
// that is not known.
func (a *execution) place(at int) string {
	if a.q.Locate == nil {
		return ""
	}
	line, column, ok := a.q.Locate(utf8.RuneCountInString(a.q.SQL[:at]) + 1)
	if !ok {
		return ""
	}
	return fmt.Sprintf(" (line %d, column %d)", line, column)
}

// cutNear cuts the end off a syntax error that says where it is, and returns what it
// quotes of the statement.
func cutNear(message string) (text, near string, ok bool) {
	const before, after = " near '", "' at line "
	from, to := strings.Index(message, before), strings.LastIndex(message, after)
	if from < 0 || to < from+len(before) {
		return "", "", false
	}
	return message[:to+1], message[from+len(before) : to], true
}

// indexOfNear finds the text that the server quotes, which is the rest of the statement
// from the error on, but at most 80 characters of it. It returns -1 if the text occurs
// several times, or never.
func indexOfNear(sql, near string) int {
	if near == "" {
		return len(sql)
	}
	if strings.HasSuffix(sql, near) && len(near) < 80 {
		return len(sql) - len(near)
	}
	if at := only(sql, near); at >= 0 {
		return at
	}
	return only(sql, strings.TrimSuffix(near, "...")) // MariaDB's mark of a cut text
}

func only(s, part string) int {
	at := strings.Index(s, part)
	if part == "" || at < 0 || strings.Contains(s[at+1:], part) {
		return -1
	}
	return at
}

// indexOfWord finds a name that occurs once in the text. Otherwise it returns -1.
func indexOfWord(sql, name string) int {
	found := -1
	for _, at := range words().FindAllStringIndex(sql, -1) {
		if strings.EqualFold(sql[at[0]:at[1]], name) {
			if found >= 0 {
				return -1
			}
			found = at[0]
		}
	}
	return found
}

var words = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[\pL\pN_$]+`) })

// quoted returns the text in the first quotes.
func quoted(message string) (string, bool) {
	_, rest, ok := strings.Cut(message, "'")
	name, _, closed := strings.Cut(rest, "'")
	return name, ok && closed && name != ""
}

// middleWord returns the name in FUNCTION shop.f does not exist.
func middleWord(message string) (string, bool) {
	fields := strings.Fields(message)
	if len(fields) < 2 {
		return "", false
	}
	return fields[1], true
}

func lastPart(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// meant queries the server for the existing columns or tables. It gives up soon, and
// then returns an empty string.
func (a *execution) meant(ctx context.Context, conn sqldriver.Conn, number uint16, name string) string {
	var columns string
	switch number {
	case unknownColumn:
		columns = "TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() LIMIT 20000"
	case unknownTable:
		database := "DATABASE()"
		if schema, _, ok := strings.Cut(name, "."); ok {
			database = quote(schema)
		}
		columns = "TABLE_NAME, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = " + database + " LIMIT 20000"
	default:
		return ""
	}
	ctx, stop := context.WithTimeout(ctx, lookFor)
	defer stop()
	// The server's own limit, for the case that it does not notice that we have given
	// up.
	limit := fmt.Sprintf("SELECT /*+ MAX_EXECUTION_TIME(%d) */ ", lookFor.Milliseconds())
	if a.dialer.wire != nil && a.dialer.wire.greeting.Load().maria() {
		limit = fmt.Sprintf("SET STATEMENT max_statement_time=%.3f FOR SELECT ", lookFor.Seconds())
	}
	rows, err := conn.(sqldriver.QueryerContext).QueryContext(ctx, limit+columns, nil)
	if err != nil {
		return ""
	}
	var names []string
	text := wordsOf(a.q.SQL)
	cells := make([]sqldriver.Value, 2)
	for {
		if err := rows.Next(cells); err == io.EOF { //nolint:errorlint // an error that only wraps io.EOF is no end of rows
			break
		} else if err != nil {
			return ""
		}
		table, _ := cells[0].([]byte)
		found, _ := cells[1].([]byte)
		if number == unknownTable || text[strings.ToLower(string(table))] {
			names = append(names, string(found))
		}
	}
	if rows.Close() != nil {
		return ""
	}
	word := lastPart(name)
	known, _ := nearest.Name(word, names)
	return known
}

// wordsOf returns the words of a text, in lower case.
func wordsOf(sql string) map[string]bool {
	set := make(map[string]bool)
	for _, word := range words().FindAllString(strings.ToLower(sql), -1) {
		set[word] = true
	}
	return set
}
