// The numbers that a column of a check's answers had in earlier runs.

package history

import (
	"context"
	"math"
	"slices"
	"time"
)

// Wanted chooses numbers: those of runs with one name whose check had the same queries.
type Wanted struct {
	Run           string // the name of the runs
	Check, Source string
	Column        string // matched regardless of case, unless two columns of the answers differ only in case
	Asked         string // as in [Check]
	Since         time.Time
	Last          int // the number of newest ones; 0 is all
}

// A Sample is a number of one run. It is not NULL.
type Sample struct {
	Started time.Time // when the run started
	Number
}

// Numbers returns numbers of earlier runs, oldest first.
func (s *Store) Numbers(ctx context.Context, w Wanted) (list []Sample, err error) {
	if w.Last == 0 {
		w.Last = math.MaxInt
	}
	exact := false
	err = s.rows(ctx, func(scan func(...any) error) error {
		var one Sample
		err := scan((*instant)(&one.Started), &one.Column, &one.Type, &one.Value)
		exact = exact || one.Column == w.Column
		list = append(list, one)
		return err
	}, `select r.started, n.name, v.type, v.value
		from names as c join names as o join series as k on k.check_name = c.id and k.source = o.id
			cross join runs as r cross join checks as f on f.run = r.id and f.name = c.id join texts as t on t.id = f.text and t.asked = ?
			cross join numbers as v on v.run = r.id and v.series = k.id join names as n on n.id = v.name and n.name = ? collate nocase
		where c.name = ? and o.name = ? and r.name = ? and r.started >= ? and v.value is not null
		order by r.started desc, r.id desc limit ?`, w.Asked, w.Column, w.Check, w.Source, w.Run, micros(w.Since), w.Last)
	if exact { // both n and N are columns
		list = slices.DeleteFunc(list, func(one Sample) bool { return one.Column != w.Column })
	}
	slices.Reverse(list)
	return list, err
}
