// The flags for merging the sources' rows, and what they mean in combination.

package main

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fanql/fanql/cmd/internal/run"
	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/merge/columns"
)

// mergeFlags are the flags for merging rows, as given.
type mergeFlags struct {
	orderBy        string
	sorted         bool
	distinctRows   bool
	distinctSource bool
	key            string
	prefer         string
	limit, offset  int64

	set map[string]bool // which flags were given, for those whose values do not show it
}

func (o *mergeFlags) register(a *app, cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.orderBy, "order-by", "", "order all rows by `COLUMNS`, such as 'placed_at desc, id': names or places, asc or desc, nulls first or last, nocase")
	f.BoolVar(&o.sorted, "sorted", false, "with --order-by, the sources already return their rows in that order: only check it")
	f.BoolVar(&o.distinctRows, "distinct", false, "of rows that differ only in their source, print the first")
	f.BoolVar(&o.distinctSource, "distinct-source", false, "the same, but rows of different sources are different")
	f.StringVar(&o.key, "key", "", "of rows that are equal in `COLUMNS`, such as 'id, region', print the first")
	f.StringVar(&o.prefer, "prefer", "", "with --key, print the row of these `SOURCES` rather than that of others, and that of the first one before all")
	f.Int64Var(&o.limit, "limit", 0, "print at most `N` rows of the whole result; 0 prints none, only the columns")
	f.Int64Var(&o.offset, "offset", 0, "leave out the first `N` rows")
	must(cmd.RegisterFlagCompletionFunc("order-by", inLists(a.completeOrder)))
	must(cmd.RegisterFlagCompletionFunc("key", inLists(a.completeColumns)))
	must(cmd.RegisterFlagCompletionFunc("prefer", inLists(a.completeNames)))
}

// merge converts the flags; order is that of the sources.
func (o *mergeFlags) merge(order string) (m run.Merge, err error) {
	switch order {
	case "", "end", "source":
	default:
		return m, fmt.Errorf("--order %q: give end or source", order)
	}
	if o.set["key"] && (o.distinctRows || o.distinctSource) {
		return m, errors.New("--key compares some columns and --distinct all: give one of them")
	}
	m.SourceOrder, m.EndOrder, m.Sorted = order == "source", order == "end", o.sorted
	m.Slice = merge.Slice{Offset: o.offset, Limit: o.limit, Limited: o.set["limit"]}
	if o.set["order-by"] {
		if m.Order, err = columns.ParseOrder(o.orderBy); err != nil {
			return m, fmt.Errorf("--order-by: %w", err)
		}
	}
	if o.distinctRows || o.distinctSource || o.set["key"] {
		m.Distinct = &merge.Distinct{BySource: o.distinctSource}
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
	return m, nil
}

// without returns the flags as if one of them had not been given.
func (o *mergeFlags) without(name string) mergeFlags {
	rest := *o
	rest.set = maps.Clone(o.set)
	rest.set[name] = false
	return rest
}

// changed records which of the flags were given.
func (o *mergeFlags) changed(cmd *cobra.Command) {
	o.set = map[string]bool{}
	for _, name := range []string{"order-by", "key", "prefer", "limit"} {
		o.set[name] = cmd.Flags().Changed(name)
	}
}

// reduceOptions are the flags of a reduce, as given.
type reduceOptions struct {
	reduce    string
	reduceSet bool
	queries   []string
}

func (o *reduceOptions) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.reduce, "reduce", "", "print the result of this `SQL` of DuckDB's over the rows of all sources: table rows, and a view for each source by its name")
	f.StringArrayVar(&o.queries, "query", nil, "with --reduce, send several queries at once, each a table of its own: `NAME[@SOURCES]=SQL`, where SOURCES are as for -s; repeatable")
	must(cmd.RegisterFlagCompletionFunc("reduce", fixedCompletion()))
	must(cmd.RegisterFlagCompletionFunc("query", fixedCompletion()))
}
