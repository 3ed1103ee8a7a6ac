// Parameters and the values that users give them.

package statement

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/fanql/fanql/sources/ask"
	"github.com/fanql/fanql/sources/nearest"
)

// A Param is a declared parameter.
type Param struct {
	Type    ask.Type // Auto where it is not declared
	Default *string  // the value where none is given; nil is none
	Null    bool     // NULL where none is given
}

// A Value is what a user gave for a parameter.
type Value struct {
	Type ask.Type // Auto where the user named none
	Text string
	Null bool
}

// Values are the given ones by parameter name.
type Values map[string]Value

// typeNames are the words for types, by ask.Type.
var typeNames = [...]string{
	ask.Auto: "auto", ask.Text: "text", ask.Int: "int", ask.Decimal: "decimal",
	ask.Bool: "bool", ask.Date: "date", ask.Timestamp: "timestamp",
}

// ParseType knows the words text, int, decimal, bool, date and timestamp.
func ParseType(s string) (ask.Type, error) {
	words := typeNames[ask.Text:]
	for i, w := range words {
		if s == w {
			return ask.Text + ask.Type(i), nil
		}
	}
	all := strings.Join(words, ", ")
	if meant, ok := nearest.Name(s, words); ok {
		return ask.Auto, fmt.Errorf("unknown type %q: did you mean %s? (there are %s)", s, meant, all)
	}
	return ask.Auto, fmt.Errorf("unknown type %q: there are %s", s, all)
}

// ParseValue reads name=value, name:type=value or, for NULL, name:null. The
// value is checked by [Query.Check] and [Query.Bind], which know what is
// declared.
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
		if v.Type, err = ParseType(typ); err != nil {
			return "", Value{}, fmt.Errorf("parameter :%s: %w", name, err)
		}
	}
	return name, v, nil
}

// ParseValues reads several, each as [ParseValue] does, and none twice.
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

// value is what a parameter is bound to; ok is false where it has no value.
func (q Query) value(name string, v Values) (arg ask.Arg, ok bool, err error) {
	p := q.Params[name]
	given, ok := v[name]
	switch {
	case ok:
	case p.Null:
		given = Value{Null: true}
	case p.Default != nil:
		given = Value{Text: *p.Default}
	default:
		return ask.Arg{}, false, nil
	}
	typ := p.Type
	if given.Type != ask.Auto {
		if typ != ask.Auto && typ != given.Type {
			return ask.Arg{}, false, fmt.Errorf("parameter :%s is declared as %s, not as %s", name, typeNames[typ], typeNames[given.Type])
		}
		typ = given.Type
	}
	if given.Null {
		return ask.Arg{Name: name, Type: typ, Null: true}, true, nil
	}
	text, err := canonical(typ, given.Text)
	if err != nil {
		return ask.Arg{}, false, fmt.Errorf("parameter :%s: %w", name, err)
	}
	return ask.Arg{Name: name, Type: typ, Value: text}, true, nil
}
