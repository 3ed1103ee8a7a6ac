// Conversion of a catalogue's rows to tables.

package catalog

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fanql/fanql/sources/row"
)

// Fields are the columns in the rows of every dialect's catalogue, in this order. They
// are read by position.
var Fields = []string{
	"part",           // table, column or index
	"table_schema",   //
	"table_name",     //
	"visible",        // 1 or 0
	"kind",           // for a table its [Kind], for a column Extra and optionally the word strict, for an index words: primary, unique, partial
	"place",          // for a table its number of rows, otherwise the position from 1; an index has a row for each of its columns
	"item",           // the name of the column or the index
	"item_type",      // for a column its type, for an index the column or expression at that position
	"nullable",       // 1 or 0
	"key_place",      // the position in the primary key, from 1
	"item_default",   //
	"comment",        //
	"collation_name", //
	"character_set",  //
}

// The positions of Fields.
const (
	fieldPart = iota
	fieldSchema
	fieldName
	fieldVisible
	fieldKind
	fieldPlace
	fieldItem
	fieldType
	fieldNullable
	fieldKey
	fieldDefault
	fieldComment
	fieldCollation
	fieldCharset
	fieldCount
)

// nondeterministic follows the names of nondeterministic collations.
const nondeterministic = " (nondeterministic)"

// strict is the word in Extra for SQLite columns that hold only their declared type.
const strict = "strict"

// Read converts the rows that each emits, batch by batch, to sorted tables. It releases the
// batches. Its error is the error of each, or says that the rows are not a catalogue.
func Read(each func(row.Emit) error) ([]Table, error) {
	r := &reader{at: map[[2]string]int{}}
	err := each(func(b *row.Batch) error {
		defer b.Release()
		return r.add(b)
	})
	if err != nil {
		return nil, err
	}
	return r.end(), nil
}

// A reader collects tables: rows arrive in any order.
type reader struct {
	tables []Table
	at     map[[2]string]int // place in tables, by schema and name
	items  []item
	cells  [fieldCount]string
}

// An item is a column, or a column of an index. Its place in its table is known only
// when all rows have arrived.
type item struct {
	table  int
	place  int
	key    bool   // the item belongs to an index
	index  string // the name of the index
	words  string // the words of the index
	column Column // for an index only the name is set
}

func (r *reader) add(b *row.Batch) error {
	if w := b.Schema.Width(); w != fieldCount {
		return fmt.Errorf("a catalogue has %d columns, and this has %d", int(fieldCount), w)
	}
	for i := range b.Rows() {
		for n, c := range b.Row(i) {
			r.cells[n] = ""
			if c.Kind != row.Null {
				r.cells[n] = string(b.AppendText(nil, c))
			}
		}
		if err := r.row(); err != nil {
			return err
		}
	}
	return nil
}

// row reads the row in r.cells.
func (r *reader) row() error {
	f := &r.cells
	at := r.table(f[fieldSchema], f[fieldName])
	t := &r.tables[at]
	t.Visible = t.Visible || f[fieldVisible] == "1"
	place, err := strconv.ParseInt(f[fieldPlace], 10, 64)
	if err != nil {
		place = -1
	}
	switch f[fieldPart] {
	case "table":
		t.Kind, t.Rows, t.Comment = Kind(f[fieldKind]), place, f[fieldComment]
	case "column":
		key, _ := strconv.Atoi(f[fieldKey]) // empty is 0
		collation, differs := strings.CutSuffix(f[fieldCollation], nondeterministic)
		extra, isStrict := strings.CutSuffix(f[fieldKind], strict)
		r.items = append(r.items, item{table: at, place: int(place), column: Column{
			Name: f[fieldItem], Type: f[fieldType], Nullable: f[fieldNullable] == "1", Key: key, Default: f[fieldDefault],
			Extra: extra, Comment: f[fieldComment], Collation: collation, Charset: f[fieldCharset], Nondeterministic: differs, Strict: isStrict,
		}})
	case "index":
		r.items = append(r.items, item{table: at, place: int(place), key: true, index: f[fieldItem], words: f[fieldKind], column: Column{Name: f[fieldType]}})
	default:
		return fmt.Errorf("a row of the catalogue is %q, neither table nor column nor index", f[fieldPart])
	}
	return nil
}

// table returns the position of a table, which may be new.
func (r *reader) table(schema, name string) int {
	key := [2]string{schema, name}
	at, ok := r.at[key]
	if !ok {
		at = len(r.tables)
		r.at[key] = at
		r.tables = append(r.tables, Table{Schema: schema, Name: name, Rows: -1})
	}
	return at
}

// end puts columns and indexes into their tables.
func (r *reader) end() []Table {
	slices.SortStableFunc(r.items, func(a, b item) int {
		if a.table == b.table && a.key != b.key {
			return map[bool]int{false: -1, true: 1}[a.key] // the columns of a table come first
		}
		return cmp.Or(cmp.Compare(a.table, b.table), cmp.Compare(a.index, b.index), cmp.Compare(a.place, b.place))
	})
	for _, x := range r.items {
		t := &r.tables[x.table]
		words := strings.Fields(x.words)
		switch {
		case !x.key:
			t.Columns = append(t.Columns, x.column)
		case slices.Contains(words, "primary"):
			for i := range t.Columns {
				if t.Columns[i].Name == x.column.Name {
					t.Columns[i].Key = x.place
				}
			}
		default:
			if n := len(t.Indexes); n == 0 || t.Indexes[n-1].Name != x.index {
				t.Indexes = append(t.Indexes, Index{Name: x.index, Unique: slices.Contains(words, "unique"), Partial: slices.Contains(words, "partial")})
			}
			last := &t.Indexes[len(t.Indexes)-1]
			last.Columns = append(last.Columns, x.column.Name)
		}
	}
	tables := slices.DeleteFunc(r.tables, func(t Table) bool { return t.Kind == "" }) // it was created between the parts of the statement
	Sort(tables)
	return tables
}
