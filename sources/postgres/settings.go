// The session's settings: those that make the server's text exact, those that
// end a query whose asker has gone, and how they reach the server.

package postgres

import (
	"maps"
	"math"
	"strconv"
	"strings"
	"time"
)

// A setting is a run-time parameter and its value.
type setting struct{ name, value string }

// basic settings are those that every connection pooler tracks for its clients.
// They, and exact, win over the URL, its options, PGTZ and the role's defaults:
// with others the values would be read wrongly, or lose digits.
var basic = []setting{
	{"client_encoding", "UTF8"},
	{"datestyle", "ISO"},
	{"timezone", "UTC"},
	{"standard_conforming_strings", "on"}, // as the statement was read on our side
}

// exact settings complete them. Poolers refuse these in the startup packet.
var exact = []setting{
	{"bytea_output", "hex"},
	{"extra_float_digits", "3"}, // the shortest exact text since 12, enough digits before
	{"gin_fuzzy_search_limit", "0"},
	{"intervalstyle", "iso_8601"},
	{"lc_monetary", "C"},
}

// startup gives the parameters of the startup packet: the user's own, and ours
// over them. If plain, only what poolers and servers of every age accept is
// among ours; the rest then goes along with the statement, see [run.send].
func startup(user map[string]string, plain, checked bool, limit []setting) map[string]string {
	params := map[string]string{"application_name": "fanql"}
	maps.Copy(params, user)
	set := func(s setting) {
		maps.DeleteFunc(params, func(name, _ string) bool { return strings.EqualFold(name, s.name) })
		params[s.name] = s.value
	}
	for _, s := range basic {
		set(s)
	}
	if plain {
		return params
	}
	for _, s := range exact {
		set(s)
	}
	// Beside BEGIN READ ONLY, for whatever should get outside of it. Where
	// target_session_attrs is checked it must not be set: the check would see
	// a read-only server in each.
	if !checked {
		set(setting{"default_transaction_read_only", "on"})
	}
	// The server's own ways to end a query when we were killed: the first at
	// the next half second, from PostgreSQL 14 on; the second always, and
	// later than our own deadline, so that it is never the reported cause.
	set(setting{"client_connection_check_interval", "500"})
	for _, s := range limit {
		set(s)
	}
	return params
}

// longestTimeout is the most that statement_timeout holds, 24 days: with more the
// server refuses the connection.
const longestTimeout = math.MaxInt32 * time.Millisecond

// timeout is the server's own limit to a statement that has so long to run.
func timeout(remaining time.Duration) setting {
	limit := min(remaining, longestTimeout-time.Second) + time.Second
	return setting{"statement_timeout", strconv.FormatInt(limit.Milliseconds(), 10)}
}

// setConfig is the query that sets the settings until the transaction ends, so
// that a pooler's next client does not find them.
func setConfig(settings []setting) string {
	var b strings.Builder
	for i, s := range settings {
		b.WriteString([...]string{"select ", ", "}[min(i, 1)])
		b.WriteString("pg_catalog.set_config('" + s.name + "', '" + s.value + "', true)")
	}
	return b.String()
}
