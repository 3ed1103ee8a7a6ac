// The session of a statement: its transaction and its settings, and the fallbacks for
// servers that refuse them.

package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/fanql/fanql/sources/driver"
)

// A form is one way to begin a transaction.
type form struct {
	begin    []string
	open     bool   // begin leaves a transaction open
	writes   bool   // the transaction may write
	settings string // an SQL expression that sets what the transaction needs first, or empty
	lacks    string // what it lacks in comparison with the first form
}

// forms are the ways to begin a transaction, the best first. The first gives the statement
// one snapshot, whatever the role's default isolation is, even if its functions run queries
// of their own. The fourth is for servers that do not let their clients begin a
// transaction. They run a pipeline up to its Sync as one transaction.
var forms = []form{
	{begin: []string{"begin isolation level repeatable read, read only"}, open: true},
	{begin: []string{"begin read only"}, open: true, lacks: "REPEATABLE READ: queries inside of its functions may see what is written meanwhile"},
	{begin: []string{"begin", "set transaction read only"}, open: true, lacks: "REPEATABLE READ: queries inside of its functions may see what is written meanwhile"},
	{settings: "pg_catalog.set_config('transaction_read_only', 'on', true)", lacks: "BEGIN: queries inside of its functions may see what is written meanwhile"},
	{begin: []string{"begin"}, open: true, writes: true, lacks: "a read-only transaction: nothing keeps a query from writing there (read_only: best_effort)"},
	{writes: true, lacks: "a transaction, read-only or not: nothing keeps a query from writing there (read_only: best_effort)"},
}

// A settable says how a server lets a client change a setting.
type settable uint8

const (
	byFunction settable = iota
	byCommand
	notAtAll
)

// A step is a command before the statement.
type step struct {
	sql  string
	what stepKind
	read func(values [][]byte) // if not nil, called with the first row
}

type stepKind uint8

const (
	theStatement stepKind = iota // none of the steps before it
	theBeginning
	theSettings
)

// plan returns the commands that precede the statement.
func (r *run) plan(ctx context.Context) []step {
	f := forms[r.known.form]
	if r.within {
		return nil
	}
	steps := make([]step, 0, 4) // as many as there usually are: thousands of sources make them
	if r.conn.TxStatus() != 'I' {
		steps = append(steps, step{sql: "rollback"}) // of an earlier attempt
	}
	for _, b := range f.begin {
		steps = append(steps, step{sql: b, what: theBeginning})
	}
	expressions := make([]string, 0, 12)
	if f.settings != "" {
		expressions = append(expressions, f.settings)
	}
	for _, s := range r.settings(ctx) {
		switch r.known.settings[s.name] {
		case byFunction:
			expressions = append(expressions, s.expression())
		case byCommand:
			if f.open {
				steps = append(steps, step{sql: s.command(), what: theSettings})
			}
		}
	}
	at := len(expressions)
	for _, g := range r.guards() {
		if r.known.settings[g.name] == byFunction {
			expressions = append(expressions, g.value)
		}
	}
	reads := r.known.settings["current_setting"] == byFunction
	if reads {
		at = len(expressions)
		expressions = append(expressions, current("statement_timeout"), current("extra_float_digits"))
	}
	if len(expressions) == 0 {
		return steps
	}
	expressions[0] = "select " + expressions[0]
	return append(steps, step{sql: strings.Join(expressions, ", "), what: theSettings, read: func(values [][]byte) {
		if reads && len(values) == at+2 {
			r.serverLimit, r.floatDigits = limitOf(string(values[at])), string(values[at+1])
		}
	}})
}

// guards are the conditions, by name, that must hold before the statement runs.
func (r *run) guards() (list []setting) {
	if !forms[r.known.form].writes {
		list = append(list, setting{name: readMark, value: readGuard})
	}
	if !r.twoSteps {
		list = append(list, setting{name: textMark, value: textGuard})
	}
	return list
}

// errWrites is the error for a server that cannot be restricted to reading.
var errWrites = errors.New("the server cannot be held to reading only: say `read_only: best_effort` for this source to ask it all the same")

// stepDown finds a fallback after a step before the statement has failed. It reports
// whether there is one.
func (r *run) stepDown(ctx context.Context, failed stepKind, err error) (bool, error) {
	server := new(pgconn.PgError)
	switch {
	case !errors.As(err, &server) || r.conn.IsClosed() || !refusal(server.Code):
		return false, err
	case strings.Contains(server.Message, textMark):
		r.learn(func(h *habits) { h.twoSteps = true })
		r.twoSteps = true
		return true, nil
	case strings.Contains(server.Message, readMark), failed == theBeginning:
		return r.nextForm(err)
	case failed == theSettings && r.probed && forms[r.known.form].settings != "":
		return r.nextForm(err)
	case failed != theSettings || r.probed:
		return false, err
	}
	r.probed = true
	return true, r.probe(ctx)
}

// nextForm changes to the next form of a transaction, and reports whether there is one.
func (r *run) nextForm(err error) (bool, error) {
	next := r.known.form + 1
	if next == len(forms) {
		return false, err
	}
	if forms[next].writes && !r.q.BestEffort {
		return false, &rewordedError{errWrites.Error() + ": " + reason(err), []error{errWrites, err}}
	}
	r.learn(func(h *habits) { h.form = next })
	return true, nil
}

