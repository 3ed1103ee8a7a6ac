// Package alerting decides when a check is reported: when its state has changed, and not
// after every run.
//
//	next, event := alerting.Next(state, alerting.Seen{Verdict: "failed", At: now}, settings)
//
// Next is a pure function of its arguments. The caller keeps the states and sends the
// messages.
package alerting

import "time"

// A Verdict is the verdict of a check: passed, warned, failed or error.
type Verdict string

const (
	Passed Verdict = "passed"
	Warned Verdict = "warned"
	Failed Verdict = "failed"
	Error  Verdict = "error" // it could not be evaluated
)

// Settings say when a change is reported.
type Settings struct {
	// After is how many runs in a row have to see that a check does not pass, or see
	// another verdict than the reported one, before an event is due. 0 means 1.
	After int
	// Remind is how long after a message the next one is due while the check still does not
	// pass; 0 is never. See Slack.
	Remind time.Duration
	// Recovered says that an event is due when a check passes again.
	Recovered bool
}

// Slack returns how much earlier than Settings.Remind a reminder may come: a tenth of it,
// and at most a minute. Schedulers start runs a little late or early, and a reminder must
// not wait for the next run because of that.
func (s Settings) Slack() time.Duration { return min(s.Remind/10, time.Minute) }

// A State is what is known about a check. The zero value is the state of a check that no
// run has seen.
type State struct {
	// Verdict is the last verdict. It has been the same since Since, in Runs runs in a row.
	// Bad is the number of runs in a row in which the check did not pass.
	Verdict Verdict
	Since   time.Time
	Runs    int
	Bad     int
	// BadSince is when the check stopped passing. It is zero if the check passes and no
	// recovery is to be reported.
	BadSince time.Time
	// Reported is the verdict that was reported last, and ReportedAt the time of that. Both are
	// zero if nothing was reported since the check passed. AllReported are all verdicts that were
	// reported since then.
	Reported    Verdict
	ReportedAt  time.Time
	AllReported Verdicts
	Seen        time.Time // when a run saw the check last
}

// Seen is the result of a check in one run.
type Seen struct {
	Verdict Verdict
	At      time.Time
	// Snoozed says that no event is due now. The first run that is not snoozed reports the
	// state at that time.
	Snoozed bool
}

// An Event is a change or a reminder that is to be reported.
type Event struct {
	Kind Kind
	// Verdict is the check's verdict since Since. Before is the verdict that was reported
	// before, or passed if none was.
	Verdict, Before Verdict
	Since           time.Time
	// Began is when the check stopped passing.
	Began time.Time
	// Runs is the number of runs in a row with this verdict.
	Runs int
	// Reminder says that the verdict was reported before.
	Reminder bool
	// Reported are the verdicts that were reported since the check passed last, without this
	// one.
	Reported Verdicts
}

// A Kind is a kind of event. Failed, warned and error are the check's verdict; recovered
// says that the check passes again.
type Kind string

// Recovered is the kind of event for a check that passes again. No verdict has this name.
const Recovered Kind = "recovered"

// Kinds are all kinds of events.
var Kinds = []Kind{Kind(Failed), Kind(Error), Kind(Warned), Recovered}

// Next returns the state of a check after a run, and the event to report, or nil if there
// is nothing to report.
func Next(s State, seen Seen, set Settings) (State, *Event) {
	s.see(seen)
	if seen.Snoozed {
		return s, nil
	}
	if s.Verdict == Passed {
		return s.recover(set)
	}
	before := s.Reported
	e := &Event{Kind: Kind(s.Verdict), Verdict: s.Verdict, Before: before, Since: s.Since, Began: s.BadSince, Runs: s.Runs, Reported: s.AllReported}
	after := max(set.After, 1)
	switch {
	case before == "":
		if s.Bad < after {
			return s, nil
		}
		e.Before = Passed
	case before != s.Verdict:
		if s.Runs < after {
			return s, nil
		}
	case set.Remind > 0 && !seen.At.Before(s.ReportedAt.Add(set.Remind-set.Slack())):
		e.Reminder = true
	default:
		return s, nil
	}
	s.Reported, s.ReportedAt, s.AllReported = s.Verdict, seen.At, s.AllReported.With(s.Verdict)
	return s, e
}

// see updates the state with the verdict of a run.
func (s *State) see(seen Seen) {
	if s.Verdict != seen.Verdict {
		s.Verdict, s.Since, s.Runs = seen.Verdict, seen.At, 0
	}
	s.Runs++
	s.Seen = seen.At
	if seen.Verdict == Passed {
		s.Bad = 0
		return
	}
	if s.Bad++; s.Bad == 1 && s.Reported == "" {
		s.BadSince = seen.At
	}
}

// recover returns the state of a check that passes. It also returns the event, if an
// earlier failure was reported.
func (s State) recover(set Settings) (State, *Event) {
	began := s.BadSince
	s.BadSince = time.Time{}
	if s.Reported == "" {
		return s, nil
	}
	e := &Event{Kind: Recovered, Verdict: Passed, Before: s.Reported, Since: s.Since, Began: began, Runs: s.Runs, Reported: s.AllReported}
	s.Reported, s.ReportedAt, s.AllReported = "", time.Time{}, 0
	if !set.Recovered {
		return s, nil
	}
	return s, e
}

// Concerns reports whether a channel that wants events of some kinds gets this one. A
// channel gets a recovery only if it got the verdict that the check recovers from, or if it
// wants only recoveries: a ticket may be closed by another channel than the one that opened
// it.
func (e Event) Concerns(wants func(Kind) bool) bool {
	if e.Kind != Recovered {
		return wants(e.Kind)
	}
	known, others := false, false
	for _, v := range []Verdict{Failed, Error, Warned} {
		others = others || wants(Kind(v))
		known = known || e.Reported.Has(v) && wants(Kind(v))
	}
	return wants(Recovered) && (known || !others)
}

// Verdicts are some of the verdicts that are not passed.
type Verdicts uint8

var bits = map[Verdict]Verdicts{Failed: 1, Error: 2, Warned: 4}

// With returns v with another verdict added.
func (v Verdicts) With(one Verdict) Verdicts { return v | bits[one] }

// Has reports whether v contains one.
func (v Verdicts) Has(one Verdict) bool { return v&bits[one] != 0 }
