// Catalogues: the sources' tables are read, and listed or compared.

package run

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/fanql/fanql/cmd/internal/output"
	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/catalog"
	"github.com/fanql/fanql/sources/nearest"
	"github.com/fanql/fanql/sources/row"
)

// A Catalogue is a request to read the sources' catalogues, and describes the output.
type Catalogue struct {
	Scope   catalog.Scope
	Listing Listing
	// Compare compares all sources with a baseline instead of listing them. Baseline is a
	// source or a saved file; empty is the first source.
	Compare  bool
	Baseline string
}

// A Listing is a kind of output about catalogues.
type Listing uint8

// The listings.
const (
	ListTables  Listing = iota // a line for each table
	ListColumns                // a line for each column of the one table
	ListSchema                 // a line for each table, column and index; as JSON a file to compare with
)

// cataloguing is the part of a plan about catalogues.
type cataloguing struct {
	Catalogue
	base int               // the index of the baseline source
	file *catalog.Baseline // the baseline, if it is a file
}

// BindCatalog sets the request for the catalogue of each target that can be opened.
func (t Targets) BindCatalog(scope catalog.Scope) error {
	tag := runTag()
	for i := range t {
		o := t[i].Opened
		if o.Err != nil {
			continue
		}
		q, err := catalog.Request(o.Kind, scope)
		if err != nil {
			return fmt.Errorf("source %s: %w", o.Name(), err)
		}
		q.MaxCell, q.Tag = MaxCell, taskTag(tag, i)
		t[i].Task.Request = q
	}
	return nil
}

// ReadCatalog converts an arrival that ended well to the tables in the scope. It consumes
// the rows.
func ReadCatalog(a query.Arrival, scope catalog.Scope) ([]catalog.Table, error) {
	tables, err := catalog.Read(a.Rows.Each)
	return scope.Matching(tables), err
}

// bindCatalogue prepares the targets for reading their catalogues, and finds the
// baseline.
func (p *Plan) bindCatalogue(r *Request) error {
	c := &cataloguing{Catalogue: *r.Catalogue}
	p.catalogue = c
	if r.Format.ForPeople() && !p.style.NullSet {
		p.style.Null, p.style.NullSet = "", true // most of a listing is empty
	}
	if err := p.Targets.BindCatalog(c.Scope); err != nil || !c.Compare {
		return err
	}
	called := r.Spelling.Name(OptionBaseline)
	at, isFile, err := baseline(c.Baseline, p.Targets.Names(), called, ".json")
	switch {
	case err != nil:
		return err
	case isFile:
		saved, err := catalog.Load(c.Baseline, r.Config.Dialects)
		if err != nil {
			return fmt.Errorf("%s %s: %w", called, output.Sanitize(c.Baseline), err)
		}
		c.file, c.base = &saved, -1
		p.Inputs = append(p.Inputs, NamedFile{"the baseline", c.Baseline})
	case len(p.Targets) < 2:
		return tooFew(p.Targets, r.Spelling)
	default:
		c.base = at
	}
	return nil
}

// catalogued reads the catalogues of all sources, and writes the output.
func catalogued(ctx context.Context, x *execution) error {
	c := x.plan.catalogue
	read := make([]*catalog.Database, len(x.tasks))
	for a := range query.Dispatch(ctx, x.tasks, x.options) {
		if a.Outcome.State != query.OK {
			continue
		}
		i := a.Outcome.Index
		tables, err := ReadCatalog(a, c.Scope)
		if err != nil {
			x.run.Notes.Refuse(i, err)
			continue
		}
		read[i] = &catalog.Database{Source: x.run.Sources[i], Dialect: x.plan.Targets[i].Opened.Kind, Tables: tables}
	}
	var list *sheet
	var err error
	if c.Compare {
		list = c.differences(x, read)
	} else {
		list, err = c.listing(ctx, x, read)
	}
	if err != nil || !x.verdict.Met() {
		return x.fail(err)
	}
	return x.fail(c.write(x, list, read))
}

// listing makes the output of the catalogues that arrived.
func (c *cataloguing) listing(ctx context.Context, x *execution, read []*catalog.Database) (*sheet, error) {
	all := present(read)
	entries := catalog.Overview(all)
	if len(all) == 0 {
		return nil, nil
	}
	if len(entries) == 0 {
		if len(c.Scope.Tables) > 0 {
			return nil, c.nothing(ctx, x, read)
		}
		c.empty(ctx, x, read)
	}
	cut := func(names []string) string { return strings.Join(names, ", ") }
	if x.plan.request.Format.ForPeople() {
		cut = nearest.List
	}
	l := &lister{all: all, cut: cut}
	x.verdict.Listed = count(len(entries), "table")
	switch c.Listing {
	case ListColumns:
		e, err := one(entries, c.Scope.Tables[0])
		if err != nil {
			return nil, err
		}
		x.verdict.Listed = count(len(e.Columns()), "column")
		return l.columns(e), nil
	case ListSchema:
		return l.schema(entries), nil
	case ListTables:
	}
	return l.tables(entries), nil
}

// present returns the catalogues that arrived, in source order.
func present(read []*catalog.Database) (all []catalog.Database) {
	for _, d := range read {
		if d != nil {
			all = append(all, *d)
		}
	}
	return all
}

// one returns the entry that the pattern means: the one with the same spelling, or else
// the only one.
func one(entries []catalog.Entry, p catalog.Pattern) (catalog.Entry, error) {
	var names []string
	for _, e := range entries {
		for _, t := range e.Tables {
			if t != nil && p.Is(*t) {
				return e, nil
			}
		}
		names = append(names, e.Called)
	}
	if len(entries) > 1 {
		return entries[0], fmt.Errorf("%s could be %s, which differ in case: write the one that is meant", p, nearest.List(names))
	}
	return entries[0], nil
}

// write writes the listing, or the schemas themselves as JSON.
func (c *cataloguing) write(x *execution, list *sheet, read []*catalog.Database) error {
	if c.Listing == ListSchema && !c.Compare && x.plan.request.Format.Name == "json" {
		saved, err := catalog.Save(present(read))
		if err != nil {
			return err
		}
		text, err := saved.JSON()
		if err != nil {
			return err
		}
		out := x.plan.style.Packed(x.destination())
		_, err = out.Write(output.SafeJSON(text))
		return errors.Join(err, out.Close())
	}
	x.verdict.ResultRows = int64(len(list.rows))
	out := x.writer()
	err := list.emit(x.plan.request.Format.ForPeople(), func(b *row.Batch) error {
		defer b.Release()
		return out.Write(b)
	})
	if err == nil {
		err = out.Close()
	}
	return err
}
