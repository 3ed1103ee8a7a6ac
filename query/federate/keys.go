// Keys: where a table is joined with one of which few rows are wanted, those are fetched
// first, and of the other one only the rows that they can meet.

package federate

import (
	"slices"
	"strings"

	"github.com/fanql/fanql/query/dialect"
	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/row"
)

// mostKeys is how many are sent. A scan of 2,000,000 rows without an index takes twice as
// long with 30,000 of them as with 1,000, and sending and reading them takes over.
const mostKeys = 10_000

// A match is a condition that every row of a table has to meet with a row of others: of
// the ON of a join, or of WHERE.
type match struct {
	condition engine.Node
	kept      []*use // whose rows count only where it holds
}

// A link is an equality by which the rows of one table that count have a value that a
// row of another one has.
type link struct {
	few, many     *use
	fewAt, manyAt int // places in the relations' columns
}

// keyed is what a fragment of the second round waits for.
type keyed struct {
	link   *link
	member int
	wanted dialect.Select // without its list
}

// links finds the equalities of columns between two tables of a block.
func (p *Plan) links(b *block) (all []link) {
	for _, m := range b.matches {
		if text(m.condition, "type") != "COMPARE_EQUAL" {
			continue
		}
		left, right := child(m.condition, "left"), child(m.condition, "right")
		if !isColumn(left) || !isColumn(right) {
			continue
		}
		u, at := p.resolve(b, left)
		v, from := p.resolve(b, right)
		if u == nil || v == nil || u == v || at == sourceColumn || from == sourceColumn || !p.keyable(u, at, v, from) {
			continue
		}
		if slices.Contains(m.kept, v) {
			all = append(all, link{few: u, fewAt: at, many: v, manyAt: from})
		}
		if slices.Contains(m.kept, u) {
			all = append(all, link{few: v, fewAt: from, many: u, manyAt: at})
		}
	}
	return all
}

// keyable reports whether two columns have values of one kind that can be sent as keys.
func (p *Plan) keyable(u *use, at int, v *use, from int) bool {
	a, b := u.reference.relation.columns[at].kind, v.reference.relation.columns[from].kind
	return a == b && slices.Contains([]row.Kind{row.Int, row.Text, row.Date}, a.Kind)
}

// ordered decides which of a block's tables are fetched in the second round: those that
// are linked with one of which conditions leave few rows.
func (p *Plan) ordered(b *block) {
	for _, l := range p.links(b) {
		if l.few.waits == nil && l.many.waits == nil && !l.many.awaited && l.few.plain && l.many.plain && len(l.few.conditions) > 0 && !p.onlySources(l.few) && l.few.inner {
			l.many.waits, l.few.awaited = &l, true
		}
	}
}

// onlySources reports whether all conditions on a table are about the source.
func (p *Plan) onlySources(u *use) bool {
	return !slices.ContainsFunc(u.conditions, func(c engine.Node) bool { return !p.onlySource(u, c) })
}

// Waits reports whether a fragment is asked only when those that do not wait have ended,
// and [Plan.Keys] has seen what they gave.
func (f *Fragment) Waits() bool { return f.keyed != nil }

// Keys tells the fragments that wait which rows can count, where those are few. It only
// looks at the parts.
func (p *Plan) Keys(parts []Part) error {
	seen := map[*link]map[string]bool{}
	for _, f := range p.fragments {
		if f.keyed == nil {
			continue
		}
		l := f.keyed.link
		if _, ok := seen[l]; !ok {
			keys, err := p.keysOf(l, parts)
			if err != nil {
				return err
			}
			seen[l] = keys
		}
		if err := p.restrictTo(f, seen[l]); err != nil {
			return err
		}
	}
	return nil
}

// keysOf gives the values of a link's column in the rows that were fetched; nil where
// there are too many.
func (p *Plan) keysOf(l *link, parts []Part) (map[string]bool, error) {
	keys := map[string]bool{}
	for _, part := range parts {
		err := part.Rows.Scan(func(b *row.Batch) error {
			f := part.Fragment(b.Schema)
			if f == nil || f.table != l.few.table || len(keys) > mostKeys {
				return nil
			}
			at := f.columnAt(l.fewAt)
			if at < 0 {
				return nil // it is NULL in all rows, which equals nothing
			}
			for i := range b.Rows() {
				if c := b.Row(i)[at]; c.Kind != row.Null {
					keys[string(b.AppendText(nil, c))] = true
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if len(keys) > mostKeys {
		return nil, nil
	}
	return keys, nil
}

// columnAt is where a column of the relation stands in the fragment's rows, or -1.
func (f *Fragment) columnAt(place int) int {
	for i, c := range f.columns {
		if c.at >= 0 && f.table.columns[c.at].at == place {
			return i
		}
	}
	return -1
}

// restrictTo has a fragment fetch the rows with one of the keys; nil is all rows.
func (p *Plan) restrictTo(f *Fragment, keys map[string]bool) error {
	if keys == nil {
		return nil
	}
	k := f.keyed
	c, ok := p.columnAt(f.table.relation, k.link.manyAt, k.member, 0).(*dialect.Column)
	if !ok {
		return nil
	}
	var values []string
	for key := range keys {
		if !strings.ContainsRune(key, 0) {
			values = append(values, key)
		}
	}
	if len(values) < len(keys) {
		return nil
	}
	slices.Sort(values)
	var condition dialect.Expr = &dialect.Keys{Arg: c, Values: values}
	s := k.wanted
	if s.Where != nil {
		condition = &dialect.Call{Name: "and", Args: []dialect.Expr{s.Where, condition}, Type: dialect.Type{ID: dialect.Boolean}}
	}
	s.Where = condition
	sql, _, err := p.fragmentSQL(f.table, k.member, s)
	if err != nil {
		f.Why = append(f.Why, reason(err))
		return nil
	}
	f.SQL, f.Pushed = sql, true
	return nil
}
