// Checks that are disabled or snoozed, and the settings of alerts.

package checks

import (
	"fmt"
	"time"

	"github.com/fanql/fanql/cmd/internal/alerting"
	"github.com/fanql/fanql/sources/config"
)

// enabled chooses among the checks as [wanted] does. It returns the names of disabled ones
// separately. It is an error if all of them are disabled.
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

// snoozed returns the end of the check's snooze, or nil if it is not snoozed at that time.
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

// alertOf returns the settings of an alert. The alert may be nil.
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

// Alerts returns the alert settings of the plan's checks by name, and the time when the run
// began.
func (p *Plan) Alerts() (settings map[string]alerting.Settings, began time.Time) {
	settings = map[string]alerting.Settings{}
	for _, c := range p.Checks {
		settings[c.Name] = c.alert
	}
	return settings, p.began
}
