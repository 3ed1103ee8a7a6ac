// Cells that fail for a known reason.
package main

import (
	"regexp"
	"strings"
)

// A limit is shown in the table instead of a failure.
type limit struct {
	servers *regexp.Regexp // matches names of servers
	check   string
	says    string // a part of the error: another error is not a known one
	reason  string
}

var known = []limit{
	{
		regexp.MustCompile("^PgBouncer, statement$"), "read-only", "it was refused for another reason",
		"the write is refused, but PgBouncer in statement mode may tell of an error of a " +
			"statement that runs in its own words, `transaction blocks not allowed in statement " +
			"pooling mode` [08P01], instead of the server's",
	},
	{
		regexp.MustCompile("^PgBouncer, statement$"), "load", "transaction blocks not allowed in statement pooling mode",
		"a load is a transaction, which PgBouncer in statement mode refuses; nothing is loaded",
	},
}

// foreign are the cases of testdata/cases that a server does not support, by their names in go
// test. They are not run on that server.
var foreign = []struct {
	servers *regexp.Regexp
	name    string
	reason  string
}{
	{
		regexp.MustCompile("^PostgreSQL 1[0-4]$"), "statement/EXPLAIN_of_INSERT,_UPDATE,_MERGE_and_a_writing_WITH_is_planned_by_PostgreSQL",
		"MERGE came with PostgreSQL 15",
	},
}

// leftOut returns a pattern for go test that matches the cases that a server does not support. It
// is empty if the server supports all cases.
func leftOut(server string) string {
	var patterns []string
	for _, f := range foreign {
		if !f.servers.MatchString(server) {
			continue
		}
		levels := []string{"^TestCases$"}
		for level := range strings.SplitSeq(f.name, "/") {
			levels = append(levels, "^"+regexp.QuoteMeta(level)+"$")
		}
		patterns = append(patterns, strings.Join(levels, "/"))
	}
	return strings.Join(patterns, "|")
}

// explained returns the known reason why a check fails on a server with this error.
func explained(server, check string, err error) (reason string, ok bool) {
	for _, k := range known {
		if err != nil && k.check == check && k.servers.MatchString(server) && strings.Contains(err.Error(), k.says) {
			return k.reason, true
		}
	}
	return "", false
}
