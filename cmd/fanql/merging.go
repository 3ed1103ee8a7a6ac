// How the sources' rows become one result: the flags, what they mean together,
// and the strategies to choose from.

package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/merge/compare"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/nearest"
)

// mergeFlags are the flags that say how rows are merged, as given.
type mergeFlags struct {
	orderBy        string
	sorted         bool
	distinctRows   bool
	distinctSource bool
	key            string
	prefer         string
	limit, offset  int64

	set map[string]bool // those that were given
}

var mergeFlagNames = []string{"order-by", "sorted", "distinct", "distinct-source", "key", "prefer", "limit", "offset"}

func (o *mergeFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.orderBy, "order-by", "", "order all rows by `COLUMNS`, such as 'placed_at desc, id': names or places, asc or desc, nulls first or last, nocase")
	f.BoolVar(&o.sorted, "sorted", false, "with --order-by, the sources give their rows in that order already: only check it")
	f.BoolVar(&o.distinctRows, "distinct", false, "of rows that are equal but for their source, print the first")
	f.BoolVar(&o.distinctSource, "distinct-source", false, "the same, but rows of different sources are different")
	f.StringVar(&o.key, "key", "", "of rows that are equal in `COLUMNS`, such as 'id, region', print the first")
	f.StringVar(&o.prefer, "prefer", "", "with --key, the row of these `SOURCES` is printed rather than that of others, the first before all")
	f.Int64Var(&o.limit, "limit", 0, "print at most `N` rows of the whole result; 0 prints none, only the columns")
	f.Int64Var(&o.offset, "offset", 0, "leave out the first `N` rows")
}

// merging says how rows are merged.
type merging struct {
	order    columns.Order // of the rows; empty is by source
	bySource bool          // in source order, where order is empty
	sorted   bool
	distinct *merge.Distinct // nil is all rows
	slice    merge.Slice
	diff     *compare.Diff // nil where sources are not compared
	flags    []string      // those that let a missing source change other rows
}

// strategy is the one that the flags ask for; fixed says that the format cannot add
// columns below its header.
func (m *merging) strategy(fixed bool) merge.Strategy {
	switch {
	case m.diff != nil:
		return *m.diff
	case m.distinct != nil:
		d := *m.distinct
		d.Order, d.Sorted, d.Slice = m.order, m.sorted, m.slice
		return d
	case m.order != nil:
		return merge.Ordered{Order: m.order, Sorted: m.sorted, Slice: m.slice}
	case m.bySource:
		return merge.InSourceOrder{Slice: m.slice}
	}
	return merge.Union{Fixed: fixed, Slice: m.slice}
}

// plain reports whether all rows of all sources are printed, source by source.
func (m *merging) plain() bool {
	return !m.mixes() && m.diff == nil && m.slice == merge.Slice{}
}

// mixes reports whether rows of several sources are merged with each other.
func (m *merging) mixes() bool { return m.order != nil || m.distinct != nil }

// waits reports whether no row is printed before all sources have ended.
func (m *merging) waits() bool { return m.mixes() || m.diff != nil || m.bySource }

// asTheyRun reports whether the sources can be merged while they run, if nothing
// is used before all have ended well.
func (m *merging) asTheyRun() bool {
	return m.sorted && m.distinct == nil && m.slice == merge.Slice{}
}

// judge finds what the flags mean; order and stream are those flags.
func (o *mergeFlags) judge(order string, stream bool) (m merging, err error) {
	if err := o.contradictions(order, stream); err != nil {
		return m, err
	}
	m.sorted = o.sorted
	m.slice = merge.Slice{Offset: o.offset, Limit: o.limit, Limited: o.set["limit"]}
	if o.set["order-by"] {
		if m.order, err = columns.ParseOrder(o.orderBy); err != nil {
			return m, fmt.Errorf("--order-by: %w", err)
		}
		m.flags = append(m.flags, "--order-by")
	}
	if what := o.distinctBy(); what != "" {
		m.distinct = &merge.Distinct{BySource: o.distinctSource}
		m.flags = append(m.flags, what)
	}
	if o.set["key"] {
		if m.distinct.Key, err = columns.ParseColumns(o.key); err != nil {
			return m, fmt.Errorf("--key: %w", err)
		}
	}
	for _, flag := range []string{"limit", "offset"} {
		if o.set[flag] && len(m.flags) > 0 {
			m.flags = append(m.flags, "--"+flag)
		}
	}
	return m, nil
}

// distinctBy is the flag that wants rows to be distinct, or empty.
func (o *mergeFlags) distinctBy() string {
	switch {
	case o.set["key"]:
		return "--key"
	case o.distinctSource:
		return "--distinct-source"
	case o.distinctRows:
		return "--distinct"
	}
	return ""
}

func (o *mergeFlags) contradictions(order string, stream bool) error {
	unique := o.distinctBy()
	switch {
	case o.limit < 0:
		return fmt.Errorf("--limit %d: it cannot be negative; leave it out for all rows", o.limit)
	case o.offset < 0:
		return fmt.Errorf("--offset %d: it cannot be negative", o.offset)
	case o.sorted && !o.set["order-by"]:
		return errors.New("--sorted goes with --order-by, which says what the sources are sorted by")
	case o.set["prefer"] && !o.set["key"]:
		return errors.New("--prefer goes with --key")
	case o.set["key"] && (o.distinctRows || o.distinctSource):
		return errors.New("--key compares some columns and --distinct all: give one of them")
	case order != "" && o.set["order-by"]:
		return fmt.Errorf("--order-by mixes the rows of all sources: it cannot keep --order %s", order)
	case order == "end" && unique != "":
		return fmt.Errorf("%s waits for all sources: it cannot keep --order end", unique)
	case stream && o.set["order-by"]:
		return errors.New("--stream prints rows as they come: it cannot keep --order-by")
	case stream && unique != "":
		return fmt.Errorf("--stream prints rows as they come: it cannot keep %s", unique)
	}
	return nil
}

// preferred finds the sources of --prefer among those asked.
func (o *mergeFlags) preferred(m *merging, asks []query.Ask) error {
	if !o.set["prefer"] {
		return nil
	}
	known := names(asks)
	taken := map[string]bool{}
	for name := range strings.SplitSeq(o.prefer, ",") {
		name = strings.TrimSpace(name)
		at := -1
		for i := range known {
			if known[i] == name {
				at = i
			}
		}
		switch {
		case taken[name]:
			return fmt.Errorf("--prefer: %q is named twice", name)
		case at < 0:
			hint := "asked are " + list(known)
			if near, ok := nearest.Name(name, known); ok {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			return fmt.Errorf("--prefer: unknown source %q: %s", name, hint)
		}
		taken[name] = true
		m.distinct.Prefer = append(m.distinct.Prefer, at)
	}
	return nil
}

// changed notes which of the flags were given.
func (o *mergeFlags) changed(cmd *cobra.Command) {
	o.set = map[string]bool{}
	for _, name := range mergeFlagNames {
		o.set[name] = cmd.Flags().Changed(name)
	}
}
