// How a text is read in the modes of one server.

package statement

import (
	"fmt"
	"strings"

	"github.com/fanql/fanql/sources/driver"
)

// reread binds the text of a source once more, for a server in the given modes. Usual is
// the text as it was read before the modes were known.
func (q Query) reread(usual *parsed, source string, m driver.Modes, v Values) (driver.Request, error) {
	request, err := q.Bind(source, usual.dialect, m, v)
	if err == nil {
		err = q.sameParameters(usual, source, m)
	}
	if err != nil {
		return driver.Request{}, fmt.Errorf("%s, so the text reads otherwise there: %w", describe(m), err)
	}
	return request, nil
}

// sameParameters returns an error unless every parameter is still one in these modes.
// Otherwise it is inside a string or an identifier there.
func (q Query) sameParameters(usual *parsed, source string, m driver.Modes) error {
	there, err := q.read(source, usual.dialect, m)
	if err != nil {
		return err
	}
	used := map[string]bool{}
	for _, x := range there.tokens {
		if x.kind == param {
			used[there.text(x)] = true
		}
	}
	for _, x := range usual.tokens {
		if x.kind == param && !used[usual.text(x)] {
			return usual.fault(x.start, "%s is not a parameter", usual.text(x))
		}
	}
	return nil
}

// describe returns a text about the modes that a server is in, and about what they mean for
// a query.
func describe(m driver.Modes) string {
	var all []string
	if m.AnsiQuotes {
		all = append(all, `sql_mode has ANSI_QUOTES ("..." is an identifier)`)
	}
	if m.NoBackslashEscapes {
		all = append(all, "sql_mode has NO_BACKSLASH_ESCAPES (a backslash escapes nothing)")
	}
	if m.BracketQuotes {
		all = append(all, "sql_mode has MSSQL ([...] is an identifier)")
	}
	if m.BackslashEscapes {
		all = append(all, "standard_conforming_strings is off (a backslash in '...' escapes)")
	}
	if len(all) == 0 {
		return "the server's modes are the usual ones"
	}
	return "the server's " + strings.Join(all, " and ")
}
