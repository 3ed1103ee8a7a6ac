// The hours that a zone has twice. When a server whose sql_mode has NO_ZERO_DATE or
// NO_ZERO_IN_DATE keeps the rows of a cursor, it copies an instant by way of its local
// time, and so confuses the two (MySQL 9.7; without these modes it copies the instant).
// Such a value is refused.

package mysql

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/fanql/fanql/sources/row"
)

// overlaps are ranges of instants, in seconds of UTC, whose local times occur twice. A
// range includes its first instant, but not its last.
type overlaps struct {
	zone  string
	spans [][2]int64
}

// fixed reports whether a zone is an offset, which has no hour twice.
func fixed(zone string) bool { return strings.HasPrefix(zone, "+") || strings.HasPrefix(zone, "-") }

// offset returns the SQL for a zone's offset at an instant of UTC, in seconds.
func offset(at, zone string) string {
	return "TIMESTAMPDIFF(SECOND," + at + ",CONVERT_TZ(" + at + ",'" + utc + "'," + quote(zone) + "))"
}

const digit = "(SELECT 0 d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5" +
	" UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)"

// upTo returns the SQL for a table of the numbers n below a bound.
func upTo(bound int) string {
	var sum, tables []string
	for place, name := 1, 'a'; place < bound; place, name = 10*place, name+1 {
		sum = append(sum, fmt.Sprintf("%d*%c.d", place, name))
		tables = append(tables, fmt.Sprintf("%s %c", digit, name))
	}
	return fmt.Sprintf("(SELECT %s n FROM %s HAVING n < %d) numbers", strings.Join(sum, "+"), strings.Join(tables, ", "), bound)
}

// overlapsOf queries the server for the hours that a zone has twice in the years of a
// TIMESTAMP: first for the days, then for the minutes of these days.
func overlapsOf(ctx context.Context, conn sqldriver.Conn, zone string) (overlaps, error) {
	o := overlaps{zone: zone}
	const days = 24_855 // to 2038-01-19
	today, tomorrow := "('1970-01-01' + INTERVAL n DAY)", "('1970-01-01' + INTERVAL n+1 DAY)"
	found, err := numbersOf(ctx, conn, 1, "SELECT n FROM "+upTo(days)+" WHERE "+offset(tomorrow, zone)+" < "+offset(today, zone))
	if err != nil || len(found) == 0 {
		return o, err
	}
	list := make([]string, len(found))
	for i, day := range found {
		list[i] = fmt.Sprintf("SELECT %d day", day[0])
	}
	at := func(seconds int) string {
		return fmt.Sprintf("('1970-01-01' + INTERVAL day*86400+n*60+%d SECOND)", seconds)
	}
	changes, err := numbersOf(ctx, conn, 3, fmt.Sprintf("SELECT day*86400+n*60, %s-%s, %s-%s FROM (%s) days, %s WHERE %s < %s",
		offset(at(0), zone), offset(at(60), zone), offset(at(0), zone), offset(at(59), zone),
		strings.Join(list, " UNION ALL "), upTo(24*60), offset(at(60), zone), offset(at(0), zone)))
	if err != nil {
		return o, err
	}
	for _, c := range changes {
		minute, back, within := c[0], c[1], c[2]
		from, to := minute+60-back, minute+60+back
		if within != 0 { // the change is not at the end of the minute
			from -= 60
		}
		o.spans = append(o.spans, [2]int64{from, to})
	}
	return o, nil
}

// mostNumbers is larger than the number of days on which a zone changes.
const mostNumbers = 30_000

// numbersOf queries rows of the given number of integers.
func numbersOf(ctx context.Context, conn sqldriver.Conn, width int, query string) (list [][]int64, err error) {
	rows, err := conn.(sqldriver.QueryerContext).QueryContext(ctx, query, nil)
	if err != nil {
		return nil, err
	}
	cells := make([]sqldriver.Value, width)
	for {
		if err := rows.Next(cells); err == io.EOF { //nolint:errorlint // an error that only wraps io.EOF is no end of rows
			return list, rows.Close()
		} else if err != nil {
			return nil, err
		}
		if len(list) == mostNumbers {
			return nil, errors.New("the answer to one of our own statements does not end")
		}
		numbers := make([]int64, width)
		for i, cell := range cells {
			numbers[i] = asInt(cell)
		}
		list = append(list, numbers)
	}
}

// check refuses a row that contains an instant of one of the ranges.
func (o overlaps) check(cells []row.Cell) error {
	if len(o.spans) == 0 {
		return nil
	}
	for i, c := range cells {
		if c.Kind != row.TimestampTZ || c.Flags&row.InArena != 0 {
			continue
		}
		at := time.UnixMicro(int64(c.Bits)).Unix()
		for _, span := range o.spans {
			if at >= span[0] && at < span[1] {
				return &valueError{i, fmt.Errorf("its local time is twice in the session's zone (%[2]s), at %[1]s or thereabouts, and with NO_ZERO_DATE in its sql_mode the server does not keep the two apart: leave the session in UTC",
					time.Unix(at, 0).UTC().Format("2006-01-02 15:04:05 UTC"), o.zone)}
			}
		}
	}
	return nil
}
