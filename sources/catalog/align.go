// Tables, columns and indexes with the same name in several databases.

package catalog

import (
	"slices"
	"strings"

	"github.com/fanql/fanql/sources/driver"
)

// A Database is the catalogue of one source.
type Database struct {
	Source  string
	Dialect *driver.Dialect
	Tables  []Table
}

// An Entry is a table in several databases.
type Entry struct {
	Called string // its name in the first of them: see [Table.Called]
	// Tables has a table for each database, in the databases' order; nil if a database
	// lacks it.
	Tables []*Table
}

// Overview combines catalogues. Tables with the same name become one entry, exact names
// before those that differ in case only, with at most one table of each database.
// Entries are in the order of [Sort].
func Overview(all []Database) []Entry {
	lists := make([][]Table, len(all))
	for i, d := range all {
		lists[i] = d.Tables
	}
	var entries []Entry
	for _, e := range align(lists, Table.Called) {
		entries = append(entries, Entry{e.name, e.things})
	}
	sortEntries(entries)
	return entries
}

// A ColumnEntry is a column in several databases.
type ColumnEntry struct {
	Name    string    // in the first of them
	Columns []*Column // by the databases' order; nil if a database lacks it, or the table
}

// Columns combines the columns of the table, in the order of the first database that
// has them.
func (e Entry) Columns() []ColumnEntry {
	lists := make([][]Column, len(e.Tables))
	for i, t := range e.Tables {
		if t != nil {
			lists[i] = t.Columns
		}
	}
	var entries []ColumnEntry
	for _, c := range align(lists, func(c Column) string { return c.Name }) {
		entries = append(entries, ColumnEntry{c.name, c.things})
	}
	return entries
}

// An IndexEntry is an index in several databases. Its name does not matter, because
// servers generate names.
type IndexEntry struct {
	What    string   // unique (a, b)
	Indexes []*Index // by the databases' order; nil if a database lacks it, or the table
}

// Indexes combines the indexes of the table.
func (e Entry) Indexes() []IndexEntry {
	lists := make([][]Index, len(e.Tables))
	for i, t := range e.Tables {
		if t != nil {
			lists[i] = t.Indexes
		}
	}
	var entries []IndexEntry
	for _, x := range align(lists, Index.String) {
		entries = append(entries, IndexEntry{x.name, x.things})
	}
	return entries
}

// String describes the index: unique (a, b desc) partial.
func (x Index) String() string {
	text := "(" + strings.Join(x.Columns, ", ") + ")"
	if x.Unique {
		text = "unique " + text
	}
	if x.Partial {
		text += " partial"
	}
	return text
}

// An aligned item is an item of several lists with the same name, by the lists' order.
type aligned[T any] struct {
	name   string
	things []*T
}

// align matches the items of lists by name: exact names first, then those that differ
// in case only, with at most one item of each list. Its result points into the lists.
func align[T any](lists [][]T, name func(T) string) (all []aligned[T]) {
	exact, folded := map[string][]int{}, map[string][]int{}
	for at, list := range lists {
		take := func(i int, places []int) bool {
			for _, p := range places {
				if all[p].things[at] == nil {
					all[p].things[at] = &list[i]
					return true
				}
			}
			return false
		}
		var rest, fresh []int
		for i := range list {
			if !take(i, exact[name(list[i])]) {
				rest = append(rest, i)
			}
		}
		for _, i := range rest {
			if !take(i, folded[fold(name(list[i]))]) {
				fresh = append(fresh, i)
			}
		}
		for _, i := range fresh {
			n := name(list[i])
			exact[n], folded[fold(n)] = append(exact[n], len(all)), append(folded[fold(n)], len(all))
			e := aligned[T]{n, make([]*T, len(lists))}
			e.things[at] = &list[i]
			all = append(all, e)
		}
	}
	return all
}

func fold(name string) string { return strings.ToLower(strings.ToUpper(name)) }

// sortEntries orders entries as [Sort] orders tables, by the first table of each.
func sortEntries(entries []Entry) {
	first := func(e Entry) *Table {
		return e.Tables[slices.IndexFunc(e.Tables, func(t *Table) bool { return t != nil })]
	}
	slices.SortStableFunc(entries, func(a, b Entry) int { return compareTables(*first(a), *first(b)) })
}
