// Package dialect prints parts of a statement of DuckDB's SQL for the servers that are
// asked: a [Select] goes in, and the text for one [Product] comes out, or a [Refusal]
// that says what cannot be said there with the same meaning, and why.
//
//	id := &dialect.Column{Table: "o", Name: "id", Type: dialect.Type{ID: dialect.BigInt}, Own: "integer"}
//	text, err := dialect.Select{
//		List:  []dialect.Item{{Expr: id, As: "id"}},
//		From:  dialect.Table{Name: "orders", As: "o"},
//		Where: &dialect.Call{Name: ">", Args: []dialect.Expr{id, five}, Type: boolean},
//	}.SQL(dialect.PostgreSQL)
//
// The tree is typed: every expression has the type that DuckDB's binder gives it, a
// column also that of its own server, and constants are folded already. What a text
// prints means exactly what DuckDB makes of the expression: the same value, the same
// NULL, or an error of the server where DuckDB might have none. So who sends it asks
// again, with the work left out, when a server says that a value was out of range.
//
// Functions and operators go by DuckDB's names, as its parser gives them: LIKE is ~~,
// count(*) is count_star. [functions] is the one list of them: each entry has the types
// that it holds for, how each product spells it, and where one cannot, the reason. An
// entry is there because a test ran it with odd values on every kind of server and in
// DuckDB and found the same.
//
// All names and literals are quoted so that they mean the same in every mode of the
// servers: ANSI_QUOTES, NO_BACKSLASH_ESCAPES, standard_conforming_strings. A text of
// this package need not be read again for a server's modes.
package dialect

import "fmt"

// A Product is a kind of server that texts are printed for.
type Product uint8

const (
	PostgreSQL Product = iota
	MySQL
	MariaDB
	SQLite
)

// Products are all of them.
var Products = []Product{PostgreSQL, MySQL, MariaDB, SQLite}

// String is the product's name as its makers write it.
func (p Product) String() string { return [...]string{"PostgreSQL", "MySQL", "MariaDB", "SQLite"}[p] }

// A Refusal says that something cannot be said to a product with the same meaning.
type Refusal struct {
	Product Product
	At      Place  // of what cannot be said, in the user's text
	Why     string // such as: upper differs for letters beyond ASCII
}

func (r *Refusal) Error() string { return fmt.Sprintf("%s: %s", r.Product, r.Why) }

// A Place is where an expression begins in the user's text, in bytes from 1, so that
// the zero Place is none.
type Place int

// At gives the place of a byte of the text, counted from 0.
func At(offset int) Place { return Place(offset + 1) }

// Offset is the place in bytes from 0; ok is false where there is none.
func (p Place) Offset() (at int, ok bool) { return int(p) - 1, p > 0 }

// spoken is what differs between products besides the spellings of functions.
type spoken interface {
	// name quotes an identifier; why is not empty where none can have that name.
	name(s string) (quoted, why string)
	// text is the literal of a text, which means the same in every mode.
	text(s string) (literal, why string)
	// constant is the literal of a value of the type, which is not NULL and no text.
	constant(t Type, value string) (literal, why string)
	// column gives the value of a column, named by its quoted name, as its logical type.
	column(c *Column, quoted string) (value, why string)
	// bytes has a text compared and ordered by its bytes.
	bytes(value string) string
	// cast converts a value between types that are not the same.
	cast(from Expr, value string, to Type) (cast, why string)
	// null is NULL of a type, where it makes a column.
	null(t Type) string
}

var speakers = [...]spoken{PostgreSQL: postgres{}, MySQL: mysql{}, MariaDB: mysql{}, SQLite: sqlite{}}
