// Cells that fail for a reason which is known.
package main

import "regexp"

// A limit is what a reader of the table is told of instead of a failure.
type limit struct {
	servers *regexp.Regexp // of their names
	check   string
	reason  string
}

var known = []limit{
	{
		regexp.MustCompile("^PgBouncer, statement$"), "read-only",
		"the write is refused, but PgBouncer in statement mode tells of an error of a " +
			"statement that runs by its own words, `transaction blocks not allowed in statement " +
			"pooling mode` [08P01], instead of the server's",
	},
}

// explained gives the reason why a check fails on a server.
func explained(server, check string) (reason string, ok bool) {
	for _, k := range known {
		if k.check == check && k.servers.MatchString(server) {
			return k.reason, true
		}
	}
	return "", false
}
