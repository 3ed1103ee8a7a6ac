// Expressions: those of the statement are converted to those of package dialect. DuckDB
// determines their types and computes constants. Columns become those of a source.

package federate

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/fanql/fanql/query/dialect"
	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/row"
)

// typed is an expression with the types that DuckDB's binder assigns to its parts. It uses
// the columns of one table, or of the FROM that it was typed with.
type typed struct {
	plan      *Plan
	use       *use
	node      engine.Node
	types     map[uintptr]dialect.Type
	constants map[uintptr]*dialect.Constant
	// hook converts the nodes that need special treatment; ok is false for all others. It
	// may be nil.
	hook func(n engine.Node, member int, at dialect.Place) (e dialect.Expr, ok bool, err error)
	// keep reports whether a part without columns must not be computed as a constant. It
	// may be nil.
	keep func(engine.Node) bool
}

// errVolatile is the reason why a function is not sent: its value differs from call to
// call.
var errVolatile = errors.New("it gives another value each time")

// volatile lists the functions whose value depends on more than their arguments.
var volatile = map[string]bool{
	"random": true, "uuid": true, "gen_random_uuid": true, "uuidv4": true, "uuidv7": true, "setseed": true, "sleep_ms": true, "pg_sleep": true,
	"now": true, "today": true, "current_date": true, "get_current_timestamp": true, "get_current_time": true, "transaction_timestamp": true,
	"current_localtime": true, "current_localtimestamp": true, "current_timestamp": true, "age": true, "ago": true,
	"current_query": true, "current_query_id": true, "txid_current": true, "current_transaction_id": true, "current_connection_id": true,
	"error": true, "unnest": true, "generate_subscripts": true, "nextval": true, "currval": true,
}

// typed determines the types in an expression that uses one table. It does so once for all
// members.
func (p *Plan) typed(u *use, e engine.Node) (*typed, error) {
	known, ok := p.typings[identity(e)]
	if !ok || known.of.use != u {
		known.of, known.err = p.findTypes(u, e)
		if known.of == nil {
			known.of = &typed{use: u, node: e}
		}
		p.typings[identity(e)] = known
	}
	return known.of, known.err
}

// A typing is a typed expression, or the error if its types cannot be determined.
type typing struct {
	of  *typed
	err error
}

func (p *Plan) findTypes(u *use, e engine.Node) (*typed, error) {
	t, err := p.findTypesIn(u.reference.node, e)
	if t != nil {
		t.use = u
	}
	return t, err
}

// findTypesIn determines the types in an expression over the columns of a FROM.
func (p *Plan) findTypesIn(from, e engine.Node) (*typed, error) {
	t := &typed{plan: p, node: e, types: map[uintptr]dialect.Type{}, constants: map[uintptr]*dialect.Constant{}}
	if has(e, func(n engine.Node) bool { return volatile[strings.ToLower(text(n, "function_name"))] }) {
		return nil, errVolatile
	}
	if err := t.fold(e); err != nil {
		return nil, err
	}
	var parts []engine.Node
	each(e, func(n engine.Node) bool {
		if t.constants[identity(n)] != nil {
			return false
		}
		if text(n, "class") != "" && text(n, "class") != "STAR" {
			parts = append(parts, n)
		}
		return true
	})
	if err := t.describe(parts, from); err != nil {
		return nil, err
	}
	return t, nil
}

// describe lets DuckDB determine the types of parts of an expression over the columns of a
// FROM.
func (t *typed) describe(parts []engine.Node, from engine.Node) error {
	if len(parts) == 0 {
		return nil
	}
	sql, err := t.plan.selecting(parts, from)
	if err != nil {
		return err
	}
	rows, err := t.plan.rows("describe " + sql)
	if err != nil {
		return err
	}
	if len(rows) != len(parts) {
		return fmt.Errorf("%d parts have %d types", len(parts), len(rows))
	}
	for i, n := range parts {
		t.types[identity(n)] = typeOf(rows[i][1])
	}
	return nil
}

