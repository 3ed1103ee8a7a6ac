// What a server reports about itself when fanql connects to it.

package postgres

import (
	"slices"
	"strconv"
	"strings"
)

// version returns the server's version, or an empty string.
func (r *run) version() string {
	version, _, _ := strings.Cut(r.conn.ParameterStatus("server_version"), " ")
	return version
}

// major returns the first number of the server's version, or 0.
func (r *run) major() int {
	digits := r.version()
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			digits = digits[:i]
			break
		}
	}
	n, _ := strconv.Atoi(digits)
	return n
}

// plainText reports whether the session's text is exact, as far as the server has
// reported its settings. The statement's guard checks the others. Before PostgreSQL 12,
// a float loses digits by default.
func (r *run) plainText() bool {
	utc := r.zone == "" && isUTC(r.conn.ParameterStatus("TimeZone")) || isUTC(r.zone)
	return r.major() >= 12 && utc && len(r.own) == 0 &&
		strings.HasPrefix(r.conn.ParameterStatus("DateStyle"), "ISO") &&
		slices.Contains([]string{"postgres", "iso_8601"}, r.conn.ParameterStatus("IntervalStyle"))
}

// zonesOfUTC are the names of zones without an offset.
var zonesOfUTC = []string{"UTC", "Etc/UTC", "GMT", "Etc/GMT", "UCT", "Etc/UCT", "Zulu", "Etc/Zulu", "Universal", "Etc/Universal"}

func isUTC(zone string) bool {
	return slices.ContainsFunc(zonesOfUTC, func(name string) bool { return strings.EqualFold(name, zone) })
}
