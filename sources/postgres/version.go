// What a server reports of itself when it is connected to.

package postgres

import (
	"slices"
	"strconv"
	"strings"
)

// version is the server's, or empty.
func (r *run) version() string {
	version, _, _ := strings.Cut(r.conn.ParameterStatus("server_version"), " ")
	return version
}

// major is the first number of the server's version, or 0.
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
// reported it. What it does not report, the statement's guard looks at. Before
// PostgreSQL 12, a float loses digits by default.
func (r *run) plainText() bool {
	utc := r.zone == "" && isUTC(r.conn.ParameterStatus("TimeZone")) || isUTC(r.zone)
	return r.major() >= 12 && utc && len(r.own) == 0 &&
		strings.HasPrefix(r.conn.ParameterStatus("DateStyle"), "ISO") &&
		slices.Contains([]string{"postgres", "iso_8601"}, r.conn.ParameterStatus("IntervalStyle"))
}

// zonesOfUTC are the names that a server gives to zones of no offset.
var zonesOfUTC = []string{"UTC", "Etc/UTC", "GMT", "Etc/GMT", "UCT", "Etc/UCT", "Zulu", "Etc/Zulu", "Universal", "Etc/Universal"}

func isUTC(zone string) bool {
	return slices.ContainsFunc(zonesOfUTC, func(name string) bool { return strings.EqualFold(name, zone) })
}
