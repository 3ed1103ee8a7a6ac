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
// The tree is typed: every expression has the type that DuckDB's binder assigns to it, a
// column also has the type that its server declares, and constants are already folded. A
// printed text has exactly the result of the expression in DuckDB: the same value or the
// same NULL. The only exception is an error of the server, where DuckDB might have none.
// So if a server reports a value out of range, the caller repeats the query without this
// part.
//
// Functions and operators have the names that DuckDB's parser uses: LIKE is ~~, and
// count(*) is count_star. [functions] is the list of all: each entry has the types of its
// arguments, and for each product the spelling or the reason why there is none. Every
// entry is tested with odd values on every kind of server and in DuckDB, with the same
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

// A Refusal says that a product cannot express something with the same meaning.
type Refusal struct {
	Product Product
	At      Place  // of the refused part, in the user's text
	Why     string // for example: upper differs for letters beyond ASCII
}

func (r *Refusal) Error() string { return fmt.Sprintf("%s: %s", r.Product, r.Why) }

// A Place is the position at which an expression begins in the user's text, in bytes from
// 1. Zero means that it has none.
type Place int

// At returns the place for a byte offset, which counts from 0.
func At(offset int) Place { return Place(offset + 1) }

// Offset returns the place as a byte offset; ok is false if it has none.
func (p Place) Offset() (at int, ok bool) { return int(p) - 1, p > 0 }

// spoken is what differs between products besides the spellings of functions. Each why is
// empty, or the reason why the product cannot express it.
type spoken interface {
	// name quotes an identifier.
	name(s string) (quoted, why string)
	// text returns a literal for a text, which means the same in every mode.
	text(s string) (literal, why string)
	// constant returns a literal for a value of the type, which is neither NULL nor a
	// text.
	constant(t Type, value string) (literal, why string)
	// column returns the value of a column, named by its quoted name, as its logical
	// type.
	column(c *Column, quoted string) (value, why string)
	// bytes makes a text compare and sort by its bytes.
	bytes(value string) string
	// cast converts a value to a different type.
	cast(from Expr, value string, to Type) (cast, why string)
	// null returns NULL with a type, for a column of the result.
	null(t Type) string
}

var speakers = [...]spoken{PostgreSQL: postgres{}, MySQL: mysql{}, MariaDB: mysql{}, SQLite: sqlite{}}
