// Expressions: the tree that is printed.

package dialect

// An Expr is an expression: a [*Column], [*Constant], [*Call], [*Cast], [*Case], [*In],
// [*Keys], [*Exists], [*Subquery], [*Aggregate] or [*Window].
type Expr interface {
	// Of returns the type that DuckDB assigns to the expression.
	Of() Type
	// Begins returns where the expression begins in the user's text.
	Begins() Place
}

// A Column is a column of a table that the [Select] reads.
type Column struct {
	Table string // the alias of the table
	Name  string // as the server spells it
	Type  Type   // the logical type, which is the same for all sources
	// Own is the type that the column's server declares, as the server spells it, with
	// length and precision: character varying(20), int unsigned, DECIMAL(12,2). It is empty
	// for a column of a [Sub], which already has the logical type.
	Own string
	// Charset and Collation are those of a column of text, as the server spells them. They
	// are empty if they are not known. Texts are then converted, and compared by their
	// bytes.
	Charset, Collation string
	// Nondeterministic means that the collation in PostgreSQL may regard different texts
	// as equal.
	Nondeterministic bool
	// Strict means that every cell has the declared type. It is true for all servers. In
	// SQLite it is true only for STRICT tables and for INTEGER PRIMARY KEY. See
	// [Select.Checked].
	Strict bool
	// Stored means that the column is stored in a table: it is neither computed nor a
	// column of a view. SQLite has then converted the cells that it could to the declared
	// type.
	Stored bool
	// Ranked means that a column in [Select.Checked] is only used as an argument of min and
	// max.
	Ranked bool
	At     Place
}

// A Constant is a value that DuckDB has computed.
type Constant struct {
	Type Type
	Null bool
	// Value is the value cast to VARCHAR by DuckDB: 12.50, true, 2026-01-31 08:30:00.25.
	// For a DOUBLE it is the shortest text that reads back to the same value.
	Value string
	At    Place
}

// A Call is a call of a function or an operator of DuckDB, by its name in lower case. These
// operators and clauses are functions here:
//
//	= <> < <= > >= and "is distinct from", "is not distinct from"
//	and, or (any number of arguments), not
//	"is null", "is not null"
//	+ - * / // % || ~~ !~~
//
// BETWEEN is two comparisons. A unary operator has one argument. A part of a date can be
// written as date_part('year', d) or year(d).
type Call struct {
	Name string
	Args []Expr
	Type Type
	At   Place
}

// A Cast converts to a type. The casts that DuckDB's binder adds may be in the tree or may
// be left out, since comparisons accept operands of one class.
type Cast struct {
	Arg  Expr
	Type Type
	Try  bool // TRY_CAST
	At   Place
}

// A Case is CASE WHEN ... THEN ... ELSE ... END. The form with an operand is written with
// comparisons. Else is nil for NULL.
type Case struct {
	Whens []When
	Else  Expr
	Type  Type
	At    Place
}

// A When is a branch of a Case.
type When struct{ If, Then Expr }

// An In is [NOT] IN with a list.
type In struct {
	Arg  Expr
	List []Expr
	Not  bool
	At   Place
}

// Keys is IN with the keys from the other side of a semi-join. They are constants of the
// column's logical type, and none of them is NULL. It is printed so that thousands of keys
// are fast.
type Keys struct {
	Arg    *Column
	Values []string // as in [Constant]
	At     Place
}

// Exists is [NOT] EXISTS of rows of a relation that meet a condition. The condition may use
// columns from outside. It expresses semi and anti joins.
type Exists struct {
	From  Relation
	Where Expr
	Not   bool
	At    Place
}

// An Aggregate aggregates the rows of one source. Its names are
//
//	count_star, count, min, max, bool_and, bool_or
//	sum                  of numbers; SQLite gives that of exact ones as a text
//	mean, squares        of doubles: the average, and the sum of squared deviations
//
// The result over several sources can be computed from these. If Whole is set, the result
// of a single source is wanted. Then these are possible, too:
//
//	sum                  of SQLite's integers as well: an error beyond 64 bits
//	avg                  a double
//	count_distinct
type Aggregate struct {
	Name   string
	Whole  bool
	Arg    Expr // nil for count_star
	Filter Expr // nil for all rows
	Type   Type
	At     Place
}

func (e *Column) Of() Type    { return e.Type }
func (e *Constant) Of() Type  { return e.Type }
func (e *Call) Of() Type      { return e.Type }
func (e *Cast) Of() Type      { return e.Type }
func (e *Case) Of() Type      { return e.Type }
func (*In) Of() Type          { return Type{ID: Boolean} }
func (*Keys) Of() Type        { return Type{ID: Boolean} }
func (*Exists) Of() Type      { return Type{ID: Boolean} }
func (e *Aggregate) Of() Type { return e.Type }

func (e *Column) Begins() Place    { return e.At }
func (e *Constant) Begins() Place  { return e.At }
func (e *Call) Begins() Place      { return e.At }
func (e *Cast) Begins() Place      { return e.At }
func (e *Case) Begins() Place      { return e.At }
func (e *In) Begins() Place        { return e.At }
func (e *Keys) Begins() Place      { return e.At }
func (e *Exists) Begins() Place    { return e.At }
func (e *Aggregate) Begins() Place { return e.At }
