// Package statement holds the text of a logical query. It decides which variant a source
// gets, whether it may be sent, and how its parameters are bound.
//
//	q := statement.Query{
//		Dialects: sources.Dialects,
//		Text:     "select * from orders where placed_at >= :since",
//		Variants: map[string]string{"sqlite": "select * from orders where day >= :since"},
//		Params:   map[string]statement.Param{"since": {Type: driver.Date}},
//	}
//	v, err := statement.ParseValues([]string{"since=2026-01-01"})
//	err = q.Check(sources, v)            // errors of the query as a whole
//	request, err := q.Bind("eu", postgres.Dialect, driver.Modes{}, v) // ... where placed_at >= $1
//
// A text is one statement that reads: SELECT, WITH, VALUES, TABLE, SHOW, DESCRIBE, EXPLAIN
// without ANALYZE, or a PRAGMA that reads, as far as the dialect has them. Any other
// statement is refused before anything is sent. A reading statement may still call a
// function that writes, so this is the first guard and not the only one.
//
// Texts are read as servers in the given [driver.Modes] read them. Before there is a
// connection, the modes are not known, and the usual ones are assumed. A driver that finds
// other modes must call [driver.Request].Reread, because strings may end elsewhere in them.
//
// A parameter is :name outside of strings, quoted identifiers and comments. A name is a
// letter or _ and then letters, digits and _. Values are sent separately from the text and
// never in it. A list belongs in an in (:ids), and each of its values gets a placeholder.
package statement

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/fanql/fanql/sources/driver"
)

// A Query is one logical query. The zero value is empty.
type Query struct {
	// Dialects are the dialects that a variant can be for.
	Dialects driver.Dialects
	Text     string // for the sources without a variant
	// Variants are texts by dialect, under any of the dialect's names, or by source. The
	// variant of a source takes precedence over that of its dialect. A name such as shards
	// is for all sources shards/... as well. A dialect's name always means the dialect.
	Variants map[string]string
	Params   map[string]Param // declared parameters; a text may use others, too
	// Portable means that Text is DuckDB's SQL, to be translated for each source's dialect.
	Portable bool
	// Now returns the instant to which dates such as today - 7d are relative, in the zone
	// of the run. It is the same instant for every source. Its error says why there is
	// none. If Now is nil, it is the current time in UTC.
	Now func() (time.Time, error)

	above map[string]int // by key of Variants: lines of the file above the text
	keyed map[string]int // by key of Variants: the line that has the key
}

// Bind returns the request for a source whose server is in these modes, from the source's
// variant. It has the SQL with the dialect's own placeholders, their values in order,
// Reread and Locate. The SQL is the user's text, except that placeholders replace
// parameters, and that a semicolon at the end and everything after it are cut off.
//
// Errors in the text are of type [*Error].
func (q Query) Bind(source string, d *driver.Dialect, m driver.Modes, v Values) (driver.Request, error) {
	t, err := q.read(source, d, m)
	if err != nil {
		return driver.Request{}, err
	}
	if err := t.reads(); err != nil {
		return driver.Request{}, err
	}
	bound, err := t.bind(func(name string) (bindable, bool, error) { return q.value(name, v) })
	if err != nil {
		return driver.Request{}, err
	}
	return driver.Request{
		SQL: bound.sql, Args: bound.args, Locate: bound.locate, PlansWrite: t.plansWrite,
		Reread: func(m driver.Modes) (driver.Request, error) { return q.reread(t, source, m, v) },
	}, nil
}

// SetVariant sets the text for a dialect or a source. It replaces a section of a file
// with the same name.
func (q *Query) SetVariant(key, text string) {
	if q.Variants == nil {
		q.Variants = map[string]string{}
	}
	q.Variants[key] = text
	delete(q.above, key)
	delete(q.keyed, key)
}

// read tokenizes the text for a source. An empty text is an error.
func (q Query) read(name string, d *driver.Dialect, m driver.Modes) (*parsed, error) {
	if d == nil {
		return nil, fmt.Errorf("the dialect of %s is not known", name)
	}
	key, src, err := q.variant(name, d)
	if err != nil {
		return nil, err
	}
	t, err := read(src, d, m)
	switch {
	case err != nil:
		return nil, err
	case len(t.tokens) > 0:
		t.others = q.Dialects
		return t, nil
	case key != "":
		return nil, fmt.Errorf("the query for %s is empty", key)
	case len(q.Variants) > 0:
		return nil, &noText{name, d}
	}
	return nil, fmt.Errorf("the query is empty")
}

// A noText is the error for a source without a text.
type noText struct {
	source  string
	dialect *driver.Dialect
}

func (e *noText) Error() string {
	return fmt.Sprintf("the query has no text for %s: give a variant for it, or for %s", e.source, e.dialect)
}

// variant returns the text for a source and its key in Variants. The key is empty for the
// default text. It returns an error if two variants are for the source's dialect.
func (q Query) variant(name string, d *driver.Dialect) (key string, src source, err error) {
	at := func(key string) source { return source{text: q.Variants[key], above: q.above[key]} }
	group, _, _ := strings.Cut(name, "/")
	for _, own := range []string{name, group} {
		if q.Dialects.Named(own) != nil {
			continue
		}
		if _, ok := q.Variants[own]; ok {
			return own, at(own), nil
		}
	}
	var keys []string
	for k := range q.Variants {
		if d.Is(k) {
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
