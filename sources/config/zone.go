// Time zones of sessions.

package config

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/fanql/fanql/sources/driver"
)

var (
	zoneForm   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z<+-][A-Za-z0-9_+:/<>,.-]*$`) })
	offsetForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([+-])(\d{1,2})(?::?(\d\d))?$`) })
)

// utcZone is UTC as [ParseZone] returns it.
const utcZone = "UTC"

// ParseZone reads the time zone of a session: [driver.ServerZone], an offset such as
// +02:00 (east of Greenwich, as in ISO 8601), or the name of a zone, which the servers
// know. It refuses names that no server can know, and returns UTC for each of its
// names.
func ParseZone(text string) (string, error) {
	if strings.EqualFold(text, driver.ServerZone) {
		return driver.ServerZone, nil
	}
	switch strings.ToUpper(text) {
	case utcZone, "Z", "GMT", "ETC/UTC", "ZULU":
		return utcZone, nil
	}
	if m := offsetForm().FindStringSubmatch(text); m != nil {
		hours, _ := strconv.Atoi(m[2])
		minutes, _ := strconv.Atoi("0" + m[3])
		if hours*60+minutes > 14*60 || minutes > 59 {
			return "", fmt.Errorf("%s is beyond all time zones, which are from -14:00 to +14:00", shown(text))
		}
		if hours == 0 && minutes == 0 {
			return utcZone, nil
		}
		return fmt.Sprintf("%s%02d:%02d", m[1], hours, minutes), nil
	}
	if !zoneForm().MatchString(text) || offsetStart(text) {
		return "", fmt.Errorf("%s is no time zone: give a name such as Europe/Berlin, an offset such as +02:00, or %s for that of each server", shown(text), driver.ServerZone)
	}
	return text, nil
}

// offsetStart reports whether a text begins like an offset, which no name does.
func offsetStart(text string) bool { return text != "" && strings.ContainsRune("+-", rune(text[0])) }
