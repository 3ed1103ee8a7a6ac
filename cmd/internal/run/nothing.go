// What a listing says where there is nothing to list: which tables there are, and were
// likely meant.

package run

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/catalog"
	"github.com/fanql/fanql/sources/nearest"
)

// nothing is the error of patterns that match no table of any source. What was meant is
// asked for: which tables there are.
func (c *cataloguing) nothing(ctx context.Context, x *execution, read []*catalog.Database) error {
	what := "table that matches "
	var patterns []string
	for _, p := range c.Scope.Tables {
		patterns = append(patterns, p.String())
	}
	if c.Listing == ListColumns {
		what = "table "
	}
	var all []catalog.Table
	found := c.everywhere(ctx, x, read)
	for _, i := range slices.Sorted(maps.Keys(found)) {
		all = append(all, found[i]...)
	}
	return fmt.Errorf("no source has a %s%s%s", what, nearest.List(patterns), c.Scope.Tables[0].Meant(all))
}

// everywhere returns the names of all tables, in any schema but the system's, by source: of
// the first few that answered, as far as the time that is left suffices.
func (c *cataloguing) everywhere(ctx context.Context, x *execution, read []*catalog.Database) map[int][]catalog.Table {
	var retried Targets
	var places []int
	for i, d := range read {
		if d != nil && len(retried) < mostSearched {
			retried, places = append(retried, x.plan.Targets[i]), append(places, i)
		}
	}
	o := query.Options{Memory: x.options.Memory, Timeout: mostForNames}
	if limit := x.options.Timeout; limit > 0 {
		o.Timeout = min(o.Timeout, limit-x.plan.Progress.Elapsed())
	}
	scope := catalog.Scope{Tables: []catalog.Pattern{catalog.Anything}}
	if o.Timeout <= 0 || retried.BindCatalog(scope) != nil {
		return nil
	}
	found := map[int][]catalog.Table{}
	for a := range query.Dispatch(ctx, retried.Tasks(), o) {
		if a.Outcome.State != query.OK {
			continue
		}
		if tables, err := ReadCatalog(a, scope); err == nil {
			found[places[a.Outcome.Index]] = tables
		}
	}
	return found
}

// How long, and how many sources, a message asks for what was meant.
const (
	mostForNames = 2 * time.Second
	mostSearched = 8
)

// empty warns of sources that have tables, of which none can be named without a schema.
func (c *cataloguing) empty(ctx context.Context, x *execution, read []*catalog.Database) {
	for i, tables := range c.everywhere(ctx, x, read) {
		if len(tables) > 0 {
			x.run.Notes.Note(i, fmt.Sprintf("none of its tables can be named without a schema; the pattern '*.*' finds %d, such as %s", len(tables), tables[0].Qualified()))
		}
	}
}
