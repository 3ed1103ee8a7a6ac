package testdb

import (
	"strings"
	"testing"
)

// Cell counts a test in a line of the fault matrix that `make test-faults` prints,
// for each of the databases that it is about: All where it is about what is the
// same for each of them.
func Cell(t testing.TB, fault string, databases ...string) {
	t.Helper()
	t.Attr("cell", fault+" | "+strings.Join(databases, ", "))
}

// All is a test that has sources of every kind, or for which it makes no
// difference.
const All = "all"
