// The text for the server: the user's text with placeholders, and the map from its places
// to those in the user's text.

package statement

import (
	"strings"
	"unicode/utf8"

	"github.com/fanql/fanql/sources/driver"
)

// A bound text is a text for a server.
type bound struct {
	sql  string
	args []driver.Arg

	user    source // the text as the user wrote it
	spans   []span // in the order of sql; the first begins at 0
	trimmed int    // bytes of white space cut from the start
}

// A span is a piece of a bound text, up to the next span.
type span struct {
	at   int  // where the piece begins, in bytes of the text before it is trimmed
	user int  // where it comes from, in bytes of the user's text
	copy bool // the piece is a copy of the user's text; otherwise it replaces the parameter there
}

// bind writes the text with placeholders. Value returns the value of a parameter; ok is
// false if it has none.
func (t *parsed) bind(value func(name string) (bindable, bool, error)) (*bound, error) {
	var b strings.Builder
	to := &bound{user: t.source, spans: []span{{copy: true}}}
	written := 0
	type numbers struct {
		first, count int
		list         bool
	}
	number := map[string]numbers{}
	for i, x := range t.tokens {
		if x.kind != param {
			continue
		}
		name := t.text(x)[1:]
		n := number[name]
		if n.count == 0 || t.dialect.Positional {
			b, ok, err := value(name)
			if err != nil {
				return nil, err
			}
			if !ok {
				return nil, t.fault(x.start, "parameter :%s has no value: give {param} %s=...", name, name)
			}
			n = numbers{len(to.args) + 1, len(b.args), b.list}
			number[name] = n
			to.args = append(to.args, b.args...)
		}
		switch {
		case n.list && !t.inList(i):
			return nil, t.misplacedList(i)
		case len(to.args) > t.dialect.MaxPlaceholders:
			return nil, t.fault(x.start, "%s takes at most %d values in one query, and with those of :%s there are %d: ask in parts", t.dialect, t.dialect.MaxPlaceholders, name, len(to.args))
		}
		b.WriteString(t.source.text[written:x.start])
		to.spans = append(to.spans, span{at: b.Len(), user: x.start})
		if x.start > 0 && inWord(t.source.text[x.start-1]) {
			b.WriteByte(' ') // limit:n must not become the name limit$1
		}
		for k := range n.count {
			if k > 0 {
				b.WriteString(", ")
			}
			b.WriteString(t.dialect.Placeholder(n.first+k, to.args[n.first+k-1]))
		}
		to.spans = append(to.spans, span{at: b.Len(), user: x.end, copy: true})
		written = x.end
	}
	b.WriteString(t.source.text[written:t.end])
	all := strings.TrimRight(b.String(), spaces)
	to.sql = strings.TrimLeft(all, spaces)
	to.trimmed = len(all) - len(to.sql)
	return to, nil
}

const spaces = " \t\r\n\f\v"

// locate returns the line and the column, in the user's text, of a character of sql. All
// three count from 1. The character after the last is the end of the text. A placeholder
// has the place of its parameter. See [driver.Request].Locate.
func (b *bound) locate(character int) (line, column int, ok bool) {
	if character < 1 {
		return 0, 0, false
	}
	at := b.trimmed
	for rest := b.sql; character > 1; character-- {
		_, size := utf8.DecodeRuneInString(rest)
		if size == 0 {
			return 0, 0, false
		}
		at, rest = at+size, rest[size:]
	}
	from := b.spans[0]
	for _, s := range b.spans {
		if s.at <= at {
			from = s
		}
	}
	offset := from.user
	if from.copy {
		offset += at - from.at
	}
	line, column = b.user.place(offset)
	return line, column, true
}
