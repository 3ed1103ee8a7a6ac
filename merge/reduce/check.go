// Whether the SQL may be run, as far as that can be known without rows.

package reduce

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	duckdb "github.com/duckdb/duckdb-go-bindings"
)

// errStatement is for SQL that is not what a reduce takes.
var errStatement = errors.New("it takes one statement that gives rows: SELECT, WITH, VALUES, FROM, DESCRIBE or SUMMARIZE")

// errPivot is for SQL that may have become two statements: DuckDB looks up the
// values of a pivot before it runs it.
var errPivot = fmt.Errorf("%w; a PIVOT lists its values: ON column IN (...)", errStatement)

// pivot is the word that says so.
var pivot = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)\bpivot\b`) })

// Check finds out whether the SQL parses and is one statement that gives rows.
// Whether its tables and columns exist is only seen when the rows are there. A function
// that may do more than give values is refused. From then on the engine is for this SQL alone: rows need only the columns that it names.
func (e *Engine) Check(sql string) error {
	if strings.ContainsRune(sql, 0) {
		return errors.New("it holds a zero byte")
	}
	text, err := e.value("select json_serialize_sql(" + literal(sql) + ")::varchar")
	if err != nil {
		return err
	}
	var parsed struct {
		Error      bool              `json:"error"`
		Type       string            `json:"error_type"`
		Message    string            `json:"error_message"`
		Position   string            `json:"position"`
		Statements []json.RawMessage `json:"statements"`
	}
	if err := json.Unmarshal([]byte(finite(text)), &parsed); err != nil {
		return err
	}
	switch {
	case parsed.Error && parsed.Type == "parser":
		e := &Error{Kind: parser, Text: oneLine(parsed.Message)}
		e.place(sql, parsed.Position)
		return e
	case parsed.Error && pivot().MatchString(sql):
		return errPivot
	case parsed.Error, len(parsed.Statements) > 1:
		return errStatement
	case len(parsed.Statements) == 0:
		return errors.New("it is empty")
	// In a string of the SQL the quotes would be escaped.
	case strings.Contains(text, `"class":"PARAMETER"`):
		return errors.New("it takes no parameters: give them to the query")
	}
	if err := e.calls(sql, json.RawMessage(finite(string(parsed.Statements[0])))); err != nil {
		return err
	}
	e.needs = needed(parsed.Statements[0])
	return nil
}

// bare finds the words that DuckDB writes for numbers without digits, such as
// 1e400: they are no JSON. Strings are matched so that what is in them is passed.
var bare = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`"(?:[^"\\]|\\.)*"|Infinity|NaN`) })

// finite makes JSON of what DuckDB writes, in which the value of no number counts.
func finite(text string) string {
	return bare().ReplaceAllStringFunc(text, func(s string) string {
		if s[0] == '"' {
			return s
		}
		return "0"
	})
}

// value gives the single text that a statement of our own answers.
func (e *Engine) value(sql string) (string, error) {
	var r duckdb.Result
	defer duckdb.DestroyResult(&r)
	if duckdb.Query(e.conn, sql, &r) != duckdb.StateSuccess {
		return "", said(duckdb.ResultError(&r), sql)
	}
	chunk := duckdb.FetchChunk(r)
	defer duckdb.DestroyDataChunk(&chunk)
	if chunk.Ptr == nil || duckdb.DataChunkGetSize(chunk) != 1 {
		return "", errors.New("DuckDB gives no value")
	}
	return string(bytesAt(duckdb.VectorGetData(duckdb.DataChunkGetVector(chunk, 0)), 0)), nil
}