// refusal reports whether an error is a refusal of our request, and not a failure of
// the server or the connection.
func refusal(code string) bool {
	return len(code) == 5 && !slices.Contains([]string{"08", "40", "53", "57", "58", "XX"}, code[:2])
}

// probe tries each setting alone, all in one round trip, and records how it can be set.
// It returns an error if a necessary setting cannot be set.
func (r *run) probe(ctx context.Context) error {
	r.silent = true // the server warns of a SET LOCAL outside of a transaction
	defer func() { r.silent = false }()
	list := r.settings(ctx)
	guards := slices.Concat(r.guards(), []setting{{name: "current_setting", value: current("statement_timeout")}})
	line := r.conn.StartPipeline(context.Background())
	if r.conn.TxStatus() != 'I' {
		line.SendQueryParams("rollback", nil, nil, nil, nil)
	}
	line.SendPipelineSync()
	for _, s := range list {
		for _, sql := range []string{"select " + s.expression(), s.command()} { // the command is not used for a setting that only lowers
			line.SendQueryParams(sql, nil, nil, nil, nil)
			line.SendPipelineSync()
		}
	}
	for _, g := range guards {
		value := g.value
		if g.name == readMark { // it cannot pass here
			value = current("transaction_read_only") + ", pg_catalog.set_config('application_name', 'fanql', true)"
		}
		line.SendQueryParams("select "+value, nil, nil, nil, nil)
		line.SendPipelineSync()
	}
	_ = line.Flush() // a failure appears in the first answer
	if err := untilSync(line); err != nil {
		_ = line.Close()
		return err
	}
	methods := map[string]settable{}
	var wrong error
	for _, s := range list {
		function, command := untilSync(line), untilSync(line)
		switch {
		case function == nil:
		case command == nil && !s.lowers:
			methods[s.name] = byCommand
		case s.needed && wrong == nil:
			wrong = &rewordedError{s.name + " cannot be set: " + reason(function), []error{function}}
		default:
			methods[s.name] = notAtAll
		}
	}
	for _, g := range guards {
		// Whether a guard fails is checked when the settings are set.
		if err := untilSync(line); err != nil && !strings.Contains(err.Error(), g.name) {
			methods[g.name] = notAtAll
		}
	}
	if methods[textMark] == notAtAll {
		r.twoSteps = true
	}
	if err := line.Close(); err != nil && r.conn.IsClosed() {
		return err
	}
	r.learn(func(h *habits) { h.settings, h.twoSteps = methods, h.twoSteps || r.twoSteps })
	return wrong
}

// untilSync reads the answers up to the next Sync's, and returns the first error.
func untilSync(line *pgconn.Pipeline) (first error) {
	for {
		answer, err := line.GetResults()
		if err == nil {
			if rows, ok := answer.(*pgconn.ResultReader); ok {
				_, err = rows.Close()
			}
		}
		if first == nil {
			first = err
		}
		if _, ended := answer.(*pgconn.PipelineSync); ended || answer == nil && err == nil || lost(err) {
			return first
		}
	}
}

// learn changes the known habits of the server, for this run and later ones.
func (r *run) learn(change func(*habits)) {
	change(&r.known)
	r.servers.learn(r.server, change)
}

// warnOfFallbacks warns of each setting that the statement runs without.
func (r *run) warnOfFallbacks() {
	if lacks := forms[r.known.form].lacks; lacks != "" {
		r.note("the server does not take " + lacks)
	}
	var without []string
	for name, way := range r.known.settings {
		if way == notAtAll && name != textMark && name != readMark && name != "current_setting" {
			without = append(without, name)
		}
	}
	if len(without) > 0 {
		slices.Sort(without)
		r.note("the server does not take these settings, and was asked without them: " + strings.Join(without, ", "))
	}
	if r.known.settings[readMark] == notAtAll && r.known.form > 0 && !forms[r.known.form].writes {
		r.note("the server does not say whether its transaction is read-only")
	}
	if zone := r.conn.ParameterStatus("TimeZone"); r.known.settings["timezone"] == notAtAll && zone != "" {
		r.note("the session is in the zone " + zone + ", not in UTC")
	}
}

// reread parses the text again for a server that takes a backslash in a string for an
// escape.
func (r *run) reread() error {
	mode := r.conn.ParameterStatus("standard_conforming_strings")
	if own, ok := r.own["standard_conforming_strings"]; ok {
		mode = own
	}
	if !slices.Contains([]string{"off", "false", "no", "0"}, strings.ToLower(mode)) {
		return nil
	}
	if r.q.Reread == nil {
		return errors.New("the server takes a backslash in a string for an escape (standard_conforming_strings is off), and the text was not read so")
	}
	reread, err := r.q.Reread(driver.Modes{BackslashEscapes: true})
	if err != nil {
		return fmt.Errorf("the server takes a backslash in a string for an escape (standard_conforming_strings is off): %w", err)
	}
	r.q.SQL, r.q.Args, r.q.Locate = reread.SQL, reread.Args, reread.Locate
	return nil
}
