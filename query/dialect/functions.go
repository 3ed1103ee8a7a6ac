// The list of functions and operators: the types of their arguments, and how each product
// spells them. The equivalence test runs every entry on every product and in DuckDB.

package dialect

import (
	"slices"
	"strings"
)

// A function is an entry of the list: a function of DuckDB for arguments of some types.
type function struct {
	// names are DuckDB's names for it, separated by blanks.
	names string
	// args are the classes of its arguments. With repeat, further arguments of the last
	// class may follow.
	args   []class
	repeat bool
	// constant are the arguments, counted from 1, that must be constants and not NULL.
	constant []int
	// only returns why the entry does not apply to a call although the types fit. It
	// returns an empty text if it does apply. It may be nil.
	only func(*Call) string

	// The spellings: see [printer.template]. MariaDB uses MySQL's spelling unless it has
	// its own.
	postgres, mysql, sqlite, mariadb string
}

func (f *function) named(name string) bool {
	for n := range strings.FieldsSeq(f.names) {
		if n == name {
			return true
		}
	}
	return false
}

func (f *function) takes(args []Expr) bool {
	if len(args) < len(f.args) || len(args) > len(f.args) && !f.repeat {
		return false
	}
	for i, arg := range args {
		if !arg.Of().class().in(f.args[min(i, len(f.args)-1)]) {
			return false
		}
	}
	for _, n := range f.constant {
		if c, ok := args[n-1].(*Constant); !ok || c.Null {
			return false
		}
	}
	return true
}

func (f *function) spelling(p Product) string {
	switch p {
	case PostgreSQL:
		return f.postgres
	case SQLite:
		return f.sqlite
	case MariaDB:
		if f.mariadb != "" {
			return f.mariadb
		}
	}
	return f.mysql
}

// Reasons that several entries share.
const (
	asFloat   = "no: a result beyond 64 bits turns into a float there, in silence"
	asDecimal = "no: decimals are floats there"
	letters   = "no: {f} of letters differs from server to server"
	here      = "no: {f} is not known to mean the same"
	divisors  = "no: a division by zero gives infinity or NaN in DuckDB"
)

var functions = slices.Concat(common, dates)

