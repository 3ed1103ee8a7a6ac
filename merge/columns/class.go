// Classes: which values have an order in columns that no source has a type for.

package columns

import (
	"fmt"

	"github.com/fanql/fanql/sources/row"
)

// A class is a set of values that can be ordered among each other.
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

// classOf returns the class of a cell in a column that no source has a type for.
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
			if _, ok := ReadTime(&lent, b.Bytes(c), c); ok {
				return timeClass
			}
		}
		return textClass
	}
	return numberClass
}

// Classes holds, for each column of an order that no source has a type for, the class of
// the values seen so far, and the source of the first of them.
type Classes struct {
	columns *Result
	free    []Rank
	met     map[int]classMet // by place
}

type classMet struct {
	class  class
	source int
}

// Classes returns the classes of an order, before any value has been seen.
func (c *Result) Classes(order []Rank) Classes {
	m := Classes{columns: c, met: map[int]classMet{}}
	for _, r := range order {
		if r.free {
			m.free = append(m.free, r)
		}
	}
	return m
}

// None reports whether all columns of the order have a type.
func (m Classes) None() bool { return len(m.free) == 0 }

func (m Classes) clone() Classes {
	twin := Classes{m.columns, m.free, map[int]classMet{}}
	for at, met := range m.met {
		twin.met[at] = met
	}
	return twin
}

// add records the class of a cell, or returns why it has no place in the order.
func (m Classes) add(source int, r *Rank, b *row.Batch, c row.Cell) error {
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

// Append appends the classes of a row's cells to the row's key. Rows with equal keys have
// equal classes, so the order does not change.
func (m Classes) Append(dst []byte, b *row.Batch, i int) []byte {
	for _, r := range m.free {
		dst = append(dst, byte(classOf(b, b.Row(i)[r.at], r.weak)))
	}
	return dst
}

// Follow records the classes at the end of a key, or returns why its row has no place among
// the earlier rows.
func (m Classes) Follow(source int, key []byte) error {
	for n, r := range m.free {
		before, class := m.met[r.at], class(key[len(key)-len(m.free)+n])
		switch {
		case class == noClass || class == before.class:
		case before.class == noClass:
			m.met[r.at] = classMet{class, source}
		default:
			return m.clash(source, r.at, before, class, class.String())
		}
	}
	return nil
}

func (m Classes) clash(source, at int, met classMet, class class, value string) error {
	where := "in " + m.columns.o.Sources[met.source]
	if met.source == source {
		where = "before it"
	}
	name, how := m.columns.schema.Columns[at].Name, ""
	if cast := m.columns.o.cast(source, name, row.Text); cast != "" {
		how = ", such as " + cast
	}
	return fmt.Errorf("column %s holds %s, and %s %s: %s and %s have no order: cast the column in the query%s",
		quote(name), value, met.class, where, met.class, class, how)
}
