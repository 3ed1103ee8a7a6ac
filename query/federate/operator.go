// Operators with their own nodes, and the conversions of operands that DuckDB's binder
// adds.

package federate

import (
	"fmt"
	"slices"

	"github.com/fanql/fanql/query/dialect"
	"github.com/fanql/fanql/sources/duckdb/engine"
)

// between converts BETWEEN to two comparisons.
func (t *typed) between(n engine.Node, member int, at dialect.Place) (dialect.Expr, error) {
	both := &dialect.Call{Name: "and", Type: dialect.Type{ID: dialect.Boolean}, At: at}
	for _, side := range []struct{ key, name string }{{"lower", ">="}, {"upper", "<="}} {
		nodes := []engine.Node{child(n, "input"), child(n, side.key)}
		var args []dialect.Expr
		for _, c := range nodes {
			arg, err := t.expr(c, member)
			if err != nil {
				return nil, err
			}
			args = append(args, arg)
		}
		if err := t.plan.meetOperands(args, nodes); err != nil {
			return nil, err
		}
		both.Args = append(both.Args, &dialect.Call{Name: side.name, Args: args, Type: both.Type, At: at})
	}
	return both, nil
}

func (t *typed) operator(n engine.Node, member int, at dialect.Place) (dialect.Expr, error) {
	nodes := children(n, "children")
	var args []dialect.Expr
	for _, c := range nodes {
		arg, err := t.expr(c, member)
		if err != nil {
			return nil, err
		}
		args = append(args, arg)
	}
	of := t.types[identity(n)]
	switch kind := text(n, "type"); kind {
	case "COMPARE_IN", "COMPARE_NOT_IN":
		for i := 1; i < len(args); i++ {
			pair := []dialect.Expr{args[0], args[i]}
			if err := t.plan.meetOperands(pair, []engine.Node{nodes[0], nodes[i]}); err != nil {
				return nil, err
			}
			if pair[0] != args[0] {
				return nil, fmt.Errorf("a list of several types")
			}
			args[i] = pair[1]
		}
		return &dialect.In{Arg: args[0], List: args[1:], Not: kind == "COMPARE_NOT_IN", At: at}, nil
	case "OPERATOR_IS_NULL":
		return &dialect.Call{Name: "is null", Args: args, Type: of, At: at}, nil
	case "OPERATOR_IS_NOT_NULL":
		return &dialect.Call{Name: "is not null", Args: args, Type: of, At: at}, nil
	case "OPERATOR_NOT":
		return &dialect.Call{Name: "not", Args: args, Type: of, At: at}, nil
	case "OPERATOR_COALESCE":
		return &dialect.Call{Name: "coalesce", Args: args, Type: of, At: at}, nil
	default:
		return nil, fmt.Errorf("the operator %s", kind)
	}
}

func (t *typed) cases(n engine.Node, member int, of dialect.Type, at dialect.Place) (dialect.Expr, error) {
	c := &dialect.Case{Type: of, At: at}
	var err error
	for _, check := range children(n, "case_checks") {
		var w dialect.When
		if w.If, err = t.expr(child(check, "when_expr"), member); err != nil {
			return nil, err
		}
		if w.Then, err = t.expr(child(check, "then_expr"), member); err != nil {
			return nil, err
		}
		c.Whens = append(c.Whens, w)
	}
	if other := child(n, "else_expr"); other != nil {
		if c.Else, err = t.expr(other, member); err != nil {
			return nil, err
		}
		if k, ok := c.Else.(*dialect.Constant); ok && k.Null {
			c.Else = nil
		}
	}
	return c, nil
}

// exact lists the types whose values DuckDB compares exactly with each other: integers and
// decimals.
var exact = []dialect.TypeID{
	dialect.TinyInt, dialect.SmallInt, dialect.Integer, dialect.BigInt, dialect.HugeInt, dialect.UTinyInt, dialect.USmallInt, dialect.UInteger,
	dialect.UBigInt, dialect.Decimal,
}

// meetOperands converts the two operands of a comparison as DuckDB's binder does. It
// converts a literal text to the other operand's type, an exact number to a double, and a
// date to a timestamp.
func (p *Plan) meetOperands(args []dialect.Expr, nodes []engine.Node) error {
	for i := range args {
		other := args[1-i].Of()
		if _, constant := args[i].(*dialect.Constant); constant && isLiteral(nodes[i]) && other.ID != dialect.Varchar && other.ID != dialect.SQLNull {
			return p.convert(args, i, other)
		}
	}
	for i := range args {
		own, other := args[i].Of().ID, args[1-i].Of()
		switch {
		case other.ID == dialect.Timestamp && own == dialect.Date:
			return p.convert(args, i, other)
		case other.ID == dialect.Timestamp && own == dialect.TimestampTZ:
			if _, constant := args[i].(*dialect.Constant); constant { // DuckDB's zone is UTC here, so each instant is one timestamp
				return p.convert(args, i, other)
			}
		case other.ID == dialect.TimestampTZ && (own == dialect.Date || own == dialect.Timestamp):
			if _, constant := args[i].(*dialect.Constant); constant {
				return p.convert(args, i, other)
			}
		}
	}
	return p.meetNumbers(args)
}

// meetNumbers converts an exact number to a double if the other operand is a double.
func (p *Plan) meetNumbers(args []dialect.Expr) error {
	for i := range args {
		if own, other := args[i].Of().ID, args[1-i].Of(); other.ID == dialect.Double && slices.Contains(exact, own) {
			return p.convert(args, i, other)
		}
	}
	return nil
}

// isLiteral reports whether a node is a text in quotes. In a comparison DuckDB reads it
// as the other operand's type.
func isLiteral(n engine.Node) bool {
	return text(n, "class") == "CONSTANT" && text(child(child(n, "value"), "type"), "id") == "VARCHAR"
}

// convert casts an operand to a type. DuckDB computes the cast of a constant.
func (p *Plan) convert(args []dialect.Expr, i int, to dialect.Type) error {
	c, ok := args[i].(*dialect.Constant)
	if !ok {
		args[i] = &dialect.Cast{Arg: args[i], Type: to, At: args[i].Begins()}
		return nil
	}
	if c.Null {
		args[i] = &dialect.Constant{Type: to, Null: true, At: c.At}
		return nil
	}
	sql := "select cast(cast(" + engine.Literal(c.Value) + " as " + c.Type.String() + ") as " + to.String() + ")::varchar"
	value, known := p.converted[sql]
	if !known {
		var err error
		if value, err = p.db.Value(sql); err != nil {
			return err
		}
		p.converted[sql] = value
	}
	args[i] = &dialect.Constant{Type: to, Value: value, At: c.At}
	return nil
}
