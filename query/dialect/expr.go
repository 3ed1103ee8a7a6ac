// Expressions: the tree that is printed.

package dialect

// An Expr is an expression: a [*Column], [*Constant], [*Call], [*Cast], [*Case], [*In],
// [*Keys], [*Exists]
// or [*Aggregate].
type Expr interface {
	// Of is the type that DuckDB gives the expression.
	Of() Type
	// Begins is where it stands in the user's text.
	Begins() Place
}

// A Column is one of a table that the [Select] reads.
type Column struct {
	Table string // the alias of the table
	Name  string // as the server has it
	Type  Type   // the logical one: what it means over all sources
	// Own is the type that its server declares, as the server spells it with length and
	// precision: character varying(20), int unsigned, DECIMAL(12,2). Empty is a column
	// of a subquery of this package's, which has the logical type already.
	Own string
	// Charset and Collation are those of a column of text, as the server spells them, and
	// empty where they are not known. Then nothing is taken for granted: texts are
	// converted, and compared by their bytes.
	Charset, Collation string
	// Nondeterministic: PostgreSQL's collation takes different texts for equal.
	Nondeterministic bool
	// Strict: no cell can be of another type than the declared one. It is true of all
	// servers' columns but SQLite's, where it is for those of STRICT tables and for
	// INTEGER PRIMARY KEY. See [Select.Checked].
	Strict bool
	At     Place
}

// A Constant is a value, folded by DuckDB.
type Constant struct {
	Type Type
	Null bool
	// Value is the text that DuckDB gives for the value cast to VARCHAR: 12.50, true,
	// 2026-01-31 08:30:00.25. That of a DOUBLE is the shortest that gives it again.
	Value string
	At    Place
}

// A Call is a function or an operator of DuckDB's, by its name in lower case, with the
// operators and clauses that are functions here:
//
//	= <> < <= > >= and "is distinct from", "is not distinct from"
//	and, or (any number of arguments), not
//	"is null", "is not null"
//	+ - * / // % || ~~ !~~
//
// BETWEEN is two comparisons, and an operator with one argument has one. Date parts are
// functions of their names: date_part('year', d) is year(d) or date_part, both are known.
type Call struct {
	Name string
	Args []Expr
	Type Type
	At   Place
}

// A Cast converts to a type. Those that DuckDB's binder adds may be in the tree, and
// may be left out: operands of a comparison need only be of one kind.
type Cast struct {
	Arg  Expr
	Type Type
	Try  bool // TRY_CAST
	At   Place
}

// A Case is CASE WHEN ... THEN ... ELSE ... END; the form with an operand is written
// with comparisons. Else is nil for NULL.
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

// Keys is IN with the keys that the other side of a semi-join has: many constants of
// the column's logical type, none of them NULL. It is spelt so that thousands of them
// are fast.
type Keys struct {
	Arg    *Column
	Values []string // as of [Constant]
	At     Place
}

// Exists is [NOT] EXISTS of a relation's rows under a condition, which may name what is
// outside: semi and anti joins are printed so.
type Exists struct {
	From  Relation
	Where Expr
	Not   bool
	At    Place
}

// An Aggregate is one over the rows of one source. Its names:
//
//	count_star, count, min, max, bool_and, bool_or
//	sum                  of numbers; not of SQLite's integers
//	sum_high, sum_low    of integers: sum_high * 2^32 + sum_low is the sum, and neither
//	                     overflows (see [SplitSum])
//	mean, squares        of doubles: the average, and the sum of squared deviations
//
// These are what the whole of several sources is computed from. Where a source's own
// answer is all that is asked for, and Whole is set, there are
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

// SplitSum reports whether a product sums this type as sum_high and sum_low: its own sum
// ends with an error, or loses digits, where the total is beyond 64 bits.
func SplitSum(p Product, t Type) bool { return p == SQLite && t.class() == integer }
