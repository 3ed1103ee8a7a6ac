// Checks that are not run, and those of which nobody is to be told.

package checks

import (
	"fmt"
	"time"

	"github.com/fanql/fanql/cmd/internal/alerting"
	"github.com/fanql/fanql/sources/config"
)

// enabled chooses among the checks as [wanted] does. Those that are disabled are returned
// by name; it is an error if all are.
func (r *Request) enabled(list []config.Check) (some []config.Check, disabled []string, _ error) {
	chosen, err := wanted(list, r.Only, r.Spelling)
	if err != nil {
		return nil, nil, err
	}
	for _, c := range chosen {
		if c.Disabled {
			disabled = append(disabled, c.Name)
			continue
		}
		some = append(some, c)
	}
	if len(some) == 0 {
		c := chosen[0]
		return nil, nil, c.Fault(c.Where("enabled"), "enabled: false: there is no other check to run")
	}
	return some, disabled, nil
}

// snoozed is until when the check is snoozed; nil if it is not at that time.
func (e expected) snoozed(now time.Time) *time.Time {
	if !e.Snoozed(now) {
		return nil
	}
	return &e.SnoozeUntil
}

// Snoozes returns a warning, with its place, for each snooze of the config that is over.
func Snoozes(c *config.Config, now time.Time) []string { return snoozesOver(c.Checks, now) }

func snoozesOver(list []config.Check, now time.Time) (warnings []string) {
	for _, c := range list {
		if !c.SnoozeUntil.IsZero() && !c.Snoozed(now) {
			err := c.Fault(c.Where("snooze_until"), "snooze_until: %s is over: the check is not snoozed", config.ShowInstant(c.SnoozeUntil))
			warnings = append(warnings, fmt.Sprint(err))
		}
	}
	return warnings
}

// state says that a check is disabled or snoozed.
func (e expected) state(now time.Time) string {
	switch {
	case e.Disabled:
		return "disabled"
	case e.Snoozed(now):
		return "snoozed until " + config.ShowInstant(e.SnoozeUntil)
	}
	return ""
}

// alertOf are the settings of an alert, which may be nil.
func alertOf(a *config.Alert) alerting.Settings {
	s := alerting.Settings{After: 1, Recovered: true}
	if a == nil {
		return s
	}
	if a.After != nil {
		s.After = *a.After
	}
	if a.Remind != nil {
		s.Remind = *a.Remind
	}
	if a.Recovered != nil {
		s.Recovered = *a.Recovered
	}
	return s
}

// Alerts are the settings of the plan's checks, by name, and Began is when the run began.
func (p *Plan) Alerts() (settings map[string]alerting.Settings, began time.Time) {
	settings = map[string]alerting.Settings{}
	for _, c := range p.Checks {
		settings[c.Name] = c.alert
	}
	return settings, p.began
}
