// The session's settings: those in the startup packet, and those that are set and read
// in the round trip of the query. Settings that can change a value, a filter, a cast or
// a group stay as the server has them; see cmd/fanql/help/promises.md.

package postgres

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fanql/fanql/sources/driver"
)

// startup returns the parameters of the startup packet: the user's own, and those of ours
// that every server, pooler and proxy accepts. All others are set with the query. A bare
// packet has no settings of the user: these are set with the query, too.
func startup(user map[string]string, zone string, bare bool) map[string]string {
	params := map[string]string{"application_name": "fanql"}
	for name, value := range user {
		if name = strings.ToLower(name); !bare || name == "application_name" {
			params[name] = value
		}
	}
	params["client_encoding"] = "UTF8"
	if zone != "" {
		params["timezone"] = zone
	}
	return params
}

// zoneOf returns the zone that a session must be in, or an empty string to keep the
// server's.
func zoneOf(requested string, user map[string]string) string {
	own := user["timezone"]
	if own == "" {
		own = optionsOf(user["options"])["timezone"]
	}
	switch {
	case requested == driver.ServerZone:
		return own
	case requested != "":
		return requested
	case own != "":
		return own
	}
	return "UTC"
}

// optionsOf reads the -c name=value and --name=value of a server's command line.
func optionsOf(line string) map[string]string {
	values := map[string]string{}
	var words []string
	var word strings.Builder
	inside := false
	for i := 0; i <= len(line); i++ {
		switch {
		case i == len(line) || strings.IndexByte(" \t\n\r\v\f", line[i]) >= 0:
			if inside {
				words = append(words, word.String())
			}
			word.Reset()
			inside = false
		case line[i] == '\\' && i+1 < len(line):
			i++
			fallthrough
		default:
			word.WriteByte(line[i])
			inside = true
		}
	}
	for i, w := range words {
		text := ""
		switch {
		case w == "-c" && i+1 < len(words):
			text = words[i+1]
		case strings.HasPrefix(w, "-c"):
			text = w[len("-c"):]
		case strings.HasPrefix(w, "--"):
			text = w[len("--"):]
		}
		if name, value, ok := strings.Cut(text, "="); ok {
			values[strings.ToLower(strings.ReplaceAll(name, "-", "_"))] = value
		}
	}
	return values
}

// A setting is set with the query until its transaction ends, so that a pooler's next
// client does not see it.
type setting struct {
	name  string
	value string
	when  string // an SQL condition, or empty for always
	// needed says that the statement must not run without it.
	needed bool
	// lowers says that it must never replace a lower value.
	lowers bool
}

// expression returns the SQL expression that sets it. Its value is NULL if it was not
// set.
func (s setting) expression() string {
	set := "pg_catalog.set_config('" + s.name + "', " + literal(s.value) + ", true)"
	if s.when == "" {
		return set
	}
	return "case when " + s.when + " then " + set + " end"
}

// command returns the SQL command that sets it, for servers without set_config.
func (s setting) command() string { return "set local " + s.name + " = " + literal(s.value) }

