// What is set before a statement is sent.

package mysql

import (
	"context"
	"database/sql/driver"
	"fmt"
	"math"
	"strings"
	"time"
)

// maxWarnings is how many warnings the server is told to keep of a statement;
// its own default of 64 would lose the one that matters behind many others.
const maxWarnings = 1024

// The most that the servers' own limits to a statement hold, MariaDB's and
// MySQL's: with more they are cut, with a warning.
const (
	longestMaria  = 31_536_000 * time.Second
	longestOracle = math.MaxUint32 * time.Millisecond
)

// withoutModes is the server's sql_mode without those in which a string would
// end elsewhere than it did when the statement was read: ANSI_QUOTES, also as a
// part of the combinations that hold it, and NO_BACKSLASH_ESCAPES.
var withoutModes = func() string {
	list := "CONCAT(',', @@sql_mode, ',')"
	for _, mode := range []string{"ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "ANSI", "DB2", "MAXDB", "MSSQL", "ORACLE", "POSTGRESQL"} {
		list = "REPLACE(" + list + ", '," + mode + ",', ',')"
	}
	return "TRIM(BOTH ',' FROM " + list + ")"
}()

// setUp makes the session exact, bounded and read-only, on both flavours.
//
// The variable is what holds against DDL, which commits implicitly and so leaves
// a read-only transaction. The transaction holds where the variable is not known
// (MySQL before 5.7.20), but for DDL.
func setUp(ctx context.Context, conn driver.Conn, collate string) error {
	if err := exec(ctx, conn, setStatement(ctx, collate)); err != nil {
		return err
	}
	return exec(ctx, conn, "START TRANSACTION READ ONLY")
}

func setStatement(ctx context.Context, collate string) string {
	var b strings.Builder
	b.WriteString("SET NAMES utf8mb4")
	if collate != "" {
		b.WriteString(" COLLATE " + collate)
	}
	// Limits that a server's configuration may hold would cut in silence.
	b.WriteString(", time_zone='+00:00', sql_select_limit=18446744073709551615"+
		", group_concat_max_len=1073741824")
	b.WriteString(", sql_mode=" + withoutModes)
	// MySQL wants a privilege for max_error_count.
	maria, oracle := fmt.Sprintf(", max_error_count=%d", maxWarnings), ""
	if deadline, ok := ctx.Deadline(); ok {
		// A backstop for the case that we die. It is later than our own
		// deadline, or the server's error would take its place, and never
		// loosens what the server has set.
		left := max(time.Until(deadline), 0)
		limit := func(most time.Duration) time.Duration { return min(left, most-time.Second) + time.Second }
		maria += ", max_statement_time=" + lower("@@max_statement_time", fmt.Sprintf("%.6f", limit(longestMaria).Seconds()))
		oracle = ", max_execution_time=CAST(" + lower("@@max_execution_time", fmt.Sprint(limit(longestOracle).Milliseconds())) + " AS SIGNED)"
	}
	fmt.Fprintf(&b, " /*M!100101 , tx_read_only=1%s */ /*!50720 , transaction_read_only=1%s */", maria, oracle)
	return b.String()
}

// lower is the lower of a limit that the variable has, 0 being none, and ours.
func lower(variable, limit string) string {
	return "COALESCE(LEAST(NULLIF(" + variable + ",0)," + limit + ")," + limit + ")"
}
