// The states of a check, run by run, and which of their changes are reported.

package alerting

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// A history is written as runs that are an hour apart: p passed, W warned, F failed, E error. In
// brackets the check is snoozed. Each event has its run (from 0), its kind, and the kind that was
// reported before. A ! marks a reminder.
func TestWhatIsReportedOfAHistory(t *testing.T) {
	for _, c := range []struct{ settings, runs, want string }{
		{"after=1", "ppp", ""},
		{"after=1", "pFp", "1:failed<passed 2:recovered<failed"},
		{"after=1", "FFFpF", "0:failed<passed 3:recovered<failed 4:failed<passed"},
		{"after=1", "FEWFp", "0:failed<passed 1:error<failed 2:warned<error 3:failed<warned 4:recovered<failed"},
		{"after=2", "FpFpFpF", ""},
		{"after=2", "FFpFF", "1:failed<passed 2:recovered<failed 4:failed<passed"},
		{"after=2", "FEFEFE", "1:error<passed"},                                  // a run counts if the check does not pass, whatever the verdict is
		{"after=2", "FFEEp", "1:failed<passed 3:error<failed 4:recovered<error"}, // a change of the verdict also needs two runs
		{"after=2", "FFEFEp", "1:failed<passed 5:recovered<failed"},
		{"after=3", "EFWp", "2:warned<passed 3:recovered<warned"},
		{"after=0", "F", "0:failed<passed"},
		{"after=1 remind=3h", "FFFFFFFFp", "0:failed<passed 3:failed<failed! 6:failed<failed! 8:recovered<failed"},
		{"after=1 remind=3h", "FFEFFFF", "0:failed<passed 2:error<failed 3:failed<error 6:failed<failed!"},
		{"after=2 remind=2h", "FFFFp", "1:failed<passed 3:failed<failed! 4:recovered<failed"},
		{"after=1 silent", "FFpF", "0:failed<passed 3:failed<passed"},
		{"after=1", "(FFF)FFp", "3:failed<passed 5:recovered<failed"}, // it is reported after the snooze
		{"after=1", "(FFF)p", ""},
		{"after=1", "F(Fp)p", "0:failed<passed 3:recovered<failed"},
		{"after=1", "F(FpF)Fp", "0:failed<passed 5:recovered<failed"}, // the failure was reported before the snooze, and no recovery after it
		{"after=1", "F(EE)E", "0:failed<passed 3:error<failed"},
		{"after=1 remind=2h", "F(FFFF)FF", "0:failed<passed 5:failed<failed!"},
		{"after=2", "(F)F", "1:failed<passed"},
	} {
		set := Settings{Recovered: !strings.Contains(c.settings, "silent")}
		_, _ = fmt.Sscanf(c.settings, "after=%d", &set.After)
		if _, remind, ok := strings.Cut(c.settings, "remind="); ok {
			set.Remind, _ = time.ParseDuration(remind)
		}
		var got []string
		state, n, snoozed := State{}, 0, false
		start := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
		for _, r := range c.runs {
			switch r {
			case '(', ')':
				snoozed = r == '('
				continue
			}
			verdict := map[rune]Verdict{'p': Passed, 'W': Warned, 'F': Failed, 'E': Error}[r]
			var e *Event
			if state, e = Next(state, Seen{verdict, start.Add(time.Duration(n) * time.Hour), snoozed}, set); e != nil {
				text := fmt.Sprintf("%d:%s<%s", n, e.Kind, e.Before)
				if e.Reminder {
					text += "!"
				}
				got = append(got, text)
			}
			n++
		}
		if all := strings.Join(got, " "); all != c.want {
			t.Errorf("%s %s: %s, want %s", c.settings, c.runs, all, c.want)
		}
	}
}

func TestWhenAnIncidentBeganAndHowLongItLasts(t *testing.T) {
	at := func(h int) time.Time { return time.Date(2026, 11, 30, h, 0, 0, 0, time.UTC) }
	var s State
	var e *Event
	for h, v := range []Verdict{Passed, Error, Failed, Failed, Passed, Passed, Failed} {
		s, e = Next(s, Seen{Verdict: v, At: at(h)}, Settings{After: 3, Recovered: true})
		switch h {
		case 3:
			if e == nil || !e.Since.Equal(at(2)) || !e.Began.Equal(at(1)) || e.Runs != 2 {
				t.Errorf("%+v", e)
			}
		case 4:
			if e == nil || !e.Since.Equal(at(4)) || !e.Began.Equal(at(1)) || !e.Reported.Has(Failed) || e.Reported.Has(Error) {
				t.Errorf("%+v", e)
			}
		default:
			if e != nil {
				t.Errorf("run %d: %+v", h, e)
			}
		}
	}
	if !s.BadSince.Equal(at(6)) || s.Bad != 1 {
		t.Errorf("%+v", s)
	}
}

// Cron may start a run a little early or a little late.
func TestAReminderDoesNotWaitForOneRunMore(t *testing.T) {
	start := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	for remind, early := range map[time.Duration]time.Duration{6 * time.Hour: time.Minute, time.Hour: time.Minute, 5 * time.Minute: 30 * time.Second} {
		set := Settings{Remind: remind}
		s, _ := Next(State{}, Seen{Verdict: Failed, At: start}, set)
		if _, e := Next(s, Seen{Verdict: Failed, At: start.Add(remind - early)}, set); e == nil {
			t.Errorf("%v: none after %v", remind, remind-early)
		}
		if _, e := Next(s, Seen{Verdict: Failed, At: start.Add(remind - early - 1)}, set); e != nil {
			t.Errorf("%v: one after %v", remind, remind-early-1)
		}
	}
}

func TestWhomAnEventConcerns(t *testing.T) {
	for _, c := range []struct {
		kind     Kind
		reported Verdicts
		wants    string
		want     bool
	}{
		{"failed", 0, "failed recovered", true},
		{"warned", 0, "failed recovered", false},
		{Recovered, Verdicts(0).With(Failed), "failed recovered", true},
		{Recovered, Verdicts(0).With(Warned), "failed recovered", false}, // the channel did not get the warning
		{Recovered, Verdicts(0).With(Warned).With(Failed), "failed recovered", true},
		{Recovered, Verdicts(0).With(Failed), "failed error", false},
		{Recovered, Verdicts(0).With(Error), "recovered", true}, // another channel got the error
		{Recovered, Verdicts(0).With(Error), "warned recovered", false},
	} {
		got := Event{Kind: c.kind, Reported: c.reported}.Concerns(func(k Kind) bool { return strings.Contains(c.wants, string(k)) })
		if got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
