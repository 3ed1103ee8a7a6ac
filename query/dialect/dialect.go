// Package dialect prints parts of a statement of DuckDB's SQL for servers. Its input is a
// [Select], and its output is the text for one [Product], or a [Refusal] that says which
// part that product cannot express with the same meaning, and why.
//
//	id := &dialect.Column{Table: "o", Name: "id", Type: dialect.Type{ID: dialect.BigInt}, Own: "integer"}
//	text, err := dialect.Select{
//		List:  []dialect.Item{{Expr: id, As: "id"}},
//		From:  dialect.Table{Name: "orders", As: "o"},
//		Where: &dialect.Call{Name: ">", Args: []dialect.Expr{id, five}, Type: boolean},
//	}.SQL(dialect.PostgreSQL)
//
// The tree is typed. Every expression has the type that DuckDB's binder assigns to it. A
// column also has the type that its server declares. Constants are already folded. A
// printed text has exactly the result of the expression in DuckDB: the same value or the
// same NULL. There is one exception: a server may report an error where DuckDB has none. So
// if a server reports a value out of range, the caller repeats the query without this part.
//
// Functions and operators have the names that DuckDB's parser uses: LIKE is ~~, and
// count(*) is count_star. [functions] lists all of them. Each entry has the types of its
// arguments, and for each product the spelling or the reason why there is none. A test runs
// every entry with odd values on every kind of server and in DuckDB, and compares the
// results.
//
// All names and literals are quoted so that they mean the same in every mode of the
// servers (ANSI_QUOTES, NO_BACKSLASH_ESCAPES, standard_conforming_strings). So a text of
// this package need not be parsed again for a server's modes.
package dialect

import "fmt"

// A Product is a kind of server.
type Product uint8

const (
	PostgreSQL Product = iota
	MySQL
	MariaDB
	SQLite
)

// Products are all products.
var Products = []Product{PostgreSQL, MySQL, MariaDB, SQLite}

// String returns the product's name as its makers write it.
func (p Product) String() string { return [...]string{"PostgreSQL", "MySQL", "MariaDB", "SQLite"}[p] }

// A Refusal is the error for an expression that a product cannot express with the same
// meaning.
type Refusal struct {
	Product Product
	At      Place  // where the refused part begins in the user's text
	Why     string // such as: decimals are floats there
}

func (r *Refusal) Error() string { return fmt.Sprintf("%s: %s", r.Product, r.Why) }

// A Place is the position at which an expression begins in the user's text, in bytes from
// 1. Zero means that it has no place there.
type Place int

// At returns the place for a byte offset, which counts from 0.
func At(offset int) Place { return Place(offset + 1) }

// Offset returns the place as a byte offset from 0. Ok is false if the place is zero.
func (p Place) Offset() (at int, ok bool) { return int(p) - 1, p > 0 }

// spoken has what differs between products besides the spellings of functions. Each why is
// empty, or the reason why the product cannot express something.
type spoken interface {
	// name quotes an identifier.
	name(s string) (quoted, why string)
	// text returns a literal for a text that means the same in every mode of the server.
	text(s string) (literal, why string)
	// constant returns a literal for a value of the type. The value is neither NULL nor a
	// text.
	constant(t Type, value string) (literal, why string)
	// column returns the value of a column as its logical type. Quoted is the name of the
	// column.
	column(c *Column, quoted string) (value, why string)
	// bytes returns a text in a form that is compared and sorted by its bytes.
	bytes(value string) string
	// cast converts a value to another type. If both results are empty, the cast is not
	// known.
	cast(from Expr, value string, to Type) (cast, why string)
	// null returns NULL with a type, for a column of the result.
	null(t Type) string
}

var speakers = [...]spoken{PostgreSQL: postgres{}, MySQL: mysql{}, MariaDB: mysql{}, SQLite: sqlite{}}
