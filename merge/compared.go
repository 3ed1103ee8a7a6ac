// Columns whose values are compared with each other: which sources can be, and which
// are refused.

package merge

import (
	"fmt"
	"slices"

	"github.com/fanql/fanql/query"
	"github.com/fanql/fanql/sources/row"
)

// compare finds the columns that are compared, and refuses sources until all values in
// them can be: those whose types do not meet the types of sources before them, and
// those with a value that cannot be read as the others' type or that has no place in
// the order. No row has been used by then. Find gives the ranks of the order and those
// of which only equality counts. The sources that are left are given, in source order.
func (c *Columns) compare(all []query.Arrival, find func() (order, same []rank, err error)) (good []query.Arrival, order, same []rank, err error) {
	for {
		if order, same, err = find(); err != nil {
			return all, nil, nil, err
		}
		var places []int
		for _, r := range slices.Concat(order, same) {
			places = append(places, r.at)
		}
		c.Compare(places, false)
		schemas := map[int]*row.Schema{}
		for _, a := range all {
			schemas[a.Outcome.Index] = a.Schema
		}
		refused, why := c.Clashes(func(source int) *row.Schema { return schemas[source] })
		if len(refused) == 0 {
			refused, why = c.unreadable(all, order, places)
		}
		if len(refused) == 0 {
			return all, order, same, nil
		}
		if all = c.without(all, refused, why); len(all) == 0 {
			return nil, nil, nil, nil
		}
	}
}

// without refuses sources, and gives the arrivals of the others, whose columns alone
// those of the result are then.
func (c *Columns) without(all []query.Arrival, refused []int, why []error) (left []query.Arrival) {
	run, fixed := c.run, c.fixed
	*c = *NewColumns(run)
	c.fixed = fixed
	for _, a := range all {
		source := a.Outcome.Index
		if i := slices.Index(refused, source); i >= 0 {
			a.Rows.Discard()
			run.Notes.Refuse(source, why[i])
		} else if c.admit(a) {
			left = append(left, a)
		}
	}
	return left
}

// unreadable looks through the sources that have no type for a column that is
// compared, and gives those with a value that cannot be.
func (c *Columns) unreadable(all []query.Arrival, order []rank, places []int) (refused []int, why []error) {
	classes := newClasses(c, order)
	for _, a := range all {
		source := a.Outcome.Index
		p := c.Projection(source, a.Schema)
		p.note = func(string, string) {} // which projecting them will say
		reads := slices.DeleteFunc(slices.Clone(places), func(at int) bool { return !p.Reads(at) || p.moves[at].to == row.Text })
		slices.Sort(reads)
		reads = slices.Compact(reads)
		frees := slices.DeleteFunc(slices.Clone(order), func(r rank) bool { return !r.free || !c.owns(source, r.at) })
		if len(reads)+len(frees) == 0 {
			continue
		}
		met := classes.clone()
		err := a.Rows.Scan(func(b *row.Batch) error {
			for _, at := range reads {
				m := &p.moves[at]
				for i := m.from; i < len(b.Cells); i += b.Schema.Width() {
					if !m.pass.has(b.Cells[i].Kind) {
						if p.look(b, b.Cells[i], at); p.fault != nil {
							return p.fault
						}
					}
				}
			}
			for _, r := range frees {
				for i := p.moves[r.at].from; i < len(b.Cells); i += b.Schema.Width() {
					if err := met.add(source, r, b, b.Cells[i]); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			refused, why = append(refused, source), append(why, err)
			continue
		}
		classes = met
	}
	return refused, why
}

// A class is values that have an order among each other.
type class uint8

const (
	noClass class = iota
	numberClass
	momentClass
	timeClass
	textClass
	bytesClass
)

func (k class) String() string {
	return [...]string{"NULL", "numbers", "dates or timestamps", "times", "text", "bytes"}[k]
}

// classOf is the class of a cell in a column that no source has a type for.
func classOf(b *row.Batch, c row.Cell, weak row.Kind) class {
	switch c.Kind {
	case row.Null:
		return noClass
	case row.Date, row.Timestamp, row.TimestampTZ:
		return momentClass
	case row.Time:
		return timeClass
	case row.Bytes:
		return bytesClass
	case row.JSON:
		return textClass
	case row.Text:
		switch weak {
		case row.Timestamp:
			if _, ok := row.ParseMoment(b.Bytes(c)); ok {
				return momentClass
			}
		case row.Time:
			var lent row.Batch
			if _, ok := readTime(&lent, b.Bytes(c), c); ok {
				return timeClass
			}
		}
		return textClass
	}
	return numberClass
}

// classes are those that columns without a type have shown, and the first source that
// has.
type classes struct {
	columns *Columns
	met     map[int]classMet // by place
}

type classMet struct {
	class  class
	source int
}

func newClasses(c *Columns, order []rank) classes {
	m := classes{c, map[int]classMet{}}
	for _, r := range order {
		if r.free {
			m.met[r.at] = classMet{}
		}
	}
	return m
}

func (m classes) clone() classes {
	twin := classes{m.columns, map[int]classMet{}}
	for at, met := range m.met {
		twin.met[at] = met
	}
	return twin
}

// add takes a cell in, or says why it has no place in the order.
func (m classes) add(source int, r rank, b *row.Batch, c row.Cell) error {
	met := m.met[r.at]
	if met.class == textClass && c.Kind == row.Text && r.weak == row.Null || met.class == numberClass && c.Kind.Numeric() {
		return nil
	}
	switch class := classOf(b, c, r.weak); {
	case class == noClass || class == met.class:
		return nil
	case met.class != noClass:
		return m.clash(source, r.at, met, class, shown(b, c))
	default:
		m.met[r.at] = classMet{class, source}
		return nil
	}
}

func (m classes) clash(source, at int, met classMet, class class, value string) error {
	where := "in " + m.columns.run.Sources[met.source]
	if met.source == source {
		where = "before it"
	}
	return fmt.Errorf("column %s holds %s, and %s %s: %s and %s have no order: cast the column in the query",
		quote(m.columns.schema.Columns[at].Name), value, met.class, where, met.class, class)
}
