// The settings that are sent before a statement, in one round trip.

package mysql

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/fanql/fanql/sources/driver"
)

// maxWarnings is how many warnings MariaDB keeps for a statement: its default of 64
// could lose the one that reports cut rows after many others. MySQL keeps as many
// anyway.
const maxWarnings = 1024

// allRows is the largest number of rows in a result: more than exist, and a number that
// is valid for servers that read it as a signed one.
const allRows = "9223372036854775807"

// longestConcat is a length that max_allowed_packet always ends first.
const longestConcat = "1073741824"

// The largest limits that MariaDB and MySQL accept for a statement: larger ones are
// cut, with a warning.
const (
	longestMaria  = 31_536_000 * time.Second
	longestOracle = math.MaxUint32 * time.Millisecond
)

// What makes a session and its transaction read-only. The session prevents DDL, which
// commits implicitly and so ends a read-only transaction; the transaction prevents
// changes of the session's mode.
const (
	readOnlySession     = "SET SESSION TRANSACTION READ ONLY"
	readOnlyTransaction = "START TRANSACTION READ ONLY"
	// oneSnapshot makes all statements of the transaction see the same snapshot.
	oneSnapshot = "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ"
)

// A session is what setUp has found out about a connection, and its settings.
type session struct {
	// snapshot says that all statements of the transaction see one snapshot.
	snapshot bool
	server   string        // from [identity]; empty if it is not known
	modes    driver.Modes  // in which it reads text
	noZeros  bool          // see overlaps
	zone     string        // the session's; empty is UTC
	limit    time.Duration // the server's limit for a statement, in MySQL only; 0 is none
	// warnings are the server's refusals, one per line.
	warnings []string
}

// A setting of setUp: an assignment of SET.
type setting struct {
	assign string
	// instead are the fallbacks to try, in order, if the server refuses it.
	instead []string
	// refused handles a server's refusal of all of them: it returns a warning, or none,
	// or the error that fails the source.
	refused func(ctx context.Context, conn sqldriver.Conn, err error) (warning string, end error)
}

// settings returns the settings of a session. Those that may change a value, a filter,
// a cast or a group stay the server's own, except the character set and the zone.
// Limits are lowered and never raised, except the two that cut results silently.
func settings(ctx context.Context, maria bool, collate, zone string) []setting {
	names := "NAMES utf8mb4"
	if collate != "" {
		names += " COLLATE " + collate
	}
	list := []setting{
		{assign: names, refused: needed("the server does not take the character set utf8mb4")},
		{
			assign: "sql_select_limit=" + allRows, instead: []string{"sql_select_limit=18446744073709551615"},
			refused: rowsMayBeCut,
		},
		{assign: "group_concat_max_len=" + longestConcat, refused: dispensable("group_concat_max_len was not raised: GROUP_CONCAT may be cut, with warning 1260")},
	}
	if zone != driver.ServerZone {
		list = append(list, setting{assign: "time_zone=" + quote(zone), refused: zoneRefused(zone)})
	}
	if maria {
		list = append(list, setting{
			assign:  fmt.Sprintf("max_error_count=GREATEST(@@max_error_count,%d)", maxWarnings),
			refused: dispensable("max_error_count was not raised: warnings may be lost behind others"),
		})
	}
	if deadline, ok := ctx.Deadline(); ok {
		list = append(list, backstop(maria, max(time.Until(deadline), 0)))
	}
	return list
}

// backstop ends a statement on the server if we die. It is later than our own deadline,
// so that the server's error does not replace ours, and never raises the server's own
// limit. MySQL requires a signed integer.
func backstop(maria bool, left time.Duration) setting {
	limit := func(most time.Duration) time.Duration { return min(left, most-time.Second) + time.Second }
	s := setting{refused: dispensable("the server does not take a time limit: should fanql be killed, the query may run on")}
	if maria {
		s.assign = "max_statement_time=" + lower("@@max_statement_time", fmt.Sprintf("%.6f", limit(longestMaria).Seconds()))
	} else {
		ours := fmt.Sprint(limit(longestOracle).Milliseconds())
		s.assign = "max_execution_time=CAST(" + lower("@@max_execution_time", ours) + " AS SIGNED)"
		s.instead = []string{"max_execution_time=" + ours}
	}
	return s
}

// lower returns the lower of the variable's limit, where 0 is none, and ours.
func lower(variable, limit string) string {
	return "COALESCE(LEAST(NULLIF(" + variable + ",0)," + limit + ")," + limit + ")"
}

