// Orders: the order of a result as users write it, such as: placed_at desc, id.

package columns

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fanql/fanql/sources/nearest"
	"github.com/fanql/fanql/sources/row"
)

// An Order lists the terms by which rows are compared, the first one first.
type Order []Term

// A Term is a column, by name or by place, and its direction.
type Term struct {
	Name       string // matched exactly, or else regardless of case; empty if Place is given
	Place      int    // the number of the result's column, from 1; 0 if Name is given
	Descending bool
	NullsFirst bool
	Fold       bool // without regard to the case of text
}

// ParseOrder parses terms that are separated by commas. A term is a name, perhaps in double
// quotes, or a place. It may be followed by asc or desc, by nocase, and by nulls first or
// nulls last. By default NULLs are last when ascending and first when descending, as in
// PostgreSQL.
func ParseOrder(text string) (Order, error) {
	words, err := orderWords(text)
	if err != nil {
		return nil, err
	}
	var order Order
	for len(words) > 0 {
		var term []orderWord
		term, words = cutTerm(words)
		t, err := parseTerm(term)
		if err != nil {
			return nil, err
		}
		order = append(order, t)
	}
	return order, nil
}

// ParseColumns parses names, perhaps in double quotes, or places, that are separated by
// commas.
func ParseColumns(text string) (Order, error) {
	order, err := ParseOrder(text)
	for _, t := range order {
		if (t != Term{Name: t.Name, Place: t.Place}) {
			return nil, fmt.Errorf("%s: give columns only", t.column())
		}
	}
	return order, err
}

// An orderWord is a word, a quoted name, or a comma.
type orderWord struct {
	text   string
	quoted bool
}

var comma = orderWord{text: ","}

func orderWords(text string) (words []orderWord, _ error) {
	for {
		text = strings.TrimLeft(text, " \t\n")
		switch {
		case text == "":
			return append(words, comma), nil
		case text[0] == ',':
			words, text = append(words, comma), text[1:]
		case text[0] == '"':
			name, rest, ok := unquote(text)
			if !ok {
				return nil, fmt.Errorf("%s: the closing quote is missing", text)
			}
			if name == "" {
				return nil, errors.New(`"": a name is missing`)
			}
			words, text = append(words, orderWord{name, true}), rest
		default:
			n := strings.IndexAny(text, " \t\n,\"")
			if n < 0 {
				n = len(text)
			}
			words, text = append(words, orderWord{text: text[:n]}), text[n:]
		}
	}
}

// unquote reads a name in double quotes, in which a quote is doubled.
func unquote(text string) (name, rest string, ok bool) {
	for text = text[1:]; ; text = text[1:] {
		i := strings.IndexByte(text, '"')
		if i < 0 {
			return "", "", false
		}
		name, text = name+text[:i], text[i+1:]
		if !strings.HasPrefix(text, `"`) {
			return name, text, true
		}
		name += `"`
	}
}

// cutTerm returns the words before the next comma, and those after it.
func cutTerm(words []orderWord) (term, rest []orderWord) {
	for i, w := range words {
		if w == comma {
			return words[:i], words[i+1:]
		}
	}
	return words, nil
}

func parseTerm(words []orderWord) (t Term, _ error) {
	if len(words) == 0 {
		return t, errors.New("a column is missing: give names or places with commas between")
	}
	t.Name = words[0].text
	if n, err := strconv.Atoi(t.Name); err == nil && !words[0].quoted {
		if n < 1 {
			return t, fmt.Errorf("%s: places are counted from 1", t.Name)
		}
		t.Name, t.Place = "", n
	}
	direction, nulls := "", ""
	for words = words[1:]; len(words) > 0; words = words[1:] {
		word := strings.ToLower(words[0].text)
		switch {
		case words[0].quoted:
			return t, fmt.Errorf("a comma is missing before %q", words[0].text)
		case (word == "asc" || word == "desc") && direction == "":
			direction = word
		case word == "nocase" && !t.Fold:
			t.Fold = true
		case word == "nulls" && nulls == "" && len(words) > 1 && !words[1].quoted && oneOf(words[1].text, "first", "last"):
			nulls = strings.ToLower(words[1].text)
			words = words[1:]
		case oneOf(word, "asc", "desc", "nocase", "nulls"):
			return t, fmt.Errorf("%s: one of asc and desc, one of nulls first and nulls last, and nocase, each once", t.column())
		default:
			return t, fmt.Errorf("%s: %s", t.column(), unknownWord(words[0].text))
		}
	}
	t.Descending = direction == "desc"
	t.NullsFirst = nulls == "first" || (nulls == "" && t.Descending)
	return t, nil
}

func oneOf(word string, words ...string) bool {
	return slices.Contains(words, strings.ToLower(word))
}

func unknownWord(word string) string {
	if near, ok := nearest.Name(word, []string{"asc", "desc", "nocase", "nulls"}); ok {
		return fmt.Sprintf("unknown word %q: did you mean %s?", word, near)
	}
	return fmt.Sprintf("unknown word %q: give asc or desc, nocase, nulls first or nulls last, or a comma before the next column", word)
}

// column returns the term's column as it appears in errors.
func (t Term) column() string {
	if t.Place > 0 {
		return strconv.Itoa(t.Place)
	}
	return quote(t.Name)
}

// Find returns the place of the term's column, from 0. It looks for the exact name, and
// then for the only name that differs in case. Its error says which columns there are, or
// which one may be meant.
func (t Term) Find(s *row.Schema) (int, error) {
	if t.Place > s.Width() {
		return 0, fmt.Errorf("there is no column %d: the result has %d", t.Place, s.Width())
	}
	if t.Place > 0 {
		return t.Place - 1, nil
	}
	var names []string
	var near []int
	for i, c := range s.Columns {
		if c.Name == t.Name {
			return i, nil
		}
		if fold(c.Name) == fold(t.Name) {
			near = append(near, i)
		}
		names = append(names, c.Name)
	}
	switch len(near) {
	case 0:
	case 1:
		return near[0], nil
	default:
		return 0, fmt.Errorf("column %q could be %q or %q: give its name in its own case", t.Name, names[near[0]], names[near[1]])
	}
	if near, ok := nearest.Name(t.Name, names); ok {
		return 0, fmt.Errorf("unknown column %q: did you mean %q?", t.Name, near)
	}
	return 0, fmt.Errorf("unknown column %q: the result has %s", t.Name, quoted(names))
}
