// Reads a history: the list of runs, one complete run, and the series of checks at sources.

package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// A Summary is a run without its findings; it has only the number of checks by verdict.
type Summary struct {
	Run
	Counts map[string]int
}

// Runs returns the newest runs, oldest first, at most most of them; 0 is all of them.
func (s *Store) Runs(ctx context.Context, since time.Time, most int) (list []Summary, err error) {
	if most == 0 {
		most = math.MaxInt
	}
	err = s.rows(ctx, func(scan func(...any) error) error {
		var r Summary
		var passed, warned, failed, wrong int
		if err := scan(append(r.fields(), &passed, &warned, &failed, &wrong)...); err != nil {
			return err
		}
		r.Counts = map[string]int{"passed": passed, "warned": warned, "failed": failed, "error": wrong}
		list = append(list, r)
		return nil
	}, `with chosen as materialized (select * from runs where started >= ? order by id desc limit ?)
		select `+runFields+`, count(*) filter (where c.verdict = 'passed'), count(*) filter (where c.verdict = 'warned'), count(*) filter (where c.verdict = 'failed'),
			count(*) filter (where c.verdict = 'error')
		from chosen as r left join checks as c on c.run = r.id group by r.id order by r.id`, micros(since), most)
	return list, err
}

const runFields = "r.id, r.name, r.started, r.ended, r.fanql, r.config, r.verdict, r.exit_status, r.error"

// fields returns the destinations for the columns of runFields.
func (r *Run) fields() []any {
	return []any{&r.ID, &r.Name, (*instant)(&r.Started), (*instant)(&r.Ended), &r.Fanql, &r.Config, &r.Verdict, &r.ExitStatus, &r.Error}
}

// ErrNoRun is the error of a run that the history does not have.
var ErrNoRun = errors.New("there is no such run")

// Run returns one run with all that it found.
func (s *Store) Run(ctx context.Context, id int64) (r Run, err error) {
	err = explained(s.db.QueryRowContext(ctx, "select "+runFields+" from runs as r where id = ?", id).Scan(r.fields()...))
	if errors.Is(err, sql.ErrNoRows) {
		return r, ErrNoRun
	}
	if err != nil {
		return r, err
	}
	at := map[string]int{}
	err = s.rows(ctx, func(scan func(...any) error) error {
		var c Check
		if err := scan(&c.Name, &c.Asked, &c.Expected, &c.Verdict, (*length)(&c.Started), (*length)(&c.Lasted)); err != nil {
			return err
		}
		at[c.Name] = len(r.Checks)
		r.Checks = append(r.Checks, c)
		return nil
	}, `select n.name, t.asked, t.expected, c.verdict, c.started, c.lasted
		from checks as c join names as n on n.id = c.name join texts as t on t.id = c.text where c.run = ? order by n.name`, id)
	if err != nil {
		return r, err
	}
	type member struct{ check, source string }
	places := map[member]int{}
	err = s.rows(ctx, func(scan func(...any) error) error {
		var check string
		var o Source
		if err := scan(&check, &o.Name, &o.Verdict, &o.State, &o.Rows, (*length)(&o.Started), (*length)(&o.Lasted), &o.Error); err != nil {
			return err
		}
		c := &r.Checks[at[check]]
		places[member{check, o.Name}] = len(c.Sources)
		c.Sources = append(c.Sources, o)
		return nil
	}, `select c.name, n.name, s.verdict, s.state, s.row_count, s.started, s.lasted, s.error
		from sources as s join series as k on k.id = s.series join names as c on c.id = k.check_name join names as n on n.id = k.source where s.run = ? order by c.name, s.place`, id)
	if err != nil {
		return r, err
	}
	return r, s.rows(ctx, func(scan func(...any) error) error {
		var m member
		var n Number
		if err := scan(&m.check, &m.source, &n.Column, &n.Type, &n.Value); err != nil {
			return err
		}
		o := &r.Checks[at[m.check]].Sources[places[m]]
		o.Numbers = append(o.Numbers, n)
		return nil
	}, `select c.name, s.name, n.name, v.type, v.value from numbers as v join series as k on k.id = v.series join names as c on c.id = k.check_name join names as s on s.id = k.source join names as n on n.id = v.name
		where v.run = ? order by v.series, v.place`, id)
}

// A Filter chooses series, and their points. The zero value chooses all.
type Filter struct {
	Check, Source func(name string) bool // nil is all
	Since         time.Time              // zero is all
	Last          int                    // the number of newest points of each; 0 is all
}

