// Writing a run, and removing old ones.

package history

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Append writes a run completely or not at all, and returns its id.
func (s *Store) Append(ctx context.Context, r Run) (id int64, err error) {
	return s.AppendDecided(ctx, r, nil)
}

// appendRun writes a run within a transaction.
func appendRun(ctx context.Context, tx *sql.Tx, r Run) (id int64, err error) {
	t := tabled(r)
	done, err := tx.ExecContext(ctx, "insert into runs (name, started, ended, fanql, config, verdict, exit_status, error) values (?, ?, ?, ?, ?, ?, ?, ?)",
		r.Name, r.Started.UnixMicro(), r.Ended.UnixMicro(), r.Fanql, r.Config, r.Verdict, r.ExitStatus, r.Error)
	if err != nil {
		return 0, err
	}
	if id, err = done.LastInsertId(); err != nil {
		return 0, err
	}
	for _, fill := range []struct {
		rows [][]any
		sql  string
	}{
		{t.names, "insert or ignore into names (name) select value ->> 0 from json_each(?2)"},
		{t.texts, "insert or ignore into texts (asked, expected) select value ->> 0, value ->> 1 from json_each(?2)"},
		{t.series, `insert or ignore into series (check_name, source) select c.id, s.id
				from json_each(?2) as j cross join names as c on c.name = j.value ->> 0 cross join names as s on s.name = j.value ->> 1`},
		{t.checks, `insert into checks select ?1, c.id, t.id, j.value ->> 3, j.value ->> 4, j.value ->> 5
				from json_each(?2) as j cross join names as c on c.name = j.value ->> 0 cross join texts as t on t.asked = j.value ->> 1 and t.expected = j.value ->> 2`},
		{t.sources, `insert into sources select ?1, s.id, j.value ->> 2, j.value ->> 3, j.value ->> 4, j.value ->> 5, j.value ->> 6, j.value ->> 7, j.value ->> 8
				from json_each(?2) as j ` + seriesOf},
		{t.numbers, `insert into numbers select ?1, s.id, j.value ->> 2, n.id, j.value ->> 4, j.value ->> 5
				from json_each(?2) as j ` + seriesOf + ` cross join names as n on n.name = j.value ->> 3`},
	} {
		if len(fill.rows) == 0 {
			continue
		}
		rows, err := json.Marshal(fill.rows)
		if err != nil {
			return 0, err
		}
		if _, err := tx.ExecContext(ctx, fill.sql, id, string(rows)); err != nil {
			return 0, err
		}
	}
	return id, nil
}

// seriesOf finds the series of the check and the source that a row begins with.
const seriesOf = `cross join names as c on c.name = j.value ->> 0 cross join names as o on o.name = j.value ->> 1
	cross join series as s on s.check_name = c.id and s.source = o.id`

// tables are the rows of a run, by table. One statement inserts all rows of a table,
// because thousands of statements would take too long.
type tables struct{ names, texts, series, checks, sources, numbers [][]any }

func tabled(r Run) (t tables) {
	named := map[string]bool{}
	name := func(s string) string {
		if !named[s] {
			named[s] = true
			t.names = append(t.names, []any{s})
		}
		return s
	}
	for _, c := range r.Checks {
		check := name(c.Name)
		t.texts = append(t.texts, []any{c.Asked, c.Expected})
		t.checks = append(t.checks, []any{check, c.Asked, c.Expected, c.Verdict, c.Started.Microseconds(), c.Lasted.Microseconds()})
		for i, s := range c.Sources {
			source := name(s.Name)
			t.series = append(t.series, []any{check, source})
			t.sources = append(t.sources, []any{check, source, i, s.Verdict, s.State, s.Rows, s.Started.Microseconds(), s.Lasted.Microseconds(), s.Error})
			for at, n := range s.Numbers {
				t.numbers = append(t.numbers, []any{check, source, at, name(n.Column), n.Type, n.Value})
			}
		}
	}
	return t
}

// Prune removes the oldest runs that began before the instant, in one transaction. Most is
// the largest number of runs that it removes. It returns how many it removed.
func (s *Store) Prune(ctx context.Context, before time.Time, most int) (removed int, err error) {
	err = s.transact(ctx, func(tx *sql.Tx) error {
		var list string
		err := tx.QueryRowContext(ctx, "select json_group_array(id) from (select id from runs where started < ? order by started, id limit ?)", before.UnixMicro(), most).Scan(&list)
		if err != nil || list == "[]" {
			return err
		}
		if _, err := tx.ExecContext(ctx, "delete from states where seen < ?", before.UnixMicro()); err != nil {
			return err
		}
		for _, table := range []string{"numbers", "sources", "checks"} {
			if _, err := tx.ExecContext(ctx, "delete from "+table+" where run in (select value from json_each(?))", list); err != nil {
				return err
			}
		}
		done, err := tx.ExecContext(ctx, "delete from runs where id in (select value from json_each(?))", list)
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		removed = int(n)
		return err
	})
	return removed, explained(err)
}

// shed is how many pages a transaction of Shrink frees.
const shed = 1000

// Shrink gives the space of removed runs back to the system, in short transactions.
func (s *Store) Shrink(ctx context.Context) (err error) {
	for more := true; more && err == nil; {
		more, err = s.shrink(ctx)
	}
	return explained(err)
}

func (s *Store) shrink(ctx context.Context) (more bool, err error) {
	var free int
	if err := s.db.QueryRowContext(ctx, "pragma freelist_count").Scan(&free); err != nil || free == 0 {
		return false, err
	}
	pages, err := s.db.QueryContext(ctx, fmt.Sprintf("pragma incremental_vacuum(%d)", shed)) // a row for each page
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, pages.Close()) }()
	n := 0
	for pages.Next() {
		n++
	}
	return n > 0 && free > shed, pages.Err()
}
