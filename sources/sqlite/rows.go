// The rows: from SQLite's storage classes into batches.

package sqlite

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/sqlite/engine"
)

// rows runs the statement and emits its rows.
func (r *execution) rows(stmt *engine.Stmt, args []any) error {
	if n := stmt.Parameters(); n != len(args) {
		return fmt.Errorf("placeholders in the statement: %d, values for them: %d", n, len(args))
	}
	for i, v := range args {
		if err := stmt.Bind(i+1, v); err != nil {
			return err
		}
	}
	r.executing = true
	more, err := stmt.First()
	if err != nil {
		return err
	}
	schema := describe(stmt)
	if schema.Width() == 0 {
		return errors.New("the statement gives no rows: it is not a query")
	}
	r.p.Enter(driver.Stream)
	return r.batches(stmt, schema, more)
}

// describe returns the columns. Their types say nothing about the values: SQLite stores
// any kind of value in any column.
func describe(stmt *engine.Stmt) *row.Schema {
	names, declared := stmt.Columns()
	schema := &row.Schema{Columns: make([]row.Column, len(names))}
	for i, name := range names {
		if !utf8.ValidString(name) {
			name = strings.Trim(strconv.Quote(name), `"`)
		}
		schema.Columns[i] = row.Column{Name: name, Type: row.Any, Database: declared[i], Declared: meant(declared[i])}
	}
	return schema
}

// meant returns the kind of values that a declared type, in lower case, is intended for. It
// is Text if SQLite's own rules of affinity say so. To SQLite, types of dates and times are
// mere words, and so is everything that follows in parentheses.
func meant(declared string) row.Kind {
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(declared, word) })
	}
	word, _, _ := strings.Cut(declared, "(")
	switch word = strings.TrimSpace(word); {
	case has("int"):
		return row.Null
	case has("char", "clob", "text"):
		return row.Text
	case word == "date":
		return row.Date
	case word == "time":
		return row.Time
	case strings.HasPrefix(word, "datetime") || strings.HasPrefix(word, "timestamp"):
		return row.Timestamp
	}
	return row.Null
}

// batches emits the rows; the last batch may be empty.
func (r *execution) batches(stmt *engine.Stmt, schema *row.Schema, more bool) error {
	if r.q.Eager {
		return r.eager(stmt, schema, more)
	}
	limits := engine.Limits{Rows: row.MaxRows, Cell: r.q.MaxCell}
	for {
		b := row.NewBatch(schema)
		if more {
			var raw int
			var err error
			if more, raw, err = stmt.Fill(b, limits); err != nil {
				b.Release()
				return named(err, schema)
			}
			if raw > 0 {
				b = r.escape(b)
			}
		}
		if err := r.emit(b); err != nil || !more {
			return err
		}
	}
}

// named adds a column's name to the error of one of its values.
func named(err error, schema *row.Schema) error {
	if large, ok := errors.AsType[*engine.LargeError](err); ok {
		return fmt.Errorf("column %q: %w", schema.Columns[large.Column].Name, err)
	}
	return err
}

// escape returns the same rows with their raw texts escaped.
func (r *execution) escape(raw *row.Batch) *row.Batch {
	defer raw.Release()
	b := row.NewBatch(raw.Schema)
	for i := range raw.Rows() {
		for column, c := range raw.Row(i) {
			if c.Flags&row.Escaped == 0 {
				b.AppendCell(raw, c)
				continue
			}
			b.Text(raw.Bytes(c))
			r.escaped(column, raw.Schema)
		}
		b.EndRow()
	}
	return b
}

// escaped warns of text that is not UTF-8, once for each column.
func (r *execution) escaped(column int, s *row.Schema) {
	if r.said == nil {
		r.said = make([]bool, s.Width())
	}
	if r.said[column] {
		return
	}
	r.said[column] = true
	if len(r.answer.Warnings) < 20 {
		r.answer.Warnings = append(r.answer.Warnings, line(fmt.Sprintf(
			"column %q holds text that is not UTF-8: such bytes are shown as \\xNN", s.Columns[column].Name)))
	}
}