// rows returns the rows of an internal statement as texts; NULL is empty.
func (p *Plan) rows(sql string) (all [][]string, err error) {
	err = p.db.Query(context.Background(), sql, func(b *row.Batch) error {
		defer b.Release()
		for i := range b.Rows() {
			var texts []string
			for _, c := range b.Row(i) {
				text := ""
				if c.Kind != row.Null {
					text = string(b.AppendText(nil, c))
				}
				texts = append(texts, text)
			}
			all = append(all, texts)
		}
		return nil
	})
	return all, err
}

// fold computes the parts of an expression that have no columns, by DuckDB, and keeps their values
// in t.constants.
func (t *typed) fold(n engine.Node) error {
	class := text(n, "class")
	if class != "" && !(t.keep != nil && t.keep(n)) && !has(n, func(c engine.Node) bool {
		return isColumn(c) || text(c, "class") == "SUBQUERY" || text(c, "class") == "STAR" || text(c, "class") == "LAMBDA"
	}) {
		c, err := t.plan.constant(n)
		if err == nil {
			t.constants[identity(n)] = c
		}
		return err
	}
	for _, below := range n {
		for _, c := range nodesOf(below) {
			if err := t.fold(c); err != nil {
				return err
			}
		}
	}
	return nil
}

func nodesOf(v any) (all []engine.Node) {
	switch v := v.(type) {
	case engine.Node:
		return []engine.Node{v}
	case []any:
		for _, c := range v {
			all = append(all, nodesOf(c)...)
		}
	}
	return all
}

// constant computes an expression without columns.
func (p *Plan) constant(n engine.Node) (*dialect.Constant, error) {
	sql, err := p.selecting([]engine.Node{n}, nil)
	if err != nil {
		return nil, err
	}
	rows, err := p.rows("select typeof(c0), c0::varchar, c0 is null from (" + sql + ")")
	if err != nil {
		return nil, err
	}
	if len(rows) != 1 {
		return nil, errors.New("a constant has no value")
	}
	c := &dialect.Constant{Type: typeOf(strings.Trim(rows[0][0], `"`)), Value: rows[0][1], Null: rows[0][2] == "true"}
	if at, ok := engine.Location(n); ok {
		c.At = dialect.At(at)
	}
	return c, nil
}

// typeOf parses the name of a type of DuckDB.
func typeOf(name string) dialect.Type {
	if digits, ok := strings.CutPrefix(name, "DECIMAL("); ok {
		width, scale, _ := strings.Cut(strings.TrimSuffix(digits, ")"), ",")
		w, _ := strconv.Atoi(strings.TrimSpace(width))
		s, _ := strconv.Atoi(strings.TrimSpace(scale))
		return dialect.Type{ID: dialect.Decimal, Width: w, Scale: s}
	}
	if name == "TIMESTAMPTZ" {
		return dialect.Type{ID: dialect.TimestampTZ}
	}
	return dialect.Type{ID: dialect.TypeID(name)}
}

