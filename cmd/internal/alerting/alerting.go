// Package alerting decides when somebody is to be told of a check: when its state has
// changed, and not each time that it is seen.
//
//	next, event := alerting.Next(state, alerting.Seen{Verdict: "failed", At: now}, settings)
//
// It is a pure function of its arguments. Who keeps states, and who is told in which way,
// is not known here.
package alerting

import "time"

// A Verdict is one of a check: passed, warned, failed or error.
type Verdict string

const (
	Passed Verdict = "passed"
	Warned Verdict = "warned"
	Failed Verdict = "failed"
	Error  Verdict = "error" // it could not be evaluated
)

// Settings say when a change is told.
type Settings struct {
	// After is how many runs in a row have to see a check not pass, or have another verdict
	// than the one that was told, before it is told. 0 is 1.
	After int
	// Remind is how long after a message the next one is due while the check still does not
	// pass; 0 is never. See Slack.
	Remind time.Duration
	// Recovered says that it is told when a check passes again.
	Recovered bool
}

// Slack returns how much earlier than after Settings.Remind a reminder is due: a tenth of
// it, and at most a minute. Programs that start runs at equal intervals are a little late or
// early, and a reminder must not wait for one run more.
func (s Settings) Slack() time.Duration { return min(s.Remind/10, time.Minute) }

// A State is what is known of a check. The zero value is that of a check that was never
// seen.
type State struct {
	// Verdict is the one that was seen last, since Since and by Runs runs in a row; Bad is
	// how many runs in a row have not seen it pass.
	Verdict Verdict
	Since   time.Time
	Runs    int
	Bad     int
	// BadSince is when it stopped passing; zero if it passes and nothing is to be told of
	// that.
	BadSince time.Time
	// Reported is the verdict that was told last, and ReportedAt when; both are zero if nothing was
	// told since the check passed. AllReported are all that were told since then.
	Reported    Verdict
	ReportedAt  time.Time
	AllReported Verdicts
	Seen        time.Time // when it was seen last
}

// Seen is what a run has seen of a check.
type Seen struct {
	Verdict Verdict
	At      time.Time
	// Snoozed says that nobody is to be told now. What there is to tell is told by the first
	// run that is not snoozed, if it is so then.
	Snoozed bool
}

// An Event is what is to be told.
type Event struct {
	Kind Kind
	// Verdict is the check's, since Since; Before is what was told before, passed if
	// nothing was.
	Verdict, Before Verdict
	Since           time.Time
	// Began is when it stopped passing.
	Began time.Time
	// Runs is how many runs in a row have seen the verdict.
	Runs int
	// Reminder says that it was told before.
	Reminder bool
	// Reported are the verdicts that were told since the check passed last, without this one.
	Reported Verdicts
}

// A Kind is one of event: failed, warned and error say what a check is now, and recovered
// that it passes again.
type Kind string

// Recovered is the kind of an event without a verdict of its name.
const Recovered Kind = "recovered"

// Kinds are all kinds of events.
var Kinds = []Kind{Kind(Failed), Kind(Error), Kind(Warned), Recovered}

// Next returns the state of a check after a run, and what is to be told of it; nil is
// nothing.
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

// see takes a verdict into the state.
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

// recover is the state of a check that passes, and the event if it was told that it did
// not.
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

// Concerns reports whether somebody who wants events of some kinds is to be told of this
// one. Of a recovery they are told only if they were told what the check recovers from, or
// want nothing but recoveries: a ticket may be closed elsewhere than it is opened.
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

// With returns them with another one.
func (v Verdicts) With(one Verdict) Verdicts { return v | bits[one] }

// Has reports whether one is among them.
func (v Verdicts) Has(one Verdict) bool { return v&bits[one] != 0 }
