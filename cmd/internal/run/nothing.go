// The error of an empty listing: it lists the existing tables, or suggests one.

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

// nothing returns the error for patterns that match no table of any source. It reads
// the names of all tables for its suggestion.
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

// everywhere returns the names of all tables, in any schema except the system's, by
// source: of the first few that answered, as far as the remaining time allows.
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

// How long a message may query for a suggestion, and how many sources.
const (
	mostForNames = 2 * time.Second
	mostSearched = 8
)

// empty warns of sources that have tables, none of which can be named without a schema.
func (c *cataloguing) empty(ctx context.Context, x *execution, read []*catalog.Database) {
	for i, tables := range c.everywhere(ctx, x, read) {
		if len(tables) > 0 {
			x.run.Notes.Note(i, fmt.Sprintf("none of its tables can be named without a schema; the pattern '*.*' finds %d, such as %s", len(tables), tables[0].Qualified()))
		}
	}
}
