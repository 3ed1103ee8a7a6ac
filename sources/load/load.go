// Package load is the contract with a database that rows are loaded into: the requests, and
// what the columns of its table can hold.
//
//	table, err := loader.Look(ctx, request, progress)   // the table as it is
//	answer, err := loader.Load(ctx, request, progress, func(emit row.Emit) error {
//		return stage.Each(emit)                          // all rows, or an error
//	})
//
// A loader is in the folder of its driver, and package sources lists them. The caller
// matches columns by name, and ensures that each column can hold its values.
package load

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/option"
	"github.com/fanql/fanql/sources/row"
)

// A Loader is a database that rows can be loaded into. Its sessions write, unlike those
// of a source. It dials nothing before one of its methods is called, and holds no
// connection once the method has returned. Errors are a *[driver.Error], or emit's own;
// they contain no URL and no password.
type Loader interface {
	Name() string
	// Place returns where the database is, for messages, without user and password.
	Place() string
	// Look returns the table as it is, or an error if rows cannot be loaded into it in this
	// mode: the table is missing, or it exists and the mode is Create, or it is a view. The
	// Columns are nil for Create. It changes nothing.
	Look(ctx context.Context, r Request, p *driver.Progress) (Table, error)
	// Load calls rows with a function that receives batches, and makes all rows visible at
	// once after rows has returned nil. After an error the table is as it was, except that
	// after an [UnknownError] the rows may be in it. An error of rows is returned
	// unchanged. A batch has the columns of r.Columns, in this order, with cells that they
	// can hold. The function owns the batch.
	Load(ctx context.Context, r Request, p *driver.Progress, rows func(row.Emit) error) (Answer, error)
	// Columns returns the columns of a table that Create makes for these.
	Columns(columns []Column) []Column
	// Statements returns what Load would run, without values, for a dry run.
	Statements(r Request) []string
}

// A Request describes a load: the table, the mode and the columns.
type Request struct {
	// Table is the name of the table as the user wrote it: orders, or shop.orders, and each
	// part may be quoted.
	Table string
	Mode  Mode
	// Key are the columns by which Upsert matches rows, as the table spells them.
	Key []string
	// Columns are the columns of the rows. For Create the loader makes the table from them;
	// otherwise they are columns of the table.
	Columns []Column
	// ConnectBy is the time at which connecting must be done; zero is the end of ctx.
	ConnectBy time.Time
	// Grace is how long a method may continue after ctx is done, to roll back.
	Grace time.Duration
}

// A Mode says what a load does with the table.
type Mode uint8

const (
	// Append adds the rows to an existing table.
	Append Mode = iota
	// Create makes the table, which must not exist.
	Create
	// Replace replaces all rows of the table.
	Replace
	// Upsert adds the rows, and changes existing rows with the same key.
	Upsert
)

// String returns the mode's name.
func (m Mode) String() string { return [...]string{"append", "create", "replace", "upsert"}[m] }

// A Table is a table that rows are loaded into.
type Table struct {
	// Name is the table's name with its schema, as the database spells it.
	Name    string
	Columns []Column
	// Prompt says that a load must not wait for rows once it has begun: other sessions that
	// insert wait for its end, or the server limits its time.
	Prompt bool
}

