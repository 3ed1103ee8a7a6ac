// Pragmas that read.

package statement

import (
	"strings"
)

// pragma: PRAGMA [schema.]name [(argument)].
func (t *parsed) pragma() error {
	i := 1
	if t.symbol(2) == "." {
		i = 3
	}
	name := strings.ToLower(t.word(i))
	argument, reads := t.dialect.Pragma(name)
	if name == "" {
		return t.refuse(0)
	}
	if !reads {
		return t.fault(t.tokens[i].start, "a query only reads: PRAGMA %s is not sent", name)
	}
	if i++; i == len(t.tokens) {
		return nil
	}
	if !argument || t.symbol(i) != "(" || t.past(i) != len(t.tokens) {
		return t.fault(t.tokens[i].start, "a query only reads: PRAGMA %s is not sent with a value", name)
	}
	return nil
}
