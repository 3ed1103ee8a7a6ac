// Parameters that hold several values.

package statement

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/fanql/fanql/sources/driver"
)

// An item is one value of a list.
type item struct {
	text  string
	where string // where the value is, as a prefix of errors: "value 2: "
}

var errEmptyList = errors.New("the list is empty, and no SQL has in (): give one value at least")

// Load reads the files of lists whose value, or default, is @FILE. A file has one value on
// each line, without quotes, and blank lines are skipped. Load returns the values with the
// contents of the files. Its error is one of read.
func (q Query) Load(v Values, read func(path string) ([]byte, error)) (Values, error) {
	loaded := Values{}
	for name, given := range v {
		loaded[name] = given
	}
	for name := range q.Params {
		if given, ok := q.given(name, v); ok {
			loaded[name] = given
		}
	}
	for name, given := range loaded {
		path, file := strings.CutPrefix(given.Text, "@")
		if !file || !(given.List || q.Params[name].List && given.Type == driver.Auto) {
			continue
		}
		content, err := read(path)
		if err != nil {
			return nil, fmt.Errorf("parameter :%s: %w", name, err)
		}
		given.items = lines(path, string(content))
		loaded[name] = given
	}
	for name := range loaded { // keep a default that needs no file out of the values
		if _, given := v[name]; !given && loaded[name].items == nil {
			delete(loaded, name)
		}
	}
	return loaded, nil
}

// lines returns the values in a file. The result is never nil, but may be empty.
func lines(path, content string) []item {
	all := []item{}
	n := 0
	for line := range strings.Lines(strings.TrimPrefix(content, "\uFEFF")) {
		n++
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if strings.TrimSpace(line) != "" {
			all = append(all, item{line, fmt.Sprintf("%s: line %d: ", path, n)})
		}
	}
	return all
}

// list returns the values of a list, from its file or its CSV record.
func (v Value) list(typ driver.Type) ([]item, error) {
	items := v.items
	if items == nil {
		if strings.HasPrefix(v.Text, "@") {
			return nil, fmt.Errorf("the file %s has not been read", v.Text[1:])
		}
		r := csv.NewReader(strings.NewReader(v.Text))
		record, err := r.Read()
		if _, more := r.Read(); err == nil && more != io.EOF {
			err = errors.New("a second line begins: quote a value that has a line's end in it, or give @FILE with one value a line")
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil, errEmptyList
		case err != nil:
			var at *csv.ParseError
			if errors.As(err, &at) {
				err = at.Err
			}
			return nil, fmt.Errorf("%.60q is no CSV record: %w", v.Text, err)
		}
		for i, text := range record {
			items = append(items, item{text, fmt.Sprintf("value %d: ", i+1)})
		}
	}
	if len(items) == 0 {
		return nil, errEmptyList
	}
	if typ != driver.Text {
		for i := range items {
			items[i].text = strings.TrimSpace(items[i].text)
		}
	}
	return items, nil
}

// inList reports whether token i is a whole item of an in (...) list.
func (t *parsed) inList(i int) bool {
	opener := t.tokens[i].opener
	return opener > 0 && t.symbol(opener) == "(" && t.keyword(opener-1) == "IN" &&
		(t.symbol(i-1) == "(" || t.symbol(i-1) == ",") && (t.symbol(i+1) == ")" || t.symbol(i+1) == ",")
}

// misplacedList returns the error for a list at token i that cannot be bound there.
func (t *parsed) misplacedList(i int) error {
	x := t.tokens[i]
	hint := ""
	if opener := t.tokens[i].opener; opener > 0 && (t.word(opener-1) == "ANY" || t.word(opener-1) == "ALL" || t.word(opener-1) == "SOME") {
		hint = ", in every dialect: write in or not in instead of " + strings.ToLower(t.word(opener-1))
	}
	return t.fault(x.start, "%s is a list, which stands only in in (%s)%s", t.text(x), t.text(x), hint)
}
