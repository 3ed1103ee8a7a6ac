// Converts the report of a run to the states of its checks, and to messages.

package notify

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"github.com/fanql/fanql/cmd/internal/alerting"
	"github.com/fanql/fanql/cmd/internal/checks"
	"github.com/fanql/fanql/cmd/internal/history"
	"github.com/fanql/fanql/sources/config"
)

// usualKinds are the kinds of events that a channel gets by default.
var usualKinds = []string{"failed", "error", "recovered"}

// Deciding returns the function that computes the new states of a run's checks, and the
// messages about them. At is the time of the run. Settings has the settings of each check,
// by name.
func Deciding(r *checks.Report, at time.Time, settings map[string]alerting.Settings, channels []config.Channel) history.Decide {
	return func(run int64, states map[string]alerting.State) (next map[string]alerting.State, list []history.Pending, err error) {
		next = map[string]alerting.State{}
		type change struct {
			event alerting.Event
			check *checks.Check
		}
		var events []change
		for i := range r.Checks {
			c := &r.Checks[i]
			if r.Error != nil && c.Verdict == checks.Error { // the run ended before the check could be evaluated
				continue
			}
			state, event := alerting.Next(states[c.Name], alerting.Seen{Verdict: alerting.Verdict(c.Verdict), At: at, Snoozed: c.SnoozedUntil != nil}, settings[c.Name])
			next[c.Name] = state
			if event != nil {
				events = append(events, change{*event, c})
			}
		}
		for _, ch := range channels {
			if ch.Heartbeat.Text != "" {
				continue
			}
			m := Message{Version: Version, ID: newID(), Fanql: r.Fanql, Run: brief(r.Run), RunID: run, Started: at.UTC()}
			for _, e := range events {
				if chosen(ch, e.check) && e.event.Concerns(func(k alerting.Kind) bool { return wants(ch, k) }) {
					m.Events = append(m.Events, eventOf(e.event, e.check))
				}
			}
			if len(m.Events) == 0 {
				continue
			}
			m.Summary = summarize(m.Run, m.Events)
			body, err := json.Marshal(m)
			if err != nil {
				return nil, nil, err
			}
			list = append(list, history.Pending{Key: m.ID, Channel: ch.Name, Created: at, Body: string(body)})
		}
		return next, list, nil
	}
}

func newID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // rand.Read never fails
	return hex.EncodeToString(id[:])
}

func wants(ch config.Channel, k alerting.Kind) bool {
	kinds := ch.When
	if len(kinds) == 0 {
		kinds = usualKinds
	}
	return slices.Contains(kinds, string(k))
}

// chosen reports whether a channel gets events of the check.
func chosen(ch config.Channel, c *checks.Check) bool {
	return len(ch.Only) == 0 || slices.ContainsFunc(ch.Only, func(selector string) bool { return checks.Selected(selector, c.Name, c.Tags) })
}

func eventOf(e alerting.Event, c *checks.Check) Event {
	out := Event{
		Event: string(e.Kind), Reminder: e.Reminder, Check: brief(c.Name), Describe: brief(c.Describe), Owner: brief(c.Owner), Link: c.Link,
		Tags: []string{}, Verdict: string(e.Verdict), Before: string(e.Before), Since: e.Since.UTC(), Began: e.Began.UTC(), Runs: e.Runs,
		Message: brief(c.Message), Sources: []Source{},
	}
	for _, tag := range c.Tags {
		out.Tags = append(out.Tags, brief(tag))
	}
	add := func(s Source) {
		if len(out.Sources) == mostSources {
			out.More++
			return
		}
		out.Sources = append(out.Sources, s)
	}
	for _, f := range c.Findings {
		add(Source{Verdict: string(f.Verdict), Message: brief(f.Message)})
	}
	for _, s := range c.Sources {
		switch {
		case len(s.Findings) > 0:
			add(Source{Source: brief(s.Source), Verdict: string(s.Verdict), Message: brief(s.Findings[0].Message)})
		case s.Error != nil && s.Verdict == checks.Error:
			add(Source{Source: brief(s.Source), Verdict: string(s.Verdict), Message: brief(s.Error.Text)})
		}
	}
	return out
}
