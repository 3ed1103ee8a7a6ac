// The differences between two catalogues.

package catalog

import (
	"cmp"
	"slices"
	"strings"

	"github.com/fanql/fanql/sources/driver"
)

// A What is the kind of a difference.
type What string

// The kinds, in the order in which the differences of a table are reported.
const (
	WhatTable       What = "table"  // one side lacks it
	WhatKind        What = "kind"   // it is a table here and a view there
	WhatColumn      What = "column" // one side lacks it
	WhatType        What = "type"
	WhatNullability What = "nullability"
	WhatKey         What = "key"
	WhatIndex       What = "index" // one side lacks it
)

// A Difference is a difference between a baseline and another catalogue.
type Difference struct {
	Table string
	What  What
	// Name is the column's name; it is empty if the difference is in the whole table.
	Name string
	// Base and Here describe the two sides; empty means that the side lacks it.
	Base, Here string
}

// String describes the difference: orders.total is numeric here and integer in the
// baseline.
func (d Difference) String() string {
	thing := string(d.What) + " "
	switch d.What {
	case WhatTable:
		thing += d.Table
	case WhatIndex:
		thing += "of " + d.Table + " " + d.Base + d.Here
	case WhatNullability:
		if d.Here == nullable {
			return d.Table + "." + quoted(d.Name) + " may be NULL, and may not in the baseline"
		}
		return d.Table + "." + quoted(d.Name) + " may not be NULL, and may in the baseline"
	case WhatColumn:
		thing += d.Table + "." + quoted(d.Name)
	default:
		thing += "of " + d.Table
		if d.Name != "" {
			thing += "." + quoted(d.Name)
		}
		return thing + " is " + cmp.Or(d.Here, "none") + ", not " + cmp.Or(d.Base, "none")
	}
	if d.Here == "" {
		return thing + " is missing"
	}
	return thing + " is not in the baseline"
}

// Compare returns the differences between the tables of a database and those of the
// baseline, in the order of [Overview]. Between dialects, types are the same if they
// mean the same: see [SameType]. Names of indexes, defaults, comments and the case of
// names do not matter; a view has neither key nor nullability.
func Compare(base, here Database) (all []Difference) {
	for _, e := range Overview([]Database{base, here}) {
		b, h := e.Tables[0], e.Tables[1]
		switch {
		case h == nil:
			all = append(all, Difference{Table: e.Called, What: WhatTable, Base: string(b.Kind)})
		case b == nil:
			all = append(all, Difference{Table: e.Called, What: WhatTable, Here: string(h.Kind)})
		default:
			all = append(all, compareTable(e, base.Dialect, here.Dialect)...)
		}
	}
	return all
}

// compareTable compares a table that both sides have.
func compareTable(e Entry, baseDialect, hereDialect *driver.Dialect) (all []Difference) {
	b, h := e.Tables[0], e.Tables[1]
	add := func(what What, name, base, here string) {
		all = append(all, Difference{Table: e.Called, What: what, Name: name, Base: base, Here: here})
	}
	if b.Kind.IsView() != h.Kind.IsView() || baseDialect == hereDialect && b.Kind != h.Kind {
		add(WhatKind, "", string(b.Kind), string(h.Kind))
	}
	tables := !b.Kind.IsView() && !h.Kind.IsView()
	for _, c := range e.Columns() {
		bc, hc := c.Columns[0], c.Columns[1]
		switch {
		case hc == nil:
			add(WhatColumn, c.Name, shownType(bc), "")
			continue
		case bc == nil:
			add(WhatColumn, c.Name, "", shownType(hc))
			continue
		}
		for _, what := range Differ(Place{baseDialect, b, bc}, Place{hereDialect, h, hc}) {
			switch what {
			case WhatType:
				add(what, c.Name, shownType(bc), shownType(hc))
			case WhatNullability:
				add(what, c.Name, nullability(bc), nullability(hc))
			}
		}
	}
	if !tables {
		return all
	}
	if base, here := b.Key(), h.Key(); fold(base) != fold(here) {
		add(WhatKey, "", base, here)
	}
	for _, x := range e.Indexes() {
		switch {
		case x.Indexes[1] == nil:
			add(WhatIndex, "", x.What, "")
		case x.Indexes[0] == nil:
			add(WhatIndex, "", "", x.What)
		}
	}
	return all
}

// A Place is a column, with its table and the dialect of its database.
type Place struct {
	Dialect *driver.Dialect
	Table   *Table
	Column  *Column
}

// untyped reports whether nothing is known of the type: SQLite has no types for the
// expressions of a view.
func (p Place) untyped() bool { return p.Table.Kind.IsView() && p.Column.Type == "" }

// Differ returns the properties in which two columns differ: type, nullability, place
// in the key.
func Differ(a, b Place) (what []What) {
	if !a.untyped() && !b.untyped() && !SameType(a.Dialect, a.Column.Type, b.Dialect, b.Column.Type) {
		what = append(what, WhatType)
	}
	if a.Table.Kind.IsView() || b.Table.Kind.IsView() {
		return what
	}
	if !SameNullability(*a.Column, *b.Column) {
		what = append(what, WhatNullability)
	}
	if a.Column.Key != b.Column.Key {
		what = append(what, WhatKey)
	}
	return what
}

// Key returns the columns of the primary key in their order: (region, id); it is empty
// if there is no key.
func (t Table) Key() string {
	key := slices.DeleteFunc(slices.Clone(t.Columns), func(c Column) bool { return c.Key == 0 })
	if len(key) == 0 {
		return ""
	}
	slices.SortFunc(key, func(a, b Column) int { return cmp.Compare(a.Key, b.Key) })
	var names []string
	for _, c := range key {
		names = append(names, c.Name)
	}
	return "(" + strings.Join(names, ", ") + ")"
}

func shownType(c *Column) string {
	if c.Type == "" { // SQLite needs none
		return "no type"
	}
	return c.Type
}

const nullable = "null"

func nullability(c *Column) string {
	if c.Nullable {
		return nullable
	}
	return "not null"
}

// SameNullability reports whether both columns may contain NULL, or neither. For
// columns of a key, the key decides: SQLite accepts NULL in one without a NOT NULL.
func SameNullability(a, b Column) bool {
	return a.Nullable == b.Nullable || a.Key > 0 && b.Key > 0
}

// SameType reports whether two types are the same. Types of one dialect are the same if
// they are spelled the same, except for case and the display width of integers. Types
// of two dialects are the same if they hold the values of one class in one size. In a
// dialect with few types, such as SQLite, it is enough that the type can hold the
// other's values.
func SameType(a *driver.Dialect, inA string, b *driver.Dialect, inB string) bool {
	if strings.EqualFold(inA, inB) {
		return true
	}
	ta, tb := meaning(a, inA), meaning(b, inB)
	switch {
	case a == b:
		integers := ta.Class == driver.ClassInteger || ta.Class == driver.ClassUnsigned
		return integers && ta.Holds == nil && ta.Class == tb.Class && ta.Size == tb.Size
	case ta.Holds != nil:
		return slices.Contains(ta.Holds, tb.Class)
	case tb.Holds != nil:
		return slices.Contains(tb.Holds, ta.Class)
	}
	return ta.Class != driver.ClassOther && ta.Class == tb.Class && ta.Size == tb.Size && ta.Scale == tb.Scale
}

func meaning(d *driver.Dialect, spelled string) driver.ColumnType {
	if d == nil || d.Catalog == nil || d.Catalog.Type == nil {
		return driver.ColumnType{}
	}
	return d.Catalog.Type(spelled)
}