// expr converts a part of the expression, with the columns of a member of the relation.
func (t *typed) expr(n engine.Node, member int) (dialect.Expr, error) {
	if c := t.constants[identity(n)]; c != nil {
		return c, nil
	}
	of := t.types[identity(n)]
	at := dialect.Place(0)
	if place, ok := engine.Location(n); ok {
		at = dialect.At(place)
	}
	if t.hook != nil {
		if e, ok, err := t.hook(n, member, at); ok || err != nil {
			return e, err
		}
	}
	all := func(nodes []engine.Node) (args []dialect.Expr, err error) {
		for _, c := range nodes {
			arg, err := t.expr(c, member)
			if err != nil {
				return nil, err
			}
			args = append(args, arg)
		}
		return args, nil
	}
	switch text(n, "class") {
	case "COLUMN_REF":
		return t.column(n, member, at)
	case "COMPARISON":
		name, ok := comparisonNames[text(n, "type")]
		if !ok {
			return nil, fmt.Errorf("the comparison %s", text(n, "type"))
		}
		args, err := all([]engine.Node{child(n, "left"), child(n, "right")})
		if err != nil {
			return nil, err
		}
		if err := t.plan.meetOperands(args, []engine.Node{child(n, "left"), child(n, "right")}); err != nil {
			return nil, err
		}
		return &dialect.Call{Name: name, Args: args, Type: of, At: at}, nil
	case "BETWEEN":
		return t.between(n, member, at)
	case "CONJUNCTION":
		args, err := all(children(n, "children"))
		name := map[string]string{"CONJUNCTION_AND": "and", "CONJUNCTION_OR": "or"}[text(n, "type")]
		return &dialect.Call{Name: name, Args: args, Type: of, At: at}, err
	case "OPERATOR":
		return t.operator(n, member, at)
	case "FUNCTION":
		if n["filter"] != nil || n["distinct"] == true || len(children(child(n, "order_bys"), "orders")) > 0 {
			return nil, fmt.Errorf("%s is an aggregate", text(n, "function_name"))
		}
		nodes := children(n, "children")
		args, err := all(nodes)
		if err != nil {
			return nil, err
		}
		name := strings.ToLower(text(n, "function_name"))
		if arithmetic[name] && len(args) == 2 {
			if err := t.plan.meetNumbers(args); err != nil {
				return nil, err
			}
		}
		return &dialect.Call{Name: name, Args: args, Type: of, At: at}, nil
	case "CAST":
		arg, err := t.expr(child(n, "child"), member)
		if err != nil {
			return nil, err
		}
		try, _ := n["try_cast"].(bool)
		return &dialect.Cast{Arg: arg, Type: of, Try: try, At: at}, nil
	case "CASE":
		return t.cases(n, member, of, at)
	}
	return nil, fmt.Errorf("an expression of class %s is not known to the sources", strings.ToLower(text(n, "class")))
}

var arithmetic = map[string]bool{"+": true, "-": true, "*": true}

var comparisonNames = map[string]string{
	"COMPARE_EQUAL": "=", "COMPARE_NOTEQUAL": "<>", "COMPARE_LESSTHAN": "<", "COMPARE_LESSTHANOREQUALTO": "<=",
	"COMPARE_GREATERTHAN": ">", "COMPARE_GREATERTHANOREQUALTO": ">=",
	"COMPARE_DISTINCT_FROM": "is distinct from", "COMPARE_NOT_DISTINCT_FROM": "is not distinct from",
}

// column returns a member's column. It returns NULL if the member lacks the column. For the
// column of source names it returns the name of the member's source.
func (t *typed) column(n engine.Node, member int, at dialect.Place) (dialect.Expr, error) {
	u, place := t.plan.resolve(t.use.block, n)
	if u != t.use {
		return nil, errors.New("it names a column of another table")
	}
	return t.plan.columnAt(u.reference.relation, place, member, at), nil
}

// columnAt returns a column of a relation for a member.
func (p *Plan) columnAt(r *relation, place, member int, at dialect.Place) dialect.Expr {
	m := r.members[member]
	if r.joined != nil && place != sourceColumn {
		return r.joined.value(r.joined.columns[place], m, at)
	}
	if place == sourceColumn {
		return &dialect.Constant{Type: dialect.Type{ID: dialect.Varchar}, Value: p.name(m), At: at}
	}
	c := r.columns[place]
	of := typeOf(c.kind.sql())
	own := c.own[member]
	if own < 0 {
		return &dialect.Constant{Type: of, Null: true, At: at}
	}
	o := m.columns[own]
	return &dialect.Column{
		Table: tableAlias, Name: o.name, Type: of, Own: o.declared, Charset: o.charset, Collation: o.collation,
		Nondeterministic: o.nondeterministic, Strict: o.strict, Stored: o.stored, At: at,
	}
}

// tableAlias is the alias of the table in a fragment.
const tableAlias = "t"