// quote returns a text without backslashes as a string literal that is valid in all modes.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// sessionQuery queries a connection for its server, its modes, its zone and MySQL's
// limit.
const sessionQuery = "SELECT " + identified + ", @@sql_mode, @@session.time_zone, @@system_time_zone, 0 /*!50708 + @@max_execution_time */"

// setUp makes the session exact, bounded and read-only, on both flavours: in one round
// trip if the connection accepts several statements at once and the server accepts all
// of them, else step by step.
func setUp(ctx context.Context, conn sqldriver.Conn, s setUpOptions) (session, error) {
	list := settings(ctx, s.maria, s.collate, s.zone)
	if s.several {
		assignments := make([]string, len(list))
		for i, one := range list {
			assignments[i] = one.assign
		}
		begin := readOnlyTransaction
		if s.snapshot {
			begin = oneSnapshot + "; " + begin
		}
		all := "SET " + strings.Join(assignments, ", ") + "; " + readOnlySession + "; " + begin + "; " + sessionQuery
		found := session{snapshot: s.snapshot}
		err := found.read(ctx, conn, all)
		if err == nil || !serverSaid(err) {
			return found, err
		}
	}
	return stepByStep(ctx, conn, list, s)
}

type setUpOptions struct {
	several    bool // the connection accepts several statements at once
	maria      bool
	collate    string
	zone       string
	bestEffort bool // from [driver.Request]
	snapshot   bool // other statements follow
}

// read sends statements, the last of which is sessionQuery, and reads its result.
func (s *session) read(ctx context.Context, conn sqldriver.Conn, statements string) error {
	cells := make([]sqldriver.Value, 5)
	if err := one(ctx, conn, statements, cells); err != nil {
		return err
	}
	s.server = asText(cells[0])
	s.reads(asText(cells[1]))
	s.zone = zoneOf(asText(cells[2]), asText(cells[3]))
	if ms := asInt(cells[4]); ms > 0 {
		s.limit = time.Duration(min(ms, math.MaxUint32)) * time.Millisecond
	}
	return nil
}

// reads finds the modes in sql_mode under which a string or a name ends elsewhere, and
// those that matter for overlaps. The server lists the modes of a combination next to
// its name, but not in all versions.
func (s *session) reads(list string) {
	m := &s.modes
	for mode := range strings.SplitSeq(list, ",") {
		switch mode {
		case "MSSQL":
			m.AnsiQuotes, m.BracketQuotes = true, true
		case "ANSI_QUOTES", "ANSI", "DB2", "MAXDB", "ORACLE", "POSTGRESQL":
			m.AnsiQuotes = true
		case "NO_BACKSLASH_ESCAPES":
			m.NoBackslashEscapes = true
		case "NO_ZERO_DATE", "NO_ZERO_IN_DATE", "TRADITIONAL":
			s.noZeros = true
		}
	}
}

// one queries one row of cells.
func one(ctx context.Context, conn sqldriver.Conn, statement string, cells []sqldriver.Value) (err error) {
	defer unreadable(&err)
	rows, err := conn.(sqldriver.QueryerContext).QueryContext(ctx, statement, nil)
	if err != nil {
		return err
	}
	if len(rows.Columns()) != len(cells) {
		return errors.Join(errors.New("the answer to one of our own statements has other columns"), rows.Close())
	}
	if err := rows.Next(cells); err != nil {
		return err
	}
	for i, v := range cells { // they belong to the driver, until the next row
		if v, ok := v.([]byte); ok {
			cells[i] = string(v)
		}
	}
	// The driver's Close would read the rest without regard to ctx.
	if err := rows.Next(make([]sqldriver.Value, len(cells))); err != io.EOF { //nolint:errorlint // an error that only wraps io.EOF is no end of rows
		return errors.Join(errors.New("the answer to one of our own statements did not end"), err)
	}
	return rows.Close()
}

func exec(ctx context.Context, conn sqldriver.Conn, statement string) (err error) {
	defer unreadable(&err)
	_, err = conn.(sqldriver.ExecerContext).ExecContext(ctx, statement, nil)
	return err
}

func asText(v sqldriver.Value) string {
	text, _ := v.(string)
	return text
}

func asInt(v sqldriver.Value) int64 {
	switch v := v.(type) {
	case int64:
		return v
	case uint64:
		return int64(v)
	}
	return -1
}
