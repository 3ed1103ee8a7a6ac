// Wordings: DuckDB's common errors about a statement in fanql's words, with what is wrong
// and what to do.

package federate

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/fanql/fanql/sources/duckdb/engine"
	"github.com/fanql/fanql/sources/nearest"
)

// An UnknownColumn is the error for a column that no table of the statement has.
type UnknownColumn struct {
	*Invalid
	Column string
}

func (e *UnknownColumn) Unwrap() error { return e.Invalid }

// Elsewhere returns the error with the names of other tables that have the column.
func (e *UnknownColumn) Elsewhere(tables []string) error {
	if len(tables) == 0 {
		return e
	}
	return &Invalid{Err: fmt.Errorf("%w; %s it", e.Err, havers(tables)), Line: e.Line, Column: e.Invalid.Column}
}

// havers returns a list of names with the verb have.
func havers(names []string) string {
	if len(names) == 1 {
		return names[0] + " has"
	}
	return nearest.List(names) + " have"
}

// A wording is fanql's text for the errors of DuckDB that match a pattern.
type wording struct {
	match *regexp.Regexp
	say   func(p *Plan, found []string) string
}

var wordings = sync.OnceValue(func() []wording {
	of := func(match, format string) wording {
		return wording{regexp.MustCompile(match), func(_ *Plan, found []string) string {
			args := make([]any, len(found)-1)
			for i, text := range found[1:] {
				args[i] = plainType(text)
			}
			return fmt.Sprintf(format, args...)
		}}
	}
	return []wording{
		{regexp.MustCompile(`^Referenced table "(.+)" not found! Candidate tables: (.+)$`), func(_ *Plan, found []string) string {
			return fmt.Sprintf("FROM has no table %s: it has %s", found[1], strings.ReplaceAll(found[2], `"`, ""))
		}},
		{regexp.MustCompile(`^Ambiguous reference to column name "(.+)" \(use: "(.+)"\)`), func(_ *Plan, found []string) string {
			return fmt.Sprintf("the column %s is in more than one table: write %s", found[1], strings.ReplaceAll(found[2], `"`, ""))
		}},
		{regexp.MustCompile(`^(?:Scalar|Aggregate|Table|Window)?(?: Function)?(?: Macro)? ?with name (\S+) does not exist!(?: Did you mean "(.+)"\?)?`), func(_ *Plan, found []string) string {
			if near, ok := nearest.Name(strings.ToLower(found[1]), []string{found[2]}); ok {
				return fmt.Sprintf("there is no function %s: did you mean %s?", found[1], near)
			}
			return fmt.Sprintf("there is no function %s in DuckDB's SQL", found[1])
		}},
		{regexp.MustCompile(`^No function matches the given name and argument types '(.+?)\((.*)\)'\..*Candidate functions: (.*)$`), (*Plan).noFunction},
		of(`^Cannot compare values of type (.+) and type (.+) - `, "%s and %s do not compare: cast one side to the type of the other, or both to text, as in x::VARCHAR"),
		of(`^Cannot mix values of type (.+) and (.+) in (\S+) .* - `, "%s and %s do not meet in %s: cast one to the type of the other, or both to text, as in x::VARCHAR"),
		of(`^column "?([^"]+?)"? must appear in the GROUP BY clause`, "the column %[1]s is neither in GROUP BY nor in an aggregate: add it to GROUP BY, or write any_value(%[1]s)"),
		of(`^WHERE clause cannot contain aggregates`, "an aggregate cannot stand in WHERE, which is about single rows: put the condition into HAVING"),
	}
})

// words returns fanql's text for an error of DuckDB. It is empty if DuckDB's own text is to
// be kept.
func (p *Plan) words(refused *engine.Error) string {
	for _, w := range wordings() {
		if found := w.match.FindStringSubmatch(refused.Text); found != nil {
			return w.say(p, found)
		}
	}
	return ""
}

var unknownColumn = sync.OnceValue(func() []*regexp.Regexp {
	return []*regexp.Regexp{
		regexp.MustCompile(`^Referenced column "(.+)" not found in FROM clause!`),
		regexp.MustCompile(`^(?:Values list|Table) "(.+?)" does not have a column named "(.+?)"(?:$|\s|; )`),
	}
})

// unknown returns the name of the column that no table has according to the error, and the
// table that qualifies it in the text, if any.
func unknown(refused *engine.Error) (column, table string, ok bool) {
	for _, match := range unknownColumn() {
		if found := match.FindStringSubmatch(refused.Text); len(found) == 3 {
			return found[2], found[1], true
		} else if found != nil {
			return found[1], "", true
		}
	}
	return "", "", false
}

// noColumn returns the text of the error that no table has the column.
func (p *Plan) noColumn(column, table string) string {
	text := fmt.Sprintf("no table of the statement has a column %s", column)
	if table != "" {
		text = fmt.Sprintf("table %s has no column %s", table, column)
	}
	var known []string
	for _, r := range p.relations {
		known = append(known, p.o.SourceColumn)
		for _, c := range r.columns {
			known = append(known, c.name)
		}
	}
	slices.Sort(known)
	if known = slices.Compact(known); p.o.Portable {
		known = slices.DeleteFunc(known, func(name string) bool { return name == p.o.SourceColumn })
	}
	if near, ok := nearest.Name(column, known); ok {
		return text + ": did you mean " + near + "?"
	}
	if len(p.relations) == 1 && table == "" {
		return text + ": it has " + nearest.List(known)
	}
	return text
}

// noFunction returns the text of the error that a function does not accept arguments of
// these types.
func (p *Plan) noFunction(found []string) string {
	name, types := found[1], strings.Split(found[2], ", ")
	for i, t := range types {
		types[i] = plainType(t)
	}
	given := strings.Join(types, " and ")
	text := slices.Contains(types, "VARCHAR")
	switch {
	case strings.Trim(name, "+-*/%") == "":
		return fmt.Sprintf("%s does not take %s: cast what is to be a number or a date, as in x::INTEGER or x::DATE", name, given)
	case isAggregate(name) && text:
		return fmt.Sprintf("%s does not take text: cast what is meant as a number, as in %s(x::DECIMAL(18, 2))", name, name)
	}
	var takes []string
	for _, candidate := range strings.Split(found[3], "; ") {
		before, _, _ := strings.Cut(candidate, " -> ")
		takes = append(takes, before)
	}
	if len(takes) > 3 {
		takes = append(takes[:3], "...")
	}
	return fmt.Sprintf("%s does not take %s: there is %s", name, given, strings.Join(takes, ", "))
}

// plainType returns the name of a constant's type as it is for columns.
func plainType(name string) string {
	switch name {
	case "INTEGER_LITERAL":
		return "INTEGER"
	case "STRING_LITERAL":
		return "VARCHAR"
	}
	return name
}
