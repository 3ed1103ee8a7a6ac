// What is set before a statement is sent, in one round trip.

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

// maxWarnings is how many warnings MariaDB is told to keep of a statement: its own
// default of 64 would lose the one that says that rows were cut behind many others.
// MySQL keeps as many anyway.
const maxWarnings = 1024

// allRows is the most rows that a result may have: more than there are, and a number
// that servers take which read it as a signed one.
const allRows = "9223372036854775807"

// longestConcat is the length that nothing reaches before max_allowed_packet ends it.
const longestConcat = "1073741824"

// The most that the servers' own limits to a statement hold, MariaDB's and
// MySQL's: with more they are cut, with a warning.
const (
	longestMaria  = 31_536_000 * time.Second
	longestOracle = math.MaxUint32 * time.Millisecond
)

// What makes a session and its transaction read-only. The session holds against DDL,
// which commits implicitly and so leaves a read-only transaction; the transaction
// holds against what sets the session's mode anew.
const (
	readOnlySession     = "SET SESSION TRANSACTION READ ONLY"
	readOnlyTransaction = "START TRANSACTION READ ONLY"
)

// A session is what setUp has found and made of a connection.
type session struct {
	server  string        // as [identity] has it; empty where it is not known
	modes   driver.Modes  // in which it reads text
	noZeros bool          // see overlaps
	zone    string        // the session's; empty is UTC
	limit   time.Duration // of the server for a statement, MySQL's only; 0 is none
	// warnings are what the server refused, a line each.
	warnings []string
}

// What setUp sets. A setting is an assignment of SET.
type setting struct {
	assign string
	// instead are what to try where the server refuses it, in order.
	instead []string
	// refused makes of a server's refusal of all of them the warning, if it wants one,
	// or the error that the source ends with.
	refused func(ctx context.Context, conn sqldriver.Conn, err error) (warning string, end error)
}

// settings are those of a session. What may change a value, a filter, a cast or a
// group is the server's own, but for the character set and the zone; limits are
// lowered and never raised, but for the two that cut in silence.
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

// backstop ends a statement on the server in the case that we die. It is later than
// our own deadline, or the server's error would take its place, and never loosens
// what the server has set. MySQL wants a signed integer.
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

// lower is the lower of a limit that the variable has, 0 being none, and ours.
func lower(variable, limit string) string {
	return "COALESCE(LEAST(NULLIF(" + variable + ",0)," + limit + ")," + limit + ")"
}

// quote makes a string literal of a text without backslashes, in all modes.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// sessionQuery asks a connection for its server, its modes, its zone and MySQL's limit.
const sessionQuery = "SELECT " + identified + ", @@sql_mode, @@session.time_zone, @@system_time_zone, 0 /*!50708 + @@max_execution_time */"

// setUp makes the session exact, bounded and read-only, on both flavours: in one
// round trip where the connection takes several statements at once and the server
// takes all of them, else step by step.
func setUp(ctx context.Context, conn sqldriver.Conn, s setUpOptions) (session, error) {
	list := settings(ctx, s.maria, s.collate, s.zone)
	if s.several {
		assignments := make([]string, len(list))
		for i, one := range list {
			assignments[i] = one.assign
		}
		all := "SET " + strings.Join(assignments, ", ") + "; " + readOnlySession + "; " + readOnlyTransaction + "; " + sessionQuery
		var found session
		err := found.read(ctx, conn, all)
		if err == nil || !serverSaid(err) {
			return found, err
		}
	}
	return stepByStep(ctx, conn, list, s.bestEffort)
}

type setUpOptions struct {
	several    bool // the connection takes several statements at once
	maria      bool
	collate    string
	zone       string
	bestEffort bool // as of [driver.Request]
}

// read sends statements of which question is the last, and reads its answer.
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

// reads finds in the sql_mode those modes in which a string or a name ends elsewhere,
// and those that overlaps is about. The server gives those that a combination holds
// beside its name, but not all versions do.
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

// one asks for one row of so many cells.
func one(ctx context.Context, conn sqldriver.Conn, statement string, cells []sqldriver.Value) (err error) {
	defer unreadable(&err)
	rows, err := conn.(sqldriver.QueryerContext).QueryContext(ctx, statement, nil)
	if err != nil {
		return err
	}
	if len(rows.Columns()) != len(cells) {
		return errors.Join(errors.New("the answer to one of our own questions has other columns"), rows.Close())
	}
	if err := rows.Next(cells); err != nil {
		return err
	}
	for i, v := range cells { // they are the driver's own, until the next row
		if v, ok := v.([]byte); ok {
			cells[i] = string(v)
		}
	}
	// The driver's Close would read what is left without minding ctx.
	if err := rows.Next(make([]sqldriver.Value, len(cells))); err != io.EOF { //nolint:errorlint // an error that only wraps io.EOF is no end of rows
		return errors.Join(errors.New("the answer to one of our own questions did not end"), err)
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