// literal returns a string literal that every server reads alike, whatever a backslash
// means there.
func literal(s string) string {
	quoted := "'" + strings.ReplaceAll(s, "'", "''") + "'"
	if strings.Contains(s, `\`) {
		return "E" + strings.ReplaceAll(quoted, `\`, `\\`)
	}
	return quoted
}

// current returns the SQL expression of a setting's value, which is NULL if there is no
// such setting.
func current(name string) string { return "pg_catalog.current_setting('" + name + "', true)" }

// settings returns the settings that are set with the query.
func (r *run) settings(ctx context.Context) []setting {
	list := make([]setting, 0, 6) // as many as there usually are
	switch encoding := r.conn.ParameterStatus("client_encoding"); {
	case r.conn.ParameterStatus("server_encoding") == "SQL_ASCII":
		// Such a database may store bytes of any encoding. They are fetched as they
		// are: if we requested UTF-8, the server would refuse invalid bytes.
		list = append(list, setting{name: "client_encoding", value: "SQL_ASCII", needed: true})
	case !slices.Contains([]string{"UTF8", "UTF-8", "UNICODE"}, strings.ToUpper(encoding)):
		list = append(list, setting{name: "client_encoding", value: "UTF8", needed: true})
	}
	if zone := r.conn.ParameterStatus("TimeZone"); r.zone != "" && !strings.EqualFold(zone, r.zone) {
		list = append(list, setting{name: "timezone", value: r.zone, needed: r.zone != "UTC"})
	}
	for _, name := range slices.Sorted(maps.Keys(r.own)) {
		list = append(list, setting{name: name, value: r.own[name], needed: true})
	}
	// In addition to the transaction's own mode, for code that begins another
	// transaction in it.
	list = append(list, setting{name: "default_transaction_read_only", value: "on"})
	// This limit cuts results silently.
	if !r.says("gin_fuzzy_search_limit") {
		list = append(list, setting{name: "gin_fuzzy_search_limit", value: "0"})
	}
	// The server's own ways to end a query if fanql was killed. The first takes effect
	// within half a second, from PostgreSQL 14 on. The second takes effect on every server,
	// but only after our own deadline, so that it is never the reported cause. It only
	// lowers the limit.
	if m := r.major(); m == 0 || m >= 14 {
		list = append(list, setting{name: checkInterval, value: "500"})
	}
	if deadline, ok := ctx.Deadline(); ok {
		list = append(list, r.timeout(time.Until(deadline)))
	}
	return list
}

// checkInterval is how often a server checks, while a statement runs, whether its client
// has closed the connection, in milliseconds.
const checkInterval = "client_connection_check_interval"

// says reports whether the user sets the setting.
func (r *run) says(name string) bool {
	return r.params[name] != "" || optionsOf(r.params["options"])[name] != ""
}

// longestTimeout is the largest statement_timeout, 24 days: the server refuses a longer
// one.
const longestTimeout = math.MaxInt32 * time.Millisecond

// timeout returns the server's own limit for a statement with the given time left. A
// server prints a limit with its unit; CockroachDB prints milliseconds.
func (r *run) timeout(remaining time.Duration) setting {
	limit := (min(remaining, longestTimeout-time.Second) + time.Second).Milliseconds()
	now := current("statement_timeout")
	text := now
	if r.conn.ParameterStatus("crdb_version") != "" {
		text = "(" + now + " || 'ms')"
	}
	return setting{
		name: "statement_timeout", lowers: true, value: strconv.FormatInt(limit, 10),
		when: fmt.Sprintf("%s = '0' or %s::interval > '%dms'", now, text, limit),
	}
}

// limitOf reads a time limit as a server prints it, such as 300ms; 0 is none.
func limitOf(text string) time.Duration {
	digits := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyz")
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0
	}
	unit, ok := map[string]time.Duration{
		"": time.Millisecond, "ms": time.Millisecond, "s": time.Second,
		"min": time.Minute, "h": time.Hour, "d": 24 * time.Hour,
	}[text[len(digits):]]
	if !ok {
		return 0
	}
	return time.Duration(n) * unit
}

// The guards are SQL expressions that end the exchange before the statement runs, with
// an error that contains their mark.
const (
	textMark = "fanql reads this session in binary"
	readMark = "fanql asks in a read-only transaction"
)

// textGuard passes in a session whose text is exact: the text that the server prints
// loses no digit, and can be read without knowing more of the session.
//
// A new server process looks up each operator and function on first use, which takes 0.02
// to 0.25 ms. So the guard uses only those that other steps already use. On PostgreSQL 15
// this whole step takes 0.6 ms; with patterns it took 1.1 ms.
var textGuard = guard(textMark, strings.Join([]string{
	current("datestyle") + " in ('ISO, MDY', 'ISO, DMY', 'ISO, YMD')",
	current("intervalstyle") + " in ('postgres', 'iso_8601')",
	current("extra_float_digits") + " in ('1', '2', '3')",
	current("bytea_output") + " = 'hex'",
	current("timezone") + " in ('" + strings.Join(zonesOfUTC, "', '") + "')",
}, " and "))

var readGuard = guard(readMark, current("transaction_read_only")+" = 'on'")

// guard ends the exchange unless the condition holds, by casting a text that is not a
// number.
func guard(mark, condition string) string {
	return "case when " + condition + " then 0 else pg_catalog.set_config('application_name', '" + mark + "', true)::int end"
}
