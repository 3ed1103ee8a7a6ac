// Finds sources: reads the names that a source with a discovery stands for, from a server,
// a program, a file or another source.

package sources

import (
	"context"
	"errors"
	"slices"

	"github.com/fanql/fanql/sources/config"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// A Finder lists the sources that a source with a discovery stands for. It is a source
// itself, and is dispatched once like any other; its rows are the list.
type Finder struct {
	Opened
	of         config.Source
	config     *config.Config
	candidates []Opened // to read the list from, in the order of trial; none for a program or a file
	header     []string
	rows       [][]string
	listed     []config.Listed
	literal    bool
	fetching   bool
}

// Find returns the finder for s, a source of the config; it dials nothing.
func Find(c *config.Config, s config.Source, getenv func(string) string) *Finder {
	f := &Finder{of: s, config: c}
	list := s.Discovery.List
	switch {
	case list == nil:
		f.candidates = Open(s.DiscoverySources(), getenv)
	case list.Query != "":
		on := slices.IndexFunc(c.Sources, func(o config.Source) bool { return o.Name == list.On })
		f.candidates, f.literal = Open(c.Sources[on:on+1], getenv), true
	default:
		f.fetching = true
		f.Opened = Opened{Source: unopened{name: s.Name, place: list.String()}}
		return f
	}
	f.Opened = f.candidates[0]
	return f
}

// Name returns the name of the source that stands for others.
func (f *Finder) Name() string { return f.of.Name }

// SQL returns the finder's statement; it is empty for a program or a file.
func (f *Finder) SQL() string {
	if list := f.of.Discovery.List; list != nil {
		return list.Query
	}
	return f.of.Listing().SQL
}

// Run reads the list, and keeps it.
func (f *Finder) Run(ctx context.Context, q driver.Request, p *driver.Progress, emit row.Emit) (answer driver.Answer, err error) {
	f.header, f.rows = nil, nil
	if f.fetching {
		p.Enter(driver.Query)
		if f.listed, f.literal, err = f.of.Fetch(ctx); err != nil {
			return driver.Answer{}, &driver.Error{Phase: driver.Query, Err: err}
		}
		return driver.Answer{}, emit(row.NewBatch(&row.Schema{}))
	}
	var next []string
	if f.of.Discovery.List == nil {
		next = f.of.Listing().Next
	}
	var first error
	for _, o := range f.candidates {
		answer, err = o.Run(ctx, q, p, func(b *row.Batch) error {
			f.keep(b)
			return emit(b)
		})
		if first == nil {
			first = err
		}
		if e, ok := errors.AsType[*driver.Error](err); !ok || !slices.Contains(next, e.Code) {
			return answer, err
		}
	}
	return answer, first
}

// keep copies the texts of a batch.
func (f *Finder) keep(b *row.Batch) {
	if f.header == nil {
		for _, c := range b.Schema.Columns {
			f.header = append(f.header, c.Name)
		}
	}
	for i := range b.Rows() {
		cells := b.Row(i)
		texts := make([]string, len(cells))
		for at, c := range cells {
			if c.Kind != row.Null {
				texts[at] = string(b.AppendText(nil, c))
			}
		}
		f.rows = append(f.rows, texts)
	}
}

// Found returns the sources of the list after the finder has ended well. Its error has
// the place in the config.
func (f *Finder) Found() (found []config.Source, err error) {
	switch list := f.of.Discovery.List; {
	case list == nil:
		var names []string
		for _, r := range f.rows {
			names = append(names, r[0])
		}
		found, err = f.of.Match(names)
	case list.Query != "":
		if f.listed, err = config.ListOf(f.header, f.rows); err == nil {
			found, err = f.config.Listed(f.of, f.listed, f.literal)
		}
	default:
		found, err = f.config.Listed(f.of, f.listed, f.literal)
	}
	if err != nil {
		return nil, f.of.Fault(err)
	}
	return found, nil
}

// A Missing error is the error of an [Opened] that stands for an unknown number of sources
// that were not found.
type Missing struct{ Err error }

// Error returns the reason.
func (m *Missing) Error() string { return m.Err.Error() }

// Unwrap returns the reason.
func (m *Missing) Unwrap() error { return m.Err }

// errUnfound is the reason before the discovery has been tried.
var errUnfound = errors.New("its sources are found when it is queried")

// missing returns a source with a discovery as one that was not found. It keeps the
// server's reason, if there is one. If no discovery was tried, the reason is errUnfound.
func missing(s config.Source, getenv func(string) string) Opened {
	why := s.Discovery.Err
	if _, none := errors.AsType[config.Nothing](why); none {
		return failed(s, why)
	}
	if why == nil {
		why = errUnfound
		if s.Discovery.List == nil { // its URL may be wrong
			if o := Open(s.DiscoverySources()[:1], getenv)[0]; o.Err != nil {
				return failed(s, o.Err)
			}
		}
	}
	return Opened{Source: unfound{unopened{s.Name, s.Place(), why}}, Kind: s.Kind, Err: &Missing{why}}
}

// unfound is an unopened source that keeps the phase in which the search ended.
type unfound struct{ unopened }

// Run fails with the reason, in its phase.
func (u unfound) Run(ctx context.Context, q driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error) {
	if e, ok := errors.AsType[*driver.Error](u.err); ok {
		p.Enter(e.Phase)
		return driver.Answer{}, u.err
	}
	return u.unopened.Run(ctx, q, p, emit)
}