var common = []function{
	// Texts.
	{
		names: "length len char_length character_length", args: []class{text},
		postgres: "char_length({1})", mysql: "char_length({1})", sqlite: "length({1})",
	},
	{names: "strlen octet_length", args: []class{text}, postgres: "octet_length({1})", mysql: "length({1})", sqlite: "length(cast({1} as blob))"},
	{
		names: "strpos instr position", args: []class{text, text},
		postgres: "strpos({1=}, {2=})", mysql: "locate({2}, {1} collate utf8mb4_bin)", sqlite: "instr({1}, {2})",
	},
	{
		names: "contains", args: []class{text, text},
		postgres: "(strpos({1=}, {2=}) > 0)", mysql: "(locate({2}, {1} collate utf8mb4_bin) > 0)", sqlite: "(instr({1}, {2}) > 0)",
	},
	{
		names: "starts_with prefix ^@", args: []class{text, text},
		postgres: "(left({1}, char_length({2})) = {2=})", mysql: "(left({1=}, length({2})) = {2=})", sqlite: "(substr({1}, 1, length({2})) = {2=})",
	},
	{
		names: "ends_with suffix", args: []class{text, text},
		postgres: "(right({1}, char_length({2})) = {2=})", mysql: "(right({1=}, length({2})) = {2=})",
		sqlite: "(length({1}) >= length({2}) and substr({1}, length({1}) - length({2}) + 1) = {2=})",
	},
	{
		names: "~~", args: []class{text, text}, constant: []int{2},
		postgres: "({1=} like {2~})", mysql: "({1} like {2~})", sqlite: "({1} glob {2~})",
	},
	{
		names: "!~~", args: []class{text, text}, constant: []int{2},
		postgres: "({1=} not like {2~})", mysql: "({1} not like {2~})", sqlite: "({1} not glob {2~})",
	},
	{
		names: "like_escape", args: []class{text, text, text}, constant: []int{2, 3}, only: oneEscape,
		postgres: "({1=} like {2~})", mysql: "({1} like {2~})", sqlite: "({1} glob {2~})",
	},
	{
		names: "not_like_escape", args: []class{text, text, text}, constant: []int{2, 3}, only: oneEscape,
		postgres: "({1=} not like {2~})", mysql: "({1} not like {2~})", sqlite: "({1} not glob {2~})",
	},
	{names: "trim", args: []class{text, text}, constant: []int{2}, only: blank, postgres: "btrim({1}, ' ')", mysql: "trim(both ' ' from {1})", sqlite: "trim({1}, ' ')"},
	{names: "ltrim", args: []class{text, text}, constant: []int{2}, only: blank, postgres: "ltrim({1}, ' ')", mysql: "trim(leading ' ' from {1})", sqlite: "ltrim({1}, ' ')"},
	{names: "rtrim", args: []class{text, text}, constant: []int{2}, only: blank, postgres: "rtrim({1}, ' ')", mysql: "trim(trailing ' ' from {1})", sqlite: "rtrim({1}, ' ')"},
	{
		names: "replace", args: []class{text, text, text},
		postgres: "replace({1=}, {2=}, {3})", mysql: "replace({1} collate utf8mb4_bin, {2}, {3})", sqlite: "replace({1}, {2}, {3})",
	},
	{names: "left", args: []class{text, integer}, constant: []int{2}, only: countsFrom(0), postgres: "left({1}, {2#})", mysql: "left({1}, {2#})", sqlite: "substr({1}, 1, {2#})"},
	{
		names: "right", args: []class{text, integer}, constant: []int{2}, only: countsFrom(1),
		postgres: "right({1}, {2#})", mysql: "right({1}, {2#})", sqlite: "substr({1}, -{2#})",
	},
	{
		names: "substring substr", args: []class{text, integer}, constant: []int{2}, only: countsFrom(1),
		postgres: "substr({1}, {2#})", mysql: "substr({1}, {2#})", sqlite: "substr({1}, {2#})",
	},
	{
		names: "substring substr", args: []class{text, integer, integer}, constant: []int{2, 3}, only: countsFrom(1),
		postgres: "substr({1}, {2#}, {3#})", mysql: "substr({1}, {2#}, {3#})", sqlite: "substr({1}, {2#}, {3#})",
	},
	{names: "||", args: []class{text, text}, postgres: "({1} || {2})", mysql: "concat({1}, {2})", sqlite: "({1} || {2})"},
	{names: "concat", args: []class{text}, repeat: true, postgres: "concat({*})", mysql: "concat_ws('', {*})", sqlite: "concat({*})"},
	{names: "concat_ws", args: []class{text, text}, repeat: true, postgres: "concat_ws({*})", mysql: "concat_ws({*})", sqlite: "concat_ws({*})"},
	{names: "upper ucase", args: []class{text}, postgres: letters, mysql: letters, sqlite: letters},
	{names: "lower lcase", args: []class{text}, postgres: letters, mysql: letters, sqlite: letters},
	{names: "~~* !~~*", args: []class{text, text}, postgres: letters, mysql: letters, sqlite: letters},
	{names: "trim ltrim rtrim", args: []class{text}, postgres: "no: {f} without a character cuts other white space as well", mysql: "no: {f} without a character cuts other white space as well", sqlite: "no: {f} without a character cuts other white space as well"},

	// Numbers.
	{names: "+", args: []class{integer, integer}, only: bigint, postgres: "({1}::bigint + {2}::bigint)", mysql: "(cast({1} as signed) + cast({2} as signed))", sqlite: asFloat},
	{names: "-", args: []class{integer, integer}, only: bigint, postgres: "({1}::bigint - {2}::bigint)", mysql: "(cast({1} as signed) - cast({2} as signed))", sqlite: asFloat},
	{names: "*", args: []class{integer, integer}, only: bigint, postgres: "({1}::bigint * {2}::bigint)", mysql: "(cast({1} as signed) * cast({2} as signed))", sqlite: asFloat},
	{names: "-", args: []class{integer}, only: bigint, postgres: "(- {1}::bigint)", mysql: "(- cast({1} as signed))", sqlite: asFloat},
	{names: "+ - *", args: []class{integer | decimal, integer | decimal}, only: within38, postgres: "({1} {f} {2})", mysql: "({1} {f} {2})", sqlite: asDecimal},
	{names: "-", args: []class{decimal}, postgres: "(- {1})", mysql: "(- {1})", sqlite: asDecimal},
	{names: "+ - *", args: []class{double, double}, postgres: "({1} {f} {2})", mysql: "no: a result beyond the doubles is an error or NULL there", sqlite: "no: NaN is NULL there"},
	{names: "abs @", args: []class{integer}, only: bigint, postgres: "abs({1}::bigint)", mysql: "abs(cast({1} as signed))", sqlite: "abs({1})"},
	{names: "abs @", args: []class{decimal}, postgres: "abs({1})", mysql: "abs({1})", sqlite: asDecimal},
	{names: "abs @", args: []class{double}, postgres: "abs({1})", mysql: "abs({1})", sqlite: "abs({1})"},
	{names: "/", args: []class{number, number}, constant: []int{2}, only: divisor, postgres: "({1}::float8 / {2}::float8)", mysql: "(({1} + 0e0) / {2})", sqlite: "(cast({1} as real) / {2})"},
	{names: "/", args: []class{number, number}, postgres: divisors, mysql: divisors, sqlite: divisors},
	{
		names: "//", args: []class{integer, integer}, only: bigint,
		postgres: "({1}::bigint / nullif({2}, 0))", mysql: "(cast({1} as signed) div cast({2} as signed))", sqlite: "({1} / {2})",
	},
	{
		names: "% mod", args: []class{integer, integer}, only: bigint,
		postgres: "({1}::bigint % nullif({2}, 0))", mysql: "(cast({1} as signed) % cast({2} as signed))", sqlite: "({1} % {2})",
	},
	{names: "round", args: []class{decimal, integer}, constant: []int{2}, only: countsFrom(0), postgres: "round({1}, {2#})", mysql: "round({1}, {2#})", sqlite: asDecimal},
	{names: "round", args: []class{decimal}, postgres: "round({1})", mysql: "round({1})", sqlite: asDecimal},
	{ // a half rounds away from zero; the addition is exact, since numbers with a fraction are below 2^52
		names: "round", args: []class{double},
		postgres: "(case when abs({1} - trunc({1})) >= 0.5 then trunc({1}) + sign({1}) else trunc({1}) end)",
		mysql:    "(case when abs({1} - truncate({1}, 0)) >= 0.5 then truncate({1}, 0) + sign({1}) else truncate({1}, 0) end)",
		sqlite:   "(case when abs({1} - trunc({1})) >= 0.5 then trunc({1}) + sign({1}) else trunc({1}) end)",
	},
	{names: "round", args: []class{double, integer}, postgres: here, mysql: here, sqlite: here},
	{names: "floor", args: []class{double}, postgres: "floor({1})", mysql: "floor({1})", sqlite: "floor({1})"},
	{names: "ceil ceiling", args: []class{double}, postgres: "ceil({1})", mysql: "ceil({1})", sqlite: "ceil({1})"},
	{names: "floor", args: []class{decimal}, postgres: "floor({1})", mysql: "floor({1})", sqlite: asDecimal},
	{names: "ceil ceiling", args: []class{decimal}, postgres: "ceil({1})", mysql: "ceil({1})", sqlite: asDecimal},
	{names: "sign", args: []class{integer}, postgres: "sign({1})::int", mysql: "sign({1})", sqlite: "sign({1})"},
	{
		names: "sqrt", args: []class{double}, postgres: "sqrt({1})",
		mysql: "no: of a negative number it is NULL there, and an error in DuckDB", sqlite: "no: of a negative number it is NULL there, and an error in DuckDB",
	},
}

