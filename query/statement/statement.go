// Package statement holds the text of a logical query: which variant of it a
// source gets, whether that may be sent, and how its parameters are bound.
//
//	q := statement.Query{
//		Text:     "select * from orders where placed_at >= :since",
//		Variants: map[string]string{"sqlite": "select * from orders where day >= :since"},
//		Params:   map[string]statement.Param{"since": {Type: ask.Date}},
//	}
//	v, err := statement.ParseValues([]string{"since=2026-01-01"})
//	err = q.Check(sources, v)            // what is wrong with the query as a whole
//	sql, args, err := q.Bind("eu", statement.Postgres, v) // ... where placed_at >= $1
//
// A text is one statement that reads: SELECT, WITH, VALUES, TABLE, SHOW,
// DESCRIBE, EXPLAIN without ANALYZE, or a PRAGMA that reads, as far as the
// dialect has them. All else is refused before anything is sent. A reading
// statement may still call a function that writes, so this is the first guard
// and not the only one.
//
// Texts are read as the servers read them in their default modes. A connection
// must not be in another one, or a string could end elsewhere than was thought:
// standard_conforming_strings is on in PostgreSQL, and sql_mode has neither
// ANSI_QUOTES nor NO_BACKSLASH_ESCAPES in MySQL.
//
// A parameter is :name, a letter or _ and then letters, digits and _, outside
// of strings, quoted identifiers and comments. Values travel beside the text
// and never in it.
package statement

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/fanql/fanql/sources/ask"
)

// A Query is one logical question. The zero value asks nothing.
type Query struct {
	Text string // for the sources that no variant is for
	// Variants are texts by dialect, in any of its names, or by source. A
	// source's own wins over its dialect's. A name such as shards is for all
	// sources shards/...; a dialect's name always means the dialect.
	Variants map[string]string
	Params   map[string]Param // declared parameters; others may be used as well

	above map[string]int // by key of Variants: lines of the file above the text
	keyed map[string]int // by key of Variants: the line that has the key
}

// Bind gives what is sent to a source: its variant, with the dialect's own
// placeholders for parameters, and their values in order. But for these, and
// for a semicolon at the end with what follows it, the text is the user's.
//
// Faults of the text are of type [*Error].
func (q Query) Bind(source string, d Dialect, v Values) (sql string, args []ask.Arg, err error) {
	if _, ok := lexis[d]; !ok {
		return "", nil, fmt.Errorf("unknown dialect %q", d)
	}
	t, err := q.read(source, d)
	if err != nil {
		return "", nil, err
	}
	if err := t.reads(); err != nil {
		return "", nil, err
	}
	return t.bind(func(name string) (ask.Arg, bool, error) { return q.value(name, v) })
}

// read tokenizes the text for a source, which must say something.
func (q Query) read(name string, d Dialect) (*parsed, error) {
	key, src, err := q.variant(name, d)
	if err != nil {
		return nil, err
	}
	t, err := read(src, d)
	switch {
	case err != nil:
		return nil, err
	case len(t.tokens) > 0:
		return t, nil
	case key != "":
		return nil, fmt.Errorf("the query for %s is empty", key)
	case len(q.Variants) > 0:
		return nil, &noText{name, d}
	}
	return nil, fmt.Errorf("the query is empty")
}

// A noText is the error of a source that no text is for.
type noText struct {
	source  string
	dialect Dialect
}

func (e *noText) Error() string {
	return fmt.Sprintf("the query has no text for %s: give a variant for it, or for %s", e.source, e.dialect)
}

// variant picks the text for a source; key is empty for the default.
func (q Query) variant(name string, d Dialect) (key string, src source, err error) {
	at := func(key string) source { return source{text: q.Variants[key], above: q.above[key]} }
	group, _, _ := strings.Cut(name, "/")
	for _, own := range []string{name, group} {
		if _, dialect := ParseDialect(own); dialect {
			continue
		}
		if _, ok := q.Variants[own]; ok {
			return own, at(own), nil
		}
	}
	var keys []string
	for k := range q.Variants {
		if named, ok := ParseDialect(k); ok && named == d {
			keys = append(keys, k)
		}
	}
	sort.Strings(keys)
	switch len(keys) {
	case 0:
		return "", source{text: q.Text}, nil
	case 1:
		return keys[0], at(keys[0]), nil
	}
	return "", source{}, fmt.Errorf("two variants for %s: %s", d, strings.Join(keys, " and "))
}

// bind writes the text with placeholders.
func (t *parsed) bind(value func(name string) (ask.Arg, bool, error)) (sql string, args []ask.Arg, err error) {
	var b strings.Builder
	written := 0
	number := map[string]int{}
	for _, x := range t.tokens {
		if x.kind != param {
			continue
		}
		name := t.text(x)[1:]
		n := number[name]
		if n == 0 || t.dialect == MySQL {
			arg, ok, err := value(name)
			if err != nil {
				return "", nil, err
			}
			if !ok {
				return "", nil, t.fault(x.start, "parameter :%s has no value: give -p %s=...", name, name)
			}
			args = append(args, arg)
			n = len(args)
			number[name] = n
		}
		b.WriteString(t.source.text[written:x.start])
		if x.start > 0 && inWord(t.source.text[x.start-1]) {
			b.WriteByte(' ') // limit:n must not become the name limit$1
		}
		b.WriteString(t.placeholder(n, args[n-1]))
		written = x.end
	}
	b.WriteString(t.source.text[written:t.end])
	return strings.Trim(b.String(), " \t\r\n\f\v"), args, nil
}

// placeholder gives what stands for value number n. MySQL's driver sends all but
// integers as text, which the server does not compare with a decimal or a time
// exactly (a DECIMAL(40,10) between ? and ? was one off in the last digit), so
// there the type is said.
func (t *parsed) placeholder(n int, arg ask.Arg) string {
	switch t.dialect {
	case Postgres:
		return "$" + strconv.Itoa(n)
	case SQLite:
		return "?" + strconv.Itoa(n)
	}
	switch arg.Type {
	case ask.Decimal:
		whole, fraction, _ := strings.Cut(strings.TrimPrefix(arg.Value, "-"), ".")
		if digits := max(len(whole)+len(fraction), 1); digits <= 65 && len(fraction) <= 30 { // MariaDB's 38 is more than MySQL's 30
			return fmt.Sprintf("CAST(? AS DECIMAL(%d,%d))", digits, len(fraction))
		}
	case ask.Date:
		return "CAST(? AS DATE)"
	case ask.Timestamp:
		return "CAST(? AS DATETIME(6))"
	}
	return "?"
}
