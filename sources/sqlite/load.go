// Loading rows into a table of a file, in one transaction.

package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/load"
	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/row"
	"github.com/fanql/fanql/sources/sqlite/engine"
	"github.com/fanql/fanql/sources/sqlite/sqlite3"
)

// incoming is the temporary table of an upsert, which ends with the connection.
const incoming = "temp.fanql_load"

func identifier(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
func literal(text string) string    { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// tableName returns the name of the table, whose only possible schema is main.
func tableName(table string) (string, error) {
	parts, err := load.SplitName(table, "\"`[", nil)
	switch {
	case err != nil:
		return "", err
	case len(parts) == 1:
		return parts[0], nil
	case len(parts) == 2 && strings.EqualFold(parts[0], "main"):
		return parts[1], nil
	}
	return "", fmt.Errorf("table %s: a SQLite file has no schemas: write the table's name alone", table)
}

// Look returns the table. See [load.Loader].
func (s *Source) Look(ctx context.Context, q load.Request, p *driver.Progress) (t load.Table, err error) {
	p.Enter(driver.Open)
	name, err := tableName(q.Table)
	if err != nil {
		return t, &driver.Error{Phase: driver.Open, Err: err}
	}
	if _, err := os.Stat(s.path); errors.Is(err, fs.ErrNotExist) {
		if q.Mode == load.Create {
			return load.Table{Name: q.Table}, nil
		}
		return t, &driver.Error{Phase: driver.Open, Err: option.Errorf("%s: no such file: {create} makes it", s.path)}
	}
	if _, err := regular(s.path); err != nil {
		return t, &driver.Error{Phase: driver.Open, Err: err}
	}
	conn, err := engine.Open(URI(s.path) + "?mode=ro")
	if err != nil {
		return t, loadError(ctx, p, err)
	}
	defer func() { _ = conn.Close() }() // it only read
	defer context.AfterFunc(ctx, conn.Interrupt)()
	p.Enter(driver.Query)
	err = waiting(ctx, func() error {
		t, err = look(conn, q, name)
		return err
	})
	if err != nil {
		return t, loadError(ctx, p, err)
	}
	return t, nil
}

// waiting repeats do while another process has the file locked.
func waiting(ctx context.Context, do func() error) error {
	for {
		err := do()
		if c := code(err); c != sqlite3.ErrBusy && c != sqlite3.ErrLocked {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

// loadError is the error of a load.
func loadError(ctx context.Context, p *driver.Progress, err error) error {
	e := &driver.Error{Phase: p.Phase(), Code: codes[code(err)]}
	switch {
	case ctx.Err() != nil && e.Code == "SQLITE_BUSY":
		e.Err = fmt.Errorf("%w: %w", errLocked, context.Cause(ctx))
	case ctx.Err() != nil:
		e.Code, e.Err = "", context.Cause(ctx)
	case e.Code == "":
		e.Err = err
	default:
		e.Err = errors.New(line(err.Error()))
	}
	return e
}

// records returns the rows of a query whose columns are joined by char(31).
func records(conn *engine.Conn, sql string) (rows [][]string, err error) {
	texts, err := conn.List(sql)
	for _, t := range texts {
		rows = append(rows, strings.Split(t, "\x1f"))
	}
	return rows, err
}

func look(conn *engine.Conn, q load.Request, name string) (t load.Table, err error) {
	rows, err := records(conn, "select type || char(31) || name || char(31) || coalesce(sql, '') from sqlite_schema where type in ('table', 'view') and lower(name) = lower("+literal(name)+")")
	if err == nil {
		err = q.Mode.Admits(len(rows) > 0, len(rows) > 0 && rows[0][0] == "view")
	}
	switch {
	case err != nil || len(rows) == 0:
		return load.Table{Name: q.Table}, err
	case strings.HasPrefix(strings.ToLower(rows[0][2]), "create virtual"):
		return t, errors.New("it is a virtual table: rows are loaded into tables")
	}
	t.Name = rows[0][1]
	strict, err := records(conn, "select strict from pragma_table_list where schema = 'main' and name = "+literal(t.Name))
	if err != nil {
		return t, err
	}
	rows, err = records(conn, `select name || char(31) || type || char(31) || "notnull" || char(31) || (dflt_value is not null) || char(31) || pk || char(31) || hidden from pragma_table_xinfo(`+literal(t.Name)+")")
	if err != nil {
		return t, err
	}
	indexes := map[string][]string{}
	for _, r := range rows {
		if r[5] == "1" {
			continue
		}
		c := holds(load.Column{Name: r[0], Type: r[1]}, len(strict) > 0 && strict[0][0] == "1")
		c.NotNull, c.Computed = r[2] == "1", r[5] == "2" || r[5] == "3"
		c.Required = c.NotNull && r[3] != "1" && !(r[4] != "0" && strings.EqualFold(r[1], "integer"))
		if r[4] != "0" {
			indexes["primary key"] = append(indexes["primary key"], c.Name)
		}
		t.Columns = append(t.Columns, c)
	}
	if q.Mode != load.Upsert {
		return t, nil
	}
	rows, err = records(conn, "select l.name || char(31) || coalesce(i.name, '') from pragma_index_list("+literal(t.Name)+`) l, pragma_index_info(l.name) i where l."unique" = 1 and l.partial = 0 and l.origin <> 'pk'`)
	if err != nil {
		return t, err
	}
	for _, r := range rows {
		indexes["index "+r[0]] = append(indexes["index "+r[0]], r[1])
	}
	return t, load.HasKey(load.Spelled(q.Key, t.Columns), indexes)
}

// loadStatements are the statements of one load.
type loadStatements struct {
	before []string
	insert string
	check  string // finds a key that two rows have; empty for none
	after  []string
}

func statementsOf(q load.Request, name string) (s loadStatements) {
	table := "main." + identifier(name)
	var names, marks, made, sets, key []string
	for _, c := range q.Columns {
		names, marks = append(names, identifier(c.Name)), append(marks, "?")
		made = append(made, strings.TrimSpace(identifier(c.Name)+" "+c.Type))
		if !slices.Contains(q.Key, c.Name) {
			sets = append(sets, identifier(c.Name)+" = excluded."+identifier(c.Name))
		}
	}
	for _, k := range q.Key {
		key = append(key, identifier(k))
	}
	list, into := strings.Join(names, ", "), table
	switch q.Mode {
	case load.Create:
		s.before = []string{"create table " + table + " (" + strings.Join(made, ", ") + ")"}
	case load.Replace:
		s.before = []string{"delete from " + table}
	case load.Upsert:
		into = incoming
		s.before = []string{"create temporary table fanql_load as select " + list + " from " + table + " where 0"}
		keys := strings.Join(key, ", ")
		s.check = "select 1 from " + incoming + " group by " + keys + " having count(*) > 1 limit 1"
		then := "nothing"
		if len(sets) > 0 {
			then = "update set " + strings.Join(sets, ", ")
		}
		s.after = []string{"insert into " + table + " (" + list + ") select " + list + " from " + incoming + " where true on conflict (" + keys + ") do " + then}
	case load.Append:
	}
	s.insert = "insert into " + into + " (" + list + ") values (" + strings.Join(marks, ", ") + ")"
	return s
}

// Statements returns what Load runs. See [load.Loader].
func (s *Source) Statements(q load.Request) []string {
	name, err := tableName(q.Table)
	if err != nil {
		return nil
	}
	all := statementsOf(q, name)
	return slices.Concat([]string{"begin immediate"}, all.before, []string{all.insert}, all.after, []string{"commit"})
}

// Load loads the rows. See [load.Loader].
func (s *Source) Load(ctx context.Context, q load.Request, p *driver.Progress, rows func(row.Emit) error) (answer load.Answer, err error) {
	p.Enter(driver.Open)
	name, err := tableName(q.Table)
	if err != nil {
		return answer, &driver.Error{Phase: driver.Open, Err: err}
	}
	mode := "?mode=rw"
	_, missing := os.Stat(s.path)
	made := q.Mode == load.Create && errors.Is(missing, fs.ErrNotExist)
	if made {
		mode = "?mode=rwc"
	}
	conn, err := engine.OpenWriting(URI(s.path) + mode)
	if err != nil {
		return answer, loadError(ctx, p, err)
	}
	stop := context.AfterFunc(ctx, conn.Interrupt)
	var refused error
	err = insert(ctx, conn, statementsOf(q, name), p, &answer, func(emit row.Emit) error {
		refused = rows(emit)
		return refused
	})
	stop()
	if closing := conn.Close(); err == nil {
		err = closing
	}
	if err != nil && made { // remove the file that the load has created
		for _, suffix := range []string{"", "-journal", "-wal", "-shm"} {
			_ = os.Remove(s.path + suffix)
		}
	}
	switch {
	case err == nil:
		return answer, nil
	case refused != nil && errors.Is(err, refused):
		return answer, refused
	}
	return answer, loadError(ctx, p, err)
}

// insert runs the statements. Closing the connection rolls back the changes that were not
// committed.
func insert(ctx context.Context, conn *engine.Conn, s loadStatements, p *driver.Progress, answer *load.Answer, rows func(row.Emit) error) error {
	p.Greeted("SQLite " + Version())
	p.Enter(driver.Query)
	if err := waiting(ctx, func() error { return conn.Exec("begin immediate") }); err != nil {
		return err
	}
	for _, sql := range s.before {
		if err := conn.Exec(sql); err != nil {
			return err
		}
	}
	stmt, err := conn.Prepare(s.insert)
	if err != nil {
		return err
	}
	p.Enter(driver.Stream)
	var broken error
	err = rows(func(b *row.Batch) error {
		defer b.Release()
		answer.Bytes += int64(b.Size())
		done, err := stmt.Insert(b)
		answer.Rows += int64(done)
		if err != nil {
			broken = err
		}
		return err
	})
	_ = stmt.Close() // it returns the error of the last row again
	if broken != nil {
		return broken
	}
	if err != nil {
		return err
	}
	p.Enter(driver.Verify)
	if s.check != "" {
		if twice, err := conn.List(s.check); err != nil {
			return err
		} else if len(twice) > 0 {
			return load.ErrTwice
		}
	}
	for _, sql := range append(s.after, "commit") {
		if err := waiting(ctx, func() error { return conn.Exec(sql) }); err != nil {
			return err
		}
	}
	return nil
}
