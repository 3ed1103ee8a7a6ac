// Parameters and the values that users give them.

package statement

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/nearest"
)

// A Param is a declared parameter.
type Param struct {
	Type    driver.Type // Auto if it is not declared
	List    bool        // the parameter holds several values of the type, for in (:name)
	Default *string     // the value if none is given; nil if there is no default
	Null    bool        // the value is NULL if none is given
}

// A Value is a user's value for a parameter.
type Value struct {
	Type driver.Type // Auto if the user gave no type
	List bool        // the user gave it as a list
	// Text is the value. For a list it is a CSV record (RFC 4180), or @FILE, which
	// [Query.Load] reads.
	Text string
	Null bool

	items []item // the values of a list whose file has been read
}

// Values are the given values by parameter name.
type Values map[string]Value

// typeNames are the users' words for types, by driver.Type.
var typeNames = [...]string{
	driver.Auto: "auto", driver.Text: "text", driver.Int: "int", driver.Decimal: "decimal",
	driver.Bool: "bool", driver.Date: "date", driver.Timestamp: "timestamp",
}

// typeName returns the word for a type, or for a list of it.
func typeName(typ driver.Type, list bool) string {
	if list {
		return typeNames[typ] + "[]"
	}
	return typeNames[typ]
}

// ParseType parses one of the words text, int, decimal, bool, date and timestamp, perhaps
// followed by [] for a list. Its error lists the words.
func ParseType(s string) (typ driver.Type, list bool, err error) {
	words := typeNames[driver.Text:]
	name, list := strings.CutSuffix(s, "[]")
	for i, w := range words {
		if name == w {
			return driver.Text + driver.Type(i), list, nil
		}
	}
	all := strings.Join(words, ", ") + ", and each with [] for a list"
	if meant, ok := nearest.Name(name, words); ok {
		if list {
			meant += "[]"
		}
		return driver.Auto, false, fmt.Errorf("unknown type %q: did you mean %s? (there are %s)", s, meant, all)
	}
	return driver.Auto, false, fmt.Errorf("unknown type %q: there are %s", s, all)
}

// ParseValue parses name=value, name:type=value or, for NULL, name:null. It does not check
// the value: [Query.Check] and [Query.Bind] do, since they know the declarations.
func ParseValue(arg string) (name string, v Value, err error) {
	name, text, given := strings.Cut(arg, "=")
	name, typ, typed := strings.Cut(name, ":")
	if !isName(name) {
		return "", Value{}, fmt.Errorf("parameter %q: give name=value, where the name starts with a letter", arg)
	}
	if !given {
		if typ == "null" {
			return name, Value{Null: true}, nil
		}
		return "", Value{}, fmt.Errorf("parameter %q has no value: give %s=value, or %s:null for NULL", arg, name, name)
	}
	v = Value{Text: text}
	if typed {
		if v.Type, v.List, err = ParseType(typ); err != nil {
			return "", Value{}, fmt.Errorf("parameter :%s: %w", name, err)
		}
	}
	return name, v, nil
}

// ParseValues parses several values as [ParseValue] does. A name that occurs twice is an
// error.
func ParseValues(args []string) (Values, error) {
	values := Values{}
	for _, arg := range args {
		name, v, err := ParseValue(arg)
		if err != nil {
			return nil, err
		}
		if _, twice := values[name]; twice {
			return nil, fmt.Errorf("parameter :%s is given twice", name)
		}
		values[name] = v
	}
	return values, nil
}

func isName(s string) bool {
	if s == "" || !nameStart(s[0]) || !utf8.ValidString(s) {
		return false
	}
	for i := range len(s) {
		if !inName(s[i]) {
			return false
		}
	}
	return true
}

// A bindable is the value, or the list of values, that a parameter is bound to.
type bindable struct {
	args []driver.Arg
	list bool
}

// value returns what a parameter is bound to. Ok is false if the parameter has no value.
func (q Query) value(name string, v Values) (b bindable, ok bool, err error) {
	given, ok := q.given(name, v)
	if !ok {
		return bindable{}, false, nil
	}
	p := q.Params[name]
	typ, list := p.Type, p.List
	if given.Type != driver.Auto {
		if typ != driver.Auto && (typ != given.Type || list != given.List) {
			return bindable{}, false, fmt.Errorf("parameter :%s is declared as %s, not as %s", name, typeName(typ, list), typeName(given.Type, given.List))
		}
		typ, list = given.Type, given.List
	}
	if list && given.Null {
		return bindable{}, false, fmt.Errorf("parameter :%s is a list, which cannot be NULL: give its values", name)
	}
	if given.Null {
		return bindable{args: []driver.Arg{{Name: name, Type: typ, Null: true}}}, true, nil
	}
	items := []item{{text: given.Text}}
	if list {
		if items, err = given.list(typ); err != nil {
			return bindable{}, false, fmt.Errorf("parameter :%s: %w", name, err)
		}
	}
	b = bindable{list: list, args: make([]driver.Arg, len(items))}
	for i, it := range items {
		text, err := q.canonical(typ, it.text)
		if err != nil {
			return bindable{}, false, fmt.Errorf("parameter :%s: %s%w", name, it.where, err)
		}
		b.args[i] = driver.Arg{Name: name, Type: typ, Value: text}
	}
	return b, true, nil
}

// given returns the given value of a parameter, or else its default. It returns false if
// there is neither.
func (q Query) given(name string, v Values) (Value, bool) {
	p := q.Params[name]
	given, ok := v[name]
	switch {
	case ok:
		return given, true
	case p.Null:
		return Value{Null: true}, true
	case p.Default != nil:
		return Value{Text: *p.Default}, true
	}
	return Value{}, false
}

// canonical returns the canonical text of a value, or an error if it does not fit the type.
// Dates may be relative to the query's Now.
func (q Query) canonical(typ driver.Type, s string) (string, error) {
	if typ != driver.Date && typ != driver.Timestamp || !isRelative(s) {
		return canonical(typ, s)
	}
	now := q.Now
	if now == nil {
		now = func() (time.Time, error) { return time.Now().UTC(), nil }
	}
	at, err := now()
	if err != nil {
		return "", fmt.Errorf("%.60q: %w", s, err)
	}
	there, ok := relative(s, at)
	switch {
	case !ok:
		return "", fmt.Errorf("%.60q is not %s", s, cmp.Or(wanted[typ], relativeForm))
	case there.Year() < 1 || there.Year() > 9999:
		return "", fmt.Errorf("%.60q is beyond the years 1 to 9999", s)
	case typ == driver.Date:
		return there.Format(time.DateOnly), nil
	}
	return there.UTC().Format("2006-01-02 15:04:05.999999") + "+00:00", nil
}

// Resolved returns what each parameter is bound to, sorted by name. Each line has the name,
// the type, and then "null", or "is " with the canonical text for each value. A parameter
// without a value is left out.
func (q Query) Resolved(v Values) (all [][]string, err error) {
	names := slices.Collect(maps.Keys(q.Params))
	for name := range v {
		if _, declared := q.Params[name]; !declared {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		b, ok, err := q.value(name, v)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		line := []string{name, typeName(q.Params[name].Type, b.list)}
		for _, arg := range b.args {
			if line[1] = typeName(arg.Type, b.list); arg.Null {
				line = append(line, "null")
			} else {
				line = append(line, "is "+arg.Value)
			}
		}
		all = append(all, line)
	}
	return all, nil
}
