// Parsing: the statement is parsed and checked, as far as that is possible without a
// database.

package federate

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/option"
)

// An Invalid is an error in the statement's text. The statement cannot run, whatever rows
// the sources have.
type Invalid struct {
	Err error // one line
	// Line and Column count from 1, in the user's text. They are 0 if there is no
	// position.
	Line, Column int
}

func (e *Invalid) Error() string { return e.Spell(nil) }
func (e *Invalid) Unwrap() error { return e.Err }

// Spell is Error, with the names of options as the spelling gives them.
func (e *Invalid) Spell(s option.Spelling) string {
	text := option.Spelled(e.Err, s).Error()
	if e.Line > 0 {
		text += fmt.Sprintf(" (line %d, column %d)", e.Line, e.Column)
	}
	return text
}

const oneStatement = "it takes one statement that gives rows: SELECT, WITH, VALUES, FROM, PIVOT or SUMMARIZE"

// pivot matches the keyword of a statement that DuckDB splits into two.
var pivot = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)\bpivot\b`) })

// Read parses the text of the statement, and finds the tables that it names. The request
// must be bound in [Dialect]: its SQL has the values of parameters, and its Locate returns
// positions in the user's text. The error for a wrong text is an *[Invalid].
func (p *Plan) Read(q driver.Request) error {
	p.text, p.locate = q.SQL, q.Locate
	tree, err := p.db.Parse(p.text)
	refused, is := errors.AsType[*Error](err)
	switch {
	case is && refused.Kind == engine.KindNotImplemented && pivot().MatchString(p.text):
		return &Invalid{Err: errors.New(oneStatement + "; a PIVOT lists its values: ON column IN (...)")}
	case is && refused.Kind == engine.KindNotImplemented:
		return &Invalid{Err: errors.New(oneStatement)}
	case err != nil:
		return p.located(err)
	case len(tree.Statements) == 0:
		return &Invalid{Err: errors.New("it is empty")}
	case len(tree.Statements) > 1:
		return &Invalid{Err: errors.New(oneStatement)}
	}
	p.tree = tree
	if p.foldPresent() {
		if p.tree, err = p.db.Parse(p.text); err != nil {
			return p.located(err)
		}
		tree = p.tree
	}
	if err := p.refuseNodes(); err != nil {
		return err
	}
	if err := p.db.CheckFunctions(p.text, tree); err != nil {
		return p.located(err)
	}
	p.needs = engine.NeedsOf(tree.Statements[0])
	return p.readReferences()
}

// refuseNodes returns an error for a node that reads anything other than rows of the
// sources' tables.
func (p *Plan) refuseNodes() (err error) {
	p.tree.Walk(func(n engine.Node) {
		if err != nil {
			return
		}
		switch {
		case n["class"] == "PARAMETER":
			err = p.invalid(n, "a parameter is :name, and is given by {param}")
		case n["type"] == "TABLE_FUNCTION":
			call, _ := n["function"].(engine.Node)
			if name, _ := call["function_name"].(string); !tableFunctions[strings.ToLower(name)] {
				err = p.invalid(call, "%s is no table of the sources: only %s give rows of their own here", name, "range, generate_series, unnest, json_each and json_tree")
			}
		case n["type"] == "SHOW_REF" && n["query"] == nil:
			err = p.invalid(n, "SHOW and DESCRIBE are about this process, not the sources")
		}
	})
	return err
}

// tableFunctions are the table functions that depend only on their arguments.
var tableFunctions = map[string]bool{
	"generate_series": true, "range": true, "unnest": true, "json_each": true, "json_tree": true, "repeat": true, "repeat_row": true,
}

// invalid returns an error with the position of a node.
func (p *Plan) invalid(n engine.Node, format string, args ...any) error {
	e := &Invalid{Err: option.Errorf(format, args...)}
	if at, ok := engine.Location(n); ok {
		e.Line, e.Column = p.place(at)
	}
	return e
}

// place converts a byte offset in the internal text to a line and a column in the user's
// text, from 1. It returns zeros if there is no such place.
func (p *Plan) place(at int) (line, column int) {
	if at < 0 || at > len(p.text) || p.locate == nil {
		return 0, 0
	}
	line, column, ok := p.locate(utf8.RuneCountInString(p.original()[:p.unfolded(at)]) + 1)
	if !ok {
		return 0, 0
	}
	return line, column
}

// located converts an error of DuckDB to one in fanql's words, with the position in the
// user's text.
func (p *Plan) located(err error) error {
	refused, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	text := strings.ToLower(refused.Kind) + " error: " + refused.Text
	column, table, isUnknown := unknown(refused)
	if isUnknown {
		text = p.noColumn(column, table)
	} else if own := p.words(refused); own != "" {
		text = own
	}
	e := &Invalid{Err: errors.New(text)}
	if refused.Line > 0 {
		e.Line, e.Column = p.place(p.offset(refused.Line, refused.Column))
	}
	if isUnknown {
		return &UnknownColumn{e, column}
	}
	return e
}

// offset returns the byte offset of a line and a column of the internal text.
func (p *Plan) offset(line, column int) int {
	at := 0
	for ; line > 1; line-- {
		next := strings.IndexByte(p.text[at:], '\n')
		if next < 0 {
			return len(p.text)
		}
		at += next + 1
	}
	for ; column > 1 && at < len(p.text); column-- {
		_, size := utf8.DecodeRuneInString(p.text[at:])
		at += size
	}
	return at
}
