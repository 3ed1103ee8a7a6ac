// Comparisons of types that do not meet. DuckDB's binder refuses them for < but accepts them
// for =, and fails only when it casts a value.

package federate

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/fanql/fanql/sources/duckdb/engine"
)

// compared returns an error for an =, a <>, an IN or a join by = whose operands could not
// be compared by <.
func (p *Plan) compared() error {
	text, err := p.db.Value("select json_serialize_plan(" + engine.Literal(p.text) + ")::varchar")
	if err != nil {
		return err
	}
	var plan struct {
		Error bool `json:"error"`
		Plans any  `json:"plans"`
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if d.Decode(&plan) != nil || plan.Error { // DuckDB cannot serialize some plans; a wrong comparison then fails when the statement runs
		return nil
	}
	c := comparisons{plan: p, explicit: map[int]bool{}, meet: map[[2]string]error{}}
	p.tree.Walk(func(n engine.Node) {
		if at, ok := engine.Location(n); ok && n["class"] == "CAST" {
			c.explicit[at] = true
		}
	})
	each(plan.Plans, c.look)
	return c.err
}

// comparisons checks the comparisons of a bound plan, and keeps the first error.
type comparisons struct {
	plan     *Plan
	explicit map[int]bool // the positions of casts that are in the text
	meet     map[[2]string]error
	err      error
}

func (c *comparisons) look(n engine.Node) bool {
	children := children(n, "children")
	switch {
	case c.err != nil:
	case text(n, "expression_class") == "BOUND_COMPARISON", text(n, "comparison") != "":
		c.pair(n, child(n, "left"), child(n, "right"))
	case text(n, "type") == "COMPARE_IN" || text(n, "type") == "COMPARE_NOT_IN":
		for i := 1; i < len(children); i++ {
			c.pair(n, children[0], children[i])
		}
	}
	return c.err == nil
}

// pair checks the two operands of a comparison.
func (c *comparisons) pair(n, left, right engine.Node) {
	a, castA := c.operand(left)
	b, castB := c.operand(right)
	if !castA && !castB {
		return
	}
	from, to := typeName(a), typeName(b)
	for _, side := range []struct {
		literal engine.Node
		cast    bool
		of, to  string
		whole   engine.Node
	}{{a, castA, from, to, left}, {b, castB, to, from, right}} {
		if side.cast && side.of == "VARCHAR" && side.to != "" && side.to != "VARCHAR" && isText(side.literal, side.of) {
			c.read(side.literal, side.to, n, side.whole)
		}
	}
	if from == "" || to == "" || from == to || isText(a, from) || isText(b, to) {
		return
	}
	refused, known := c.meet[[2]string{from, to}]
	if !known {
		_, refused = c.plan.db.Columns(fmt.Sprintf("select cast(null as %s) < cast(null as %s)", from, to))
		c.meet[[2]string{from, to}] = refused
	}
	e, is := errors.AsType[*Error](refused)
	if !is {
		return
	}
	said := c.plan.words(e)
	if said == "" {
		said = e.Text
	}
	invalid := &Invalid{Err: errors.New(said)}
	for _, at := range []engine.Node{n, left, right} {
		if place, ok := engine.Location(at); ok {
			invalid.Line, invalid.Column = c.plan.place(place)
			break
		}
	}
	c.err = invalid
}

// read checks whether a text literal can be read as a value of the type that it is compared
// with. Places are nodes of which the first with a position is the error's.
func (c *comparisons) read(literal engine.Node, to string, places ...engine.Node) {
	value := child(literal, "value")
	text, is := value["value"].(string)
	if !is || c.err != nil {
		return
	}
	_, err := c.plan.db.Value("select cast(" + engine.Literal(text) + " as " + to + ")::varchar")
	if e, refused := errors.AsType[*Error](err); !refused || !strings.EqualFold(e.Kind, "Conversion") {
		return
	}
	invalid := &Invalid{Err: fmt.Errorf("%s is compared with a value of type %s, and is none itself", engine.Literal(text), to)}
	for _, n := range places {
		if place, ok := engine.Location(n); ok {
			invalid.Line, invalid.Column = c.plan.place(place)
			break
		}
	}
	c.err = invalid
}

// operand returns an operand without the cast that the binder has added, and whether there
// was such a cast.
func (c *comparisons) operand(n engine.Node) (engine.Node, bool) {
	if text(n, "expression_class") != "BOUND_CAST" {
		return n, false
	}
	of := child(n, "child")
	at, ok := engine.Location(n)
	below, _ := engine.Location(of)
	if ok && c.explicit[at] && (text(of, "expression_class") != "BOUND_CAST" || below != at) {
		return n, false
	}
	return of, true
}

// isText reports whether an operand is a text literal, which takes the type of whatever it
// is compared with. Of is the operand's type.
func isText(n engine.Node, of string) bool {
	return text(n, "expression_class") == "BOUND_CONSTANT" && (of == "VARCHAR" || of == "NULL")
}

// typeName returns the name of an expression's type. It is empty for types with members,
// such as a STRUCT.
func typeName(n engine.Node) string {
	of := child(n, "return_type")
	switch text(n, "expression_class") {
	case "BOUND_CONSTANT":
		of = child(child(n, "value"), "type")
	case "BOUND_COMPARISON", "BOUND_CONJUNCTION", "BOUND_BETWEEN":
		return "BOOLEAN"
	}
	info := child(of, "type_info")
	switch id := text(of, "id"); {
	case info == nil:
		return id
	case id == "DECIMAL":
		return fmt.Sprintf("DECIMAL(%v,%v)", info["width"], info["scale"])
	}
	return ""
}
