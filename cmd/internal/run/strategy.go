// How the sources' rows become one result: the options, and the strategy for them.

package run

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/merge"
	"github.com/fanql/fanql/merge/columns"
	"github.com/fanql/fanql/merge/compare"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/compression"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/file"
	"github.com/fanql/fanql/sources/nearest"
	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/separated"
)

// A Merge says how rows are merged. The zero value is a union, by end of source on the
// host's Out and in source order into a file.
type Merge struct {
	// Order is the order of all rows; empty means source by source. Sorted says that the
	// sources already return their rows in that order.
	Order  columns.Order
	Sorted bool
	// SourceOrder puts the sources in source order, and EndOrder in the order in which they
	// end. With neither, the order depends on the destination of the result.
	SourceOrder, EndOrder bool
	// Distinct keeps the first of equal rows; nil keeps all. Prefer are the names of the sources
	// whose rows it prefers.
	Distinct *merge.Distinct
	Prefer   []string
	// Slice is the offset and limit of the result's rows.
	Slice merge.Slice

	diff *compare.Diff // nil if sources are not compared
}

// A Compare describes how the rows of the sources are compared with those of a baseline.
type Compare struct {
	compare.Diff
	// BaselineName is one of the chosen sources, or else a file; empty is the first source.
	BaselineName string
	// Style is the style of a file in CSV.
	Style separated.Style
}

// strategy returns the strategy for the options. fixed says that the format cannot add
// columns after its header.
func (m *Merge) strategy(fixed bool) merge.Strategy {
	switch {
	case m.diff != nil:
		return *m.diff
	case m.Distinct != nil:
		d := *m.Distinct
		d.Order, d.Sorted, d.Slice = m.Order, m.Sorted, m.Slice
		return d
	case m.Order != nil:
		return merge.Ordered{Order: m.Order, Sorted: m.Sorted, Slice: m.Slice}
	case m.SourceOrder:
		return merge.InSourceOrder{Slice: m.Slice}
	}
	return merge.Union{Fixed: fixed, Slice: m.Slice}
}

// plain reports whether all rows of all sources are printed, source by source.
func (m *Merge) plain() bool {
	return !m.mixes() && m.diff == nil && m.Slice == merge.Slice{}
}

// mixes reports whether rows of several sources are merged with each other.
func (m *Merge) mixes() bool { return m.Order != nil || m.Distinct != nil }

// waits reports whether no row is printed before all sources have ended.
func (m *Merge) waits() bool { return m.mixes() || m.diff != nil || m.SourceOrder }

// asTheyRun reports whether the sources can be merged while they run, if nothing is
// used before all have ended well.
func (m *Merge) asTheyRun() bool {
	return m.Sorted && m.Distinct == nil && m.Slice == merge.Slice{}
}

// preferred finds the preferred sources among the chosen ones.
func (p *Plan) preferred(s option.Spelling) error {
	if len(p.merge.Prefer) == 0 {
		return nil
	}
	known, called := p.Targets.Names(), s.Name(OptionPrefer)
	taken := map[string]bool{}
	distinct := *p.merge.Distinct // the request must not change
	for _, name := range p.merge.Prefer {
		at := -1
		for i := range known {
			if known[i] == name {
				at = i
			}
		}
		switch {
		case taken[name]:
			return fmt.Errorf("%s: %q is named twice", called, name)
		case at < 0:
			return fmt.Errorf("%s: unknown source %q: %s", called, name, meant(name, known, "asked are "))
		}
		taken[name] = true
		distinct.Prefer = append(slices.Clip(distinct.Prefer), at)
	}
	p.merge.Distinct = &distinct
	return nil
}

// meant suggests the most similar known name, or else lists all of them after an
// introduction.
func meant(name string, known []string, introduction string) string {
	if near, ok := nearest.Name(name, known); ok {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return introduction + List(known)
}

// compare finds the baseline for all sources: one of them, or a file, which then becomes
// the first target.
func (p *Plan) compare(r *Request) error {
	if r.Diff == nil {
		return nil
	}
	d := r.Diff.Diff
	p.merge.diff = &d
	at, isFile, err := baseline(r.Diff.BaselineName, p.Targets.Names(), r.Spelling.Name(OptionBaseline), ".csv", ".parquet")
	if err == nil && isFile {
		err = p.compareFile(r, r.Diff.BaselineName)
	}
	if err != nil {
		return err
	}
	d.Baseline = at
	if len(p.Targets) < 2 {
		return tooFew(p.Targets, r.Spelling)
	}
	return nil
}

// baseline finds the baseline: the index of the source with that name, of the first source
// if the name is empty, or else a file, which must exist or have one of the suffixes.
func baseline(name string, sources []string, called string, suffixes ...string) (at int, isFile bool, err error) {
	if name == "" {
		return 0, false, nil
	}
	if at = slices.Index(sources, name); at >= 0 {
		return at, false, nil
	}
	_, plain := compression.OfPath(name)
	if _, err := os.Stat(name); err != nil && !slices.Contains(suffixes, strings.ToLower(filepath.Ext(plain))) {
		return 0, false, fmt.Errorf("%s %q is neither a source that is asked nor a file: %s", called, name, meant(name, sources, "those asked are "))
	}
	return 0, true, nil
}

// tooFew is the error of a comparison with nothing to compare.
func tooFew(t Targets, s option.Spelling) error {
	return fmt.Errorf("only %s is asked, and two are needed to compare: give another %s, or %s FILE", t[0].Name(), s.Name(OptionSource), s.Name(OptionBaseline))
}

// compareFile makes a file the baseline of all sources.
func (p *Plan) compareFile(r *Request, path string) error {
	called := r.Spelling.Name(OptionBaseline)
	saved, err := file.Open(path, r.Diff.Style)
	if err != nil {
		return fmt.Errorf("%s %s: %w", called, output.Sanitize(path), err)
	}
	p.Targets = slices.Insert(p.Targets, 0, FileTarget(saved, MaxCell))
	p.merge.diff.Untyped, p.merge.diff.Style = !saved.Typed(), r.Diff.Style
	p.Inputs = append(p.Inputs, NamedFile{"the baseline", path})
	return nil
}

// FileTarget is a target that reads a file. A value of more than maxCell bytes is an error.
func FileTarget(file query.Source, maxCell int) Target {
	return Target{Task: query.Task{Source: file, Request: driver.Request{MaxCell: maxCell}}}
}