// bigint accepts a result of type BIGINT. For a type with fewer bits, DuckDB fails for
// values for which a server does not.
func bigint(e *Call) string {
	if e.Type.ID != BigInt {
		return "the result is " + e.Type.String() + ", which ends with an error at other values than there"
	}
	return ""
}

// within38 accepts calls whose results cannot have more digits than DuckDB's decimals.
func within38(e *Call) string {
	width, scale, ok := digits(e)
	if !ok || width > 38 || scale > 30 || e.Type.class() != decimal || e.Type.Scale < scale {
		return "the result may have more than 38 digits, an error in DuckDB alone"
	}
	return ""
}

// divisor accepts a constant that is not 0, and numbers that all products convert to the
// same double.
func divisor(e *Call) string {
	by := e.Args[1].(*Constant)
	if !finite(by.Value) || strings.Trim(by.Value, "-+0.eE") == "" {
		return divisors[len("no: "):]
	}
	for _, arg := range e.Args {
		if arg.Of().class() == decimal && !exactDouble(arg) {
			return "a decimal of more than 15 digits is another double"
		}
	}
	return ""
}

// countsFrom returns a check that accepts a second argument, a number of characters, which
// is not less than least, and a third that is not negative.
func countsFrom(least int) func(*Call) string {
	return func(e *Call) string {
		for i, arg := range e.Args[1:] {
			if c, ok := arg.(*Constant); !ok || len(c.Value) > 9 || strings.HasPrefix(c.Value, "-") || least > 0 && c.Value == "0" && i == 0 {
				return "servers differ on numbers below 1, and on huge ones"
			}
		}
		return ""
	}
}

// blank accepts only the blank, which all products trim in the same way.
func blank(e *Call) string {
	if e.Args[1].(*Constant).Value != " " {
		return "only a blank is cut by all alike"
	}
	return ""
}

// oneEscape accepts an escape of one character.
func oneEscape(e *Call) string {
	if len([]rune(e.Args[2].(*Constant).Value)) != 1 {
		return "its escape is not one character"
	}
	return ""
}
