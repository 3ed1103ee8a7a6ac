// Package option lets an error name an option without knowing the user's name of it: a flag
// on a command line, a key in a file, a field of a request.
//
//	return option.Errorf("row %d takes %d bytes: raise {memory}", row, size)
//
// Error returns "raise memory". A caller that knows what users call the options shows
// the error by [Text] or [Spelled], as "raise --memory".
package option

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// An Option is the name of an option.
type Option string

// A Spelling returns the user's name of an option. Nil stands for plain names.
type Spelling func(Option) string

// Name returns the user's name of an option.
func (s Spelling) Name(o Option) string {
	if s == nil {
		return string(o)
	}
	return s(o)
}

// Spell replaces the options, which stand in braces, by their names.
func (s Spelling) Spell(text string) string {
	return inBraces().ReplaceAllStringFunc(text, func(found string) string { return s.Name(Option(found[1 : len(found)-1])) })
}

var inBraces = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{[a-z]+(-[a-z]+)*\}`) })

// A Hint is text for [Errorf] in which options stand in braces.
type Hint string

// A Named error names options.
type Named interface {
	error
	// Spell is Error with the options' names from the spelling.
	Spell(Spelling) string
}

// Errorf is [fmt.Errorf] for a format in which options stand in braces.
func Errorf(format string, args ...any) error { return &named{format, args} }

// New is [errors.New] for a text in which options stand in braces.
func New(text string) error { return &named{"%s", []any{Hint(text)}} }

type named struct {
	format string
	args   []any
}

func (e *named) formatted(s Spelling) error {
	args := make([]any, len(e.args))
	for i, arg := range e.args {
		switch arg := arg.(type) {
		case Hint:
			args[i] = s.Spell(string(arg))
		case error:
			args[i] = Spelled(arg, s)
		default:
			args[i] = arg
		}
	}
	return fmt.Errorf(s.Spell(e.format), args...)
}

// Error writes the options with their plain names.
func (e *named) Error() string { return e.formatted(nil).Error() }

// Spell writes the options with the names of the spelling.
func (e *named) Spell(s Spelling) string { return e.formatted(s).Error() }

// Is reports whether one of the errors that it wraps is the target.
func (e *named) Is(target error) bool { return errors.Is(e.formatted(nil), target) }

// As finds the target among the errors that it wraps.
func (e *named) As(target any) bool { return errors.As(e.formatted(nil), target) }

// Text returns the text of an error. All options that it and the errors that it wraps
// name have the names of the spelling.
func Text(err error, s Spelling) string {
	text := err.Error()
	each(err, func(n Named) { text = strings.Replace(text, n.Error(), n.Spell(s), 1) })
	return text
}

// each calls found with the outermost named errors in the tree of an error, except those
// that have their names already.
func each(err error, found func(Named)) {
	if _, done := err.(*spelled); done { //nolint:errorlint // the tree is walked here
		return
	}
	if n, ok := err.(Named); ok { //nolint:errorlint // the tree is walked here
		found(n)
		return
	}
	switch wrapping := err.(type) { //nolint:errorlint // likewise
	case interface{ Unwrap() error }:
		if inner := wrapping.Unwrap(); inner != nil {
			each(inner, found)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range wrapping.Unwrap() {
			each(inner, found)
		}
	}
}

// Spelled returns the error with the text of [Text]. It wraps the same errors as
// before. A nil error stays nil, and one that is spelled already is not spelled again.
func Spelled(err error, s Spelling) error {
	if err == nil || s == nil {
		return err
	}
	text := Text(err, s)
	if text == err.Error() {
		return err
	}
	return &spelled{err, text}
}

type spelled struct {
	error
	text string
}

func (e *spelled) Error() string { return e.text }
func (e *spelled) Unwrap() error { return e.error }
