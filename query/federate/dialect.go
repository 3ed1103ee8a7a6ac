// DuckDB's SQL for the tokenizer: how its parameters look, and which texts are not
// queries.

package federate

import (
	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/duckdb/engine"
)

// Dialect is the dialect of the statement. Constants of their types replace the parameters
// in the text, since the text is not sent to any server.
var Dialect = &driver.Dialect{
	Name:     "duckdb",
	Products: []string{"DuckDB"},
	Lexis: driver.Lexis{
		EStrings: true, Subscripts: true, DollarQuotes: true, Nested: true, Casts: true, OperatorMark: true,
	},
	Grammar: driver.Grammar{
		Verbs:   []string{"SELECT", "WITH", "VALUES", "TABLE", "FROM", "PIVOT", "UNPIVOT", "SUMMARIZE", "DESCRIBE"},
		Queries: []string{"FROM", "PIVOT", "UNPIVOT", "SUMMARIZE", "DESCRIBE"},
	},
	Placeholder:     constant,
	Positional:      true,
	MaxPlaceholders: 100_000,
}

// constant returns a parameter's value as SQL. It is a Placeholder of [driver.Dialect].
func constant(_ int, arg driver.Arg) string {
	text := engine.Literal(arg.Value)
	kind := ""
	switch arg.Type {
	case driver.Text:
		kind = "VARCHAR"
	case driver.Int:
		kind = "BIGINT"
	case driver.Decimal:
		return decimalConstant(arg)
	case driver.Bool:
		kind = "BOOLEAN"
	case driver.Date:
		kind = "DATE"
	case driver.Timestamp:
		kind = "TIMESTAMP"
		if zoned(arg.Value) {
			kind = "TIMESTAMPTZ"
		}
	case driver.Auto: // the value becomes a literal in quotes
	}
	switch {
	case arg.Null && kind == "":
		return "NULL"
	case arg.Null:
		return "CAST(NULL AS " + kind + ")"
	case kind == "":
		return text
	}
	return "CAST(" + text + " AS " + kind + ")"
}

// decimalConstant returns a decimal as SQL, with all of its digits.
func decimalConstant(arg driver.Arg) string {
	if arg.Null {
		return "CAST(NULL AS DECIMAL(38, 10))"
	}
	return "(" + arg.Value + ")"
}

// zoned reports whether the text of a timestamp ends with a zone.
func zoned(text string) bool { return len(text) > 6 && text[len(text)-6:] == "+00:00" }
