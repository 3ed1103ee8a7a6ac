// Contradictions in a request.

package run

import (
	"errors"
	"strings"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/option"
)

// contradictions finds options that contradict each other. The errors name options.
func (r *Request) contradictions() error {
	for _, find := range []func() error{r.Merge.contradictions, r.reduceContradictions, r.streamContradictions, r.formatContradictions} {
		if err := find(); err != nil {
			return err
		}
	}
	return nil
}

func (m *Merge) contradictions() error {
	unique := m.distinctBy()
	order := "end"
	if m.SourceOrder {
		order = "source"
	}
	switch {
	case m.Slice.Limit < 0:
		return option.Errorf("{limit} %d: it cannot be negative; leave it out for all rows", m.Slice.Limit)
	case m.Slice.Offset < 0:
		return option.Errorf("{offset} %d: it cannot be negative; leave it out to begin with the first row", m.Slice.Offset)
	case m.Sorted && m.Order == nil:
		return option.New("{sorted} goes with {order-by}, which says what the sources are sorted by")
	case len(m.Prefer) > 0 && unique != OptionKey:
		return option.New("{prefer} goes with {key}, which says what rows are equal in")
	case (m.SourceOrder || m.EndOrder) && m.Order != nil:
		return option.Errorf("{order-by} mixes the rows of all sources: it cannot keep {order} %s", order)
	case m.EndOrder && unique != "":
		return option.Errorf("%s waits for all sources: it cannot keep {order} end", option.Hint("{"+unique+"}"))
	}
	return nil
}

// reduceContradictions checks a reduce, whose SQL replaces all options of a merge.
func (r *Request) reduceContradictions() error {
	switch {
	case r.Reduce == nil && len(r.Tables) == 0:
		return nil
	case r.Federate != nil:
		return errors.New("a saved query with reduce is none for fanql sql, whose one statement is about the tables of all sources: ask it with fanql query")
	case r.Diff != nil:
		return errors.New("a saved query with reduce gives one answer, and fanql diff compares the rows of sources: ask it with fanql query")
	case r.Reduce == nil && len(r.Tables) > 0:
		return option.New("{query} names a table for {reduce}: add {reduce} SQL, or give the one query as an argument")
	case len(r.Tables) > 0 && r.Query.Portable:
		return option.New("{portable} goes with one query, not with {query}")
	case r.Stream:
		return option.New("{reduce} needs the rows of all sources before it prints any: it cannot be used with {stream}")
	case strings.TrimSpace(r.Reduce.SQL) == "":
		return option.New("{reduce} is empty: give it SQL over the table rows")
	}
	for _, o := range r.Merge.options() {
		return option.Errorf("%s and {reduce}: the SQL of {reduce} says what becomes of the rows", option.Hint("{"+o+"}"))
	}
	return nil
}

// streamContradictions checks a stream, in which half a source must not look like a
// whole one.
func (r *Request) streamContradictions() error {
	unique := r.Merge.distinctBy()
	switch {
	case r.Stall < 0:
		return option.Errorf("{stall-timeout} %s: it cannot be negative; 0 is never", r.Stall)
	case !r.Stream && r.Stall > 0:
		return option.New("{stall-timeout} goes with {stream}: without it, {timeout} is the limit")
	case !r.Stream:
		return nil
	case r.Output != "" && r.Report == "":
		return option.New("{stream} into a file could leave half a source that looks whole: add {report} FILE, which says how each ended")
	case r.Merge.SourceOrder:
		return option.New("{stream} prints rows as they arrive: it cannot keep {order} source")
	case r.Merge.Order != nil:
		return option.New("{stream} prints rows as they arrive: it cannot keep {order-by}")
	case unique != "":
		return option.Errorf("{stream} prints rows as they arrive: it cannot keep %s", option.Hint("{"+unique+"}"))
	case r.Require != nil && *r.Require != (query.Require{}):
		return option.Errorf("{stream} prints rows before it is known who ends well: it cannot keep {require} %s", r.Require)
	}
	return nil
}

// formatContradictions checks a format that needs the types of all columns before its
// first row.
func (r *Request) formatContradictions() error {
	mixing := ""
	for _, o := range r.Merge.options() {
		mixing = "{" + string(o) + "}"
		break
	}
	switch {
	case r.Style.SheetsBySource && (r.Reduce != nil || r.Federate != nil || r.Catalogue != nil):
		return option.New("{sheets} source goes with rows of the sources: this result is made of all of them")
	case r.Style.SheetsBySource && r.Merge.mixes():
		return option.Errorf("{sheets} source keeps the rows of each source together: it cannot keep %s; order them in the query", option.Hint(mixing))
	case !r.Format.Binary:
	case r.Stream:
		return option.Errorf("{stream} prints rows as they arrive, and %s needs the columns of all sources first", r.Format.Name)
	case r.Merge.EndOrder:
		return option.Errorf("%s needs the columns of all sources first: it cannot keep {order} end", r.Format.Name)
	}
	return nil
}

// distinctBy returns the option that makes rows distinct, or an empty one.
func (m *Merge) distinctBy() option.Option {
	switch {
	case m.Distinct == nil:
		return ""
	case m.Distinct.Key != nil:
		return OptionKey
	case m.Distinct.BySource:
		return OptionDistinctSource
	}
	return OptionDistinct
}

// options returns the options that the request sets for its merge.
func (m *Merge) options() (given []option.Option) {
	for _, o := range []struct {
		given  bool
		option option.Option
	}{
		{m.Order != nil, OptionOrderBy},
		{m.Sorted, OptionSorted},
		{m.Distinct != nil, m.distinctBy()},
		{len(m.Prefer) > 0, OptionPrefer},
		{m.Slice.Limited, OptionLimit},
		{m.Slice.Offset > 0, OptionOffset},
	} {
		if o.given {
			given = append(given, o.option)
		}
	}
	return given
}

// mixed names the options with which a missing source changes the rows of others.
func (r *Request) mixed() (names []string) {
	if r.Federate != nil {
		return []string{"the statement"}
	}
	if r.Reduce != nil {
		return []string{r.Spelling.Name(OptionReduce)}
	}
	if !r.Merge.mixes() {
		return nil
	}
	for _, o := range r.Merge.options() {
		if o != OptionSorted && o != OptionPrefer {
			names = append(names, r.Spelling.Name(o))
		}
	}
	return names
}
