// The states of checks, and messages about them that have not been delivered.

package history

import (
	"context"
	"database/sql"
	"time"

	"github.com/fanql/fanql/cmd/internal/alerting"
)

// Decide computes the new states of a run's checks from the old ones, by name. It returns
// the changed states, and messages. It is called within the transaction that writes the
// run, so it sees everything that earlier runs have written.
type Decide func(run int64, states map[string]alerting.State) (next map[string]alerting.State, list []Pending, err error)

// Pending is a message that has not been delivered.
type Pending struct {
	ID int64 // given by [Store.AppendDecided]
	// Key identifies a message. It is the same each time that the message is sent.
	Key      string
	Channel  string
	Run      int64
	Created  time.Time
	Body     string
	Attempts int    // runs that tried to send it
	Error    string // the error of the last attempt
}

// AppendDecided is like [Store.Append]. In the same transaction it writes the states and
// messages that decide returns.
func (s *Store) AppendDecided(ctx context.Context, r Run, decide Decide) (id int64, err error) {
	err = s.transact(ctx, func(tx *sql.Tx) error {
		if id, err = appendRun(ctx, tx, r); err != nil || decide == nil {
			return err
		}
		states, err := readStates(ctx, tx, r.Name)
		if err != nil {
			return err
		}
		next, list, err := decide(id, states)
		if err != nil {
			return err
		}
		for name, v := range next {
			if _, err := tx.ExecContext(ctx, `insert or replace into states (run_name, check_name, verdict, since, runs, bad, bad_since, reported, reported_at, all_reported, seen)
				values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, r.Name, name, string(v.Verdict), stored(v.Since), v.Runs, v.Bad, stored(v.BadSince),
				string(v.Reported), stored(v.ReportedAt), v.AllReported, stored(v.Seen)); err != nil {
				return err
			}
		}
		for _, m := range list {
			if _, err := tx.ExecContext(ctx, "insert into outbox (key, channel, run_name, run, created, body, attempts, error) values (?, ?, ?, ?, ?, ?, 0, '')",
				m.Key, m.Channel, r.Name, id, stored(m.Created), m.Body); err != nil {
				return err
			}
		}
		return nil
	})
	return id, explained(err)
}

const stateFields = "check_name, verdict, since, runs, bad, bad_since, reported, reported_at, all_reported, seen"

func readStates(ctx context.Context, tx *sql.Tx, run string) (states map[string]alerting.State, err error) {
	states = map[string]alerting.State{}
	rows, err := tx.QueryContext(ctx, "select "+stateFields+" from states where run_name = ?", run)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name string
		var v alerting.State
		if err := rows.Scan(&name, &v.Verdict, (*moment)(&v.Since), &v.Runs, &v.Bad, (*moment)(&v.BadSince), &v.Reported, (*moment)(&v.ReportedAt), &v.AllReported, (*moment)(&v.Seen)); err != nil {
			return nil, err
		}
		states[name] = v
	}
	return states, rows.Err()
}

// States returns the states of the checks of runs with a name.
func (s *Store) States(ctx context.Context, run string) (states map[string]alerting.State, err error) {
	err = s.transact(ctx, func(tx *sql.Tx) (err error) {
		states, err = readStates(ctx, tx, run)
		return err
	})
	return states, explained(err)
}

// Pending returns the undelivered messages of runs with a name, oldest first.
func (s *Store) Pending(ctx context.Context, run string) (list []Pending, err error) {
	err = s.rows(ctx, func(scan func(...any) error) error {
		var m Pending
		err := scan(&m.ID, &m.Key, &m.Channel, &m.Run, (*moment)(&m.Created), &m.Body, &m.Attempts, &m.Error)
		list = append(list, m)
		return err
	}, "select id, key, channel, run, created, body, attempts, error from outbox where run_name = ? order by id", run)
	return list, err
}

// Remove removes a message that has been delivered or will never be.
func (s *Store) Remove(ctx context.Context, id int64) error {
	return s.do(ctx, "delete from outbox where id = ?", id)
}

// Failed records why a message could not be delivered. The message stays.
func (s *Store) Failed(ctx context.Context, id int64, why string) error {
	return s.do(ctx, "update outbox set attempts = attempts + 1, error = ? where id = ?", why, id)
}

func (s *Store) do(ctx context.Context, query string, args ...any) error {
	return explained(s.transact(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	}))
}

// stored returns an instant as it is stored; the zero time is 0.
func stored(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// A moment reads an instant in the form that stored writes.
type moment time.Time

// Scan reads a column.
func (t *moment) Scan(v any) error {
	if n, ok := v.(int64); ok && n == 0 {
		*t = moment{}
		return nil
	}
	return (*instant)(t).Scan(v)
}
