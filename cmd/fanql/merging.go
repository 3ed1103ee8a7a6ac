// How the sources' rows become one result: the flags, and what they mean together.

package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/merge/columns"
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

// merge finds what the flags mean; order and stream are those flags.
func (o *mergeFlags) merge(order string, stream bool) (m run.Merge, err error) {
	switch order {
	case "", "end", "source":
	default:
		return m, fmt.Errorf("--order %q: give end or source", order)
	}
	if err := o.contradictions(order, stream); err != nil {
		return m, err
	}
	m.SourceOrder, m.EndOrder, m.Sorted = order == "source", order == "end", o.sorted
	m.Slice = merge.Slice{Offset: o.offset, Limit: o.limit, Limited: o.set["limit"]}
	if o.set["order-by"] {
		if m.Order, err = columns.ParseOrder(o.orderBy); err != nil {
			return m, fmt.Errorf("--order-by: %w", err)
		}
		m.Mixed = append(m.Mixed, "--order-by")
	}
	if what := o.distinctBy(); what != "" {
		m.Distinct = &merge.Distinct{BySource: o.distinctSource}
		m.Mixed = append(m.Mixed, what)
	}
	if o.set["key"] {
		if m.Distinct.Key, err = columns.ParseColumns(o.key); err != nil {
			return m, fmt.Errorf("--key: %w", err)
		}
	}
	if o.set["prefer"] {
		for name := range strings.SplitSeq(o.prefer, ",") {
			m.Prefer = append(m.Prefer, strings.TrimSpace(name))
		}
	}
	for _, flag := range []string{"limit", "offset"} {
		if o.set[flag] && len(m.Mixed) > 0 {
			m.Mixed = append(m.Mixed, "--"+flag)
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

// changed notes which of the flags were given.
func (o *mergeFlags) changed(cmd *cobra.Command) {
	o.set = map[string]bool{}
	for _, name := range mergeFlagNames {
		o.set[name] = cmd.Flags().Changed(name)
	}
}
