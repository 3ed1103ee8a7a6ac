// Servers that refuse one of our settings: the fallbacks, and the reports about them.
// Each refusal is a warning; the source fails only if exactness or read-only access
// depends on the setting.

package mysql

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"

	"github.com/fanql/fanql/sources/driver"
	"github.com/fanql/fanql/sources/option"
)

const (
	unknownVariable = 1193
	expiredPassword = 1820 // MariaDB lets such an account log in, and set a password
)

// stepByStep does the same as setUp, one statement at a time, and continues where it
// can.
func stepByStep(ctx context.Context, conn sqldriver.Conn, list []setting, o setUpOptions) (session, error) {
	var s session
	for _, one := range list {
		err := first(ctx, conn, "SET ", append([]string{one.assign}, one.instead...)...)
		if err == nil {
			continue
		}
		if !serverSaid(err) {
			return s, err
		}
		warning, end := one.refused(ctx, conn, err)
		if end != nil {
			return s, end
		}
		s.warn(warning)
	}
	if o.snapshot {
		err := exec(ctx, conn, oneSnapshot)
		if err != nil && !serverSaid(err) {
			return s, err
		}
		s.snapshot = err == nil
	}
	if err := s.readOnly(ctx, conn, o.bestEffort); err != nil {
		return s, err
	}
	return s, s.find(ctx, conn)
}

// first executes one statement after the other until the server accepts one. It returns
// the error of the first one, or the connection's.
func first(ctx context.Context, conn sqldriver.Conn, verb string, tries ...string) error {
	var refusal error
	for _, try := range tries {
		err := exec(ctx, conn, verb+try)
		if err == nil || !serverSaid(err) {
			return err
		}
		if refusal == nil {
			refusal = err
		}
	}
	return refusal
}

// readOnly begins a transaction and makes it and its session read-only, as far as the
// server can. If neither is possible, the source fails, unless it is to be queried with
// best effort.
func (s *session) readOnly(ctx context.Context, conn sqldriver.Conn, bestEffort bool) error {
	held := first(ctx, conn, "", readOnlySession, "SET transaction_read_only=1", "SET tx_read_only=1")
	if held != nil && !serverSaid(held) {
		return held
	}
	begun := exec(ctx, conn, readOnlyTransaction)
	if begun != nil && serverSaid(begun) {
		// A transaction makes all tables of the statement be read at one point in time.
		err := exec(ctx, conn, "START TRANSACTION")
		if err != nil && !serverSaid(err) {
			return err
		}
		s.snapshot = s.snapshot && err == nil
	} else if begun != nil {
		return begun
	}
	switch {
	case held == nil && begun == nil:
	case held == nil:
		s.warn(because("the session is read-only, but no read-only transaction could be begun", begun))
	case begun == nil:
		s.warn(because("only the transaction is read-only, not its session", held))
	case bestEffort:
		s.warn(because("NOT READ-ONLY: the server cannot be held to reading, and was asked because the source says read_only: best_effort", held))
	default:
		return refusal(held, "the server cannot be held to reading only (to ask it anyway, give the source read_only: best_effort)")
	}
	return nil
}

// find reads the properties of the connection that setUp needs, in parts if necessary.
func (s *session) find(ctx context.Context, conn sqldriver.Conn) error {
	err := s.read(ctx, conn, sessionQuery)
	if err == nil || !serverSaid(err) {
		return err
	}
	cell := make([]sqldriver.Value, 1)
	err = one(ctx, conn, "SELECT @@sql_mode", cell)
	switch {
	case err == nil:
		s.reads(asText(cell[0]))
	case !serverSaid(err):
		return err
	case numberOf(err) != unknownVariable: // a server without it reads text in one way only
		return refusal(err, "the server does not tell its sql_mode, which decides how it reads the query")
	}
	zones := make([]sqldriver.Value, 2)
	err = one(ctx, conn, "SELECT @@session.time_zone, @@system_time_zone", zones)
	switch {
	case err == nil:
		s.zone = zoneOf(asText(zones[0]), asText(zones[1]))
	case !serverSaid(err):
		return err
	default:
		return refusal(err, "the server does not tell the time zone of its session")
	}
	if s.server, err = identity(ctx, conn); err != nil && !serverSaid(err) {
		return err
	}
	if err != nil {
		s.warn(because("the server does not tell which it is: a query that is ended early may run on there", err))
	}
	return nil
}

func (s *session) warn(line string) {
	if line != "" {
		s.warnings = append(s.warnings, line)
	}
}

// needed makes a refusal fail the source.
func needed(what string) func(context.Context, sqldriver.Conn, error) (string, error) {
	return func(_ context.Context, _ sqldriver.Conn, err error) (string, error) { return "", refusal(err, what) }
}

// dispensable makes a refusal a warning.
func dispensable(what string) func(context.Context, sqldriver.Conn, error) (string, error) {
	return func(_ context.Context, _ sqldriver.Conn, err error) (string, error) { return because(what, err), nil }
}

// rowsMayBeCut reads the limit that could not be raised.
func rowsMayBeCut(ctx context.Context, conn sqldriver.Conn, err error) (string, error) {
	cell := make([]sqldriver.Value, 1)
	switch asked := one(ctx, conn, "SELECT @@sql_select_limit", cell); {
	case asked == nil:
		if n := asInt(cell[0]); n >= 0 && n < 1<<62 { // beyond that it is negative as an int64, or practically no limit
			return "", refusal(err, fmt.Sprintf("the server cuts results at %d rows (sql_select_limit) and does not let that be raised", n))
		}
		return "", nil
	case !serverSaid(asked):
		return "", asked
	case numberOf(asked) == unknownVariable:
		return because("the server has no sql_select_limit to be raised", err), nil
	}
	return "", refusal(err, "the server may cut results (sql_select_limit) and does not let that be raised")
}

func zoneRefused(zone string) func(context.Context, sqldriver.Conn, error) (string, error) {
	return func(_ context.Context, _ sqldriver.Conn, err error) (string, error) {
		if zone == utc {
			return "", refusal(err, "the server does not set its session to UTC (time_zone: server of the source, or {time-zone} server, leaves it in its own zone)")
		}
		what := fmt.Sprintf("the server does not know the time zone %q: name one that it knows, or an offset such as +02:00", zone)
		if numberOf(err) == unknownZone {
			what += "; names are known once mysql_tzinfo_to_sql has filled the server's zone tables"
		}
		return "", refusal(err, what)
	}
}

// because adds a server's reason to a warning.
func because(what string, err error) string {
	if said, ok := errors.AsType[*mysql.MySQLError](err); ok {
		return fmt.Sprintf("%s: %s [%d]", what, strings.TrimSuffix(said.Message, "."), said.Number)
	}
	return what
}

// refusal returns the error for a server's refusal that fails the source.
func refusal(err error, what string) error {
	e := &driver.Error{Phase: driver.Auth, Err: option.New(what)}
	if said, ok := errors.AsType[*mysql.MySQLError](err); ok {
		e.Code = strconv.Itoa(int(said.Number))
		if said.Number == expiredPassword {
			what = "the account's password has expired: set a new one with the server's own client"
		}
		e.Err = option.Errorf("%s: %s", option.Hint(what), strings.TrimSuffix(said.Message, "."))
	}
	return e
}

func numberOf(err error) uint16 {
	if said, ok := errors.AsType[*mysql.MySQLError](err); ok {
		return said.Number
	}
	return 0
}
