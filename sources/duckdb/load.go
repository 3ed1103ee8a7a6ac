// Package duckdb loads rows into database files of DuckDB, through the embedded engine.
//
//	loader := duckdb.NewLoader("shop.duckdb")
//	answer, err := loader.Load(ctx, request, progress, rows)
//
// Such a file is written by one process at a time: while another has it open, a load
// fails. It cannot be queried as a source.
package duckdb

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/load"
	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/row"
)

// Suffixes are the suffixes of files that count as databases of DuckDB.
var Suffixes = []string{".duckdb", ".ddb"}

// A Loader is a database file.
type Loader struct{ path string }

// NewLoader describes a loader; it opens nothing.
func NewLoader(path string) *Loader { return &Loader{path} }

// Name returns the file's name without its folder and suffix.
func (l *Loader) Name() string {
	return strings.TrimSuffix(filepath.Base(l.path), filepath.Ext(l.path))
}

// Place returns the file's path.
func (l *Loader) Place() string { return l.path }

// memory is the engine's limit, in bytes. The rows to load do not wait in the engine.
const memory = 128 << 20

// incoming is the temporary table for rows that go into a table of other types.
const incoming = "fanql_load"

// Look returns the table. See [load.Loader].
func (l *Loader) Look(ctx context.Context, q load.Request, p *driver.Progress) (t load.Table, err error) {
	p.Enter(driver.Open)
	schema, name, err := split(q.Table)
	if err != nil {
		return t, failed(p, err)
	}
	if _, err := os.Stat(l.path); errors.Is(err, fs.ErrNotExist) {
		if q.Mode == load.Create {
			return load.Table{Name: q.Table}, nil
		}
		return t, failed(p, option.Errorf("%s: no such file: {create} makes it", l.path))
	}
	db, err := engine.Open(engine.Options{Database: l.path, Memory: memory})
	if err != nil {
		return t, failed(p, err)
	}
	defer func() {
		if closing := db.Close(); err == nil && closing != nil {
			err = failed(p, closing)
		}
	}()
	p.Enter(driver.Query)
	t, err = look(ctx, db, q, schema, name)
	if err != nil {
		err = failed(p, err)
	}
	return t, err
}

// failed returns the error of a load.
func failed(p *driver.Progress, err error) error {
	e := &driver.Error{Phase: p.Phase(), Err: err}
	if _, ours := errors.AsType[*rewordedError](err); ours {
		return e
	}
	if own, ok := errors.AsType[*engine.Error](err); ok {
		text := own.Text
		if strings.Contains(text, "Conflicting lock") || strings.Contains(text, "Could not set lock") {
			text = "another process has the file open, and DuckDB lets one write at a time"
		}
		e.Err = &rewordedError{text, err}
	}
	return e
}

// A rewordedError is an error with a text of fanql.
type rewordedError struct {
	text string
	err  error
}

func (e *rewordedError) Error() string { return e.text }
func (e *rewordedError) Unwrap() error { return e.err }

// list returns the rows of a query of our own, as text.
func list(ctx context.Context, db *engine.DB, sql string) (rows [][]string, err error) {
	err = db.Query(ctx, sql, func(b *row.Batch) error {
		defer b.Release()
		for i := range b.Rows() {
			var values []string
			for _, c := range b.Row(i) {
				values = append(values, string(b.AppendText(nil, c)))
			}
			rows = append(rows, values)
		}
		return nil
	})
	return rows, err
}

// plan is what a load runs.
type plan struct {
	before, after []string
	columns       []engine.Column
}

