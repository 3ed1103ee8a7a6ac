// Errors with a place in the config file.

package config

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"github.com/fanql/fanql/sources/nearest"
	"github.com/fanql/fanql/sources/option"
)

// A Pos is a place in the config, or in a file that it includes. Lines and columns count
// from 1, columns in characters.
type Pos struct {
	Line, Col int
	File      string // its path
}

// String returns path:line:column, which editors can follow.
func (p Pos) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col) }

// An Error is an error at a place in the config.
type Error struct {
	Pos  Pos
	Text string
	text error // the same as Text, if it names options
}

// Error returns path:line:column: text.
func (e *Error) Error() string { return e.Pos.String() + ": " + e.Text }

// Unwrap returns the error without its place.
func (e *Error) Unwrap() error { return e.text }

// Spell is Error with the options' names from the spelling.
func (e *Error) Spell(s option.Spelling) string {
	if e.text == nil {
		return e.Error()
	}
	named := *e
	named.Text = option.Text(e.text, s)
	return named.Error()
}

// problems collects the errors of a file, and of those that it includes.
type problems struct {
	path string
	list []*Error
}

func (p *problems) add(at Pos, format string, args ...any) {
	text := option.Errorf(format, args...)
	p.list = append(p.list, &Error{Pos: at, Text: text.Error(), text: text})
}

// err joins the errors in the order of their places; it is nil if there are none.
func (p *problems) err() error {
	errs := make([]error, len(p.list))
	for i, e := range p.list {
		errs[i] = e
	}
	return inOrder(p.path, errs...)
}

// InOrder joins errors in the order of their places in the config, those without a place
// first, and file by file in the order in which the errors name them. An error that joins
// others, such as the error of [Load], is split. The result is nil if all errors are.
func InOrder(errs ...error) error { return inOrder("", errs...) }

// inOrder is InOrder that puts the errors in one file before those in others.
func inOrder(first string, errs ...error) error {
	var all []error
	for _, err := range errs {
		all = append(all, Each(err)...)
	}
	place := func(err error) (at Pos) {
		if e, ok := errors.AsType[*Error](err); ok {
			at = e.Pos
		}
		return at
	}
	file := map[string]int{"": 0, first: 1}
	for _, err := range all {
		if at := place(err); at != (Pos{}) && file[at.File] == 0 {
			file[at.File] = len(file)
		}
	}
	slices.SortStableFunc(all, func(a, b error) int {
		x, y := place(a), place(b)
		return cmp.Or(cmp.Compare(file[x.File], file[y.File]), cmp.Compare(x.Line, y.Line), cmp.Compare(x.Col, y.Col))
	})
	return errors.Join(all...)
}

// Each returns the errors that an error joins, also indirectly, or the error itself;
// for nil it returns none.
func Each(err error) (all []error) {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error }) // a wrapped join counts as one error
	if !ok {
		return []error{err}
	}
	for _, err := range joined.Unwrap() {
		all = append(all, Each(err)...)
	}
	return all
}

// didYouMean completes an error about an unknown word: it suggests the nearest known
// word, or lists all of them if none is near.
func didYouMean(word string, known []string) string {
	if near, ok := nearest.Name(word, known); ok {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "known are " + strings.Join(known, ", ")
}

// showable matches words that an error may repeat, because no URL and no password looks
// like them: words, tags, and offsets such as +25:00. Like all regular expressions here, it is compiled on first use: compiling
// all of them would take a tenth of the time of a small query.
var showable = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^((tag:)?[\pL\pN_./*?!^<\[\] -]*|[+-][\pN:]+)$`) })

// isName reports whether a source, a query or a tag may have this name.
func isName(s string) bool {
	for i, r := range s {
		if !isWord(r) && (i == 0 || !strings.ContainsRune("./-", r)) {
			return false
		}
	}
	return s != ""
}

// isWord reports whether a name may begin with the character.
func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) }

const notShown = "(not shown: it may hold a password)"

// shown quotes a word of the user's if it cannot reveal anything. A word that may be a
// mistyped URL is not repeated.
func shown(word string) string {
	if showable().MatchString(word) {
		return strconv.Quote(word)
	}
	return notShown
}

// secretive matches what URLs and connection strings contain.
var secretive = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)@|:/|(pass|pwd|secret|token|key)\w*\s*=`)
})

// shownName quotes a name in a place where no URL is expected, such as the name of a check,
// unless it looks like a URL or a connection string.
func shownName(name string) string {
	if secretive().MatchString(name) {
		return notShown
	}
	return strconv.Quote(name)
}

// shownKey quotes a key of a mapping. What is the mapping's name in messages. Keys of
// checks, queries and tables are names; elsewhere, a key may be a URL that YAML has parsed
// as a key.
func shownKey(what, key string) string {
	for _, names := range []string{"check", "query", "table"} {
		if strings.HasPrefix(what, names) {
			return shownName(key)
		}
	}
	return shown(key)
}

// unwrapped returns the cause of an error that repeats a path.
func unwrapped(err error) error {
	if cause := errors.Unwrap(err); cause != nil {
		return cause
	}
	return err
}
