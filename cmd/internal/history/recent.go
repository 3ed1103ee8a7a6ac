// Recent runs, for the page of one run.

package history

import (
	"context"
	"encoding/json"
	"slices"
)

// Recent returns the newest runs that have any of the checks, oldest first, with all their
// results. It stops when each check is in last of them, or when it has looked at looked
// runs. The list is empty, and not nil, if there are none.
func (s *Store) Recent(ctx context.Context, checks []string, last, looked int) ([]Run, error) {
	var ids []int64
	err := s.rows(ctx, func(scan func(...any) error) error {
		var id int64
		err := scan(&id)
		ids = append(ids, id)
		return err
	}, "select id from runs order by id desc limit ?", looked)
	if err != nil {
		return nil, err
	}
	list := []Run{}
	counts := map[string]int{}
	wanting := slices.Clone(checks)
	for _, id := range ids {
		has, err := s.has(ctx, id, wanting)
		if err != nil {
			return nil, err
		}
		if !has {
			continue
		}
		r, err := s.Run(ctx, id)
		if err != nil {
			return nil, err
		}
		for _, c := range r.Checks {
			counts[c.Name]++
		}
		list = append(list, r)
		wanting = slices.DeleteFunc(wanting, func(name string) bool { return counts[name] >= last })
	}
	slices.Reverse(list)
	return list, nil
}

// has reports whether a run has one of the checks.
func (s *Store) has(ctx context.Context, run int64, checks []string) (has bool, err error) {
	names, err := json.Marshal(checks)
	if err != nil {
		return false, err
	}
	err = s.db.QueryRowContext(ctx, `select exists (
		select 1 from json_each(?2) as j cross join names as n on n.name = j.value cross join checks as c on c.run = ?1 and c.name = n.id)`, run, string(names)).Scan(&has)
	return has, explained(err)
}