func planOf(q load.Request, schema, name string) (p plan) {
	into := engine.Quote(schema) + "." + engine.Quote(name)
	var names, staged, made, sets, key []string
	for _, c := range q.Columns {
		e := engineColumn(c)
		p.columns = append(p.columns, e)
		names = append(names, engine.Quote(c.Name))
		staged = append(staged, engine.Quote(c.Name)+" "+e.SQL())
		made = append(made, engine.Quote(c.Name)+" "+c.Type)
		if !slices.Contains(q.Key, c.Name) {
			sets = append(sets, engine.Quote(c.Name)+" = excluded."+engine.Quote(c.Name))
		}
	}
	for _, k := range q.Key {
		key = append(key, engine.Quote(k))
	}
	columns := strings.Join(names, ", ")
	insert := "insert into " + into + " (" + columns + ") select " + columns + " from temp.main." + incoming
	switch q.Mode {
	case load.Create:
		p.before = append(p.before, "create table "+into+" ("+strings.Join(made, ", ")+")")
	case load.Replace:
		p.before = append(p.before, "delete from "+into)
	case load.Upsert:
		insert += " on conflict (" + strings.Join(key, ", ") + ") do "
		if len(sets) == 0 {
			insert += "nothing"
		} else {
			insert += "update set " + strings.Join(sets, ", ")
		}
	case load.Append:
	}
	if len(key) > 0 {
		staged = append(staged, "unique ("+strings.Join(key, ", ")+")")
	}
	p.before = append(p.before, "create temporary table "+incoming+" ("+strings.Join(staged, ", ")+")")
	p.after = []string{insert, "drop table temp.main." + incoming}
	return p
}

// Statements returns what Load runs. See [load.Loader].
func (l *Loader) Statements(q load.Request) []string {
	schema, name, err := split(q.Table)
	if err != nil {
		return nil
	}
	p := planOf(q, schema, name)
	return slices.Concat([]string{"begin"}, p.before, []string{"-- the rows, appended to " + incoming}, p.after, []string{"commit"})
}

// Load loads the rows. See [load.Loader].
func (l *Loader) Load(ctx context.Context, q load.Request, p *driver.Progress, rows func(row.Emit) error) (answer load.Answer, err error) {
	p.Enter(driver.Open)
	schema, name, err := split(q.Table)
	if err != nil {
		return answer, failed(p, err)
	}
	_, missing := os.Stat(l.path)
	made := errors.Is(missing, fs.ErrNotExist)
	defer func() {
		if err != nil && made { // the file that the load created is removed
			_ = os.Remove(l.path)
			_ = os.Remove(l.path + ".wal")
		}
	}()
	db, err := engine.Open(engine.Options{Database: l.path, Writes: true, Memory: memory})
	if err != nil {
		return answer, failed(p, err)
	}
	var refused error
	err = l.into(ctx, db, planOf(q, schema, name), p, &answer, func(emit row.Emit) error {
		refused = rows(emit)
		return refused
	})
	if closing := db.Close(); err == nil {
		err = closing
	}
	switch {
	case err == nil:
		return answer, nil
	case refused != nil && errors.Is(err, refused):
		return answer, refused
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	}
	return answer, failed(p, err)
}

func (l *Loader) into(ctx context.Context, db *engine.DB, s plan, p *driver.Progress, answer *load.Answer, rows func(row.Emit) error) error {
	p.Enter(driver.Query)
	a, err := db.AppendAfter(s.before, "temp", "main", incoming, s.columns)
	if err != nil {
		return err
	}
	defer func() { _ = a.Close() }() // it rolls back what was not committed
	places := make([]int, len(s.columns))
	for i := range places {
		places[i] = i
	}
	p.Enter(driver.Stream)
	var broken error
	err = rows(func(b *row.Batch) error {
		defer b.Release()
		if broken = context.Cause(ctx); broken != nil {
			return broken
		}
		answer.Rows += int64(b.Rows())
		answer.Bytes += int64(b.Size())
		broken = a.Add(b, places)
		return broken
	})
	if broken != nil {
		return &rewordedError{broken.Error(), broken}
	}
	if err != nil {
		return err
	}
	p.Enter(driver.Verify)
	if err := a.Flush(); err != nil {
		if own, ok := errors.AsType[*engine.Error](err); ok && strings.Contains(own.Text, "Duplicate key") {
			return load.ErrTwice
		}
		return err
	}
	for _, sql := range s.after {
		if err := a.Exec(ctx, sql); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return a.Commit()
}
