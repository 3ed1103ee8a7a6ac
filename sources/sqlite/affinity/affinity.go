// Package affinity determines which kind of value a column of SQLite prefers.
package affinity

import (
	"slices"
	"strings"
)

// An Affinity is the kind of value that a column prefers. SQLite converts values to it if it
// can.
type Affinity uint8

// The affinities.
const (
	None Affinity = iota // values are stored as they are
	Text
	Integer
	Real
	Numeric
)

// Of returns the affinity of a column by its declared type, in a STRICT table or in another
// one. The rules are those of https://sqlite.org/datatype3.html, section 3.1.
func Of(declared string, strict bool) Affinity {
	t := strings.ToUpper(declared)
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(t, w) })
	}
	switch {
	case strict && t == "ANY":
		return None
	case has("INT"):
		return Integer
	case has("CHAR", "CLOB", "TEXT"):
		return Text
	case t == "" || has("BLOB"):
		return None
	case has("REAL", "FLOA", "DOUB"): //nolint:misspell // SQLite looks for these letters
		return Real
	}
	return Numeric
}
