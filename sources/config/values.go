// References in values: ${env:NAME}, ${file:PATH} and ${keyring:NAME} stand for values that
// are kept elsewhere, in every setting and in the values of parameters. Names, SQL, expressions
// and commands stay as they are written: SQL has parameters, and a command has the
// environment. URLs have a reader of their own, in expand.go, because their values are
// escaped.

package config

import (
	"errors"
	"strings"
)

// expanded returns the text with its references replaced by their values; $${ stands
// for a literal ${. A relative path begins at dir.
func expanded(text, dir string, getenv func(string) string) (string, error) {
	var b strings.Builder
	for {
		i := strings.Index(text, "${")
		if i < 0 {
			b.WriteString(text)
			return b.String(), nil
		}
		if i > 0 && text[i-1] == '$' {
			b.WriteString(text[:i-1] + "${")
			text = text[i+2:]
			continue
		}
		end := strings.IndexByte(text[i:], '}')
		if end < 0 {
			return "", errors.New("a ${ without its }: write $${ where the value has these characters")
		}
		refs, err := references(text[i : i+end+1])
		if err != nil {
			return "", errors.New("${ begins a reference, " + referenceForms + ": write $${ where the value has these characters")
		}
		value, err := refs[0].value(dir, getenv)
		if err != nil {
			return "", err
		}
		b.WriteString(text[:i] + value)
		text = text[i+end+1:]
	}
}

// setting reads a single value that may contain references. The caller reports errors in
// the value itself: it must not repeat a value from elsewhere directly, but show it with
// shown.
func (d *document) setting(e entry, what string) (text string, ok bool) {
	written, ok := d.scalar(e, what)
	if !ok {
		return "", false
	}
	text, err := expanded(written, d.dir, d.getenv)
	if err != nil {
		d.add(e.place(), "%s: %v", what, err)
		return "", false
	}
	return text, true
}
