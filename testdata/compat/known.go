// Cells that fail for a reason which is known.
package main

import "regexp"

// A limit is what a reader of the table is told of instead of a failure.
type limit struct {
	servers *regexp.Regexp // of their names
	check   string
	reason  string
}

var known []limit

// explained gives the reason why a check fails on a server.
func explained(server, check string) (reason string, ok bool) {
	for _, k := range known {
		if k.check == check && k.servers.MatchString(server) {
			return k.reason, true
		}
	}
	return "", false
}
