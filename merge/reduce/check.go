// Checks of the SQL that need no rows.

package reduce

import (
	"errors"
	"fmt"
	"regexp"
	"sync"

	"github.com/fanql/fanql/sources/duckdb/engine"
)

// errStatement is the error for SQL that a reduce does not accept.
var errStatement = errors.New("it takes one statement that gives rows: SELECT, WITH, VALUES, FROM, DESCRIBE or SUMMARIZE")

// errPivot is the error for a PIVOT without a list of values. DuckDB splits it into two
// statements, since it queries the values first.
var errPivot = fmt.Errorf("%w; a PIVOT lists its values: ON column IN (...)", errStatement)

// pivot matches the word PIVOT.
var pivot = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)\bpivot\b`) })

// Check returns an error unless the SQL parses, is one statement that returns rows, has no
// parameters, and calls no function that may do more than compute values. It does not check
// whether the tables and columns exist: that needs rows. After Check the engine is for this
// SQL only, since [Engine.Shape] keeps only the columns that it names.
func (e *Engine) Check(sql string) error {
	tree, err := e.db.Parse(sql)
	refused, is := errors.AsType[*Error](err)
	switch {
	case is && refused.Kind == engine.KindNotImplemented && pivot().MatchString(sql):
		return errPivot
	case is && refused.Kind == engine.KindNotImplemented:
		return errStatement
	case err != nil:
		return err
	case len(tree.Statements) > 1:
		return errStatement
	case len(tree.Statements) == 0:
		return errors.New("it is empty")
	}
	parameters := false
	tree.Walk(func(n engine.Node) { parameters = parameters || n["class"] == "PARAMETER" })
	if parameters {
		return errors.New("it takes no parameters: give them to the query")
	}
	if err := e.db.CheckFunctions(sql, tree); err != nil {
		return err
	}
	e.needs = engine.NeedsOf(tree.Statements[0])
	return nil
}
