// Keys: if few rows of a table are needed in a join, they are fetched first. Of the other
// table, only the rows with their keys are fetched after that.

package federate

import (
	"slices"
	"strings"

	"github.com/fanql/fanql/query/dialect"
	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/row"
)

// mostKeys is the largest number of keys that are sent. With 30,000 keys, a scan of
// 2,000,000 rows without an index takes twice as long as with 1,000 keys, and sending and
// parsing the keys takes most of that time.
const mostKeys = 10_000

// A match is a condition between the rows of several tables: from the ON of a join, or
// from WHERE.
type match struct {
	condition engine.Node
	kept      []*use // tables whose rows only matter if the condition holds
}

// A link is an equality that restricts the second round. Rows of many only matter if a row
// of few has the same value.
type link struct {
	few, many     *use
	fewAt, manyAt int // indexes of the relations' columns
}

// keyed says what a fragment of the second round waits for.
type keyed struct {
	link   *link
	member int
	// restricted returns the fragment's SQL with a further condition.
	restricted func(dialect.Expr) (string, error)
}

// wait makes the last fragment wait for the keys of the table that the use waits for, if
// there is such a table. The fragment fetches rows of a member. wanted is its statement
// without the list.
func (p *Plan) wait(u *use, member int, wanted dialect.Select) {
	if u.waits == nil {
		return
	}
	f := p.fragments[len(p.fragments)-1]
	f.keyed = &keyed{u.waits, member, func(condition dialect.Expr) (string, error) {
		s := wanted
		s.Where = both(s.Where, condition)
		sql, _, err := p.fragmentSQL(f.table, member, s)
		return sql, err
	}}
}

// both returns the condition that both conditions hold. The first may be nil.
func both(a, b dialect.Expr) dialect.Expr {
	if a == nil {
		return b
	}
	return &dialect.Call{Name: "and", Args: []dialect.Expr{a, b}, Type: dialect.Type{ID: dialect.Boolean}}
}

// letGo moves fragments to the first round if they wait for a table whose rows are not
// fetched.
func (p *Plan) letGo() {
	for _, f := range p.fragments {
		if f.keyed != nil && f.keyed.link.few.table == nil {
			f.keyed = nil
		}
	}
}

// links returns the equalities between columns of two tables of a block.
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

// keyable reports whether two columns have values of the same kind, and these can be sent
// as keys.
func (p *Plan) keyable(u *use, at int, v *use, from int) bool {
	a, b := u.reference.relation.columns[at].kind, v.reference.relation.columns[from].kind
	return a == b && slices.Contains([]row.Kind{row.Int, row.Text, row.Date}, a.Kind)
}

// ordered decides which of a block's tables are fetched in the second round. These are
// tables with a link to a table of which few rows are needed.
func (p *Plan) ordered(b *block) {
	for _, l := range p.links(b) {
		if l.few.inner || l.few.probed {
			l.order(p)
		}
	}
}

// order makes the table many wait for the table few, if few rows of that are needed. It
// does not if one of them waits already, or if another table waits for many.
func (l *link) order(p *Plan) {
	if l.few.waits == nil && l.many.waits == nil && !l.many.awaited && l.few.plain && l.many.plain && p.leavesFew(l.few) {
		l.many.waits, l.few.awaited = l, true
	}
}

// leavesFew reports whether the statement may need only few rows of a table, because
// conditions or a limit exclude the others.
func (p *Plan) leavesFew(u *use) bool {
	if len(u.conditions) > 0 && !p.onlySources(u) {
		return true
	}
	b := u.block
	limit := b.modifier("LIMIT_MODIFIER")
	if !b.alone || !u.exact || limit == nil || b.modifier("DISTINCT_MODIFIER") != nil || !p.rowByRow(b) {
		return false
	}
	most, ok := integer(child(limit, "limit"))
	return ok && most <= mostKeys
}

// onlySources reports whether all conditions on a table are conditions on the source's
// name.
func (p *Plan) onlySources(u *use) bool {
	return !slices.ContainsFunc(u.conditions, func(c engine.Node) bool { return !p.onlySource(u, c) })
}

// Waits reports whether the fragment belongs to the second round. It is then sent after all
// fragments of the first round have ended and [Plan.Restrict] has taken their keys.
func (f *Fragment) Waits() bool { return f.keyed != nil }

// Keys holds, for each link, the values that one source's rows of the first round have. The
// set is nil if there are too many. [Plan.Collect] adds to it.
type Keys map[*link]map[string]bool

// Collect adds the values in rows of a fragment of the first round to the keys of the
// fragment's source. It may be called concurrently for different sources.
func (p *Plan) Collect(k Keys, f *Fragment, b *row.Batch) {
	for _, waiting := range p.fragments {
		if waiting.keyed == nil || waiting.keyed.link.few.table != f.table {
			continue
		}
		l := waiting.keyed.link
		if k[l] == nil {
			if _, many := k[l]; many {
				continue
			}
			k[l] = map[string]bool{}
		}
	}
	for l, keys := range k {
		at := -1
		if l.few.table == f.table && keys != nil {
			at = f.columnAt(l.fewAt)
		}
		if at < 0 {
			continue // the source lacks the column, so it is NULL, which equals nothing
		}
		for i := range b.Rows() {
			if c := b.Row(i)[at]; c.Kind != row.Null {
				keys[string(b.AppendText(nil, c))] = true
			}
		}
		if len(keys) > mostKeys {
			k[l] = nil
		}
	}
}

// Restrict restricts the fragments of the second round to rows with one of the keys of any
// source. It does not restrict a fragment for which there are too many keys.
func (p *Plan) Restrict(all []Keys) error {
	for _, f := range p.fragments {
		if f.keyed == nil {
			continue
		}
		keys, few := map[string]bool{}, true
		for _, k := range all {
			own, any := k[f.keyed.link]
			few = few && (own != nil || !any)
			for key := range own {
				keys[key] = true
			}
		}
		if !few || len(keys) > mostKeys {
			continue
		}
		if err := p.restrictTo(f, keys); err != nil {
			return err
		}
	}
	return nil
}

// columnAt returns the index of the relation's column in the fragment's rows, or -1.
func (f *Fragment) columnAt(place int) int {
	for i, c := range f.columns {
		if c.at >= 0 && f.table.columns[c.at].at == place {
			return i
		}
	}
	return -1
}

// restrictTo restricts a fragment to rows with one of the keys.
func (p *Plan) restrictTo(f *Fragment, keys map[string]bool) error {
	k := f.keyed
	c, ok := p.columnAt(k.link.many.reference.relation, k.link.manyAt, k.member, 0).(*dialect.Column)
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
	sql, err := k.restricted(&dialect.Keys{Arg: c, Values: values})
	if err != nil {
		f.Why = append(f.Why, reason(err))
		return nil
	}
	f.SQL, f.Pushed = sql, true
	return nil
}
