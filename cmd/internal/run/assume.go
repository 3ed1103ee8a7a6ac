// Large fleets of files: fanql assumes that all files of a group have the tables of the
// first one, so that each is opened once. Before its rows, each file shows whether this is
// true.

package run

import (
	"errors"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/catalog"
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/row"
)

// leastAssumed is how many sources a group must have. Fewer keep their sessions: see
// [execution.hold].
const leastAssumed = 64

// errAssumed is the error of a source whose tables differ from those of the first of its
// group.
var errAssumed = errors.New("its tables are not those of the first of its group")

// An assumption says which sources have the tables of others. Nil is no assumption.
type assumption struct {
	first  map[int]int    // by source that is not the first of a group: the first of its group
	prints map[int]string // by the first of each group: its fingerprint
	notes  []func()       // notes of the planner, which are valid if the assumption holds
	wrong  bool
}

// assume returns the assumption for the targets, or nil if there is none.
func (x *execution) assume() *assumption {
	if x.held != nil {
		return nil
	}
	groups := map[[3]string][]int{}
	plan := x.plan.federation.plan
	for i, t := range x.plan.Targets {
		if t.Opened.Err != nil || t.copies != nil || fingerprint(t.Opened.Kind) == "" || len(plan.Definitions(i)) > 0 {
			continue
		}
		if q, ok, err := plan.LookUp(i); ok && err == nil {
			key := [3]string{t.Opened.Kind.Name, t.Config.Group, q.SQL}
			groups[key] = append(groups[key], i)
		}
	}
	a := &assumption{first: map[int]int{}, prints: map[int]string{}}
	for _, group := range groups {
		for _, i := range group[1:] {
			if len(group) >= leastAssumed {
				a.first[i] = group[0]
				a.prints[group[0]] = ""
			}
		}
	}
	if len(a.first) == 0 {
		return nil
	}
	return a
}

func fingerprint(d *driver.Dialect) string {
	if d.Catalog == nil {
		return ""
	}
	return d.Catalog.Fingerprint
}

// is reports whether a source is assumed to have the tables of another.
func (a *assumption) is(source int) bool {
	if a == nil {
		return false
	}
	_, is := a.first[source]
	return is
}

// isFirst reports whether others are assumed to have the tables of a source.
func (a *assumption) isFirst(source int) bool {
	if a == nil {
		return false
	}
	_, is := a.prints[source]
	return is
}

// failed reports whether the assumption does not hold.
func (a *assumption) failed() bool { return a != nil && a.wrong }

// request returns the statement with which a target shows its tables.
func (a *assumption) request(t Target) driver.Request {
	q := catalog.Fixed(fingerprint(t.Opened.Kind))
	q.Verbatim = true
	return t.request(q)
}

// text returns the answer to that statement.
func (a *assumption) text(b *row.Batch) (text string) {
	for i := range b.Rows() {
		text += string(b.AppendText(nil, b.Row(i)[0]))
	}
	return text
}

// check compares the tables of a source with those of the first.
func (a *assumption) check(source int, b *row.Batch) error {
	if a.text(b) != a.prints[a.first[source]] {
		return errAssumed
	}
	return nil
}

// spread copies the tables of the first source of each group to the others.
func (a *assumption) spread(l *looker, tables map[int][]catalog.Table) {
	if a == nil {
		return
	}
	for i, first := range a.first {
		if o, ok := l.answered[first]; ok {
			l.answered[i] = query.Outcome{Index: i, Source: l.x.plan.Targets[i].Name(), State: query.OK, Server: o.Server}
			tables[i] = tables[first]
		}
	}
}

// fits reports whether each of the sources gets a statement in the only round, and so shows
// its tables.
func (a *assumption) fits(f *federation) bool {
	asked := map[int]bool{}
	for _, fragment := range f.fragments {
		if fragment.Waits() {
			return false
		}
		asked[fragment.Source] = true
	}
	for i := range a.first {
		if !asked[i] {
			return false
		}
	}
	return true
}

// renew begins a new plan of the statement, without any assumption.
func (f *federation) renew() (err error) {
	if err := f.plan.Close(); err != nil {
		return err
	}
	f.plan, err = f.open()
	return err
}