// A Column is a column of such a table, with the values that it can hold.
type Column struct {
	Name string
	// Type is the type as the database writes it. For Create, the loader chooses it.
	Type string
	// Code is the database's number of the type, for the loader.
	Code uint32
	// Kind is the kind of its cells. Any accepts every kind.
	Kind row.Kind
	// Source is the type of the values' own database, as that database spells it. It is
	// empty if the values have no type, or several. It matters only for Create.
	Source string
	// Bits is the number of bits of an Int or a Uint; 0 means 64.
	Bits int
	// Width is the most digits of a Decimal, and Scale how many of them follow the
	// point; a Width of 0 is no limit. Special says that it also holds NaN and infinity.
	Width, Scale int
	Special      bool
	// Whole and Part are the digits before and after the point that the values need, for
	// Create.
	Whole, Part int
	// Length is the most characters of a Text, or bytes if it is Sized, and the most
	// bytes of Bytes; 0 is no limit. Padded says that blanks at the end are lost. Plain
	// says that characters beyond U+FFFF cannot be held, and NoNUL that U+0000 cannot.
	Length                      int
	Sized, Padded, Plain, NoNUL bool
	// Single says that a Float has 32 bits; Finite, that it has neither NaN nor infinity.
	Single, Finite bool
	// Fraction is how many digits of a second are kept, at most 6.
	Fraction int
	// Zoned says that a Time has a zone.
	Zoned bool
	// First and Last are the range of a Date or timestamp, in microseconds since
	// 1970-01-01; if both are 0 it is the years 1 to 9999. Odd, if set, reports whether the
	// column can hold a special value in the text of a server, such as infinity or a zero
	// date.
	First, Last int64
	Odd         func(text []byte) bool
	// Convert, if set, is for columns of kind Any: it converts a cell of the batch, which
	// is not NULL, to the stored form, or returns why it cannot be held. It appends
	// additional bytes to the batch's arena.
	Convert func(b *row.Batch, c row.Cell) (row.Cell, error)
	// Check, if set, returns why the text of a value cannot be held.
	Check func(text []byte) error
	// NotNull says that NULL cannot be held; Required, that it has no default either, so
	// that rows must have the column; Computed, that the database computes it; Identity,
	// that the database does so unless a statement overrides it; Numbered, that the
	// database gives numbers to rows that have none.
	NotNull, Required, Computed, Identity, Numbered bool
}

// An Answer is what a loader reports at the end.
type Answer struct {
	Rows, Bytes int64 // how much was sent
	Warnings    []string
}

// ErrNoTable is the error for a missing table.
var ErrNoTable = option.New("there is no such table: {create} makes it")

// ErrIsTable is the error for an existing table in the mode Create.
var ErrIsTable = option.New("there is such a table already: {append} adds rows to it, {replace} replaces those that it has, {upsert} changes those of the same key")

// ErrTwice is the error for rows of an upsert that have the same key.
var ErrTwice = option.New("two of the rows have the same key: {key} keeps one of them")

// ErrView is the error for a view.
var ErrView = option.New("it is a view: rows are loaded into tables")

// Admits returns why rows cannot be loaded in this mode. There says that something with the
// table's name exists, and view that it is a view.
func (m Mode) Admits(there, view bool) error {
	switch {
	case there && m == Create:
		return ErrIsTable
	case there && view:
		return ErrView
	case !there && m != Create:
		return ErrNoTable
	}
	return nil
}

// Spelled returns the names of columns as a table spells them, regardless of case.
func Spelled(names []string, columns []Column) []string {
	own := slices.Clone(names)
	for i, name := range own {
		at := slices.IndexFunc(columns, func(c Column) bool { return c.Name == name })
		if at < 0 {
			at = slices.IndexFunc(columns, func(c Column) bool { return strings.EqualFold(c.Name, name) })
		}
		if at >= 0 {
			own[i] = columns[at].Name
		}
	}
	return own
}

// HasKey returns an error unless one of the unique indexes, which are lists of columns,
// has exactly the columns of the key.
func HasKey(key []string, indexes map[string][]string) error {
	want := slices.Sorted(slices.Values(key))
	for _, columns := range indexes {
		if slices.Equal(slices.Sorted(slices.Values(columns)), want) {
			return nil
		}
	}
	return &KeyError{strings.Join(key, ", ")}
}

// An UnknownError is the error of a load whose connection was lost while the database made
// the rows visible: it is unknown whether it did.
type UnknownError struct{ Err error }

func (e *UnknownError) Error() string {
	return "the connection was lost while the rows were committed, and whether they are in the table is not known: " + e.Err.Error()
}

func (e *UnknownError) Unwrap() error { return e.Err }

// A KeyError is the error for a key that no unique index of the table has.
type KeyError struct{ Columns string }

func (e *KeyError) Error() string {
	return "{upsert} needs a unique index or primary key on exactly (" + e.Columns + "), and the table has none"
}

// Spell writes the option with the name of the spelling.
func (e *KeyError) Spell(s option.Spelling) string { return s.Spell(e.Error()) }