// A Series is the results of a check at one source, run by run.
type Series struct {
	Check, Source string  // Source is empty for the one answer over all sources
	Points        []Point // oldest first; at least one
}

// A Point is the result of a source in one run.
type Point struct {
	Run     int64
	Started time.Time // when the run did
	Source            // without its Name
}

// Series returns the chosen series, by the names of checks and then of sources.
func (s *Store) Series(ctx context.Context, f Filter) (list []Series, err error) {
	keys, err := s.keys(ctx)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		one := Series{Check: k.check, Source: k.source}
		if f.Check != nil && !f.Check(one.Check) || f.Source != nil && !f.Source(one.Source) {
			continue
		}
		if one.Points, err = s.points(ctx, k, f); err != nil {
			return nil, err
		}
		if len(one.Points) > 0 {
			list = append(list, one)
		}
	}
	return list, nil
}

// A key is a check and a source.
type key struct {
	series        int64
	check, source string
}

// Names returns the names of all checks, and of all sources.
func (s *Store) Names(ctx context.Context) (checks, sources []string, err error) {
	keys, err := s.keys(ctx)
	for _, k := range keys {
		checks, sources = append(checks, k.check), append(sources, k.source)
	}
	slices.Sort(sources)
	return slices.Compact(checks), slices.Compact(sources), err
}

// keys returns all series of the history, including those of removed runs, by the names of
// checks and then of sources.
func (s *Store) keys(ctx context.Context) (list []key, err error) {
	err = s.rows(ctx, func(scan func(...any) error) error {
		var k key
		err := scan(&k.series, &k.check, &k.source)
		list = append(list, k)
		return err
	}, "select k.id, c.name, s.name from series as k join names as c on c.id = k.check_name join names as s on s.id = k.source order by 2, 3")
	return list, err
}

// points returns the points of a series, oldest first.
func (s *Store) points(ctx context.Context, k key, f Filter) (list []Point, err error) {
	most := f.Last
	if most == 0 {
		most = math.MaxInt
	}
	err = s.rows(ctx, func(scan func(...any) error) error {
		var p Point
		err := scan(&p.Run, (*instant)(&p.Started), &p.Verdict, &p.State, &p.Rows, (*length)(&p.Source.Started), (*length)(&p.Lasted), &p.Error)
		list = append(list, p)
		return err
	}, `select * from (
			select s.run, r.started, s.verdict, s.state, s.row_count, s.started, s.lasted, s.error
			from runs as r cross join sources as s on s.run = r.id and s.series = ? where r.started >= ? order by r.id desc limit ?
		) order by 1`, k.series, micros(f.Since), most)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	at := map[int64]int{}
	for i, p := range list {
		at[p.Run] = i
	}
	return list, s.rows(ctx, func(scan func(...any) error) error {
		var run int64
		var n Number
		if err := scan(&run, &n.Column, &n.Type, &n.Value); err != nil {
			return err
		}
		if i, ok := at[run]; ok {
			list[i].Numbers = append(list[i].Numbers, n)
		}
		return nil
	}, `select v.run, n.name, v.type, v.value from runs as r cross join numbers as v on v.run = r.id and v.series = ? cross join names as n on n.id = v.name
		where r.id >= ? order by r.id, v.place`, k.series, list[0].Run)
}

// rows calls do for each row of a query.
func (s *Store) rows(ctx context.Context, do func(scan func(...any) error) error, query string, args ...any) (err error) {
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return explained(err)
	}
	defer func() { err = explained(errors.Join(err, rows.Close())) }()
	for err == nil && rows.Next() {
		err = do(rows.Scan)
	}
	return errors.Join(err, rows.Err())
}

// micros returns an instant as it is stored, in microseconds. The zero time is less than
// all others.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return math.MinInt64
	}
	return t.UnixMicro()
}

// An instant and a length are read from microseconds.
type (
	instant time.Time
	length  time.Duration
)

// Scan reads a column.
func (t *instant) Scan(v any) error {
	n, ok := v.(int64)
	*t = instant(time.UnixMicro(n).UTC())
	return whole(ok, v)
}

// Scan reads a column.
func (d *length) Scan(v any) error {
	n, ok := v.(int64)
	*d = length(time.Duration(n) * time.Microsecond)
	return whole(ok, v)
}

func whole(ok bool, v any) error {
	if !ok {
		return fmt.Errorf("it is damaged: %T where a time is expected", v)
	}
	return nil
}
