// Samples: the first rows of one table of each source, regardless of the case of its name.

package run

import (
	"context"
	"fmt"
	"time"

	"github.com/fanql/fanql/sources"
	"github.com/fanql/fanql/sources/catalog"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/nearest"
	"github.com/fanql/fanql/sources/row"
)

// A Sample is a request for the first rows of a table of each source.
type Sample struct {
	Table catalog.Pattern // without wildcards
	Rows  int             // the largest number of rows
}

// bindSample makes each target that can be opened look up the table and then return its
// rows.
func (t Targets) bindSample(s Sample) error {
	tag := runTag()
	for i := range t {
		o := &t[i].Opened
		if o.Err != nil {
			continue
		}
		if o.Kind.Catalog == nil {
			return fmt.Errorf("source %s: %s has no catalogue that is known here", o.Name(), o.Kind)
		}
		o.Source = sampled{o.Source, o.Kind, s}
		t[i].Task.Source = *o
		t[i].Task.Request = driver.Request{MaxCell: MaxCell, Tag: taskTag(tag, i)}
	}
	return nil
}

// sampled is a source that returns rows of a table.
type sampled struct {
	sources.Source
	kind   *driver.Dialect
	sample Sample
}

// Run looks up the table, and reads its rows over a second connection.
func (s sampled) Run(ctx context.Context, q driver.Request, p *driver.Progress, emit row.Emit) (driver.Answer, error) {
	scope := catalog.Scope{Tables: []catalog.Pattern{s.sample.Table}, System: true}
	tables, answer, err := s.tables(ctx, q, p, scope)
	if err != nil {
		return answer, err
	}
	q.ConnectBy = time.Time{} // the source has been reached
	t, err := s.meant(tables)
	if err != nil {
		return answer, &driver.Error{Phase: driver.Query, Err: err}
	}
	if t == nil {
		return s.lacks(ctx, q, p)
	}
	name := s.kind.Catalog.Quote(t.Name)
	if s.sample.Table.Dotted() {
		name = s.kind.Catalog.Quote(t.Schema) + "." + name
	}
	return s.Source.Run(ctx, like(q, catalog.Fixed(fmt.Sprintf("select * from %s limit %d", name, s.sample.Rows))), p, emit)
}

// tables reads the catalogue.
func (s sampled) tables(ctx context.Context, q driver.Request, p *driver.Progress, scope catalog.Scope) (tables []catalog.Table, answer driver.Answer, err error) {
	asked, err := catalog.Request(s.kind, scope)
	if err != nil {
		return nil, answer, err
	}
	tables, err = catalog.Read(func(emit row.Emit) (err error) {
		answer, err = s.Source.Run(ctx, like(q, asked), p, emit)
		return err
	})
	return scope.Matching(tables), answer, err
}

// like returns the request for another text, under the limits of q.
func like(q, text driver.Request) driver.Request {
	q.SQL, q.Fallback, q.Reread, q.Verbatim = text.SQL, text.Fallback, text.Reread, text.Verbatim
	return q
}

// meant returns the table with the pattern's spelling, or else the only one with that
// name, regardless of case; nil if there is none.
func (s sampled) meant(tables []catalog.Table) (*catalog.Table, error) {
	var names []string
	for i, t := range tables {
		if s.sample.Table.Is(t) {
			return &tables[i], nil
		}
		names = append(names, t.Called())
	}
	switch len(tables) {
	case 0:
		return nil, nil
	case 1:
		return &tables[0], nil
	}
	return nil, fmt.Errorf("%s could be %s, which differ in case: write the one that is meant", s.sample.Table, nearest.List(names))
}

// lacks returns the end of a source without such a table.
func (s sampled) lacks(ctx context.Context, q driver.Request, p *driver.Progress) (driver.Answer, error) {
	all, answer, err := s.tables(ctx, q, p, catalog.Scope{Tables: []catalog.Pattern{catalog.Anything}})
	if err != nil {
		return answer, err
	}
	err = fmt.Errorf("it has no table %s%s", s.sample.Table, s.sample.Table.Meant(all))
	return answer, &driver.Error{Phase: driver.Query, Err: err}
}
